"""ShuffleNet V2: Ma et al., "ShuffleNet V2: practical guidelines for efficient CNN design" (2018), table 5."""

from __future__ import annotations

from designer.gallery.blocks import conv_norm, last, scores
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

BLOCKS = (4, 8, 4)
WIDTHS = (116, 232, 464)


def shufflenet_v2_x1_0(*, classes: int = 1000) -> Design:
    """ShuffleNet V2 of width 1 for 224×224 pixels, with torchvision's names.

    One half of the channels passes a block untouched; behind every block the halves are shuffled, so that the next
    one works on channels of both.
    """
    net = NetworkBuilder("ShuffleNet V2 ×1.0").image((3, 224, 224))
    _conv_relu(net, "conv1", filters=24, kernel=3, stride=2)
    net.add("max_pool2d", name="maxpool", kernel=3, stride=2, padding=1)
    channels = 24
    for stage, (count, width) in enumerate(zip(BLOCKS, WIDTHS, strict=True), start=2):
        _halving(net, f"stage{stage}.0", channels, width // 2)
        for index in range(1, count):
            _block(net, f"stage{stage}.{index}", width // 2)
        channels = width
    _conv_relu(net, "conv5", filters=1024, kernel=1)
    scores(net, "fc", classes)
    return net.design()


def _block(net: NetworkBuilder, name: str, half: int) -> None:
    """The first half of the channels as it is, the second through three convolutions (figure 3c)."""
    entry = last(net)
    kept = net.add("slice", name=f"{name}.first", end=half)
    net.add("slice", name=f"{name}.second", after=entry, start=half)
    worked = _branch(net, f"{name}.branch2", half, stride=1)
    _shuffle(net, name, kept, worked)


def _halving(net: NetworkBuilder, name: str, channels: int, half: int) -> None:
    """Both branches see all channels and halve the size (figure 3d)."""
    entry, first = last(net), f"{name}.branch1"
    conv_norm(net, f"{first}.0", f"{first}.1", filters=channels, kernel=3, stride=2, groups=channels)
    conv_norm(net, f"{first}.2", f"{first}.3", filters=half, kernel=1)
    left = net.add("relu", name=f"{first}.4")
    right = _branch(net, f"{name}.branch2", half, stride=2, after=entry)
    _shuffle(net, name, left, right)


def _branch(net: NetworkBuilder, name: str, half: int, *, stride: int, after: str | None = None) -> str:
    conv_norm(net, f"{name}.0", f"{name}.1", after=after, filters=half, kernel=1)
    net.add("relu", name=f"{name}.2")
    conv_norm(net, f"{name}.3", f"{name}.4", filters=half, kernel=3, stride=stride, groups=half)
    conv_norm(net, f"{name}.5", f"{name}.6", filters=half, kernel=1)
    return net.add("relu", name=f"{name}.7")


def _shuffle(net: NetworkBuilder, name: str, left: str, right: str) -> None:
    net.add("concat", name=f"{name}.concat", after=(left, right))
    net.add("channel_shuffle", name=f"{name}.shuffle", groups=2)


def _conv_relu(net: NetworkBuilder, name: str, *, filters: int, kernel: int, stride: int = 1) -> None:
    conv_norm(net, f"{name}.0", f"{name}.1", filters=filters, kernel=kernel, stride=stride)
    net.add("relu", name=f"{name}.2")
