"""Sliding windows: their output size, their padding, the view that shows all at once, and where they read.

`Sampling` is the geometry shared by all algorithms of convolution and pooling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from designer.kernels.arrays.memory import Array, Index
from designer.kernels.arrays.tiles import Block, Pair, Rectangle


def output_size(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    dilation: int = 1,
    ceil_mode: bool = False,
) -> int:
    """Return how many positions a sliding window takes along one axis: the one formula of the project.

    ``floor((size + before + after - dilation * (kernel - 1) - 1) / stride) + 1``; zero or less when the
    window does not fit. With `ceil_mode` the division rounds up, but a last window that would start in
    the far padding is dropped.

    Parameters
    ----------
    size
        Cells along the axis.
    kernel, stride, dilation
        Taps of the window, cells between neighbouring windows, cells between neighbouring taps.
    padding
        Cells added before and after.
    ceil_mode
        Count a last window that overhangs the far edge.

    References
    ----------
    Dumoulin & Visin (2016), "A guide to convolution arithmetic for deep learning", relationships 6 and 15;
    ceil mode as in PyTorch's ``pooling_output_shape``.
    """
    before, after = padding
    room = size + before + after - dilation * (kernel - 1) - 1
    if not ceil_mode or room < 0:
        return room // stride + 1
    count = -(-room // stride) + 1
    if (count - 1) * stride >= size + before:
        count -= 1
    return count


def same_padding(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Return the padding (before, after) for which the output has ``ceil(size / stride)`` cells.

    TensorFlow's "SAME": an odd surplus goes on the far side.
    """
    count = -(-size // stride)
    total = max(0, (count - 1) * stride + dilation * (kernel - 1) + 1 - size)
    return total // 2, total - total // 2


def adaptive_cells(first: Any, last: Any, size: int, output: int) -> tuple[Any, Any]:
    """Return the first and last of `size` cells that the output cells `first` to `last` of an adaptive pooling read.

    Output cell i of `output` reads the cells from ``floor(i * size / output)`` to before
    ``ceil((i + 1) * size / output)``, as PyTorch's ``AdaptiveAvgPool2d`` does. Whole numbers, or arrays of them.
    """
    return first * size // output, -((last + 1) * size // -output) - 1


def adaptive_window(size: int, output: int) -> tuple[int, int] | None:
    """Return kernel and stride of the sliding window that an adaptive pooling is along one axis, if it is one.

    With ``size = q * output + r`` window i begins at ``i * q + floor(i * r / output)``. These steps are all q where r
    is 0 or 1; for r = 1 each window ends with the cell that the next begins with.
    """
    step, rest = divmod(size, output)
    if output == 1:
        return size, 1
    return (step + rest, step) if step and rest <= 1 else None


def pad(x: Array, padding: Sequence[tuple[int, int]], value: float = 0.0) -> Array:
    """Return a copy of `x` with `value` around its spatial axes, one (before, after) pair per axis."""
    if len(padding) != x.ndim - 2:
        raise ValueError(f"{len(padding)} padding pairs for {x.ndim - 2} spatial axes")
    starts = tuple(-before for before, _ in padding)
    stops = tuple(size + after for size, (_, after) in zip(x.shape[2:], padding, strict=True))
    patch = padded_patch(x, starts, stops, value)
    return patch.copy() if np.may_share_memory(patch, x) else patch


def padded_patch(x: Array, starts: Sequence[int], stops: Sequence[int], value: float = 0.0) -> Array:
    """Return ``x[..., starts:stops]`` over the last axes, where cells outside of `x` hold `value`.

    A view when nothing lies outside: never write to the result.

    Parameters
    ----------
    starts, stops
        Cell range per trailing axis; may begin below 0, end beyond the size, or miss `x` altogether.
    """
    lead = x.ndim - len(starts)
    sizes = x.shape[lead:]
    inner = [
        (min(max(start, 0), size), max(min(stop, size), 0))
        for start, stop, size in zip(starts, stops, sizes, strict=True)
    ]
    overlap: Index = (..., *(slice(low, max(low, high)) for low, high in inner))
    source: Array = x[overlap]
    shape = x.shape[:lead] + tuple(stop - start for start, stop in zip(starts, stops, strict=True))
    if source.shape == shape:
        return source
    patch = np.full(shape, value, dtype=x.dtype)
    if source.size:
        shifted = (slice(low - start, high - start) for (low, high), start in zip(inner, starts, strict=True))
        place: Index = (..., *shifted)
        patch[place] = source
    return patch


def sliding_windows(x: Array, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Array:
    """Return every window of `x` as a read-only view: ``(N, C, *out, *kernel)``, nothing copied.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``, already padded; any number of leading axes will do.
    kernel, stride, dilation
        One number per spatial axis.

    Raises
    ------
    ValueError
        The window does not fit into `x`.
    """
    lead = x.ndim - len(kernel)
    out = tuple(
        output_size(size, taps, step, (0, 0), spread)
        for size, taps, step, spread in zip(x.shape[lead:], kernel, stride, dilation, strict=True)
    )
    if min(out) < 1:
        raise ValueError(f"a window of {tuple(kernel)} does not fit into {x.shape[lead:]}")
    cell = x.strides[lead:]
    strides = (
        *x.strides[:lead],
        *(bytes_ * step for bytes_, step in zip(cell, stride, strict=True)),
        *(bytes_ * spread for bytes_, spread in zip(cell, dilation, strict=True)),
    )
    return as_strided(x, (*x.shape[:lead], *out, *kernel), strides, writeable=False)


@dataclass(frozen=True)
class Sampling:
    """Output cell `i` of an axis reads the input cells ``origin + i * stride + tap * dilation``.

    Cells outside the input are padding. Every field has one number per spatial axis; `origin` is minus the
    padding before the image, and `out` the number of output cells.
    """

    origin: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    out: tuple[int, ...]

    @property
    def taps(self) -> int:
        """Cells under one window."""
        return prod(self.kernel)

    @property
    def cells(self) -> int:
        """Output cells of one channel."""
        return prod(self.out)

    @property
    def whole(self) -> Block:
        """The block of all output cells."""
        return tuple(slice(0, size) for size in self.out)

    def is_identity(self, spatial: tuple[int, ...]) -> bool:
        """Tell whether every output cell reads just the input cell in its own place."""
        one = (1,) * len(spatial)
        return self.kernel == one == self.stride and not any(self.origin) and self.out == spatial

    def patch(self, channels: Array, block: Block, fill: float = 0.0) -> Array:
        """Return what a block of output cells reads of ``(…, *spatial)``, `fill` outside of it.

        May be a view of `channels`: never write to it.
        """
        axes = list(zip(self.origin, block, self.kernel, self.stride, self.dilation, strict=True))
        starts = [origin + run.start * step for origin, run, _, step, _ in axes]
        stops = [origin + (run.stop - 1) * step + (taps - 1) * spread + 1 for origin, run, taps, step, spread in axes]
        return padded_patch(channels, starts, stops, fill)

    def windows(self, channels: Array, block: Block) -> Array:
        """Return the windows of a block of output cells, zero-padded: read-only ``(…, *cells, *kernel)``."""
        return sliding_windows(self.patch(channels, block), self.kernel, self.stride, self.dilation)


def forward_sampling(
    spatial: Sequence[int],
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int],
    ceil_mode: bool = False,
) -> Sampling:
    """Return the sampling of a convolution or pooling over an image of `spatial` cells.

    Raises
    ------
    ValueError
        The window does not fit, or the ranks differ.
    """
    axes = zip(spatial, kernel, stride, padding, dilation, strict=True)
    out = tuple(output_size(*axis, ceil_mode) for axis in axes)
    if min(out) < 1:
        raise ValueError(f"a window of {tuple(kernel)} does not fit into {tuple(spatial)} padded by {padding}")
    origin = tuple(-before for before, _ in padding)
    return Sampling(origin, tuple(kernel), tuple(stride), tuple(dilation), out)


def spans(sampling: Sampling, block: Rectangle) -> tuple[Pair, Pair]:
    """Return the rows and the columns, from and to, that a rectangle of output cells reads."""
    rows, columns = (
        (origin + run.start * stride, origin + (run.stop - 1) * stride + (taps - 1) * spread + 1)
        for run, origin, stride, taps, spread in zip(
            (block.rows, block.columns),
            sampling.origin,
            sampling.stride,
            sampling.kernel,
            sampling.dilation,
            strict=True,
        )
    )
    return rows, columns
