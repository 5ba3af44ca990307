"""Floor 0. How kernels run: calls made now or later, threads, progress, cancelling, scratch memory.

Belongs here: what is the same for every kernel.
Does not: arithmetic, and the order of layers (``designer.engine``).
"""
