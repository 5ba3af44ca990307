"""What the mouse does on the canvas: one class a gesture, and what is under the pointer."""
