"""What a change of an output means for the inputs and weights it was computed from: the adjoint of each kernel.

Belongs here: one file per subject, functions of the gradient of an output, cut into tiles with checkpoints like all
kernels. Does not: who calls them in which order, optimisers, losses.
"""
