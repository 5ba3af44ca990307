"""Tables of layers: the summary and the profile."""
