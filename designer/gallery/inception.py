"""Inception v3: Szegedy et al., "Rethinking the Inception architecture for computer vision" (2015), table 1."""

from __future__ import annotations

from collections.abc import Sequence

from designer.gallery.blocks import Pair, conv_norm, last, scores
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design

Step = tuple[str, int, Pair]
"""Name, filters and kernel of a convolution."""

ROW, COLUMN = (1, 7), (7, 1)


def inception_v3(*, classes: int = 1000) -> Design:
    """Inception v3 for 299×299 pixels with torchvision's names, without the auxiliary head.

    Convolutions of 7×7 are a 1×7 and a 7×1 (section 3.2); the size is halved by a convolution and a pooling beside
    each other (figure 10).
    """
    net = NetworkBuilder("Inception v3").image((3, 299, 299))
    _conv(net, "Conv2d_1a_3x3", 32, 3, stride=2, padding=0)
    _conv(net, "Conv2d_2a_3x3", 32, 3, padding=0)
    _conv(net, "Conv2d_2b_3x3", 64, 3)
    net.add("max_pool2d", name="maxpool1", kernel=3, stride=2)
    _conv(net, "Conv2d_3b_1x1", 80, 1)
    _conv(net, "Conv2d_4a_3x3", 192, 3, padding=0)
    net.add("max_pool2d", name="maxpool2", kernel=3, stride=2)
    for letter, pooled in zip("bcd", (32, 64, 64), strict=True):
        _module_a(net, f"Mixed_5{letter}", pooled)
    _reduction(net, "Mixed_6a", (("branch3x3", 384, 3),), _steps("branch3x3dbl", (64, 96, 96), (1, 3, 3)))
    for letter, inner in zip("bcde", (128, 160, 160, 192), strict=True):
        _module_c(net, f"Mixed_6{letter}", inner)
    _reduction(
        net,
        "Mixed_7a",
        _steps("branch3x3", (192, 320), (1, 3)),
        _steps("branch7x7x3", (192, 192, 192, 192), (1, ROW, COLUMN, 3)),
    )
    for letter in "bc":
        _module_e(net, f"Mixed_7{letter}")
    scores(net, "fc", classes, dropout="dropout")
    return net.design()


def _module_a(net: NetworkBuilder, name: str, pooled: int) -> None:
    """5×5, and two 3×3 in its place, beside each other (figure 5)."""
    entry = last(net)
    ends = [
        _chain(net, name, entry, (("branch1x1", 64, 1),)),
        _chain(net, name, entry, _steps("branch5x5", (48, 64), (1, 5))),
        _chain(net, name, entry, _steps("branch3x3dbl", (64, 96, 96), (1, 3, 3))),
    ]
    _join(net, name, entry, ends, pooled)


def _module_c(net: NetworkBuilder, name: str, inner: int) -> None:
    """7×7 taken apart into rows and columns, once and twice (figure 6)."""
    entry = last(net)
    ends = [
        _chain(net, name, entry, (("branch1x1", 192, 1),)),
        _chain(net, name, entry, _steps("branch7x7", (inner, inner, 192), (1, ROW, COLUMN))),
        _chain(net, name, entry, _steps("branch7x7dbl", (*(inner,) * 4, 192), (1, COLUMN, ROW, COLUMN, ROW))),
    ]
    _join(net, name, entry, ends, 192)


def _module_e(net: NetworkBuilder, name: str) -> None:
    """Rows and columns beside each other, for many channels on a small map (figure 7)."""
    entry = last(net)
    ends = [_chain(net, name, entry, (("branch1x1", 320, 1),))]
    single = _chain(net, name, entry, (("branch3x3_1", 384, 1),))
    ends.append(_fork(net, f"{name}.branch3x3", "2", single))
    double = _chain(net, name, entry, _steps("branch3x3dbl", (448, 384), (1, 3)))
    ends.append(_fork(net, f"{name}.branch3x3dbl", "3", double))
    _join(net, name, entry, ends, 192)


def _join(net: NetworkBuilder, name: str, entry: str, ends: Sequence[str], pooled: int) -> None:
    """A pooling beside the branches, and all of them concatenated."""
    net.add("avg_pool2d", name=f"{name}.pool", after=entry, kernel=3, stride=1, padding=1)
    pool = _conv(net, f"{name}.branch_pool", pooled, 1)
    net.add("concat", name=f"{name}.concat", after=(*ends, pool))


def _reduction(net: NetworkBuilder, name: str, *branches: Sequence[Step]) -> None:
    """Half the size: the last convolution of each branch and a pooling have a stride of 2."""
    entry = last(net)
    ends = [_chain(net, name, entry, steps, stride=2) for steps in branches]
    ends.append(net.add("max_pool2d", name=f"{name}.pool", after=entry, kernel=3, stride=2))
    net.add("concat", name=f"{name}.concat", after=ends)


def _steps(name: str, filters: Sequence[int], kernels: Sequence[Pair]) -> Sequence[Step]:
    """``name_1``, ``name_2`` … with these filters and kernels."""
    pairs = zip(filters, kernels, strict=True)
    return [(f"{name}_{number}", count, kernel) for number, (count, kernel) in enumerate(pairs, start=1)]


def _chain(net: NetworkBuilder, module: str, entry: str, steps: Sequence[Step], *, stride: int = 1) -> str:
    """Convolutions one after the other; a stride of the last comes without padding."""
    end = entry
    for index, (name, filters, kernel) in enumerate(steps, start=1):
        halves = stride > 1 and index == len(steps)
        end = _conv(
            net,
            f"{module}.{name}",
            filters,
            kernel,
            stride=stride if halves else 1,
            padding=0 if halves else None,
            after=end,
        )
    return end


def _fork(net: NetworkBuilder, name: str, number: str, entry: str) -> str:
    """A 1×3 and a 3×1 convolution beside each other."""
    kernels = (("a", (1, 3)), ("b", (3, 1)))
    sides = [_conv(net, f"{name}_{number}{letter}", 384, kernel, after=entry) for letter, kernel in kernels]
    return net.add("concat", name=f"{name}_concat", after=sides)


def _conv(
    net: NetworkBuilder,
    name: str,
    filters: int,
    kernel: Pair,
    *,
    stride: int = 1,
    padding: int | None = None,
    after: str | None = None,
) -> str:
    names = f"{name}.conv", f"{name}.bn"
    conv_norm(net, *names, after=after, filters=filters, kernel=kernel, stride=stride, padding=padding, epsilon=1e-3)
    return net.add("relu", name=f"{name}.relu")
