"""Convolution channels last, as products of the windows, one in each row, with the weights.

What im2col does with columns for ``(N, C, H, W)``. A window of one cell in its own place is a row already:
such layers are plain matrix products, and nothing is copied.
"""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import even_runs
from designer.kernels.channels_last import (
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
from designer.kernels.sampling import Sampling
from designer.kernels.threads import core_count, run_tiles

TILE_VALUES = 1 << 19
"""Gathered windows of a tile."""

TILE_MACS = 1 << 28
"""Most multiply-adds between two checkpoints."""

FEW_CELLS = 128
"""Output cells in all below which the filters are shared out: products of fewer rows run at half speed."""

SMALL_OUTPUT = 1 << 17
"""Values of an output that one thread finishes as fast as two."""

INLINE_MACS = 2_500_000
"""A product smaller than this is done before a second thread could help."""


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
        self._matrix = np.ascontiguousarray(weight.transpose(2, 3, 1, 0).reshape(-1, weight.shape[0]))
        self._bias, self._sampling = bias, sampling
        self._images, self._grid = shape[0], (sampling.out[0], sampling.out[1])
        self._in_place = sampling.is_identity(shape[2:])
        if not self._in_place and bias is not None:
            # One more column of the windows, always 1, adds the bias within the product.
            self._matrix, self._bias = np.concatenate([self._matrix, bias[None]]), None
        self._has_ones = not self._in_place and bias is not None
        self._cells = self._images * sampling.cells
        self._tiles = self._cut(self._images, self._grid)
        self._long_row = self._cut(1, (self._cells, 1))

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
        tiles, in_place = self._tiles, False
        if self._in_place:
            # Cells that have no neighbours are one long row, whatever images they belong to.
            views = [one_row(array) for array in (source, target, residual) if array is not None]
            in_place = all(view is not None for view in views)
        if in_place:
            source, target, *rest = (view for view in views if view is not None)
            residual, tiles = rest[0] if rest else None, self._long_row

        # Where little is left to do after the product, the calling thread does it for all: two threads in
        # short steps wait for the interpreter lock more than they compute.
        afterwards = target.size <= SMALL_OUTPUT and target.flags.c_contiguous

        def work(index: int) -> None:
            block, filters = tiles[index]
            place = (*block.place(), filters)
            part = target[place]
            rows = source[block.place()].reshape(block.cells, -1) if in_place else self._gather(source, block, scratch)
            if afterwards:
                np.matmul(rows, self._matrix[:, filters], out=part.reshape(block.cells, -1))
                return
            # Rows with gaps between them take three times as long to be changed in place.
            direct = part.flags.c_contiguous
            flat = (
                part.reshape(block.cells, -1)
                if direct
                else scratch.take("results", (block.cells, part.shape[3]), part.dtype)
            )
            np.matmul(rows, self._matrix[:, filters], out=flat)
            bias = None if self._bias is None else self._bias[filters]
            epilogue.apply(flat, bias, None if residual is None else residual[place].reshape(flat.shape))
            if not direct:
                part[...] = flat.reshape(part.shape)

        run_tiles(work, len(tiles))
        if afterwards:
            epilogue.apply(target, self._bias, residual)

    def _cut(self, images: int, grid: tuple[int, int]) -> list[tuple[Rectangle, slice]]:
        depth, filters = self._matrix.shape
        cells = images * grid[0] * grid[1]
        if depth * filters * cells < INLINE_MACS:
            return [(whole(images, grid), slice(0, filters))]
        if cells < FEW_CELLS:
            most = max(1, TILE_MACS // (depth * FEW_CELLS))
            return [
                (whole(images, grid), slice(part.start + run.start, part.start + run.stop))
                for part in shares(filters, core_count(), depth * cells)
                for run in even_runs(part.stop - part.start, most)
            ]
        longest = min(TILE_VALUES // max(depth, filters // 4), TILE_MACS // (depth * filters))
        return [(block, slice(0, filters)) for block in rectangles(images, grid, max(1, longest), depth * filters)]

    def _gather(self, source: Array, block: Rectangle, scratch: Scratch) -> Array:
        """Return the windows of a block, ``(cells, depth)``."""
        sampling = self._sampling
        shape = (*block.shape, self._matrix.shape[0])
        gathered = scratch.take("gathered", shape, source.dtype)
        if self._has_ones:
            gathered[..., -1] = 1
        rows, columns = spans(sampling, block)
        if sampling.taps == 1 and is_inside(source, rows, columns):
            down, across = sampling.stride
            gathered[..., : source.shape[3]] = source[block.images, slice(*rows, down), slice(*columns, across)]
            return gathered.reshape(block.cells, -1)
        patch = read_patch(source, block.images, rows, columns, scratch)
        windows = windows_of(patch, block.shape[1:], sampling.kernel, sampling.stride, sampling.dilation)
        steps = (*gathered.strides[:3], sampling.kernel[1] * patch.strides[2], patch.strides[2], patch.itemsize)
        if sampling.dilation[1] == 1:
            # What a window reads of one row is one run. Copied as one item it takes half the time that a loop
            # over its values does, when these are few.
            item = np.dtype((np.void, sampling.kernel[1] * patch.strides[2]))
            runs = np.ndarray(windows.shape[:4], item, patch, 0, windows.strides[:4])
            np.ndarray(runs.shape, item, gathered, 0, steps[:4])[...] = runs
        else:
            np.ndarray(windows.shape, patch.dtype, gathered, 0, steps)[...] = windows
        return gathered.reshape(block.cells, -1)
