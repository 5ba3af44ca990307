"""Maximum and average over sliding windows, and over whole images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import channel_blocks
from designer.kernels.threads import run_tiles
from designer.kernels.windows import output_size, padded_patch

Padding = Sequence[tuple[int, int]]
Combine = Callable[[Array, Array, Array], object]


def max_pool(
    x: Array,
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int] | None = None,
    ceil_mode: bool = False,
) -> Array:
    """Return the largest value of every window; padding never wins, it counts as minus infinity.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    kernel, stride, dilation
        One number per spatial axis.
    padding
        One (before, after) pair per spatial axis.
    ceil_mode
        Also count a last window that overhangs the far edge, see `output_size`.

    Raises
    ------
    ValueError
        The window does not fit.
    """
    dilation = tuple(dilation or (1,) * len(kernel))
    out = _pooled_shape(x, kernel, stride, padding, dilation, ceil_mode)

    def combine(left: Array, right: Array, into: Array) -> object:
        return np.maximum(left, right, out=into)

    return _separable(x, kernel, stride, padding, dilation, out, -np.inf, combine)


def average_pool(
    x: Array,
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Array:
    """Return the mean of every window.

    Parameters
    ----------
    x, kernel, stride, padding, ceil_mode
        As for `max_pool`.
    count_include_pad
        Divide by the cells of the window inside the padded image (those that overhang in ceil mode never
        count), else by the cells inside the image. This is PyTorch's rule (``AvgPoolKernel.cpp``). A window
        without a single cell in the image is 0.

    Raises
    ------
    ValueError
        The window does not fit.
    """
    dilation = (1,) * len(kernel)
    out = _pooled_shape(x, kernel, stride, padding, dilation, ceil_mode)

    def combine(left: Array, right: Array, into: Array) -> object:
        return np.add(left, right, out=into)

    result = _separable(x, kernel, stride, padding, dilation, out, 0.0, combine)
    divisor = np.ones((), dtype=np.float64)
    for axis, cells in enumerate(out):
        margin = padding[axis] if count_include_pad else (0, 0)
        counts = _cells_inside(x.shape[2 + axis], kernel[axis], stride[axis], padding[axis][0], margin, cells)
        divisor = divisor[..., None] * counts
    result /= divisor.astype(x.dtype)
    return result


def global_average_pool(x: Array) -> Array:
    """Return the mean of every channel: ``(N, C, 1, 1…)``."""
    return _whole_image(x, lambda part: part.mean(axis=tuple(range(1, part.ndim)), keepdims=True))


def global_max_pool(x: Array) -> Array:
    """Return the largest value of every channel: ``(N, C, 1, 1…)``."""
    return _whole_image(x, lambda part: part.max(axis=tuple(range(1, part.ndim)), keepdims=True))


def _whole_image(x: Array, reduce: Callable[[Array], Array]) -> Array:
    out = np.empty(x.shape[:2] + (1,) * (x.ndim - 2), dtype=x.dtype)
    blocks = channel_blocks(x)

    def work(index: int) -> None:
        out[blocks[index]] = reduce(x[blocks[index]])

    run_tiles(work, len(blocks))
    return out


def _pooled_shape(
    x: Array,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int],
    ceil_mode: bool,
) -> tuple[int, ...]:
    axes = zip(x.shape[2:], kernel, stride, padding, dilation, strict=True)
    out = tuple(output_size(*axis, ceil_mode) for axis in axes)
    if min(out) < 1:
        raise ValueError(f"pooling: a window of {tuple(kernel)} does not fit into {x.shape[2:]}")
    return out


def _separable(
    x: Array,
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int],
    out: tuple[int, ...],
    fill: float,
    combine: Combine,
) -> Array:
    """Combine each window's cells, one axis after the other.

    Sum and maximum over a box are those over its rows and then over its columns: k + k steps for a k x k
    window in place of k * k, and each step is one NumPy call on a cache-sized run of channels.
    """
    starts = tuple(-before for before, _ in padding)
    spans = zip(starts, out, stride, kernel, dilation, strict=True)
    stops = tuple(start + (n - 1) * s + (k - 1) * d + 1 for start, n, s, k, d in spans)
    result = np.empty(x.shape[:2] + out, dtype=x.dtype)
    blocks = channel_blocks(x)

    def work(index: int) -> None:
        part = padded_patch(x[blocks[index]], starts, stops, fill)
        for axis in range(len(kernel)):
            part = _combine_taps(
                part, axis + 1, kernel[axis], stride[axis], dilation[axis], out[axis], combine
            )
        result[blocks[index]] = part

    run_tiles(work, len(blocks))
    return result


def _combine_taps(
    x: Array, axis: int, kernel: int, stride: int, dilation: int, cells: int, combine: Combine
) -> Array:
    before = (slice(None),) * axis
    reach = (cells - 1) * stride + 1
    taps = [x[(*before, slice(tap * dilation, tap * dilation + reach, stride))] for tap in range(kernel)]
    if kernel == 1:
        return taps[0]
    total = np.empty(taps[0].shape, dtype=x.dtype)
    combine(taps[0], taps[1], total)
    for tap in taps[2:]:
        combine(total, tap, total)
    return total


def _cells_inside(
    size: int, kernel: int, stride: int, before: int, margin: tuple[int, int], cells: int
) -> Array:
    """Count per window the cells inside the image enlarged by `margin`; at least 1, it is a divisor."""
    first = np.arange(cells) * stride - before
    last = np.minimum(first + kernel, size + margin[1])
    return np.maximum(last - np.maximum(first, -margin[0]), 1)
