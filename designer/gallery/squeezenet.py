"""SqueezeNet: Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters" (2016), table 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

Version = Literal["1.0", "1.1"]

FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
"""(squeeze, expand) filters of fire2 … fire9."""

POOLS_AFTER: Mapping[Version, frozenset[int]] = {"1.0": frozenset({4, 8}), "1.1": frozenset({3, 5})}
"""Numbers of the fire modules that a pooling follows; one more follows the first convolution."""


def squeezenet(version: Version = "1.1", *, classes: int = 1000) -> Design:
    """SqueezeNet 1.0 (the paper) or 1.1 (2.4 times fewer multiply-adds) for 224×224 pixels.

    Names are torchvision's. The poolings round up, as in Caffe. The answer is a map for each class, averaged.
    """
    net = NetworkBuilder(f"SqueezeNet {version}").image((3, 224, 224))
    filters, kernel = (96, 7) if version == "1.0" else (64, 3)
    net.add("conv2d", name="features.0", filters=filters, kernel=kernel, stride=2)
    net.add("relu", name="features.1")
    place = _pool(net, 2)
    for number, (squeeze, expand) in enumerate(FIRES, start=2):
        _fire(net, f"features.{place}", squeeze, expand)
        place = _pool(net, place + 1) if number in POOLS_AFTER[version] else place + 1
    net.add("dropout", name="classifier.0")
    net.add("conv2d", name="classifier.1", filters=classes, kernel=1)
    net.add("relu", name="classifier.2")
    net.add("global_avg_pool", name="classifier.3")
    net.add("flatten", name="flatten")
    return net.design()


def _pool(net: NetworkBuilder, place: int) -> int:
    """A pooling at this place of the features; returns the next one."""
    net.add("max_pool2d", name=f"features.{place}", kernel=3, stride=2, ceil_mode=True)
    return place + 1


def _fire(net: NetworkBuilder, name: str, squeeze: int, expand: int) -> None:
    """A 1×1 convolution squeezes the channels; a 1×1 and a 3×3 beside each other expand them (figure 1)."""
    net.add("conv2d", name=f"{name}.squeeze", filters=squeeze, kernel=1)
    squeezed = net.add("relu", name=f"{name}.squeeze_activation")
    sides = []
    for kernel in (1, 3):
        side = f"{name}.expand{kernel}x{kernel}"
        net.add("conv2d", after=squeezed, name=side, filters=expand, kernel=kernel, padding=kernel // 2)
        sides.append(net.add("relu", name=f"{side}_activation"))
    net.add("concat", after=sides, name=f"{name}.concat")
