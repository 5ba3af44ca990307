"""AlexNet in one tower: Krizhevsky, "One weird trick for parallelizing convolutional neural networks" (2014)."""

from __future__ import annotations

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design


def alexnet(*, classes: int = 1000) -> Design:
    """AlexNet for 224×224 pixels with torchvision's numbers of filters: 61 100 840 parameters.

    The network of 2012 had two towers, one for each graphics card, and 96 first filters. torchvision's adaptive pooling
    to 6×6 changes nothing at 224 and lets images of other sizes have the same weights.
    """
    net = NetworkBuilder("AlexNet").image((3, 224, 224))
    net.add("conv2d", filters=64, kernel=11, stride=4, padding=2)
    net.add("relu")
    net.add("max_pool2d", kernel=3, stride=2)
    net.add("conv2d", filters=192, kernel=5, padding=2)
    net.add("relu")
    net.add("max_pool2d", kernel=3, stride=2)
    for filters in (384, 256, 256):
        net.add("conv2d", filters=filters, kernel=3, padding=1)
        net.add("relu")
    net.add("max_pool2d", name="pool5", kernel=3, stride=2)
    net.add("adaptive_avg_pool2d", name="avgpool", output=6)
    net.add("flatten")
    for number in (6, 7):
        net.add("dropout", name=f"drop{number}")
        net.add("dense", name=f"fc{number}", units=4096)
        net.add("relu", name=f"relu{number}")
    net.add("dense", name="fc8", units=classes)
    return net.design()
