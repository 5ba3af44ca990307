"""Maximum and average over sliding windows, and over whole images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from designer.kernels.arrays import Array, Index
from designer.kernels.blocks import channel_blocks
from designer.kernels.sampling import Sampling, forward_sampling
from designer.kernels.threads import run_tiles

Padding = Sequence[tuple[int, int]]


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
    sampling = forward_sampling(
        x.shape[2:],
        kernel,
        stride=stride,
        padding=padding,
        dilation=dilation or (1,) * len(kernel),
        ceil_mode=ceil_mode,
    )
    return _pool(x, sampling, np.maximum, -np.inf)


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
    sampling = forward_sampling(
        x.shape[2:],
        kernel,
        stride=stride,
        padding=padding,
        dilation=(1,) * len(kernel),
        ceil_mode=ceil_mode,
    )
    result = _pool(x, sampling, np.add, 0.0)
    divisor = np.ones(())
    for axis, size in enumerate(x.shape[2:]):
        before, after = padding[axis] if count_include_pad else (0, 0)
        divisor = divisor[..., None] * _cells_between(-before, size + after, axis, sampling)
    result /= divisor.astype(x.dtype)
    return result


def global_average_pool(x: Array) -> Array:
    """Return the mean of every channel: ``(N, C, 1, 1…)``."""
    return _whole_image(x, np.mean)


def global_max_pool(x: Array) -> Array:
    """Return the largest value of every channel: ``(N, C, 1, 1…)``."""
    return _whole_image(x, np.max)


def _whole_image(x: Array, reduce: Callable[..., Array]) -> Array:
    out = np.empty(x.shape[:2] + (1,) * (x.ndim - 2), dtype=x.dtype)
    spatial = tuple(range(1, x.ndim - 1))
    blocks = channel_blocks(x)

    def work(index: int) -> None:
        out[blocks[index]] = reduce(x[blocks[index]], axis=spatial, keepdims=True)

    run_tiles(work, len(blocks))
    return out


def _pool(x: Array, sampling: Sampling, combine: np.ufunc, fill: float) -> Array:
    """Combine each window's cells, one axis after the other.

    Sum and maximum over a box are those over its rows and then over its columns: k + k steps for a k x k
    window in place of k * k, and each step is one NumPy call on a cache-sized run of channels.
    """
    result = np.empty(x.shape[:2] + sampling.out, dtype=x.dtype)
    blocks = channel_blocks(x)

    last = len(sampling.kernel) - 1

    def work(index: int) -> None:
        part = sampling.patch(x[blocks[index]], sampling.whole, fill)
        for axis in range(last):
            part = _combine_taps(part, axis, sampling, combine)
        _combine_taps(part, last, sampling, combine, out=result[blocks[index]])

    run_tiles(work, len(blocks))
    return result


def _combine_taps(part: Array, axis: int, sampling: Sampling, combine: np.ufunc, out: Array | None = None) -> Array:
    """Combine the cells under the taps along one spatial axis of ``(C, *spatial)``, into `out` if given."""
    stride = sampling.stride[axis]
    reach = (sampling.out[axis] - 1) * stride + 1
    taps: list[Array] = []
    for tap in range(sampling.kernel[axis]):
        first = tap * sampling.dilation[axis]
        under_tap: Index = (*(slice(None),) * (axis + 1), slice(first, first + reach, stride))
        taps.append(part[under_tap])
    if out is None:
        out = np.empty(taps[0].shape, dtype=part.dtype)
    if len(taps) == 1:
        out[...] = taps[0]
    else:
        combine(taps[0], taps[1], out=out)
    for other in taps[2:]:
        combine(out, other, out=out)
    return out


def _cells_between(low: int, high: int, axis: int, sampling: Sampling) -> Array:
    """Count each window's cells in ``range(low, high)`` of one axis; at least 1, because it is a divisor."""
    first = sampling.origin[axis] + np.arange(sampling.out[axis]) * sampling.stride[axis]
    last = np.minimum(first + sampling.kernel[axis], high)
    count: Array = np.maximum(last - np.maximum(first, low), 1)
    return count
