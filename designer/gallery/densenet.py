"""DenseNet: Huang, Liu, van der Maaten and Weinberger, "Densely connected convolutional networks" (2016), table 1."""

from __future__ import annotations

from collections.abc import Mapping

from designer.gallery.blocks import last, scores
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

LAYERS: Mapping[int, tuple[int, int, int, int]] = {
    121: (6, 12, 24, 16),
    169: (6, 12, 32, 32),
    201: (6, 12, 48, 32),
}
"""Depth → layers in each of the four blocks."""

GROWTH = 32


def densenet(depth: int, *, classes: int = 1000) -> Design:
    """DenseNet-121, 169 or 201 for 224×224 pixels with torchvision's names.

    Every layer of a block reads the maps of all before it and adds 32 of its own. Normalization and ReLU come before
    the convolution; a transition halves channels and size.
    """
    net = NetworkBuilder(f"DenseNet-{depth}").image((3, 224, 224))
    net.add("conv2d", name="features.conv0", filters=2 * GROWTH, kernel=7, stride=2, padding=3, bias=False)
    net.add("batch_norm", name="features.norm0")
    net.add("relu", name="features.relu0")
    net.add("max_pool2d", name="features.pool0", kernel=3, stride=2, padding=1)
    channels = 2 * GROWTH
    for block, count in enumerate(LAYERS[depth], start=1):
        for number in range(1, count + 1):
            _layer(net, f"features.denseblock{block}.denselayer{number}")
        channels += count * GROWTH
        if block < len(LAYERS[depth]):
            channels //= 2
            _transition(net, f"features.transition{block}", channels)
    net.add("batch_norm", name="features.norm5")
    net.add("relu", name="relu")
    scores(net, "classifier", classes)
    return net.design()


def _layer(net: NetworkBuilder, name: str) -> None:
    """A 1×1 convolution to four times the growth, a 3×3 to the growth; what came in stays in front."""
    entry = last(net)
    _norm_conv(net, name, "1", filters=4 * GROWTH, kernel=1)
    grown = _norm_conv(net, name, "2", filters=GROWTH, kernel=3)
    net.add("concat", name=f"{name}.concat", after=(entry, grown))


def _transition(net: NetworkBuilder, name: str, filters: int) -> None:
    _norm_conv(net, name, "", filters=filters, kernel=1)
    net.add("avg_pool2d", name=f"{name}.pool", kernel=2)


def _norm_conv(net: NetworkBuilder, name: str, number: str, *, filters: int, kernel: int) -> str:
    net.add("batch_norm", name=f"{name}.norm{number}")
    net.add("relu", name=f"{name}.relu{number}")
    return net.add(
        "conv2d", name=f"{name}.conv{number}", filters=filters, kernel=kernel, padding=kernel // 2, bias=False
    )
