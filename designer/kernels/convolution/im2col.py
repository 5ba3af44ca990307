"""Convolution as matrix products, a tile of output cells at a time.

"im2col" writes the window of every output cell as a column; the convolution is then one product of the
weight matrix with the column matrix (Chellapilla, Puri & Simard 2006). The columns of a whole image would
take kernel-area times its memory; those of one tile fit into the cache.
"""

from __future__ import annotations

import threading

import numpy as np

from designer.kernels.arrays.memory import Array, Index
from designer.kernels.arrays.tiles import TILE_MACS, WAKING_MACS, Block, cell_blocks, even_runs, flat_run
from designer.kernels.arrays.windows import Sampling
from designer.kernels.convolution.weights import Filters
from designer.kernels.runtime.threads import core_count, run_tiles

TILE_BYTES = 1 << 21
"""Largest column matrix of a tile: as the tiles of im2row, 2 MB."""


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
    columns = _Columns(x.reshape(x.shape[0], filters.groups, -1, *x.shape[2:]), sampling)
    workers = 1 if matrix.shape[2] * out.size <= WAKING_MACS else core_count()
    tiles = _tiles(target.shape[:3], matrix.shape[2], sampling, columns.cell_bytes, workers)

    def work(index: int) -> None:
        image, groups, rows, block = tiles[index]
        terms = np.matmul(matrix[groups, rows], columns.read(image, groups, block))
        place: Index = (image, groups, rows, *block)
        part: Array = target[place]
        np.add(terms.reshape(part.shape), 0 if offset is None else offset[groups, rows], out=part)

    run_tiles(work, len(tiles), workers)


class _Columns:
    """The column matrices of a batch ``(N, groups, C / groups, *spatial)``."""

    def __init__(self, x: Array, sampling: Sampling) -> None:
        self._x = x
        self._sampling = sampling
        self._in_place = sampling.is_identity(x.shape[3:])
        self._scratch = threading.local()

    @property
    def cell_bytes(self) -> int:
        """Bytes to be gathered per group and output cell."""
        return 0 if self._in_place else self._x.shape[2] * self._sampling.taps * self._x.itemsize

    def read(self, image: int, groups: slice, block: Block) -> Array:
        """Return the columns ``(groups, depth, cells)`` of a tile, valid until this thread asks again."""
        channels = self._x[image, groups]
        if self._in_place:
            flat: Array = channels.reshape(*channels.shape[:2], self._sampling.cells)
            return flat[..., flat_run(block, self._sampling.out)]
        windows = self._sampling.windows(channels, block)
        rank = len(block)
        # (groups, C, *cells, *kernel) to (groups, C, *kernel, *cells): the order of the weights, cells in runs.
        taps_first = windows.transpose(0, 1, *range(rank + 2, 2 * rank + 2), *range(2, rank + 2))
        columns = self._buffer(taps_first.size).reshape(taps_first.shape)
        columns[...] = taps_first
        return columns.reshape(channels.shape[0], channels.shape[1] * self._sampling.taps, -1)

    def _buffer(self, size: int) -> Array:
        # Kept per thread: fresh pages for every tile would cost as much as filling them.
        kept: Array | None = getattr(self._scratch, "buffer", None)
        if kept is None or kept.size < size:
            kept = self._scratch.buffer = np.empty(size, dtype=self._x.dtype)
        return kept[:size]


def _tiles(
    shape: tuple[int, ...], depth: int, sampling: Sampling, cell_bytes: int, workers: int
) -> list[tuple[int, slice, slice, Block]]:
    """Cut the result ``(N, groups, filters per group, *cells)`` within the memory and time limits.

    Whole images of a few groups when there are groups, pieces of the image when one group is large, and
    pieces of the filters when a single cell is.
    """
    images, groups, filters = shape
    cells = -(-sampling.cells * images // workers) if groups < workers else sampling.cells
    cells = min(cells, sampling.cells, TILE_BYTES // max(1, cell_bytes), TILE_MACS // max(1, filters * depth))
    cells = max(cells, 1)
    # A product of few cells is bound by reading the weights and takes as long as one of some 16 cells.
    filter_macs = depth * max(cells, 16)
    most_filters = max(1, TILE_MACS // max(1, filter_macs))
    group_macs = filter_macs * min(filters, most_filters)
    most_groups = min(
        TILE_BYTES // max(1, cell_bytes * cells),
        TILE_MACS // max(1, group_macs),
        -(-groups * images // workers),
    )
    return [
        (image, group_run, rows, block)
        for rows in even_runs(filters, most_filters)
        for image in range(images)
        for group_run in even_runs(groups, most_groups)
        for block in cell_blocks(sampling.out, cells)
    ]
