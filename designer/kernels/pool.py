"""Maximum and average over sliding windows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from designer.kernels.arrays.channels_last import is_channels_last
from designer.kernels.arrays.memory import Array, Index
from designer.kernels.arrays.tiles import Block, cell_blocks, channel_blocks, even_runs
from designer.kernels.arrays.windows import Sampling, forward_sampling
from designer.kernels.elementwise import INLINE_VALUES, each_value, finish
from designer.kernels.epilogue import Epilogue
from designer.kernels.pool_rows import max_pool_tiles
from designer.kernels.runtime.stages import Kernel, Scratch, Stage, Tiles, Whole
from designer.kernels.runtime.threads import Call, checkpoint_part, core_count, run_tiles

TILE_VALUES = 1 << 18
"""Input values of a tile, 1 MB, that the next pass finds in the caches; adding them takes 45 µs at 0.17 ns a value."""

Padding = Sequence[tuple[int, int]]


class Pooled(Kernel):
    """A pooling made ready for images of one shape.

    Parameters
    ----------
    sampling
        Which input cells each output cell reads.
    divisor
        What the sums are divided by, a map or one number; none for a maximum.
    taps
        For every cell of the window the cells of the image that it meets; empty where some lie outside.
    """

    def __init__(self, sampling: Sampling, divisor: Array | None = None, taps: Sequence[Index] = ()) -> None:
        self.name = "maximum" if divisor is None else "mean"
        self._sampling, self._divisor = sampling, divisor
        self._taps = taps

    def empty(self, x: Array) -> Array:
        """In the same order in memory as the images."""
        return _empty(x, self._sampling)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """One stage: bands of rows, or all of it."""
        divisor = self._divisor
        if divisor is None:
            if len(self._sampling.kernel) == 2 and is_channels_last(x):
                return [max_pool_tiles(x, self._sampling, out, epilogue)]
        elif divisor.ndim == 0 and self._taps and x.size <= INLINE_VALUES:
            calls = self._add_up(x, out, divisor) + epilogue.calls(out, None, epilogue.residual)
            return [Tiles(1, lambda _index, _buffers: calls)]
        return [Whole(lambda: self._pool(x, out, epilogue))]

    def _add_up(self, x: Array, out: Array, divisor: Array) -> list[Call]:
        """Take the mean of a small image in as few calls as there are cells in a window."""
        first, *others = (x[tap] for tap in self._taps)
        share = x.dtype.type(1 / divisor)
        if not others:
            return [partial(np.multiply, first, share, out)]
        second, *others = others
        calls: list[Call] = [partial(np.add, first, second, out)]
        calls += [partial(np.add, out, tap, out) for tap in others]
        return [*calls, partial(np.multiply, out, share, out)]

    def _pool(self, x: Array, out: Array, epilogue: Epilogue) -> None:
        if self._divisor is None:
            _pool(x, self._sampling, np.maximum, -np.inf, out)
        else:
            with checkpoint_part(0, 2):
                _pool(x, self._sampling, np.add, 0.0, out)
            with checkpoint_part(1, 2):
                _divide(out, self._divisor)
        finish(out, epilogue)


def prepare_max_pool(
    spatial: Sequence[int],
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int] | None = None,
    ceil_mode: bool = False,
) -> Pooled:
    """Return the maximum of every window of images of `spatial` cells; parameters as for `max_pool`."""
    dilation = dilation or (1,) * len(kernel)
    return Pooled(
        forward_sampling(spatial, kernel, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)
    )


def prepare_average_pool(
    spatial: Sequence[int],
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Pooled:
    """Return the mean of every window of images of `spatial` cells; parameters as for `average_pool`."""
    ones = (1,) * len(kernel)
    sampling = forward_sampling(spatial, kernel, stride=stride, padding=padding, dilation=ones, ceil_mode=ceil_mode)
    divisor = np.ones(())
    for count in window_counts(sampling, spatial, padding if count_include_pad else None):
        divisor = divisor[..., None] * count
    if (divisor == divisor.flat[0]).all():
        # One number for all windows: then the order in memory does not matter.
        divisor = divisor.reshape(-1)[0]
    return Pooled(sampling, np.asarray(divisor), _taps(sampling, spatial))


def max_pool(x: Array, kernel: Sequence[int], *, out: Array | None = None, **window: Any) -> Array:
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
    out
        Array to be written, of any memory layout.

    Raises
    ------
    ValueError
        The window does not fit.
    """
    return prepare_max_pool(x.shape[2:], kernel, **window).run(x, out)


