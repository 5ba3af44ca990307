"""The numbers of the selected layers, each with its formula."""
