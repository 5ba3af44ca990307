"""Feature maps as they are looked at: which, in which order, in which colours, and as files.

Belongs here: what is decided before a pixel is painted.
Does not: widgets; computing the maps (``designer.engine``).
"""
