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


def vgg(depth: int, *, norm: bool = False, classes: int = 1000) -> Design:
    """VGG-11, 13, 16 or 19 for 224×224 pixels, as torchvision counts it, with its names.

    The scores are left without a softmax. torchvision's adaptive pooling to 7×7 changes nothing at 224 and lets images
    of other sizes have the same weights.

    Parameters
    ----------
    norm
        Batch normalization behind every convolution, which the paper did not know yet.
    """
    net = NetworkBuilder(f"VGG-{depth} BN" if norm else f"VGG-{depth}").image((3, 224, 224))
    features(net, depth, norm=norm)
    net.add("adaptive_avg_pool2d", name="avgpool", output=7)
    net.add("flatten", name="flatten")
    for place in (0, 3):
        net.add("dense", name=f"classifier.{place}", units=4096)
        net.add("relu", name=f"classifier.{place + 1}")
        net.add("dropout", name=f"classifier.{place + 2}")
    net.add("dense", name="classifier.6", units=classes)
    return net.design()


def features(net: NetworkBuilder, depth: int, *, norm: bool = False) -> None:
    """Convolutions and poolings, with the names of torchvision."""
    behind = ("batch_norm", "relu") if norm else ("relu",)
    place = 0
    for block, (count, filters) in enumerate(zip(CONVOLUTIONS[depth], FILTERS, strict=True), start=1):
        with net.group(f"features.block{block}"):
            for _convolution in range(count):
                net.add("conv2d", name=f"features.{place}", filters=filters, kernel=3, padding=1)
                for kind in behind:
                    place += 1
                    net.add(kind, name=f"features.{place}")
                place += 1
            net.add("max_pool2d", name=f"features.{place}", kernel=2)
            place += 1
