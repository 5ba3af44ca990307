"""Floor 0. Arrays in memory: their layouts, the windows over them, and how they are cut into tiles.

Belongs here: what several kernels know of shapes, strides and tiles; no arithmetic of a network.
Does not: threads, or anything that only one algorithm uses.
"""
