"""ResNet and what grew from it: He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2015), table 1.

ResNeXt: Xie et al., "Aggregated residual transformations for deep neural networks" (2016), table 1. Wide ResNet:
Zagoruyko and Komodakis, "Wide residual networks" (2016), table 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from designer.gallery.blocks import conv_norm, last, scores
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

WIDTHS = (64, 128, 256, 512)


@attrs.frozen
class Plan:
    """What tells one network of the family from another."""

    title: str
    blocks: tuple[int, int, int, int]
    """In each of the four stages."""

    bottleneck: bool = True
    groups: int = 1
    """Of the 3×3 convolution of a bottleneck: the cardinality of ResNeXt."""

    widening: float = 1
    """Channels inside a bottleneck over those of ResNet."""

    stride_first: bool = False
    """A bottleneck's stride stands in its first 1×1 convolution, as in the paper."""

    @property
    def expansion(self) -> int:
        """Output channels of a block over its width."""
        return 4 if self.bottleneck else 1


PLANS: Mapping[str, Plan] = {
    "resnet18": Plan("ResNet-18", (2, 2, 2, 2), bottleneck=False),
    "resnet34": Plan("ResNet-34", (3, 4, 6, 3), bottleneck=False),
    "resnet50": Plan("ResNet-50", (3, 4, 6, 3)),
    "resnet50_v1": Plan("ResNet-50 v1", (3, 4, 6, 3), stride_first=True),
    "resnet101": Plan("ResNet-101", (3, 4, 23, 3)),
    "resnet152": Plan("ResNet-152", (3, 8, 36, 3)),
    "resnext50_32x4d": Plan("ResNeXt-50 32×4d", (3, 4, 6, 3), groups=32, widening=2),
    "wide_resnet50_2": Plan("Wide ResNet-50-2", (3, 4, 6, 3), widening=2),
}
"""By torchvision's names; ``resnet50_v1``, which it has not, is the layout of the paper."""


def resnet(name: str, *, classes: int = 1000) -> Design:
    """A network of the family for 224×224 pixels in torchvision's layout and with its names.

    A bottleneck's stride stands in its 3×3 convolution ("v1.5"), in ``resnet50_v1`` in the first 1×1 as in the paper:
    every other row and column is then dropped unseen, but the field is larger (483 instead of 427). Weight names are
    those of torchvision's files: ``layer1.0.conv1.weight``.
    """
    plan = PLANS[name]
    net = NetworkBuilder(plan.title).image((3, 224, 224))
    stem(net)
    stages(net, plan)
    scores(net, "fc", classes)
    return net.design()


def stem(net: NetworkBuilder, prefix: str = "") -> None:
    """A 7×7 convolution and a pooling: a quarter of the size."""
    conv_norm(net, f"{prefix}conv1", f"{prefix}bn1", filters=64, kernel=7, stride=2)
    net.add("relu", name=f"{prefix}relu")
    net.add("max_pool2d", name=f"{prefix}maxpool", kernel=3, stride=2, padding=1)


def stages(net: NetworkBuilder, plan: Plan, prefix: str = "", dilated: int = 0) -> None:
    """The four stages; the last ``dilated`` of them keep the size, and dilate instead of striding."""
    channels, dilation = 64, 1
    for stage, (count, width) in enumerate(zip(plan.blocks, WIDTHS, strict=True), start=1):
        stride = 1 if stage == 1 or stage > len(WIDTHS) - dilated else 2
        for index in range(count):
            first = index == 0
            branch = _branch(plan, width, stride if first else 1, dilation)
            # The first block of a dilated stage still reads a map of the former grid.
            if first and stage > len(WIDTHS) - dilated:
                dilation *= 2
            outputs = width * plan.expansion
            block(net, f"{prefix}layer{stage}.{index}", branch, (channels, outputs), stride if first else 1)
            channels = outputs


@attrs.frozen
class Conv:
    """A convolution of a branch."""

    filters: int
    kernel: int
    stride: int = 1
    groups: int = 1
    dilation: int = 1


def _branch(plan: Plan, width: int, stride: int, dilation: int) -> Sequence[Conv]:
    """The convolutions of F(x)."""
    if not plan.bottleneck:
        return (Conv(width, 3, stride), Conv(width, 3))
    inner = round(width * plan.widening)
    first, middle = (stride, 1) if plan.stride_first else (1, stride)
    return (Conv(inner, 1, first), Conv(inner, 3, middle, plan.groups, dilation), Conv(4 * width, 1))


def block(net: NetworkBuilder, name: str, branch: Sequence[Conv], channels: tuple[int, int], stride: int) -> None:
    """Append relu(F(x) + x); where shapes differ x goes through a 1×1 convolution (option B of the paper)."""
    entry = last(net)
    for number, conv in enumerate(branch, start=1):
        if number > 1:
            net.add("relu", name=f"{name}.relu{number - 1}")
        padding = conv.kernel // 2 * conv.dilation
        conv_norm(net, f"{name}.conv{number}", f"{name}.bn{number}", padding=padding, **attrs.asdict(conv))
    residual, shortcut = last(net), entry
    if stride != 1 or channels[0] != channels[1]:
        names = f"{name}.downsample.0", f"{name}.downsample.1"
        shortcut = conv_norm(net, *names, after=entry, filters=channels[1], kernel=1, stride=stride)
    net.add("add", name=f"{name}.add", after=(residual, shortcut))
    net.add("relu", name=f"{name}.relu")
