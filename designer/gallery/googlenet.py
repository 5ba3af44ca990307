"""GoogLeNet: Szegedy et al., "Going deeper with convolutions" (2014), table 1, as torchvision has it."""

from __future__ import annotations

from collections.abc import Sequence

from designer.gallery.blocks import conv_norm, last, scores
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

Widths = tuple[int, int, int, int, int, int]

STAGES: Sequence[Sequence[Widths]] = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)
"""Inception modules 3a … 5b: filters #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj of the table."""


def googlenet(*, classes: int = 1000) -> Design:
    """GoogLeNet for 224×224 pixels with torchvision's names: batch normalization, and no auxiliary heads.

    torchvision's weights come from TensorFlow's release, in which the 5×5 branch of a module has a 3×3 convolution.
    """
    net = NetworkBuilder("GoogLeNet").image((3, 224, 224))
    _conv(net, "conv1", filters=64, kernel=7, stride=2)
    _pool(net, 1, kernel=3)
    _conv(net, "conv2", filters=64, kernel=1)
    _conv(net, "conv3", filters=192, kernel=3)
    _pool(net, 2, kernel=3)
    for stage, modules in enumerate(STAGES, start=3):
        for letter, widths in zip("abcde", modules, strict=False):
            _inception(net, f"inception{stage}{letter}", widths)
        if stage < 5:
            _pool(net, stage, kernel=3 if stage == 3 else 2)
    scores(net, "fc", classes, dropout="dropout", rate=0.2)
    return net.design()


def _inception(net: NetworkBuilder, name: str, widths: Widths) -> None:
    """1×1, 3×3, "5×5" and pooling beside each other (figure 2b)."""
    entry = last(net)
    single, reduce3, wide3, reduce5, wide5, pooled = widths
    branches = [_conv(net, f"{name}.branch1", filters=single, kernel=1)]
    for number, reduced, filters in ((2, reduce3, wide3), (3, reduce5, wide5)):
        _conv(net, f"{name}.branch{number}.0", after=entry, filters=reduced, kernel=1)
        branches.append(_conv(net, f"{name}.branch{number}.1", filters=filters, kernel=3))
    net.add("max_pool2d", name=f"{name}.branch4.0", after=entry, kernel=3, stride=1, padding=1, ceil_mode=True)
    branches.append(_conv(net, f"{name}.branch4.1", filters=pooled, kernel=1))
    net.add("concat", name=f"{name}.concat", after=branches)


def _conv(
    net: NetworkBuilder, name: str, *, filters: int, kernel: int, stride: int = 1, after: str | None = None
) -> str:
    names = f"{name}.conv", f"{name}.bn"
    conv_norm(net, *names, after=after, filters=filters, kernel=kernel, stride=stride, epsilon=1e-3)
    return net.add("relu", name=f"{name}.relu")


def _pool(net: NetworkBuilder, number: int, *, kernel: int) -> None:
    net.add("max_pool2d", name=f"maxpool{number}", kernel=kernel, stride=2, ceil_mode=True)
