"""Charts along the network."""
