"""Floor 5. Run a design: plan, weights, images, cache, and a runner that yields one result per layer.

Belongs here: order of execution, memory estimate, cancellation inside a layer, initial weights, images.
Does not: the arithmetic itself (``designer.kernels``), threads and timers of the window (``designer.ui``),
and nothing from ``designer.interchange`` or ``designer.gallery``.
"""
