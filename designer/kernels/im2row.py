"""Convolution channels last, as products of the windows, one in each row, with the weights.

What im2col does with columns for ``(N, C, H, W)``. A window of one cell in its own place is a row already:
such layers are plain matrix products, and nothing is copied.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import even_runs
from designer.kernels.channels_last import (
    Pair,
    Rectangle,
    Scratch,
    channels_last,
    is_inside,
    one_row,
    read_patch,
    rectangles,
    shares,
    spans,
    whole,
    windows_of,
)
from designer.kernels.epilogue import Epilogue
from designer.kernels.filters import weight_rows
from designer.kernels.sampling import Sampling
from designer.kernels.threads import core_count, run_tiles

TILE_VALUES = 1 << 19
"""Gathered windows of a tile."""

TILE_MACS = 1 << 28
"""Most multiply-adds between two checkpoints."""

FEW_CELLS = 128
"""Output cells in all below which the filters are shared out: products of fewer rows run at half speed."""

SMALL_OUTPUT = 1 << 17
"""Values of an output up to which one thread gathers, and finishes what two have multiplied."""

SMALL_INPUT = 1 << 20
"""Most gathered values of a product that is done like that."""

INLINE_MACS = 1_250_000
"""A product smaller than this is done before a second thread could help."""


@dataclass(frozen=True)
class _Tile:
    """Output cells and filters, and the rows and columns, from and to, that the cells read."""

    block: Rectangle
    filters: slice
    rows: Pair
    columns: Pair


class RowProducts:
    """A convolution of images of one shape, by im2row.

    Parameters
    ----------
    shape
        Shape ``(N, C, H, W)`` of the input.
    weight, bias
        Arrays ``(filters, C, kh, kw)`` and ``(filters,)`` or none.
    sampling
        Which input cells each output cell reads.
    """

    def __init__(self, shape: tuple[int, ...], weight: Array, bias: Array | None, sampling: Sampling) -> None:
        self._bias, self._sampling = bias, sampling
        self._images, self._grid = shape[0], (sampling.out[0], sampling.out[1])
        self._in_place = sampling.is_identity(shape[2:])
        self._has_ones = not self._in_place and bias is not None
        self._matrix = weight_rows(weight, with_bias=self._has_ones)
        if not self._in_place and bias is not None:
            # One more column of the windows, always 1, adds the bias within the product.
            self._matrix[-1], self._bias = bias, None
        self._cells = self._images * sampling.cells
        self._whole = self._tile(whole(self._images, self._grid))
        self._tiles = self._cut(self._images, self._grid)
        self._long_row = self._cut(1, (self._cells, 1))
        depth, filters = self._matrix.shape
        self._fits = self._cells * depth <= SMALL_INPUT
        self._is_small = self._cells * filters <= SMALL_OUTPUT and (self._fits or self._in_place)
        self._shares = self._cut_product() if self._is_small else []

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape ``(N, filters, H', W')`` of the output."""
        return self._images, self._matrix.shape[1], *self._grid

    @property
    def nbytes(self) -> int:
        """Memory of the weights, in bytes."""
        return int(self._matrix.nbytes)

    def run(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> None:
        """Convolve.

        Parameters
        ----------
        x, out
            Arrays ``(N, C, H, W)`` and ``(N, filters, H', W')`` of any memory layout; channels last is fastest.
        epilogue
            What happens to each tile of the output while it is in the cache.
        scratch
            Buffers kept from one call to the next.
        """
        source, target = channels_last(x), channels_last(out)
        residual = None if epilogue.residual is None else channels_last(epilogue.residual)
        row = None
        if self._in_place:
            # Cells that have no neighbours are one long row, whatever images they belong to.
            row = one_row(source)
        if self._is_small and (row is not None or self._fits):
            self._run_small(source if row is None else row, target, epilogue, residual, scratch)
            return
        views = [row, one_row(target), None if residual is None else one_row(residual)]
        if row is not None and views[1] is not None and (residual is None or views[2] is not None):
            source, target, residual = row, views[1], views[2]
            self._run_tiles(self._long_row, (source, target, residual), epilogue, scratch)
        else:
            self._run_tiles(self._tiles, (source, target, residual), epilogue, scratch)

    def _run_small(
        self, source: Array, target: Array, epilogue: Epilogue, residual: Array | None, scratch: Scratch
    ) -> None:
        """Share out nothing but the product.

        Two threads in short steps wait for the interpreter lock more than they compute.
        """
        rows = source.reshape(self._cells, -1) if self._in_place else self._gather(source, self._whole, scratch)
        shape = (self._cells, self._matrix.shape[1])
        # Rows with gaps between them take three times as long to be changed in place.
        direct = target.flags.c_contiguous
        flat = target.reshape(shape) if direct else scratch.take("results", shape, target.dtype)
        matrix, runs = self._matrix, self._shares

        def work(index: int) -> None:
            cells, filters = runs[index]
            np.matmul(rows[cells], matrix[:, filters], out=flat[cells, filters])

        run_tiles(work, len(runs))
        epilogue.apply(flat, self._bias, None if residual is None else residual.reshape(shape))
        if not direct:
            target[...] = flat.reshape(target.shape)

    def _run_tiles(
        self,
        tiles: list[_Tile],
        arrays: tuple[Array, Array, Array | None],
        epilogue: Epilogue,
        scratch: Scratch,
    ) -> None:
        """Take tile after tile through all steps."""
        source, target, residual = arrays
        in_place = self._in_place and tiles is self._long_row

        def work(index: int) -> None:
            tile = tiles[index]
            block, filters = tile.block, tile.filters
            place = (*block.place(), filters)
            part = target[place]
            rows = source[block.place()].reshape(block.cells, -1) if in_place else self._gather(source, tile, scratch)
            direct = part.flags.c_contiguous
            shape = (block.cells, part.shape[3])
            flat = part.reshape(shape) if direct else scratch.take("results", shape, part.dtype)
            np.matmul(rows, self._matrix[:, filters], out=flat)
            bias = None if self._bias is None else self._bias[filters]
            epilogue.apply(flat, bias, None if residual is None else residual[place].reshape(shape))
            if not direct:
                part[...] = flat.reshape(part.shape)

        run_tiles(work, len(tiles))

    def _cut_product(self) -> list[tuple[slice, slice]]:
        """Cut a small product into runs of cells or, where these are few, of filters."""
        depth, filters = self._matrix.shape
        macs = depth * filters * self._cells
        if macs < INLINE_MACS:
            return [(slice(None), slice(None))]
        parts = max(core_count(), -(-macs // TILE_MACS))
        if self._cells < FEW_CELLS:
            return [(slice(None), run) for run in shares(filters, parts, depth * max(self._cells, 16))]
        return [(run, slice(None)) for run in shares(self._cells, parts, depth * filters)]

    def _cut(self, images: int, grid: Pair) -> list[_Tile]:
        depth, filters = self._matrix.shape
        cells = images * grid[0] * grid[1]
        if depth * filters * cells < INLINE_MACS:
            return [self._tile(whole(images, grid))]
        if cells < FEW_CELLS:
            most = max(1, TILE_MACS // (depth * FEW_CELLS))
            return [
                self._tile(whole(images, grid), slice(part.start + run.start, part.start + run.stop))
                for part in shares(filters, core_count(), depth * cells)
                for run in even_runs(part.stop - part.start, most)
            ]
        longest = min(TILE_VALUES // max(depth, filters // 4), TILE_MACS // (depth * filters))
        return [self._tile(block) for block in rectangles(images, grid, max(1, longest), depth * filters)]

    def _tile(self, block: Rectangle, filters: slice = slice(None)) -> _Tile:
        return _Tile(block, filters, *spans(self._sampling, block))

    def _gather(self, source: Array, tile: _Tile, scratch: Scratch) -> Array:
        """Return the windows of a tile, ``(cells, depth)``."""
        sampling, itemsize = self._sampling, source.itemsize
        block, rows, columns = tile.block, tile.rows, tile.columns
        if source.flags.c_contiguous and is_inside(source, rows, columns):
            patch, first = source, (block.images.start, rows[0], columns[0])
        else:
            patch, first = read_patch(source, block.images, rows, columns, scratch), (0, 0, 0)
        images, down, across = block.shape
        gathered = scratch.take("gathered", (block.cells, self._matrix.shape[0]), source.dtype)
        if self._has_ones:
            gathered[:, -1] = 1
        cell, column = gathered.shape[1] * itemsize, source.shape[3] * itemsize
        steps = (down * across * cell, across * cell, cell, sampling.kernel[1] * column, column, itemsize)
        # What a window reads of one row is one run, unless it is dilated. Copied as one item it takes half the time
        # that a loop over its values does, when these are few.
        as_runs = sampling.dilation[1] == 1
        windows = windows_of(
            patch, (down, across), sampling.kernel, sampling.stride, sampling.dilation, first, as_runs
        )[:images]
        np.ndarray(windows.shape, windows.dtype, gathered, 0, steps[: windows.ndim])[...] = windows
        return gathered
