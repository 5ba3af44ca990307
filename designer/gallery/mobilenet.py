"""MobileNet V2: Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks" (2018), table 2."""

from __future__ import annotations

import attrs

from designer.gallery.builder import NetworkBuilder
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


def mobilenet_v2(*, classes: int = 1000) -> Design:
    """MobileNet V2 of width 1 for 224×224 pixels, in torchvision's layout and with its names.

    A block widens with a 1×1 convolution, looks around with a depthwise 3×3 and narrows again without a
    non-linearity; where the shapes agree it adds its input.
    """
    net = NetworkBuilder("MobileNet V2").image((3, 224, 224))
    _conv_norm(net, "features.0.0", "features.0.1", filters=32, kernel=3, stride=2)
    net.add("relu6", name="features.0.2")
    number, channels = 1, 32
    for stage in STAGES:
        for index in range(stage.blocks):
            stride = stage.stride if index == 0 else 1
            _block(net, f"features.{number}", (channels, stage.channels), stage.expansion, stride)
            channels = stage.channels
            number += 1
    _conv_norm(net, f"features.{number}.0", f"features.{number}.1", filters=1280, kernel=1)
    net.add("relu6", name=f"features.{number}.2")
    net.add("global_avg_pool", name="avgpool")
    net.add("flatten", name="flatten")
    net.add("dropout", name="classifier.0", rate=0.2)
    net.add("dense", name="classifier.1", units=classes)
    return net.design()


def _block(net: NetworkBuilder, name: str, channels: tuple[int, int], expansion: int, stride: int) -> None:
    """An inverted residual (figure 4d)."""
    entry, (before, after) = net.last, channels
    assert entry is not None
    wide, place = before * expansion, 0
    if expansion != 1:
        _conv_norm(net, f"{name}.conv.0.0", f"{name}.conv.0.1", filters=wide, kernel=1)
        net.add("relu6", name=f"{name}.conv.0.2")
        place = 1
    depthwise = f"{name}.conv.{place}"
    _conv_norm(net, f"{depthwise}.0", f"{depthwise}.1", filters=wide, kernel=3, stride=stride, groups=wide)
    net.add("relu6", name=f"{depthwise}.2")
    narrow = _conv_norm(net, f"{name}.conv.{place + 1}", f"{name}.conv.{place + 2}", filters=after, kernel=1)
    if stride == 1 and before == after:
        net.add("add", name=f"{name}.add", after=(narrow, entry))


def _conv_norm(
    net: NetworkBuilder, conv: str, norm: str, *, filters: int, kernel: int, stride: int = 1, groups: int = 1
) -> str:
    net.add(
        "conv2d",
        name=conv,
        filters=filters,
        kernel=kernel,
        stride=stride,
        padding=kernel // 2,
        groups=groups,
        bias=False,
    )
    return net.add("batch_norm", name=norm)
