"""The view on the canvas: camera, zoom, what lies over it, far away and as a picture."""
