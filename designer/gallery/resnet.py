"""ResNet: He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (2015), table 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

WIDTHS = (64, 128, 256, 512)


@attrs.frozen
class _Plan:
    """Blocks in each of the four stages, and whether they are bottlenecks."""

    blocks: tuple[int, int, int, int]
    bottleneck: bool

    @property
    def expansion(self) -> int:
        """Output channels of a block over its width."""
        return 4 if self.bottleneck else 1


PLANS: Mapping[int, _Plan] = {
    18: _Plan((2, 2, 2, 2), bottleneck=False),
    34: _Plan((3, 4, 6, 3), bottleneck=False),
    50: _Plan((3, 4, 6, 3), bottleneck=True),
    101: _Plan((3, 4, 23, 3), bottleneck=True),
    152: _Plan((3, 8, 36, 3), bottleneck=True),
}
"""By depth."""


def resnet(depth: int, *, classes: int = 1000) -> Design:
    """ResNet-18, 34, 50, 101 or 152 for 224×224 pixels in torchvision's layout and with its names.

    A bottleneck's stride stands in its 3×3 convolution ("v1.5"); the paper has it in the first 1×1. Weight names are
    those of torchvision's files: ``layer1.0.conv1.weight``.
    """
    plan = PLANS[depth]
    net = NetworkBuilder(f"ResNet-{depth}").image((3, 224, 224))
    _conv_norm(net, "conv1", "bn1", filters=64, kernel=7, stride=2)
    net.add("relu", name="relu")
    net.add("max_pool2d", name="maxpool", kernel=3, stride=2, padding=1)
    channels = 64
    for stage, (count, width) in enumerate(zip(plan.blocks, WIDTHS, strict=True), start=1):
        for index in range(count):
            stride = 2 if stage > 1 and index == 0 else 1
            outputs = width * plan.expansion
            _block(net, f"layer{stage}.{index}", _branch(plan, width, stride), (channels, outputs), stride)
            channels = outputs
    net.add("global_avg_pool", name="avgpool")
    net.add("flatten", name="flatten")
    net.add("dense", name="fc", units=classes)
    return net.design()


@attrs.frozen
class _Conv:
    filters: int
    kernel: int
    stride: int = 1


def _branch(plan: _Plan, width: int, stride: int) -> Sequence[_Conv]:
    """The convolutions of F(x)."""
    if plan.bottleneck:
        return (_Conv(width, 1), _Conv(width, 3, stride), _Conv(4 * width, 1))
    return (_Conv(width, 3, stride), _Conv(width, 3))


def _block(net: NetworkBuilder, name: str, branch: Sequence[_Conv], channels: tuple[int, int], stride: int) -> None:
    """Append relu(F(x) + x); where shapes differ x goes through a 1×1 convolution (option B of the paper)."""
    entry = net.last
    assert entry is not None
    for number, conv in enumerate(branch, start=1):
        if number > 1:
            net.add("relu", name=f"{name}.relu{number - 1}")
        _conv_norm(
            net,
            f"{name}.conv{number}",
            f"{name}.bn{number}",
            filters=conv.filters,
            kernel=conv.kernel,
            stride=conv.stride,
        )
    residual, shortcut = net.last, entry
    assert residual is not None
    if stride != 1 or channels[0] != channels[1]:
        shortcut = _conv_norm(
            net,
            f"{name}.downsample.0",
            f"{name}.downsample.1",
            filters=channels[1],
            kernel=1,
            stride=stride,
            after=entry,
        )
    net.add("add", name=f"{name}.add", after=(residual, shortcut))
    net.add("relu", name=f"{name}.relu")


def _conv_norm(
    net: NetworkBuilder, conv: str, norm: str, *, filters: int, kernel: int, stride: int = 1, after: str | None = None
) -> str:
    net.add(
        "conv2d",
        after=after,
        name=conv,
        filters=filters,
        kernel=kernel,
        stride=stride,
        padding=kernel // 2,
        bias=False,
    )
    return net.add("batch_norm", name=norm)
