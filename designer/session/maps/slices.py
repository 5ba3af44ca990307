"""A volume as a picture: its slices along the first axis in a grid, with a gap of one cell between them."""

from __future__ import annotations

import math

import attrs
import numpy as np
import numpy.typing as npt

from designer.kernels.arrays.memory import Array

GAP = 1


@attrs.frozen
class SliceGrid:
    """Where the slices (depth, H, W) of a volume stand, row by row.

    Attributes
    ----------
    depth, rows, columns
        Number of slices, and height and width of one.
    across
        How many stand side by side.
    """

    depth: int
    rows: int
    columns: int
    across: int

    @classmethod
    def of(cls, depth: int, rows: int, columns: int) -> SliceGrid:
        """The grid that is nearest to a square, that with the fewest empty places among equals."""

        def unlike_a_square(across: int) -> tuple[float, int]:
            down = math.ceil(depth / across)
            return abs(math.log(across * columns / (down * rows))), down * across - depth

        return cls(depth, rows, columns, min(range(1, depth + 1), key=unlike_a_square))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture."""
        down = math.ceil(self.depth / self.across)
        return down * (self.rows + GAP) - GAP, self.across * (self.columns + GAP) - GAP

    def place(self, index: int) -> tuple[slice, slice]:
        """Rows and columns of the picture where a slice stands."""
        row, column = divmod(index, self.across)
        top, left = row * (self.rows + GAP), column * (self.columns + GAP)
        return slice(top, top + self.rows), slice(left, left + self.columns)

    def cell(self, row: int, column: int) -> tuple[int, int, int] | None:
        """Slice, row and column of a place of the picture; None in a gap."""
        (down, inner_row), (across, inner_column) = divmod(row, self.rows + GAP), divmod(column, self.columns + GAP)
        index = down * self.across + across
        if inner_row >= self.rows or inner_column >= self.columns or index >= self.depth:
            return None
        return index, inner_row, inner_column

    def laid_out(self, volumes: Array) -> Array:
        """Pictures (count, *size) of volumes (count, depth, H, W); a gap is not a number."""
        pictures: Array = np.full((len(volumes), *self.size), np.nan, np.float32)
        for index in range(self.depth):
            pictures[(slice(None), *self.place(index))] = volumes[:, index]
        return pictures

    def gaps(self) -> npt.NDArray[np.bool_]:
        """Which places of the picture belong to no slice."""
        gaps = np.ones(self.size, np.bool_)
        for index in range(self.depth):
            gaps[self.place(index)] = False
        return gaps
