"""ConvNeXt: Liu, Mao, Wu, Feichtenhofer, Darrell and Xie, "A ConvNet for the 2020s" (2022), figure 4 and table 9."""

from __future__ import annotations

from designer.gallery.blocks import last
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

TINY = ((96, 3), (192, 3), (384, 9), (768, 3))
"""Channels and blocks of each stage of ConvNeXt-T."""

EPSILON = 1e-6
DROPPED = 0.1
"""How often the last block of ConvNeXt-T is left out in training; the first never is."""


def convnext_tiny(*, classes: int = 1000) -> Design:
    """ConvNeXt-T for 224×224 pixels, with torchvision's names.

    torchvision turns the axes round in every block, normalises the last one and has two dense layers for every cell.
    Here the channels are normalised where they are, and those layers are 1×1 convolutions: the same numbers.
    """
    net = NetworkBuilder("ConvNeXt-T").image((3, 224, 224))
    net.add("conv2d", name="features.0.0", filters=TINY[0][0], kernel=4, stride=4)
    net.add("layer_norm", name="features.0.1", epsilon=EPSILON)
    number, count = 0, sum(blocks for _channels, blocks in TINY)
    for stage, (channels, blocks) in enumerate(TINY):
        if stage:
            net.add("layer_norm", name=f"features.{2 * stage}.0", epsilon=EPSILON)
            net.add("conv2d", name=f"features.{2 * stage}.1", filters=channels, kernel=2, stride=2)
        for block in range(blocks):
            _block(net, f"features.{2 * stage + 1}.{block}", channels, DROPPED * number / (count - 1))
            number += 1
    net.add("global_avg_pool", name="avgpool")
    net.add("layer_norm", name="classifier.0", epsilon=EPSILON)
    net.add("flatten", name="classifier.1")
    net.add("dense", name="classifier.2", units=classes)
    return net.design()


def _block(net: NetworkBuilder, name: str, channels: int, dropped: float) -> None:
    """A large kernel for each channel apart, then every cell through four times as many channels, onto the input."""
    entry = last(net)
    net.add("conv2d", name=f"{name}.block.0", filters=channels, kernel=7, padding=3, groups=channels)
    net.add("layer_norm", name=f"{name}.block.2", epsilon=EPSILON)
    net.add("conv2d", name=f"{name}.block.3", filters=4 * channels, kernel=1)
    net.add("gelu", name=f"{name}.block.4")
    net.add("conv2d", name=f"{name}.block.5", filters=channels, kernel=1)
    net.add("channel_scale", name=f"{name}.layer_scale")
    branch = net.add("stochastic_depth", name=f"{name}.stochastic_depth", rate=dropped)
    net.add("add", name=f"{name}.add", after=(branch, entry))
