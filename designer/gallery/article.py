"""The small networks with which an article on convolution explains itself: each makes one idea visible."""

from __future__ import annotations

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design


def receptive_field_example() -> Design:
    """14×14×3 through two 3×3 convolutions, a 2×2 pooling and a third convolution: fields 3, 5, 6, 10.

    Output sizes are 12, 10, 5 and 3.
    """
    net = NetworkBuilder("Receptive field").image((3, 14, 14))
    net.add("conv2d", filters=8, kernel=3)
    net.add("conv2d", filters=8, kernel=3)
    net.add("max_pool2d", kernel=2)
    net.add("conv2d", filters=16, kernel=3)
    return net.design()


def ten_filters() -> Design:
    """32×32×3 through ten 5×5 filters, stride 1, padding 2: 32×32×10, 760 parameters."""
    net = NetworkBuilder("Ten filters").image((3, 32, 32))
    net.add("conv2d", filters=10, kernel=5, padding=2)
    return net.design()


def block_stack(*, classes: int = 10) -> Design:
    """The usual pattern, [CONV → ReLU → CONV → ReLU → POOL] × 3 → FC → softmax, for images of 64×64 pixels."""
    net = NetworkBuilder("VGG-style block stack").image((3, 64, 64))
    for block, filters in enumerate((16, 32, 64), start=1):
        for index in (1, 2):
            net.add("conv2d", name=f"conv{block}_{index}", filters=filters, kernel=3, padding=1)
            net.add("relu", name=f"relu{block}_{index}")
        net.add("max_pool2d", name=f"pool{block}", kernel=2)
    net.add("flatten")
    net.add("dense", units=128)
    net.add("relu", name="relu4")
    net.add("dropout")
    net.add("dense", units=classes)
    net.add("softmax", name="softmax")
    return net.design()


def residual_block() -> Design:
    """A stem, then one basic block, out = F(x) + x (He et al., 2015, figure 2), whose sides agree in shape."""
    net = NetworkBuilder("Residual block").image((3, 64, 64))
    net.add("conv2d", name="stem", filters=16, kernel=3, padding=1, bias=False)
    net.add("batch_norm", name="stem_bn")
    entry = net.add("relu", name="stem_relu")
    net.add("conv2d", filters=16, kernel=3, padding=1, bias=False)
    net.add("batch_norm")
    net.add("relu")
    net.add("conv2d", filters=16, kernel=3, padding=1, bias=False)
    branch = net.add("batch_norm")
    net.add("add", name="add", after=(branch, entry))
    net.add("relu")
    return net.design()
