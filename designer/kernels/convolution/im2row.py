"""Convolution channels last, as products of the windows, one in each row, with the weights.

What im2col does with columns for ``(N, C, H, W)``. A window of one cell in its own place is a row already:
such layers are plain matrix products, and nothing is copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from designer.kernels.arrays.channels_last import (
    FEW_CHANNELS,
    channels_last,
    empty_channels_last,
    is_inside,
    one_row,
    patch_calls,
    windows_of,
)
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.per_channel import PerChannel
from designer.kernels.arrays.tiles import (
    TILE_MACS,
    WAKING_MACS,
    Rectangle,
    bands,
    even_runs,
    rectangles,
    shares,
    whole,
)
from designer.kernels.arrays.windows import Sampling, spans
from designer.kernels.convolution.choose import Algorithm
from designer.kernels.convolution.weights import weight_rows
from designer.kernels.epilogue import Epilogue
from designer.kernels.runtime.stages import Buffers, Kernel, Scratch, Stage, Tiles
from designer.kernels.runtime.threads import Call, core_count

TILE_VALUES = 1 << 19
"""Gathered windows of a tile, 2 MB: few and large tiles, because two threads in steps of 10 µs wait for the interpreter
lock more than they compute. Measured, as all of these (docs/engine.md, Constants)."""

BLOCK_VALUES = 1 << 17
"""Windows, or results, that stay in the cache of their core from one call to the next, where a tile has more: 512 KB,
the second-level cache of the machine that docs/engine.md measures."""

FEW_CELLS = 128
"""Output cells in all below which many filters are shared out: products of fewer rows run slower, of 49 rows by a
fifth (docs/engine.md, limits of the machine)."""

MANY_WEIGHTS = 1 << 18
"""Weights from which reading them, 1 MB, for each half of few cells takes longer than products of fewer rows do."""

SHORT_REACH = 6
"""Taps of a row times stride up to which a picture is read in runs of a row, each value by itself where strides part
them, rather than in runs of a window."""


EVERY = slice(None)


@dataclass(frozen=True)
class _Tile:
    """Blocks of output cells, one after the other, and filters."""

    blocks: tuple[Rectangle, ...]
    filters: slice


class RowProducts(Kernel):
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

    name = Algorithm.ROWS.value

    def __init__(self, shape: tuple[int, ...], weight: Array, bias: Array | None, sampling: Sampling) -> None:
        self._sampling = sampling
        self._images, self._grid = shape[0], (sampling.out[0], sampling.out[1])
        self._in_place = sampling.is_identity(shape[2:])
        self._has_ones = not self._in_place and bias is not None
        # One more column of the windows, always 1, adds the bias within the product.
        self._shared_matrix = weight_rows(weight, bias if self._has_ones else None)
        self._matrix = self._shared_matrix.values
        bias = None if self._has_ones else bias
        self._cells = self._images * sampling.cells
        self._bands: tuple[int, ...] = ()
        self._tiles = self._cut()
        # By the first filter of a tile.
        self._biases = {}
        if bias is not None:
            self._biases = {run.start: PerChannel(bias[run]) for run in (tile.filters for tile in self._tiles)}

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape ``(N, filters, H', W')`` of the output."""
        return self._images, self._matrix.shape[1], *self._grid

    def weights(self) -> Sequence[Array]:
        """A filter in each column."""
        return (self._matrix,)

    def empty(self, x: Array) -> Array:
        return empty_channels_last(self.out_shape, x.dtype)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """One stage: bands of rows, runs of cells, or runs of filters."""
        source, target = channels_last(x), channels_last(out)
        residual = None if epilogue.residual is None else channels_last(epilogue.residual)

        def calls(index: int, buffers: Buffers) -> list[Call]:
            tile = self._tiles[index]
            found: list[Call] = []
            for block in tile.blocks:
                place = (*block.place(), tile.filters)
                after = None if residual is None else residual[place]
                found += self._block(source, block, (target[place], after), tile.filters, epilogue, buffers)
            return found

        return [Tiles(len(self._tiles), calls, self._bands, self._in_place)]

    def _block(
        self,
        source: Array,
        block: Rectangle,
        results: tuple[Array, Array | None],
        filters: slice,
        epilogue: Epilogue,
        buffers: Buffers,
    ) -> list[Call]:
        """Return the calls for some output cells; `results` are where they are put and the residual for them."""
        part, residual = results
        gather = self._rows if self._in_place else self._columns if self._has_planes(source) else self._windows
        rows, calls = gather(source, block, buffers)
        shape = (block.cells, part.shape[3])
        direct = part.flags.c_contiguous
        # Rows with gaps between them take three times as long to be changed in place.
        flat = part.reshape(shape) if direct else buffers.take("results", shape, part.dtype)
        calls.append(partial(np.matmul, rows, self._matrix[:, filters], flat))
        found = self._biases.get(filters.start)
        bias = None if found is None else found.row(block.cells)
        row = None if residual is None else one_row(residual)
        if residual is not None and row is None:
            # Not to be had as a view of two axes; then the results take the shape of the residual.
            calls += epilogue.calls(flat.reshape(part.shape), bias, residual)
        else:
            calls += epilogue.calls(flat, bias, None if row is None else row.reshape(shape))
        if not direct:
            calls.append(partial(np.copyto, part, flat.reshape(part.shape)))
        return calls

    def _cut(self) -> list[_Tile]:
        depth, filters = self._matrix.shape
        macs = depth * filters * self._cells
        if macs < WAKING_MACS:
            return [_Tile((whole(self._images, self._grid),), EVERY)]
        if self._cells < FEW_CELLS and depth * filters > MANY_WEIGHTS:
            most = max(1, TILE_MACS // (depth * FEW_CELLS))
            return [
                _Tile((whole(self._images, self._grid),), slice(part.start + run.start, part.start + run.stop))
                for part in shares(filters, core_count(), depth * self._cells)
                for run in even_runs(part.stop - part.start, most)
            ]
        pieces = bands(self._images, self._grid)
        values = self._cells * (max(depth, filters // 4) if self._in_place or self._images > 1 else filters // 4)
        if macs > TILE_MACS * len(pieces) or values > TILE_VALUES * len(pieces):
            longest = min(TILE_VALUES // max(depth, filters // 4), TILE_MACS // (depth * filters))
            blocks = rectangles(self._images, self._grid, max(1, longest), depth * filters)
            return [_Tile((block,), EVERY) for block in blocks]
        if self._images == 1:
            self._bands = (0, *(piece.rows.stop for piece in pieces))
        return [_Tile(self._blocks(piece), EVERY) for piece in pieces]

    def _blocks(self, piece: Rectangle) -> tuple[Rectangle, ...]:
        """Cut a band of rows for the cache of one core."""
        if self._images > 1:
            return (piece,)
        depth, filters = self._matrix.shape
        values = piece.cells * (filters if self._in_place else depth)
        rows = piece.shape[1]
        runs = even_runs(rows, max(1, -(-rows // -(-values // BLOCK_VALUES))))
        first = piece.rows.start
        return tuple(Rectangle(piece.images, slice(first + run.start, first + run.stop), piece.columns) for run in runs)

    def _rows(self, source: Array, block: Rectangle, buffers: Buffers) -> tuple[Array, list[Call]]:
        """Return the cells of a block, which are their own windows: ``(cells, C)``."""
        cells = source[block.place()]
        row = one_row(cells)
        shape = (block.cells, source.shape[3])
        if row is not None and row.strides[3] == row.itemsize:
            return row.reshape(shape), []
        copied = buffers.take("gathered", shape, source.dtype)
        return copied, [partial(np.copyto, copied.reshape(cells.shape), cells)]

    def _has_planes(self, source: Array) -> bool:
        """Tell whether the rows of each channel are runs in memory, of which there are few: those of a picture."""
        _image, _row, column, channel = source.strides
        channels = source.shape[3]
        return (
            channels <= FEW_CHANNELS
            and column == source.itemsize
            and self._sampling.stride[1] * self._sampling.kernel[1] <= SHORT_REACH
            and (source.shape[0] == 1 or source.strides[0] == channels * channel)
        )

    def _columns(self, source: Array, block: Rectangle, buffers: Buffers) -> tuple[Array, list[Call]]:
        """Return the windows of a block of a picture, which is read in runs as long as its rows.

        That is, the windows are the columns of the array that is filled; what is returned is that array turned around.
        """
        sampling, itemsize = self._sampling, source.itemsize
        channels, count = source.shape[3], block.shape[0]
        planes = source[block.images].transpose(0, 3, 1, 2).reshape(count * channels, *source.shape[1:3], 1)
        patch, calls = patch_calls(planes, slice(0, len(planes)), *spans(sampling, block), buffers)
        down, across = block.shape[1:]
        plane, row = (size * itemsize for size in (patch.shape[1] * patch.shape[2], patch.shape[2]))
        shape = (*sampling.kernel, channels, count, down, across)
        apart, spread = sampling.dilation
        strides: tuple[int, ...] = (apart * row, spread * itemsize, plane, channels * plane)
        strides += (sampling.stride[0] * row, sampling.stride[1] * itemsize)
        gathered = buffers.take("gathered", (self._matrix.shape[0], block.cells), source.dtype)
        if self._has_ones:
            calls.append(partial(gathered[-1].fill, 1))
        depth = self._matrix.shape[0] - self._has_ones
        windows = np.ndarray(shape, source.dtype, patch, 0, strides)
        calls.append(partial(np.copyto, gathered[:depth].reshape(shape), windows))
        return gathered.T, calls

    def _windows(self, source: Array, block: Rectangle, buffers: Buffers) -> tuple[Array, list[Call]]:
        """Return the array for the windows of a block, ``(cells, depth)``, and the calls that fill it."""
        sampling, itemsize = self._sampling, source.itemsize
        rows, columns = spans(sampling, block)
        calls: list[Call] = []
        if source.flags.c_contiguous and is_inside(source, rows, columns):
            patch, first = source, (block.images.start, rows[0], columns[0])
        else:
            patch, calls = patch_calls(source, block.images, rows, columns, buffers)
            first = (0, 0, 0)
        images, down, across = block.shape
        gathered = buffers.take("gathered", (block.cells, self._matrix.shape[0]), source.dtype)
        if self._has_ones:
            calls.append(partial(gathered[:, -1].fill, 1))
        cell, column = gathered.shape[1] * itemsize, source.shape[3] * itemsize
        steps = (down * across * cell, across * cell, cell, sampling.kernel[1] * column, column, itemsize)
        # What a window reads of one row is one run, unless it is dilated. Copied as one item it takes half the time
        # that a loop over its values does, when these are few.
        as_runs = sampling.dilation[1] == 1
        windows = windows_of(
            patch, (down, across), sampling.kernel, sampling.stride, sampling.dilation, first, as_runs
        )[:images]
        place = np.ndarray(windows.shape, windows.dtype, gathered, 0, steps[: windows.ndim])
        calls.append(partial(np.copyto, place, windows))
        return gathered, calls
