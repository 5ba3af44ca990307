"""Network in Network: Lin, Chen and Yan, "Network in network" (2013), section 4 and the authors' release for Caffe."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design
from designer.layer_api.geometry import Shape


@attrs.frozen
class _MlpConv:
    """A convolution and the 1×1 convolutions that follow it: a small network that slides over the map."""

    filters: int
    kernel: int
    mixes: tuple[int, ...]
    stride: int = 1
    padding: int = 0
    pool: str | None = None
    """Kind of the pooling behind it, which rounds up as in Caffe."""

    dropout: bool = False


def nin_cifar10() -> Design:
    """For CIFAR-10, images of 32×32 pixels: the mean of the last map of each class is its score."""
    stages = (
        _MlpConv(192, 5, (160, 96), padding=2, pool="max_pool2d", dropout=True),
        _MlpConv(192, 5, (192, 192), padding=2, pool="avg_pool2d", dropout=True),
        _MlpConv(192, 3, (192, 10), padding=1),
    )
    return _nin("Network in Network (CIFAR-10)", (3, 32, 32), stages)


def nin(*, classes: int = 1000) -> Design:
    """For ImageNet, images of 224×224 pixels."""
    stages = (
        _MlpConv(96, 11, (96, 96), stride=4, pool="max_pool2d"),
        _MlpConv(256, 5, (256, 256), padding=2, pool="max_pool2d"),
        _MlpConv(384, 3, (384, 384), padding=1, pool="max_pool2d", dropout=True),
        _MlpConv(1024, 3, (1024, classes), padding=1),
    )
    return _nin("Network in Network", (3, 224, 224), stages)


def _nin(title: str, shape: Shape, stages: Sequence[_MlpConv]) -> Design:
    net = NetworkBuilder(title).image(shape)
    mixes = 0
    for number, stage in enumerate(stages, start=1):
        with net.group(f"mlpconv{number}"):
            mixes = _mlpconv(net, number, stage, mixes)
        if stage.pool is not None:
            net.add(stage.pool, name=f"pool{number}", kernel=3, stride=2, ceil_mode=True)
        if stage.dropout:
            net.add("dropout", name=f"drop{number}")
    net.add("global_avg_pool", name=f"pool{len(stages)}")
    net.add("flatten", name="flatten")
    return net.design()


def _mlpconv(net: NetworkBuilder, number: int, stage: _MlpConv, mixes: int) -> int:
    """The convolution and its mixes; returns how many mixes there are up to here."""
    net.add(
        "conv2d",
        name=f"conv{number}",
        filters=stage.filters,
        kernel=stage.kernel,
        stride=stage.stride,
        padding=stage.padding,
    )
    net.add("relu", name=f"relu{number}")
    for mix, filters in enumerate(stage.mixes, start=mixes + 1):
        net.add("conv2d", name=f"cccp{mix}", filters=filters, kernel=1)
        net.add("relu", name=f"relu_cccp{mix}")
    return mixes + len(stage.mixes)
