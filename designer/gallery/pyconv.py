"""PyConv: Duta et al., "Pyramidal convolution: rethinking CNNs for visual recognition" (2020), table 1."""

from __future__ import annotations

from collections.abc import Sequence

from designer.gallery.blocks import conv_norm, last, scores
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

BLOCKS = (3, 4, 6, 3)

LEVELS: Sequence[Sequence[tuple[int, int, int]]] = (
    ((4, 3, 1), (4, 5, 4), (4, 7, 8), (4, 9, 16)),
    ((4, 3, 1), (4, 5, 4), (2, 7, 8)),
    ((2, 3, 1), (2, 5, 4)),
    ((1, 3, 1),),
)
"""Levels of the pyramid in each stage (table 1): which part of the filters, their kernel, their groups."""


def pyconvresnet50(*, classes: int = 1000) -> Design:
    """PyConvResNet-50 for 224×224 pixels, in the layout and with the names of the authors' release.

    In place of a bottleneck's 3×3 stand kernels of several sizes beside each other, the larger in more groups, so that
    all levels cost alike. The first stage halves the size instead of a pooling; a shortcut is pooled before its 1×1.
    """
    net = NetworkBuilder("PyConvResNet-50").image((3, 224, 224))
    conv_norm(net, "conv1", "bn1", filters=64, kernel=7, stride=2)
    net.add("relu", name="relu")
    for stage, (count, levels) in enumerate(zip(BLOCKS, LEVELS, strict=True), start=1):
        for index in range(count):
            _block(net, f"layer{stage}.{index}", 32 << stage, levels, stride=2 if index == 0 else 1)
    scores(net, "fc", classes)
    return net.design()


def _block(net: NetworkBuilder, name: str, width: int, levels: Sequence[tuple[int, int, int]], *, stride: int) -> None:
    """A bottleneck with a pyramid in its middle (figure 4)."""
    entry = last(net)
    conv_norm(net, f"{name}.conv1", f"{name}.bn1", filters=width, kernel=1)
    net.add("relu", name=f"{name}.relu1")
    _pyramid(net, f"{name}.conv2", width, levels, stride)
    net.add("batch_norm", name=f"{name}.bn2")
    net.add("relu", name=f"{name}.relu2")
    residual = conv_norm(net, f"{name}.conv3", f"{name}.bn3", filters=4 * width, kernel=1)
    shortcut = entry
    if stride > 1:
        net.add("max_pool2d", name=f"{name}.downsample.0", after=entry, kernel=3, stride=stride, padding=1)
        shortcut = conv_norm(net, f"{name}.downsample.1", f"{name}.downsample.2", filters=4 * width, kernel=1)
    net.add("add", name=f"{name}.add", after=(residual, shortcut))
    net.add("relu", name=f"{name}.relu")


def _pyramid(net: NetworkBuilder, name: str, width: int, levels: Sequence[tuple[int, int, int]], stride: int) -> None:
    entry, several = last(net), len(levels) > 1
    ends = [
        net.add(
            "conv2d",
            name=f"{name}.conv2_{number}" if several else name,
            after=entry,
            filters=width // part,
            kernel=kernel,
            stride=stride,
            padding=kernel // 2,
            groups=groups,
            bias=False,
        )
        for number, (part, kernel, groups) in enumerate(levels, start=1)
    ]
    if several:
        net.add("concat", name=f"{name}.concat", after=ends)
