"""LeNet-5: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998)."""

from __future__ import annotations

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design


def lenet5(*, activation: str = "tanh", pooling: str = "avg_pool2d", classes: int = 10) -> Design:
    """LeNet-5 for grey images of 32×32 pixels: 61 706 parameters, 416 520 multiply-adds.

    Every map of C3 sees all maps of S2; in the paper each sees a hand-made choice of them. The subsampling layers have
    no weights, and the output is a dense layer in place of radial basis functions. C5 covers the whole 5×5 map, so it
    is written as the dense layer it is.

    Parameters
    ----------
    activation, pooling
        Kinds of layers: ``"relu"`` and ``"max_pool2d"`` give the modern variant with the same figures.
    """
    net = NetworkBuilder("LeNet-5").image((1, 32, 32))
    for stage, filters in enumerate((6, 16), start=1):
        net.add("conv2d", filters=filters, kernel=5)
        net.add(activation)
        net.add(pooling, name=f"pool{stage}", kernel=2)
    net.add("flatten")
    for units in (120, 84):
        net.add("dense", units=units)
        net.add(activation)
    net.add("dense", units=classes)
    return net.design()