def average_pool(x: Array, kernel: Sequence[int], *, out: Array | None = None, **window: Any) -> Array:
    """Return the mean of every window.

    Parameters
    ----------
    x, kernel, stride, padding, ceil_mode, out
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
    return prepare_average_pool(x.shape[2:], kernel, **window).run(x, out)


def _taps(sampling: Sampling, spatial: Sequence[int]) -> list[Index]:
    """Return for every cell of the window the cells of the image that it meets; nothing where some lie outside."""
    runs: list[list[slice]] = []
    for axis, size in enumerate(spatial):
        reach = (sampling.out[axis] - 1) * sampling.stride[axis] + 1
        firsts = range(0, sampling.kernel[axis] * sampling.dilation[axis], sampling.dilation[axis])
        if sampling.origin[axis] != 0 or firsts[-1] + reach > size:
            return []
        runs.append([slice(first, first + reach, sampling.stride[axis]) for first in firsts])
    return [(..., *tap) for tap in product(*runs)]


def _divide(result: Array, divisor: Array) -> None:
    """Divide every channel by one number, or by the same map a run of rows at a time."""
    divisor = np.asarray(divisor, result.dtype)
    if divisor.ndim == 0:
        each_value(lambda part: np.divide(part, divisor, out=part), result)
        return
    rows = result.shape[2]
    per_row = max(1, result.size // rows)
    runs = list(even_runs(rows, max(1, TILE_VALUES // per_row)))
    run_tiles(lambda index: np.divide(part := result[:, :, runs[index]], divisor[runs[index]], out=part), len(runs))


def _empty(x: Array, sampling: Sampling) -> Array:
    """Return an array for the windows of `x`, in the same order in memory."""
    shape = x.shape[:2] + sampling.out
    if not is_channels_last(x):
        return np.empty(shape, dtype=x.dtype)
    return np.moveaxis(np.empty((shape[0], *shape[2:], shape[1]), dtype=x.dtype), -1, 1)


def _pool(x: Array, sampling: Sampling, combine: np.ufunc, fill: float, out: Array | None) -> Array:
    """Combine each window's cells, one axis after the other.

    Sum and maximum over a box are those over its rows and then over its columns: k + k steps for a k x k
    window in place of k * k, and each step is one NumPy call on a cache-sized run of channels, or of rows
    where the channels are adjacent.
    """
    result = _empty(x, sampling) if out is None else out
    if is_channels_last(x):
        blocks = _row_blocks(x, sampling)
    else:
        blocks = [(image, channels, sampling.whole) for image, channels in channel_blocks(x)]
    last = len(sampling.kernel) - 1

    def work(index: int) -> None:
        image, channels, cells = blocks[index]
        part = sampling.patch(x[image, channels], cells, fill)
        block = Sampling(
            sampling.origin,
            sampling.kernel,
            sampling.stride,
            sampling.dilation,
            tuple(run.stop - run.start for run in cells),
        )
        for axis in range(last):
            part = _combine_taps(part, axis, block, combine)
        place: Index = (image, channels, *cells)
        _combine_taps(part, last, block, combine, out=result[place])

    run_tiles(work, len(blocks), 1 if x.size <= INLINE_VALUES else None)
    return result


def _row_blocks(x: Array, sampling: Sampling) -> list[tuple[int, slice, Block]]:
    """Cut the windows of every image into runs of rows, a run for each core at least."""
    per_cell = max(1, x.size // (x.shape[0] * max(1, sampling.cells)))
    longest = TILE_VALUES // per_cell
    if x.size > INLINE_VALUES:
        longest = min(longest, -(-sampling.cells // core_count()))
    cells = cell_blocks(sampling.out, max(sampling.cells // sampling.out[0], longest))
    return [(image, slice(None), block) for image in range(x.shape[0]) for block in cells]


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
        out = np.empty_like(taps[0])
    if len(taps) == 1:
        out[...] = taps[0]
    else:
        combine(taps[0], taps[1], out=out)
    for other in taps[2:]:
        combine(out, other, out=out)
    return out


def window_counts(sampling: Sampling, spatial: Sequence[int], padding: Padding | None) -> list[Array]:
    """Return per axis what the sum of each window is divided by: its cells inside the image, or the padded image."""
    sides = padding or ((0, 0),) * len(spatial)
    axes = enumerate(zip(spatial, sides, strict=True))
    return [_cells_between(-before, size + after, axis, sampling) for axis, (size, (before, after)) in axes]


def _cells_between(low: int, high: int, axis: int, sampling: Sampling) -> Array:
    """Count each window's cells in ``range(low, high)`` of one axis; at least 1, because it is a divisor."""
    first = sampling.origin[axis] + np.arange(sampling.out[axis]) * sampling.stride[axis]
    last = np.minimum(first + sampling.kernel[axis], high)
    count: Array = np.maximum(last - np.maximum(first, low), 1)
    return count
