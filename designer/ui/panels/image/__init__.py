"""The input image, and what a cell sees of it."""
