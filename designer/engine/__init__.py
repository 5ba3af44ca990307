"""Floor 5. Run a design on images: ``compile`` it to steps, ``execute`` them, ``remember`` what the next run can use.

Belongs here: order of execution, memory estimate, cancellation inside a layer, what is kept from run to run.
Does not: the arithmetic itself (``designer.kernels``), threads and timers of the window (``designer.ui``),
and nothing from ``designer.interchange`` or ``designer.gallery``.
"""
