"""Every layer of the catalogue, searched and dragged onto the canvas."""
