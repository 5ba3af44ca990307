"""Floor 0. Plain NumPy functions on ``(N, C, *spatial)`` arrays: convolution, pooling, norms, resampling.

Belongs here: arithmetic, its tiling and its threads; arrays and numbers in, arrays out, inputs never changed.
Does not: layers, designs, names, user-visible text, or any import from the rest of the program.
"""
