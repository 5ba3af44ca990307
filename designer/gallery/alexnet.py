"""AlexNet: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks" (2012).

In one tower: Krizhevsky, "One weird trick for parallelizing convolutional neural networks" (2014). ZFNet: Zeiler and
Fergus, "Visualizing and understanding convolutional networks" (2013), figure 3.
"""

from __future__ import annotations

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design


def alexnet(*, classes: int = 1000) -> Design:
    """AlexNet in one tower, for 224×224 pixels, with torchvision's filters and names: 61 100 840 parameters.

    torchvision's adaptive pooling to 6×6 changes nothing at 224 and lets images of other sizes have the same weights.
    """
    net = NetworkBuilder("AlexNet").image((3, 224, 224))
    net.add("conv2d", name="features.0", filters=64, kernel=11, stride=4, padding=2)
    net.add("relu", name="features.1")
    net.add("max_pool2d", name="features.2", kernel=3, stride=2)
    net.add("conv2d", name="features.3", filters=192, kernel=5, padding=2)
    net.add("relu", name="features.4")
    net.add("max_pool2d", name="features.5", kernel=3, stride=2)
    for place, filters in zip((6, 8, 10), (384, 256, 256), strict=True):
        net.add("conv2d", name=f"features.{place}", filters=filters, kernel=3, padding=1)
        net.add("relu", name=f"features.{place + 1}")
    net.add("max_pool2d", name="features.12", kernel=3, stride=2)
    net.add("adaptive_avg_pool2d", name="avgpool", output=6)
    net.add("flatten", name="flatten")
    for place in (0, 3):
        net.add("dropout", name=f"classifier.{place}")
        net.add("dense", name=f"classifier.{place + 1}", units=4096)
        net.add("relu", name=f"classifier.{place + 2}")
    net.add("dense", name="classifier.6", units=classes)
    return net.design()


def alexnet_2012(*, classes: int = 1000) -> Design:
    """The network of 2012, whose two towers, one for each graphics card, are the two groups of conv2, 4 and 5.

    The paper says 224×224 pixels; its first map of 55×55 needs 227.
    """
    net = NetworkBuilder("AlexNet (2012)").image((3, 227, 227))
    net.add("conv2d", filters=96, kernel=11, stride=4)
    net.add("relu")
    net.add("max_pool2d", kernel=3, stride=2)
    net.add("conv2d", filters=256, kernel=5, padding=2, groups=2)
    net.add("relu")
    net.add("max_pool2d", kernel=3, stride=2)
    for filters, groups in ((384, 1), (384, 2), (256, 2)):
        net.add("conv2d", filters=filters, kernel=3, padding=1, groups=groups)
        net.add("relu")
    net.add("max_pool2d", name="pool5", kernel=3, stride=2)
    _classifier(net, classes)
    return net.design()


def zfnet(*, classes: int = 1000) -> Design:
    """ZFNet for 224×224 pixels: AlexNet with a first layer of 7×7 at stride 2, found by looking at AlexNet's maps."""
    net = NetworkBuilder("ZFNet").image((3, 224, 224))
    net.add("conv2d", filters=96, kernel=7, stride=2, padding=1)
    net.add("relu")
    net.add("max_pool2d", kernel=3, stride=2, ceil_mode=True)
    net.add("conv2d", filters=256, kernel=5, stride=2)
    net.add("relu")
    net.add("max_pool2d", kernel=3, stride=2, ceil_mode=True)
    for filters in (384, 384, 256):
        net.add("conv2d", filters=filters, kernel=3, padding=1)
        net.add("relu")
    net.add("max_pool2d", name="pool5", kernel=3, stride=2)
    _classifier(net, classes)
    return net.design()


def _classifier(net: NetworkBuilder, classes: int) -> None:
    """Two dense layers of 4096 units, then one unit for each class."""
    net.add("flatten")
    for number in (6, 7):
        net.add("dense", name=f"fc{number}", units=4096)
        net.add("relu", name=f"relu{number}")
        net.add("dropout", name=f"drop{number}")
    net.add("dense", name="fc8", units=classes)
