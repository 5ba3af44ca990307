"""How work is cut into tiles: runs of channels, runs of output cells, rectangles of a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from designer.kernels.arrays.memory import Array, Index
from designer.kernels.runtime.threads import core_count

TILE_BYTES = 1 << 20
"""What one tile of an element-wise kernel reads.

Larger tiles leave the second-level cache, smaller ones spend their time waking threads: two threads that
call NumPy every few microseconds wait for the interpreter lock more than they compute."""

TILE_MACS = 1 << 28
"""Most multiply-adds of a product between two checkpoints: 6 ms at 92 GFLOP/s (docs/engine.md), which bounds how long a
cancellation waits."""

WAKING_MACS = 1_000_000
"""What a thread multiplies, at 92 GFLOP/s, in the 22 µs in which it wakes another: what is less is done alone."""

Block = tuple[slice, ...]


def channel_blocks(x: Array, budget: int = TILE_BYTES) -> list[tuple[int, slice]]:
    """Cut ``(N, C, *spatial)`` into (image, channels) tiles of about `budget` bytes, at least one channel."""
    images, channels = x.shape[:2]
    per_channel = max(1, x[:1, :1].size * x.itemsize)
    return [(image, run) for image in range(images) for run in even_runs(channels, max(1, budget // per_channel))]


def even_runs(size: int, longest: int) -> Iterator[slice]:
    """Cut ``range(size)`` into the fewest runs no longer than `longest`, all of nearly the same length."""
    count = -(-size // max(1, longest))
    for index in range(count):
        yield slice(index * size // count, (index + 1) * size // count)


def cell_blocks(out: Sequence[int], longest: int) -> list[Block]:
    """Cut a spatial grid into blocks of at most `longest` cells that are one run in memory.

    The last axes are whole, one axis is cut, and the axes before it have length 1: a run of rows when a
    row is short enough, else pieces of one row.
    """
    longest = max(1, longest)
    inner = 1
    runs: list[list[slice]] = []
    for size in reversed(out):
        runs.insert(0, list(even_runs(size, longest // inner)))
        inner = inner * size if inner * size <= longest else longest
    return list(product(*runs))


def flat_run(block: Block, out: Sequence[int]) -> slice:
    """Return the cells of a block of `cell_blocks` as one slice of the flattened grid."""
    first = last = 0
    for run, size in zip(block, out, strict=True):
        first = first * size + run.start
        last = last * size + run.stop - 1
    return slice(first, last + 1)


LONG_BAND = 7
"""Rows for each core from which one row more is little, 14 %. Measured (docs/engine.md, Constants)."""

Pair = tuple[int, int]
"""Rows and columns, or from and to."""


def shares(size: int, parts: int, macs_each: float) -> list[slice]:
    """Cut ``range(size)`` into `parts` runs for as many threads, the first longer than the others.

    The calling thread takes the first run while the others are being woken, and then all finish together.

    Parameters
    ----------
    size, parts
        Items to be shared, runs wanted; fewer come back where there is not enough to do.
    macs_each
        Multiply-adds of one item.
    """
    ahead = WAKING_MACS / max(1.0, macs_each)
    if parts <= 1 or size <= ahead + 1:
        return [slice(0, size)]
    rest = (size - ahead) / parts
    edges = [0, *(round(ahead + rest * (index + 1)) for index in range(parts))]
    return [slice(first, last) for first, last in pairwise(edges) if last > first]


@dataclass(frozen=True)
class Rectangle:
    """The same rectangle of a grid in each of a run of images."""

    images: slice
    rows: slice
    columns: slice

    @property
    def shape(self) -> tuple[int, int, int]:
        """Images, rows and columns."""
        return _length(self.images), _length(self.rows), _length(self.columns)

    @property
    def cells(self) -> int:
        """Number of cells, over all images of the rectangle."""
        images, rows, columns = self.shape
        return images * rows * columns

    def place(self, scale: int = 1) -> Index:
        """Return the index of ``(N, H, W, …)`` when each cell of the grid stands for `scale` x `scale` cells."""
        return self.images, *(slice(run.start * scale, run.stop * scale) for run in (self.rows, self.columns))


def bands(images: int, grid: Pair) -> list[Rectangle]:
    """Cut a grid of cells, repeated in each image, into one piece for each core: whole images, or rows of the only one.

    The first is longer than the others, where a row more is not too much: the calling thread computes it, begins some
    10 microseconds before the others, and had to be woken up again if it finished before them.
    """
    rows, columns = grid
    cores = core_count()
    if images > 1:
        runs = even_runs(images, -(-images // cores))
        return [Rectangle(run, slice(0, rows), slice(0, columns)) for run in runs]
    first = -(-rows // cores)
    if cores > 1 and rows % cores == 0 and first >= LONG_BAND:
        first += 1
    others = even_runs(rows - first, -(-(rows - first) // max(1, cores - 1)))
    runs = iter([slice(0, first), *(slice(first + run.start, first + run.stop) for run in others)])
    return [Rectangle(slice(0, 1), run, slice(0, columns)) for run in runs]


def whole(images: int, grid: Pair) -> Rectangle:
    """Return all cells of all images."""
    return Rectangle(slice(0, images), slice(0, grid[0]), slice(0, grid[1]))


def rectangles(images: int, grid: Pair, longest: int, macs_each: float) -> list[Rectangle]:
    """Cut a grid of cells, repeated in each image, into work for all cores.

    Whole images of a few together when they are small, whole rows of one image, or pieces of a row; in the
    order of the cells in memory.

    Parameters
    ----------
    images, grid
        Number of images, rows and columns.
    longest
        Cells of a rectangle, roughly: a whole row may be a quarter more.
    macs_each
        Multiply-adds of one cell.
    """
    rows, columns = grid
    cells = rows * columns
    fair = -(-images * cells // core_count())
    longest = max(1, min(longest, fair))
    if 2 * cells <= longest:
        return [Rectangle(run, slice(0, rows), slice(0, columns)) for run in even_runs(images, longest // cells)]
    if columns > longest * 5 // 4:
        pieces = [(down, across) for down, across in cell_blocks(grid, longest)]
    else:
        pieces = [(down, slice(0, columns)) for down in _row_runs(images, rows, columns * macs_each, cells / longest)]
    return [Rectangle(slice(image, image + 1), *piece) for image in range(images) for piece in pieces]


def _row_runs(images: int, rows: int, macs_each: float, wanted: float) -> list[slice]:
    """Cut the rows of one image into about `wanted` runs, in such a number that no core idles at the end."""
    cores = core_count()
    count = -(-int(np.ceil(wanted)) // cores) * cores if images % cores else int(np.ceil(wanted))
    if images == 1 and count == cores:
        return shares(rows, cores, macs_each)
    return list(even_runs(rows, -(-rows // min(count, rows))))


def _length(run: slice) -> int:
    return int(run.stop - run.start)
