"""The operations written out as plain loops in float64: slow, obvious, and independent of the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Array = NDArray[Any]
Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class WindowCase:
    """One random window operation; `seed` stands for the values in the arrays."""

    seed: int
    batch: int
    spatial: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: Pairs
    groups: int = 1
    in_per_group: int = 1
    out_per_group: int = 1
    output_padding: tuple[int, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def rank(self) -> int:
        return len(self.spatial)

    def values(self, *shape: int, salt: int = 0, dtype: type = np.float64) -> Array:
        return np.random.default_rng([self.seed, salt]).standard_normal(shape).astype(dtype)

    def room(self, axis: int) -> int:
        """Cells a window may still move along an axis, from one end of the padded input to the other."""
        padded = self.spatial[axis] + sum(self.padding[axis])
        return padded - (self.dilation[axis] * (self.kernel[axis] - 1) + 1)


@st.composite
def window_cases(draw: st.DrawFn, *, largest: int = 7, padded: bool = True, dilated: bool = True) -> WindowCase:
    """Draw a case whose window fits, one-cell outputs and windows that leave a tail included."""
    rank = draw(st.integers(1, 3))
    small = max(2, largest if rank < 3 else largest - 2)

    def axes(low: int, high: int) -> st.SearchStrategy[tuple[int, ...]]:
        return st.tuples(*[st.integers(low, high)] * rank)

    kernel = draw(axes(1, 4 if rank < 3 else 3))
    dilation = draw(axes(1, 3)) if dilated else (1,) * rank
    pairs = st.tuples(st.integers(0, 3), st.integers(0, 3)) if padded else st.just((0, 0))
    padding = tuple(draw(pairs) for _ in range(rank))
    spatial = []
    for taps, spread, pair in zip(kernel, dilation, padding, strict=True):
        least = max(1, spread * (taps - 1) + 1 - sum(pair))
        spatial.append(draw(st.integers(least, max(least, small))))
    return WindowCase(
        seed=draw(st.integers(0, 2**32 - 1)),
        batch=draw(st.integers(1, 2)),
        spatial=tuple(spatial),
        kernel=kernel,
        stride=draw(axes(1, 4)),
        dilation=dilation,
        padding=padding,
        groups=draw(st.integers(1, 3)),
        in_per_group=draw(st.integers(1, 3)),
        out_per_group=draw(st.integers(1, 3)),
    )


def padded(x: Array, padding: Pairs, value: float) -> Array:
    return np.pad(x, [(0, 0), (0, 0), *padding], constant_values=value)


def window_of(case: WindowCase, cell: Sequence[int]) -> tuple[slice, ...]:
    """The part of the padded input that an output cell sees."""
    return tuple(
        slice(at * stride, at * stride + spread * (taps - 1) + 1, spread)
        for at, stride, taps, spread in zip(cell, case.stride, case.kernel, case.dilation, strict=True)
    )


def floor_sizes(case: WindowCase) -> tuple[int, ...]:
    """Count positions by walking: a window starts every `stride` cells for as long as it fits."""
    sizes = []
    for axis in range(case.rank):
        starts = range(0, case.room(axis) + 1, case.stride[axis])
        sizes.append(len(starts))
    return tuple(sizes)


def convolve_loops(x: Array, weight: Array, bias: Array | None, case: WindowCase) -> Array:
    source = padded(x, case.padding, 0.0)
    out = np.zeros((x.shape[0], weight.shape[0], *floor_sizes(case)))
    for image, filter_, *cell in product(*map(range, out.shape)):
        group = filter_ // case.out_per_group
        channels = slice(group * case.in_per_group, (group + 1) * case.in_per_group)
        window = source[(image, channels, *window_of(case, cell))]
        out[(image, filter_, *cell)] = (window * weight[filter_]).sum()
        if bias is not None:
            out[(image, filter_, *cell)] += bias[filter_]
    return out


def transposed_convolve_loops(x: Array, weight: Array, bias: Array | None, case: WindowCase) -> Array:
    """Stamp the filter of every input cell onto a large canvas, then cut the padding off."""
    filters = case.groups * case.out_per_group
    canvas_sizes = [
        (size - 1) * stride + spread * (taps - 1) + 1 + extra
        for size, stride, spread, taps, extra in zip(
            x.shape[2:], case.stride, case.dilation, case.kernel, case.output_padding, strict=True
        )
    ]
    canvas = np.zeros((x.shape[0], filters, *canvas_sizes))
    for image, channel, *cell in product(*map(range, x.shape)):
        group = channel // case.in_per_group
        stamped = slice(group * case.out_per_group, (group + 1) * case.out_per_group)
        canvas[(image, stamped, *window_of(case, cell))] += x[(image, channel, *cell)] * weight[channel]
    kept = tuple(
        slice(before, max(before, size - after))
        for (before, after), size in zip(case.padding, canvas_sizes, strict=True)
    )
    out = canvas[(slice(None), slice(None), *kept)]
    return out if bias is None else out + bias.reshape(-1, *(1,) * case.rank)
