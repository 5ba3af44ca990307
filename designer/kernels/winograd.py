"""Convolution by 3x3 windows with less than half of the multiplications.

Minimal filtering (Lavin & Gray 2016, "Fast algorithms for convolutional neural networks"): a tile of m x m
outputs needs the (m + 2)² numbers of ``(Bᵀ d B) · (G g Gᵀ)`` summed over the channels, in place of 9 m²
products. F(4x4, 3x3) multiplies 4 times less, F(2x2, 3x3) 2.25 times.

Here each of the three steps is one matrix product: the tiles are gathered like the columns of im2col,
as ``((m + 2)², tiles · C)``, and multiplied by B ⊗ B; then for each of the (m + 2)² places ``(tiles, C)`` by
``(C, filters)``; then the result by A ⊗ A. Dense products of the small transforms do more arithmetic than
the usual additions and take less time, because they pass over memory once.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from weakref import WeakValueDictionary

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import even_runs
from designer.kernels.channels_last import (
    Pair,
    Rectangle,
    Scratch,
    channels_last,
    empty_channels_last,
    read_patch,
    rectangles,
    shares,
    whole,
    windows_of,
)
from designer.kernels.epilogue import Epilogue
from designer.kernels.stages import Kernel, Stage, Whole
from designer.kernels.threads import core_count, run_tiles

BLOCK_VALUES = 3 << 12
"""Tiles times channels transformed at a time: the transformed values, 36 times as many, stay in the cache."""

BLOCK_TILES = 48
"""Fewest tiles in a block where there are so many: products of fewer rows run at half speed."""

MOST_VALUES = 40_000
"""Tiles times channels of a block, however deep: 6 MB in each of two buffers of each thread."""

SHARED_VALUES = 52_000
"""Tiles times channels up to which all tiles are transformed before any is multiplied."""

SMALL_BANK = 1 << 14
"""Weights per place that are cheap to read again for every block."""

INLINE_VALUES = 7_000
"""Tiles times channels that are transformed before a second thread could help."""

TILE_MACS = 1 << 28
"""Most multiply-adds between two checkpoints."""


WEIGHTS_AT_ONCE = 1 << 14
"""Filters times channels transformed at a time."""


@dataclass(frozen=True)
class Transform:
    """The three matrices of F(m x m, 3 x 3): `inputs` Bᵀ, `weights` G and `outputs` Aᵀ."""

    inputs: Array
    weights: Array
    outputs: Array

    @property
    def tile(self) -> int:
        """Outputs along one axis of a tile, m."""
        return int(self.outputs.shape[0])

    @property
    def reach(self) -> int:
        """Inputs along one axis of a tile, m + 2."""
        return int(self.inputs.shape[0])


@cache
def transform(tile: int) -> Transform:
    """Return F(2x2, 3x3) or F(4x4, 3x3): interpolation at 0, 1, -1 (2, -2) and infinity (Lavin & Gray, 4.1, 4.2)."""
    if tile == 2:
        return Transform(
            np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], float),
            np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2,
            np.array([[1, 1, 1, 0], [0, 1, -1, -1]], float),
        )
    if tile == 4:
        return Transform(
            np.array(
                [
                    [4, 0, -5, 0, 1, 0],
                    [0, -4, -4, 1, 1, 0],
                    [0, 4, -4, -1, 1, 0],
                    [0, -2, -1, 2, 1, 0],
                    [0, 2, -1, -2, 1, 0],
                    [0, 4, 0, -5, 0, 1],
                ],
                float,
            ),
            np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24,
            np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], float),
        )
    raise ValueError(f"tiles of {tile} outputs; wanted 2 or 4")


def transform_weights(weight: Array, tile: int) -> Array:
    """Return ``(filters, C, 3, 3)`` transformed: ``((tile + 2)², C, filters)``, computed in float64."""
    filters, channels = weight.shape[:2]
    matrix = _squared(tile).weights
    bank = np.empty((len(matrix), channels, filters), dtype=weight.dtype)
    runs = list(even_runs(channels, max(1, WEIGHTS_AT_ONCE // filters)))

    def work(index: int) -> None:
        run = runs[index]
        taps = weight[:, run].transpose(2, 3, 1, 0).reshape(9, -1).astype(np.float64)
        bank[:, run] = (matrix @ taps).reshape(len(matrix), -1, filters)

    run_tiles(work, len(runs))
    return bank


class Bank:
    """Transformed weights, and whose they are."""

    def __init__(self, weight: Array, tile: int) -> None:
        self.values = transform_weights(weight, tile)
        self._weight = weakref.ref(weight)

    def is_of(self, weight: Array) -> bool:
        """Tell whether these are the weights, not others that took their place in memory."""
        return self._weight() is weight


@cache
def _banks() -> WeakValueDictionary[tuple[int, int], Bank]:
    """Banks in use: a memo of `transform_weights` that keeps nothing alive."""
    return WeakValueDictionary()


def bank_of(weight: Array, tile: int) -> Bank:
    """Transform weights, or take those that another convolution with the same read-only array still uses.

    Another padding or size of image needs the same bank, and making it takes ten times as long as a small layer.
    """
    if weight.flags.writeable:
        return Bank(weight, tile)
    found = _banks().get((id(weight), tile))
    if found is None or not found.is_of(weight):
        found = _banks()[id(weight), tile] = Bank(weight, tile)
    return found


@cache
def _squared(tile: int) -> Transform:
    """Return the matrices that apply those of `transform` along both axes of a tile."""
    one = transform(tile)
    return Transform(*(np.kron(matrix, matrix) for matrix in (one.inputs, one.weights, one.outputs)))


class Winograd(Kernel):
    """A convolution of images of one shape with 3x3 filters and stride 1.

    Parameters
    ----------
    shape
        Shape ``(N, C, H, W)`` of the input.
    weight, bias
        Arrays ``(filters, C, 3, 3)`` and ``(filters,)`` or none.
    padding
        One (before, after) pair per spatial axis.
    tile
        Outputs along one axis of a tile, 2 or 4.
    """

    def __init__(
        self, shape: tuple[int, ...], weight: Array, bias: Array | None, padding: tuple[Pair, Pair], tile: int
    ) -> None:
        self._shared_bank = bank_of(weight, tile)
        self._bank, self._bias = self._shared_bank.values, bias
        self.name = f"winograd {tile}"
        self._places, self._channels, self._filters = (int(size) for size in self._bank.shape)
        self._origin = (-padding[0][0], -padding[1][0])
        self._tile, self._reach = tile, tile + 2
        self._into = _squared(tile).inputs.astype(weight.dtype)
        self._back = _squared(tile).outputs.astype(weight.dtype)
        rows, columns = (size + sum(pair) - 2 for size, pair in zip(shape[2:], padding, strict=True))
        self._out_shape = (shape[0], self._filters, rows, columns)
        self._grid = (-(-rows // tile), -(-columns // tile))
        self._tiles = shape[0] * self._grid[0] * self._grid[1]
        self._shared = self._is_shared()
        self._blocks = self._cut()

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape ``(N, filters, H', W')`` of the output."""
        return self._out_shape

    @property
    def nbytes(self) -> int:
        """Memory of the weights, in bytes."""
        return int(self._bank.nbytes)

    def empty(self, x: Array) -> Array:
        """Channels last."""
        return empty_channels_last(self._out_shape, x.dtype)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """All of it as one.

        The buffers are kept from one call to the next: the system hands out fresh ones page by page, which can take a
        fifth of the time.
        """
        return [Whole(lambda: self._convolve(x, out, epilogue, scratch))]

    def _convolve(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> None:
        residual = None if epilogue.residual is None else channels_last(epilogue.residual)
        arrays = _Arrays(channels_last(x), channels_last(out), residual, epilogue, scratch)
        if self._shared:
            self._run_shared(arrays)
        else:
            self._run_blocks(arrays)

    def _run_blocks(self, arrays: _Arrays) -> None:
        """Take block after block of tiles through all three steps."""

        def work(index: int) -> None:
            block = self._blocks[index]
            values = arrays.take("values", (self._places, block.cells * self._channels))
            self._read(arrays, block, values)
            # What each step has read, the next may write over: two buffers stay in the cache, four would not.
            products = arrays.take("gathered", (self._places, block.cells * self._filters))
            self._multiply(values, products, slice(0, self._places))
            self._write(arrays, block, products)

        run_tiles(work, len(self._blocks))

    def _run_shared(self, arrays: _Arrays) -> None:
        """Take all tiles through one step after the other, the products place by place."""
        starts = [0, *accumulate(block.cells for block in self._blocks)]
        values = arrays.take("all values", (self._places, self._tiles * self._channels))
        products = arrays.take("all products", (self._places, self._tiles * self._filters))
        macs = self._tiles * self._channels * self._filters
        places = shares(self._places, max(core_count(), -(-self._places * macs // TILE_MACS)), macs)

        def read(index: int) -> None:
            tiles = slice(starts[index] * self._channels, starts[index + 1] * self._channels)
            self._read(arrays, self._blocks[index], values[:, tiles])

        def multiply(index: int) -> None:
            self._multiply(values, products, places[index])

        def write(index: int) -> None:
            tiles = slice(starts[index] * self._filters, starts[index + 1] * self._filters)
            self._write(arrays, self._blocks[index], products[:, tiles])

        run_tiles(read, len(self._blocks))
        run_tiles(multiply, len(places))
        run_tiles(write, len(self._blocks))

    def _is_shared(self) -> bool:
        """Tell whether each weight is read once, for all tiles: where weights outweigh the tiles."""
        few = self._tiles < 2 * BLOCK_TILES * core_count() or self._channels * self._filters > SMALL_BANK
        return few and self._tiles * max(self._channels, self._filters) <= SHARED_VALUES

    def _cut(self) -> list[Rectangle]:
        """Cut all tiles into blocks that stay in the cache."""
        depth = max(self._channels, self._filters)
        if self._tiles * depth < INLINE_VALUES:
            return [whole(self._out_shape[0], self._grid)]
        longest = max(1, min(max(BLOCK_VALUES // depth, BLOCK_TILES), MOST_VALUES // depth))
        macs = self._places**2 * (self._channels + self._filters)
        if not self._shared:
            macs += self._places * self._channels * self._filters
            longest = min(longest, max(1, TILE_MACS // macs))
        return rectangles(self._out_shape[0], self._grid, longest, macs)

    def _read(self, arrays: _Arrays, block: Rectangle, values: Array) -> None:
        """Write the transformed inputs of a block, ``(places, tiles · C)``."""
        rows, columns = (
            (run.start * self._tile + origin, run.stop * self._tile + origin + 2)
            for run, origin in zip((block.rows, block.columns), self._origin, strict=True)
        )
        patch = read_patch(arrays.source, block.images, rows, columns, arrays.scratch)
        reach, tile = self._reach, self._tile
        windows = windows_of(patch, block.shape[1:], (reach, reach), (tile, tile)).transpose(3, 4, 0, 1, 2, 5)
        gathered = arrays.take("gathered", windows.shape)
        gathered[...] = windows
        np.matmul(self._into, gathered.reshape(self._places, -1), out=values)

    def _multiply(self, values: Array, products: Array, places: slice) -> None:
        """Multiply the transformed inputs of some places by their weights."""
        inputs = values.reshape(self._places, -1, self._channels)
        outputs = products.reshape(self._places, -1, self._filters)
        np.matmul(inputs[places], self._bank[places], out=outputs[places])
        # The point 1 has weight 1 in every output of a tile: what is added there is added to all of them.
        one = self._reach + 1
        if self._bias is not None and places.start <= one < places.stop:
            outputs[one] += self._bias

    def _write(self, arrays: _Arrays, block: Rectangle, products: Array) -> None:
        """Transform the products of a block and put them in their places, cut off at the far edges.

        One assignment for all: two threads that make many small ones wait for each other.
        """
        tile, (images, rows, columns) = self._tile, block.shape
        cells = arrays.take("values", (tile, tile, *block.shape, self._filters))
        np.matmul(self._back, products, out=cells.reshape(tile * tile, -1))
        place = block.place(tile)
        target = arrays.target[place]
        full = (images, rows * tile, columns * tile, self._filters)
        # Put together channels last even where the target is not: its far strides are then crossed once.
        direct = target.shape == full and target.flags.c_contiguous
        part = target if direct else arrays.take("part", full)
        by_tile = part.reshape(images, rows, tile, columns, tile, self._filters)
        by_tile[...] = cells.transpose(2, 3, 0, 4, 1, 5)
        part = part[:, : target.shape[1], : target.shape[2]]
        arrays.epilogue.apply(part, None, None if arrays.residual is None else arrays.residual[place])
        if not direct:
            target[...] = part


@dataclass(frozen=True)
class _Arrays:
    """What one call works on: `source` ``(N, H, W, C)``, `target` and `residual` ``(N, H', W', filters)``."""

    source: Array
    target: Array
    residual: Array | None
    epilogue: Epilogue
    scratch: Scratch

    def take(self, name: str, shape: tuple[int, ...]) -> Array:
        """Return this thread's buffer of that name."""
        return self.scratch.take(name, shape, self.source.dtype)
