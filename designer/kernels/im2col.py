"""Convolution as matrix products, a tile of output cells at a time.

"im2col" writes the window of every output cell as a column; the convolution is then one product of the
weight matrix with the column matrix (Chellapilla, Puri & Simard 2006). The columns of a whole image would
take kernel-area times its memory; those of one tile fit into the cache.
"""

from __future__ import annotations

import threading
from math import prod

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import Block, cell_blocks, even_runs, flat_run
from designer.kernels.sampling import Sampling
from designer.kernels.threads import core_count, run_tiles
from designer.kernels.windows import sliding_windows

TILE_BYTES = 1 << 21
"""Largest column matrix of a tile."""

TILE_MACS = 1 << 29
"""Largest product of a tile: some 10 ms on one core, which bounds how long a cancellation waits."""

INLINE_MACS = 1 << 20
"""A product smaller than this is done before a second thread has woken up."""


def convolve_columns(
    x: Array, weight: Array, bias: Array | None, sampling: Sampling, groups: int, out: Array
) -> None:
    """Convolve by im2col, or without copying where a window is a single cell in its own place.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    weight, bias
        Arrays ``(filters, C / groups, *kernel)`` and ``(filters,)``.
    sampling
        Which input cells each output cell reads.
    groups
        Number of channel groups, each convolved by itself.
    out
        Array ``(N, filters, *sampling.out)`` to be written, of any memory layout.
    """
    images, filters = out.shape[:2]
    depth = weight.shape[1] * sampling.taps
    split = (groups, filters // groups)
    matrix = weight.reshape(*split, depth)
    offset = 0 if bias is None else bias.reshape(*split, *(1,) * len(sampling.out))
    target = out.reshape(images, *split, *sampling.out)
    columns = _Columns(x, sampling, groups)
    tiles = _tiles(images, split, depth, sampling, columns.item_bytes)

    def work(index: int) -> None:
        image, rows, block = tiles[index]
        part = target[(image, slice(None), rows, *block)]
        terms = np.matmul(matrix[:, rows], columns.read(image, block)).reshape(part.shape)
        np.add(terms, 0 if bias is None else offset[:, rows], out=part)

    small = depth * out.size <= INLINE_MACS
    run_tiles(work, len(tiles), workers=1 if small else None)


class _Columns:
    """The column matrices ``(groups, depth, cells)`` of a batch of images."""

    def __init__(self, x: Array, sampling: Sampling, groups: int) -> None:
        self._x = x
        self._sampling = sampling
        self._groups = groups
        self._in_place = sampling.is_identity(x.shape[2:])
        self._scratch = threading.local()

    @property
    def item_bytes(self) -> int:
        """Bytes to be gathered per output cell."""
        return 0 if self._in_place else self._x.shape[1] * self._sampling.taps * self._x.itemsize

    def read(self, image: int, block: Block) -> Array:
        """Return the columns of a block of output cells, valid until this thread asks again."""
        image_channels = self._x[image]
        if self._in_place:
            flat = image_channels.reshape(self._groups, -1, self._sampling.cells)
            return flat[..., flat_run(block, self._sampling.out)]
        sampling = self._sampling
        patch = sampling.patch(image_channels, block)
        windows = sliding_windows(patch, sampling.kernel, sampling.stride, sampling.dilation)
        rank = len(block)
        # (C, *cells, *kernel) to (C, *kernel, *cells): the order of the weights, cells in runs.
        taps_first = windows.transpose(0, *range(rank + 1, 2 * rank + 1), *range(1, rank + 1))
        columns = self._buffer(taps_first.size).reshape(taps_first.shape)
        columns[...] = taps_first
        return columns.reshape(self._groups, -1, prod(taps_first.shape[rank + 1 :]))

    def _buffer(self, size: int) -> Array:
        # Kept per thread: fresh pages for every tile would cost as much as filling them.
        kept: Array | None = getattr(self._scratch, "buffer", None)
        if kept is None or kept.size < size:
            kept = self._scratch.buffer = np.empty(size, dtype=self._x.dtype)
        return kept[:size]


def _tiles(
    images: int, split: tuple[int, int], depth: int, sampling: Sampling, item_bytes: int
) -> list[tuple[int, slice, Block]]:
    """Cut the result into (image, filters of each group, cells) within the memory and time limits."""
    groups, filters = split
    macs_per_cell = max(1, groups * filters * depth)
    longest = TILE_BYTES // item_bytes if item_bytes else sampling.cells
    longest = min(longest, TILE_MACS // macs_per_cell, -(-images * sampling.cells // core_count()))
    longest = max(1, longest)
    # With few cells a product is bound by reading the weights, as slow as that of some 16 cells.
    most_filters = max(1, filters * TILE_MACS // (macs_per_cell * max(longest, 16)))
    return [
        (image, rows, block)
        for rows in even_runs(filters, most_filters)
        for image in range(images)
        for block in cell_blocks(sampling.out, longest)
    ]
