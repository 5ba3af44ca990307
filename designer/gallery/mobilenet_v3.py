"""MobileNet V3: Howard et al., "Searching for MobileNetV3" (2019), tables 1 and 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from designer.gallery.blocks import conv_norm
from designer.gallery.builder import NetworkBuilder
from designer.gallery.inverted_residual import (
    InvertedResidual,
    Squeeze,
    in_sequences,
    inverted_residual,
    rounded,
)
from designer.graph.design import Design

STEM = 16
"""Filters of the first convolution."""

EPSILON = 1e-3


@attrs.frozen
class Row:
    """A row of the tables: kernel, expansion size, channels, squeeze-and-excitation, non-linearity, stride."""

    kernel: int
    wide: int
    channels: int
    weighed: bool
    activation: str
    stride: int

    def after(self, channels: int) -> InvertedResidual:
        """The block where that many channels come in."""
        squeeze = Squeeze(rounded(self.wide // 4), gate="hard_sigmoid") if self.weighed else None
        shape = (channels, self.wide, self.channels, self.kernel, self.stride)
        return InvertedResidual(*shape, self.activation, EPSILON, squeeze)


_RE, _HS = "relu", "hard_swish"

LARGE = (
    Row(3, 16, 16, False, _RE, 1),
    Row(3, 64, 24, False, _RE, 2),
    Row(3, 72, 24, False, _RE, 1),
    Row(5, 72, 40, True, _RE, 2),
    Row(5, 120, 40, True, _RE, 1),
    Row(5, 120, 40, True, _RE, 1),
    Row(3, 240, 80, False, _HS, 2),
    Row(3, 200, 80, False, _HS, 1),
    Row(3, 184, 80, False, _HS, 1),
    Row(3, 184, 80, False, _HS, 1),
    Row(3, 480, 112, True, _HS, 1),
    Row(3, 672, 112, True, _HS, 1),
    Row(5, 672, 160, True, _HS, 2),
    Row(5, 960, 160, True, _HS, 1),
    Row(5, 960, 160, True, _HS, 1),
)

SMALL = (
    Row(3, 16, 16, True, _RE, 2),
    Row(3, 72, 24, False, _RE, 2),
    Row(3, 88, 24, False, _RE, 1),
    Row(5, 96, 40, True, _HS, 2),
    Row(5, 240, 40, True, _HS, 1),
    Row(5, 240, 40, True, _HS, 1),
    Row(5, 120, 48, True, _HS, 1),
    Row(5, 144, 48, True, _HS, 1),
    Row(5, 288, 96, True, _HS, 2),
    Row(5, 576, 96, True, _HS, 1),
    Row(5, 576, 96, True, _HS, 1),
)

PLANS: Mapping[str, tuple[Sequence[Row], int]] = {"large": (LARGE, 1280), "small": (SMALL, 1024)}
"""Blocks, and units before the classifier."""


def mobilenet_v3(size: str, *, classes: int = 1000) -> Design:
    """MobileNet V3, ``"large"`` or ``"small"``, for 224×224 pixels, with torchvision's names."""
    rows, units = PLANS[size]
    net = NetworkBuilder(f"MobileNet V3 {size}").image((3, 224, 224))
    stem(net, "features.0")
    channels = STEM
    for number, row in enumerate(rows, start=1):
        name = f"features.{number}"
        inverted_residual(net, name, row.after(channels), in_sequences(f"{name}.block"))
        channels = row.channels
    end(net, f"features.{len(rows) + 1}", channels)
    net.add("global_avg_pool", name="avgpool")
    net.add("flatten", name="flatten")
    net.add("dense", name="classifier.0", units=units)
    net.add(_HS, name="classifier.1")
    net.add("dropout", name="classifier.2", rate=0.2)
    net.add("dense", name="classifier.3", units=classes)
    return net.design()


def stem(net: NetworkBuilder, name: str) -> None:
    """The first convolution."""
    conv_norm(net, f"{name}.0", f"{name}.1", filters=STEM, kernel=3, stride=2, epsilon=EPSILON)
    net.add(_HS, name=f"{name}.2")


def end(net: NetworkBuilder, name: str, channels: int) -> str:
    """The last convolution, to six times the channels."""
    conv_norm(net, f"{name}.0", f"{name}.1", filters=6 * channels, kernel=1, epsilon=EPSILON)
    return net.add(_HS, name=f"{name}.2")
