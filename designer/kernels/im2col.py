"""Convolution as matrix products, a tile of output cells at a time.

"im2col" writes the window of every output cell as a column; the convolution is then one product of the
weight matrix with the column matrix (Chellapilla, Puri & Simard 2006). The columns of a whole image would
take kernel-area times its memory; those of one tile fit into the cache.
"""

from __future__ import annotations

import threading

import numpy as np

from designer.kernels.arrays import Array, Index
from designer.kernels.blocks import Block, cell_blocks, even_runs, flat_run
from designer.kernels.filters import Filters
from designer.kernels.sampling import Sampling
from designer.kernels.threads import core_count, run_tiles

TILE_BYTES = 1 << 21
"""Largest column matrix of a tile."""

TILE_MACS = 1 << 29
"""Largest product of a tile: some 10 ms on one core, which bounds how long a cancellation waits."""

INLINE_MACS = 1 << 20
"""A product smaller than this is done before a second thread has woken up."""


def convolve_columns(x: Array, filters: Filters, sampling: Sampling, out: Array) -> None:
    """Convolve by im2col, or without copying where a window is a single cell in its own place.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    filters
        Weights, bias and groups.
    sampling
        Which input cells each output cell reads.
    out
        Array ``(N, filters, *sampling.out)`` to be written, of any memory layout.
    """
    matrix = filters.weight.reshape(*filters.per_group, -1)
    offset = filters.offset()
    target = out.reshape(x.shape[0], *filters.per_group, *sampling.out)
    columns = _Columns(x, sampling, filters.groups)
    tiles = _tiles(target.shape[:3], matrix.shape[2], sampling, columns.cell_bytes)

    def work(index: int) -> None:
        image, rows, block = tiles[index]
        place: Index = (image, slice(None), rows, *block)
        part: Array = target[place]
        terms = np.matmul(matrix[:, rows], columns.read(image, block)).reshape(part.shape)
        np.add(terms, 0 if offset is None else offset[:, rows], out=part)

    small = matrix.shape[2] * out.size <= INLINE_MACS
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
    def cell_bytes(self) -> int:
        """Bytes to be gathered per output cell."""
        return 0 if self._in_place else self._x.shape[1] * self._sampling.taps * self._x.itemsize

    def read(self, image: int, block: Block) -> Array:
        """Return the columns of a block of output cells, valid until this thread asks again."""
        if self._in_place:
            flat: Array = self._x[image].reshape(self._groups, -1, self._sampling.cells)
            cells: Array = flat[..., flat_run(block, self._sampling.out)]
            return cells
        windows = self._sampling.windows(self._x[image], block)
        rank = len(block)
        # (C, *cells, *kernel) to (C, *kernel, *cells): the order of the weights, cells in runs.
        taps_first = windows.transpose(0, *range(rank + 1, 2 * rank + 1), *range(1, rank + 1))
        columns = self._buffer(taps_first.size).reshape(taps_first.shape)
        columns[...] = taps_first
        depth = windows.shape[0] // self._groups * self._sampling.taps
        return columns.reshape(self._groups, depth, -1)

    def _buffer(self, size: int) -> Array:
        # Kept per thread: fresh pages for every tile would cost as much as filling them.
        kept: Array | None = getattr(self._scratch, "buffer", None)
        if kept is None or kept.size < size:
            kept = self._scratch.buffer = np.empty(size, dtype=self._x.dtype)
        return kept[:size]


def _tiles(shape: tuple[int, ...], depth: int, sampling: Sampling, cell_bytes: int) -> list[tuple[int, slice, Block]]:
    """Cut the result into (image, filters of each group, cells) within the memory and time limits.

    `shape` is (images, groups, filters per group).
    """
    images, groups, filters = shape
    macs_per_cell = max(1, groups * filters * depth)
    longest = TILE_BYTES // cell_bytes if cell_bytes else sampling.cells
    longest = min(longest, TILE_MACS // macs_per_cell, -(-images * sampling.cells // core_count()))
    # With few cells a product is bound by reading the weights, as slow as that of some 16 cells.
    most_filters = filters * TILE_MACS // (macs_per_cell * max(longest, 16))
    return [
        (image, rows, block)
        for rows in even_runs(filters, most_filters)
        for image in range(images)
        for block in cell_blocks(sampling.out, longest)
    ]
