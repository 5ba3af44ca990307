"""Maximum over as many windows as there are to be outputs, wherever these windows lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import channel_blocks
from designer.kernels.arrays.windows import adaptive_cells
from designer.kernels.elementwise import INLINE_VALUES
from designer.kernels.runtime.threads import run_tiles


def window_cells(size: int, count: int) -> Array:
    """Return the cells of each of ``count`` windows, (count, longest); a shorter one repeats its last cell."""
    place = np.arange(count)[:, np.newaxis]
    first, last = adaptive_cells(place, place, size, count)
    cells: Array = np.minimum(first + np.arange(int((last - first).max()) + 1), last)
    return cells


def adaptive_max_pool(x: Array, output: Sequence[int], out: Array | None = None) -> Array:
    """Return the largest value of each of the windows that cut the maps of ``(N, C, *spatial)`` into `output` cells."""
    result = np.empty((*x.shape[:2], *output), x.dtype) if out is None else out
    cells = _cells(x, output)
    blocks = channel_blocks(x)

    def work(index: int) -> None:
        image, run = blocks[index]
        part = x[image, run]
        for axis, along in enumerate(cells, start=1):
            shape = (*part.shape[:axis], *along.shape, *part.shape[axis + 1 :])
            part = np.take(part, along.ravel(), axis).reshape(shape).max(axis=axis + 1)
        result[image, run] = part

    run_tiles(work, len(blocks), 1 if x.size <= INLINE_VALUES else None)
    return result


def adaptive_max_gradient(x: Array, gradient: Array, output: Sequence[int]) -> Array:
    """Return the gradient of the input: that of each window goes to the first of its largest values."""
    result = np.zeros(x.shape, x.dtype)
    cells = _cells(x, output)
    blocks = channel_blocks(x)
    counts, lengths = zip(*(along.shape for along in cells), strict=True)
    # Windows first, then the places inside of one.
    order = (0, *range(1, 2 * len(counts), 2), *range(2, 2 * len(counts) + 1, 2))

    def work(index: int) -> None:
        image, run = blocks[index]
        part = x[image, run]
        for axis, along in enumerate(cells, start=1):
            part = np.take(part, along.ravel(), axis)
        split = [size for pair in zip(counts, lengths, strict=True) for size in pair]
        windows = part.reshape(part.shape[0], *split).transpose(order).reshape(part.shape[0], *counts, -1)
        inside = np.unravel_index(windows.argmax(axis=-1), lengths)
        channels, *at = np.indices((part.shape[0], *counts))
        places = [along[window, tap] for along, window, tap in zip(cells, at, inside, strict=True)]
        np.add.at(result[image, run], (channels, *places), gradient[image, run])

    run_tiles(work, len(blocks), 1 if x.size <= INLINE_VALUES else None)
    return result


def _cells(x: Array, output: Sequence[int]) -> list[Array]:
    return [window_cells(size, count) for size, count in zip(x.shape[2:], output, strict=True)]
