"""RegNet: Radosavovic, Kosaraju, Girshick, He and Dollár, "Designing network design spaces" (2020), tables 4 and 9."""

from __future__ import annotations

from designer.gallery.blocks import conv_norm, last, scores
from designer.gallery.builder import NetworkBuilder
from designer.gallery.inverted_residual import Squeeze, squeeze_excitation
from designer.graph.design import Design

DEPTHS = (1, 3, 6, 6)
WIDTHS = (48, 104, 208, 440)
GROUP_WIDTH = 8


def regnet_y_400mf(*, classes: int = 1000) -> Design:
    """RegNetY-400MF for 224×224 pixels, with torchvision's names.

    A residual bottleneck that does not narrow: a 3×3 convolution in groups of 8 channels between two of 1×1, and the
    weighing of channels with a quarter of the units that come into the block.
    """
    net = NetworkBuilder("RegNetY-400MF").image((3, 224, 224))
    conv_norm(net, "stem.0", "stem.1", filters=32, kernel=3, stride=2)
    net.add("relu", name="stem.2")
    channels = 32
    for stage, (count, width) in enumerate(zip(DEPTHS, WIDTHS, strict=True), start=1):
        for index in range(count):
            _block(net, f"trunk_output.block{stage}.block{stage}-{index}", channels, width, 2 if index == 0 else 1)
            channels = width
    scores(net, "fc", classes)
    return net.design()


def _block(net: NetworkBuilder, name: str, channels: int, width: int, stride: int) -> None:
    entry, groups = last(net), width // GROUP_WIDTH
    conv_norm(net, f"{name}.f.a.0", f"{name}.f.a.1", filters=width, kernel=1)
    net.add("relu", name=f"{name}.f.a.2")
    conv_norm(net, f"{name}.f.b.0", f"{name}.f.b.1", filters=width, kernel=3, stride=stride, groups=groups)
    net.add("relu", name=f"{name}.f.b.2")
    squeeze_excitation(net, f"{name}.f.se", width, Squeeze(round(channels / 4)))
    residual, shortcut = conv_norm(net, f"{name}.f.c.0", f"{name}.f.c.1", filters=width, kernel=1), entry
    if stride > 1:
        names = f"{name}.proj.0", f"{name}.proj.1"
        shortcut = conv_norm(net, *names, after=entry, filters=width, kernel=1, stride=stride)
    net.add("add", name=f"{name}.add", after=(residual, shortcut))
    net.add("relu", name=f"{name}.activation")
