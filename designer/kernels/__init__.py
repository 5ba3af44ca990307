"""Floor 0. Plain NumPy functions on ``(N, C, *spatial)`` arrays: convolution, pooling, norms, resampling.

Belongs here: what layers import; arrays and numbers in, arrays out, inputs never changed. Behind it stand
``convolution`` (algorithms), ``arrays`` (memory and tiles) and ``runtime`` (threads, progress, cancelling).
Does not: layers, designs, names, user-visible text, or any import from the rest of the program.
"""
