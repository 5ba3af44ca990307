"""MobileNet V1: Howard et al., "MobileNets: efficient convolutional neural networks for mobile vision" (2017), table 1.

V2: Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks" (2018), table 2.
"""

from __future__ import annotations

import attrs

from designer.gallery.blocks import conv_norm, scores
from designer.gallery.builder import NetworkBuilder
from designer.gallery.inverted_residual import InvertedResidual, inverted_residual, last_without_sequence
from designer.graph.design import Design


@attrs.frozen
class _Stage:
    """A row of the table: expansion t, channels c, n blocks, stride s of the first."""

    expansion: int
    channels: int
    blocks: int
    stride: int


STAGES = (
    _Stage(1, 16, 1, 1),
    _Stage(6, 24, 2, 2),
    _Stage(6, 32, 3, 2),
    _Stage(6, 64, 4, 2),
    _Stage(6, 96, 3, 1),
    _Stage(6, 160, 3, 2),
    _Stage(6, 320, 1, 1),
)


SEPARABLE = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))
"""Filters and stride of the thirteen depthwise separable convolutions of V1 (table 1)."""


def mobilenet_v1(*, classes: int = 1000) -> Design:
    """MobileNet V1 of width 1 for 224×224 pixels, with TensorFlow's padding ("same") and the names of Keras.

    A depthwise 3×3 convolution looks around, a 1×1 convolution mixes the channels: nearly all of the multiply-adds are
    in the latter.
    """
    net = NetworkBuilder("MobileNet V1").image((3, 224, 224))
    _same(net, "conv1", filters=32, kernel=3, stride=2)
    channels = 32
    for number, (filters, stride) in enumerate(SEPARABLE, start=1):
        with net.group(f"separable{number}"):
            _same(net, f"conv_dw_{number}", filters=channels, kernel=3, stride=stride, groups=channels)
            _same(net, f"conv_pw_{number}", filters=filters, kernel=1)
        channels = filters
    scores(net, "conv_preds", classes, dropout="dropout", rate=1e-3)
    return net.design()


def _same(net: NetworkBuilder, name: str, *, filters: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
    conv_norm(
        net,
        name,
        f"{name}_bn",
        filters=filters,
        kernel=kernel,
        stride=stride,
        padding="same",
        groups=groups,
        epsilon=1e-3,
    )
    net.add("relu6", name=f"{name}_relu")


def mobilenet_v2(*, classes: int = 1000) -> Design:
    """MobileNet V2 of width 1 for 224×224 pixels, in torchvision's layout and with its names.

    A block widens with a 1×1 convolution, looks around with a depthwise 3×3 and narrows again without a
    non-linearity; where the shapes agree it adds its input.
    """
    net = NetworkBuilder("MobileNet V2").image((3, 224, 224))
    mobilenet_v2_features(net)
    scores(net, "classifier.1", classes, dropout="classifier.0", rate=0.2)
    return net.design()


def mobilenet_v2_features(net: NetworkBuilder, prefix: str = "") -> None:
    """Everything before the classifier, ``features.0`` to ``features.18``."""
    conv_norm(net, f"{prefix}features.0.0", f"{prefix}features.0.1", filters=32, kernel=3, stride=2)
    net.add("relu6", name=f"{prefix}features.0.2")
    number, channels = 1, 32
    for stage in STAGES:
        for index in range(stage.blocks):
            stride = stage.stride if index == 0 else 1
            wide, name = channels * stage.expansion, f"{prefix}features.{number}"
            block = InvertedResidual(channels, wide, stage.channels, stride=stride)
            inverted_residual(net, name, block, last_without_sequence(f"{name}.conv"))
            channels = stage.channels
            number += 1
    end = f"{prefix}features.{number}"
    conv_norm(net, f"{end}.0", f"{end}.1", filters=1280, kernel=1)
    net.add("relu6", name=f"{end}.2")
