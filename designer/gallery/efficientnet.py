"""Networks found by search: MNASNet, EfficientNet and EfficientNet-Lite.

Tan et al., "MnasNet: platform-aware neural architecture search for mobile" (2018), figure 7. Tan and Le,
"EfficientNet: rethinking model scaling for convolutional neural networks" (2019), table 1. Liu, "Higher accuracy on
vision models with EfficientNet-Lite" (2020), and the release of TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from designer.gallery.blocks import conv_norm, scores
from designer.gallery.builder import NetworkBuilder
from designer.gallery.inverted_residual import (
    InvertedResidual,
    Squeeze,
    in_one_sequence,
    in_sequences,
    inverted_residual,
)
from designer.graph.design import Design


@attrs.frozen
class _Stage:
    """A row of the table: expansion, kernel, stride of the first block, channels, blocks."""

    expansion: int
    kernel: int
    stride: int
    channels: int
    blocks: int


B0 = (
    _Stage(1, 3, 1, 16, 1),
    _Stage(6, 3, 2, 24, 2),
    _Stage(6, 5, 2, 40, 2),
    _Stage(6, 3, 2, 80, 3),
    _Stage(6, 5, 1, 112, 3),
    _Stage(6, 5, 2, 192, 4),
    _Stage(6, 3, 1, 320, 1),
)

MNASNET = (
    _Stage(3, 3, 2, 24, 3),
    _Stage(3, 5, 2, 40, 3),
    _Stage(6, 5, 2, 80, 3),
    _Stage(6, 3, 1, 96, 2),
    _Stage(6, 5, 2, 192, 4),
    _Stage(6, 3, 1, 320, 1),
)


def efficientnet_b0(*, classes: int = 1000) -> Design:
    """EfficientNet-B0 for 224×224 pixels, with torchvision's names."""
    return _efficientnet("EfficientNet-B0", B0, "silu", classes)


def efficientnet_lite0(*, classes: int = 1000) -> Design:
    """EfficientNet-Lite0 for 224×224 pixels: B0 without squeeze-and-excitation and with ReLU6, for small processors.

    Names are those that torchvision has for B0.
    """
    return _efficientnet("EfficientNet-Lite0", B0, "relu6", classes)


def _efficientnet(title: str, stages: Sequence[_Stage], activation: str, classes: int) -> Design:
    net = NetworkBuilder(title).image((3, 224, 224))
    conv_norm(net, "features.0.0", "features.0.1", filters=32, kernel=3, stride=2)
    net.add(activation, name="features.0.2")
    channels, weighed = 32, activation == "silu"
    for number, stage in enumerate(stages, start=1):
        for index in range(stage.blocks):
            block = InvertedResidual(
                channels,
                channels * stage.expansion,
                stage.channels,
                kernel=stage.kernel,
                stride=stage.stride if index == 0 else 1,
                activation=activation,
                squeeze=Squeeze(channels // 4, activation) if weighed else None,
            )
            name = f"features.{number}.{index}"
            inverted_residual(net, name, block, in_sequences(f"{name}.block"))
            channels = stage.channels
    end = f"features.{len(stages) + 1}"
    conv_norm(net, f"{end}.0", f"{end}.1", filters=4 * channels, kernel=1)
    net.add(activation, name=f"{end}.2")
    scores(net, "classifier.1", classes, dropout="classifier.0", rate=0.2)
    return net.design()


def mnasnet1_0(*, classes: int = 1000) -> Design:
    """MNASNet of width 1 for 224×224 pixels, with torchvision's names."""
    net = NetworkBuilder("MNASNet 1.0").image((3, 224, 224))
    for place, filters, kernel, stride, groups in ((0, 32, 3, 2, 1), (3, 32, 3, 1, 32), (6, 16, 1, 1, 1)):
        names = f"layers.{place}", f"layers.{place + 1}"
        conv_norm(net, *names, filters=filters, kernel=kernel, stride=stride, groups=groups)
        if place < 6:
            net.add("relu", name=f"layers.{place + 2}")
    channels = 16
    for place, stage in enumerate(MNASNET, start=8):
        for index in range(stage.blocks):
            wide, stride = channels * stage.expansion, stage.stride if index == 0 else 1
            block = InvertedResidual(channels, wide, stage.channels, stage.kernel, stride, "relu")
            name = f"layers.{place}.{index}"
            inverted_residual(net, name, block, in_one_sequence(f"{name}.layers"))
            channels = stage.channels
    conv_norm(net, "layers.14", "layers.15", filters=1280, kernel=1)
    net.add("relu", name="layers.16")
    scores(net, "classifier.1", classes, dropout="classifier.0", rate=0.2)
    return net.design()
