"""How a grid of output cells is cut into work for all cores: rectangles of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from designer.kernels.arrays.memory import Index
from designer.kernels.arrays.sampling import Sampling
from designer.kernels.arrays.tiles import WAKING_MACS, cell_blocks, even_runs
from designer.kernels.runtime.threads import core_count

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


def spans(sampling: Sampling, block: Rectangle) -> tuple[Pair, Pair]:
    """Return the rows and the columns, from and to, that a rectangle of output cells reads."""
    rows, columns = (
        (origin + run.start * stride, origin + (run.stop - 1) * stride + (taps - 1) * spread + 1)
        for run, origin, stride, taps, spread in zip(
            (block.rows, block.columns),
            sampling.origin,
            sampling.stride,
            sampling.kernel,
            sampling.dilation,
            strict=True,
        )
    )
    return rows, columns


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
