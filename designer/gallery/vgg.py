"""VGG: Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition" (2014), table 1."""

from __future__ import annotations

from collections.abc import Mapping

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

CONVOLUTIONS: Mapping[int, tuple[int, ...]] = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
"""Depth → convolutions in each of the five blocks."""

FILTERS = (64, 128, 256, 512, 512)


def vgg(depth: int, *, classes: int = 1000) -> Design:
    """VGG-11, 13, 16 or 19 for 224×224 pixels, as torchvision counts it.

    Names are those of the paper's own release: ``conv4_2`` is the second convolution of the fourth block. The scores
    are left without a softmax. torchvision's adaptive pooling to 7×7 changes nothing at 224 and lets images of other
    sizes have the same weights.
    """
    net = NetworkBuilder(f"VGG-{depth}").image((3, 224, 224))
    for block, (count, filters) in enumerate(zip(CONVOLUTIONS[depth], FILTERS, strict=True), start=1):
        for index in range(1, count + 1):
            net.add("conv2d", name=f"conv{block}_{index}", filters=filters, kernel=3, padding=1)
            net.add("relu", name=f"relu{block}_{index}")
        net.add("max_pool2d", name=f"pool{block}", kernel=2)
    net.add("adaptive_avg_pool2d", name="avgpool", output=7)
    net.add("flatten")
    for number in (6, 7):
        net.add("dense", name=f"fc{number}", units=4096)
        net.add("relu", name=f"relu{number}")
        net.add("dropout", name=f"drop{number}")
    net.add("dense", name="fc8", units=classes)
    return net.design()
