"""Feature maps and kernels as pictures: one mosaic of many maps, in false colours, written as PNG."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from designer.files.atomic import atomic_write
from designer.interchange.figures.colormap import colormap_table
from designer.interchange.figures.png import png_pieces
from designer.kernels.arrays.tiles import even_runs

# Between the maps and where the last row has no more of them; distinct from both ends of every colour map.
GAP_COLOR = (128, 128, 128)
NOT_A_NUMBER_COLOR = (255, 0, 255)


Pixels = npt.NDArray[np.uint8]

STRIP_VALUES = 1 << 18
"""Cells coloured at a time: some 20 bytes each meanwhile, 5 MB."""


@attrs.frozen(eq=False)
class Sheet:
    """Tiles of one size side by side, drawn some rows at a time, so that the whole need not be in memory.

    Attributes
    ----------
    count, height, width
        Number of tiles, and cells of one.
    columns, gap, zoom
        As for `mosaic`.
    cells
        Colours of some tiles' rows, uint8 (tiles, rows, width, 3), given which tiles and which rows.
    """

    count: int
    height: int
    width: int
    columns: int
    gap: int
    zoom: int
    cells: Callable[[slice, slice], Pixels]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height and width in pixels, and three colours."""
        rows = math.ceil(self.count / self.columns)
        height, width = self.height * self.zoom + self.gap, self.width * self.zoom + self.gap
        return rows * height - self.gap, self.columns * width - self.gap, 3

    def strips(self) -> Iterator[Pixels]:
        """The picture from top to bottom, each strip (rows, width, 3)."""
        width = self.shape[1]
        for first in range(0, self.count, self.columns):
            tiles = slice(first, min(self.count, first + self.columns))
            if first and self.gap:
                yield self._blank(self.gap, width)
            for rows in even_runs(self.height, STRIP_VALUES // (self.columns * self.width)):
                cells = self.cells(tiles, rows).repeat(self.zoom, axis=1).repeat(self.zoom, axis=2)
                strip = self._blank(cells.shape[1], width)
                for place, cell in enumerate(cells):
                    left = place * (cell.shape[1] + self.gap)
                    strip[:, left : left + cell.shape[1]] = cell
                yield strip

    def whole(self) -> Pixels:
        """The picture, uint8 (H, W, 3)."""
        return np.concatenate(list(self.strips()))

    @staticmethod
    def _blank(rows: int, width: int) -> Pixels:
        blank = np.empty((rows, width, 3), np.uint8)
        blank[:] = GAP_COLOR
        return blank


def mosaic_sheet(
    maps: npt.NDArray[Any],
    *,
    order: npt.NDArray[np.intp] | None = None,
    columns: int | None = None,
    colormap: str = "viridis",
    shared_scale: bool = False,
    limits: npt.NDArray[np.float64] | None = None,
    gap: int = 1,
    zoom: int = 1,
) -> Sheet:
    """Maps side by side, to be drawn in strips; parameters and errors as for `mosaic`, and ``order``: which maps."""
    if maps.ndim != 3 or maps.size == 0:
        raise ValueError(f"maps have the shape {maps.shape}; wanted (C, H, W) with nothing empty")
    colormap_table(colormap)  # refuses one that is unknown
    order = np.arange(len(maps)) if order is None else order
    if limits is None:
        limits = map_ranges(maps)[order]
        if shared_scale:
            limits = np.broadcast_to([limits[:, 0].min(), limits[:, 1].max()], limits.shape)

    def cells(tiles: slice, rows: slice) -> Pixels:
        return colorize(maps[order[tiles], rows], colormap=colormap, limits=limits[tiles])

    return tiled(cells, (len(order), *maps.shape[1:]), columns=columns, gap=gap, zoom=zoom)


def tiled(
    cells: Callable[[slice, slice], Pixels],
    shape: tuple[int, int, int],
    *,
    columns: int | None = None,
    gap: int = 1,
    zoom: int = 1,
) -> Sheet:
    """Tiles of a shape (count, H, W) side by side, as many in a row as make about a square if not given."""
    if gap < 0 or zoom < 1 or (columns is not None and columns < 1):
        raise ValueError(f"columns {columns}, gap {gap}, zoom {zoom}; wanted at least 1, 0 and 1")
    count, height, width = shape
    found = columns or _columns_of_a_square(count, height * zoom + gap, width * zoom + gap)
    return Sheet(count, height, width, min(count, found), gap, zoom, cells)


def mosaic(
    maps: npt.NDArray[Any],
    *,
    columns: int | None = None,
    colormap: str = "viridis",
    shared_scale: bool = False,
    limits: npt.NDArray[np.float64] | None = None,
    gap: int = 1,
    zoom: int = 1,
) -> npt.NDArray[np.uint8]:
    """Draw maps side by side, row by row.

    Each map, or all of them together, is spread over the colour map from its lowest value to its highest;
    the diverging colour map is spread evenly to both sides of zero instead. A map without contrast (a dead
    one) is flat. NaN and infinity have a colour of their own and do not count for the scale.

    Parameters
    ----------
    maps
        (C, H, W), real, C at least 1.
    columns
        Maps in a row; as many as make the mosaic about square if not given.
    colormap
        One of `designer.interchange.figures.colormap.COLORMAPS`.
    shared_scale
        Whether all maps share one scale, so that strong and weak ones can be compared.
    limits
        (C, 2), lowest and highest value of each map's scale; values beyond take its ends. Its own if not given.
    gap
        Pixels between maps; none around them.
    zoom
        Pixels along each side of a map's cell.

    Returns
    -------
    array
        uint8 (H', W', 3) with W' = columns · W · zoom + (columns − 1) · gap, H' likewise.

    Raises
    ------
    ValueError
        If the maps are no (C, H, W), or an option makes no sense.
    """
    options: dict[str, Any] = {"colormap": colormap, "shared_scale": shared_scale, "limits": limits}
    return mosaic_sheet(maps, columns=columns, gap=gap, zoom=zoom, **options).whole()


def _columns_of_a_square(count: int, height: int, width: int) -> int:
    exact = math.sqrt(count * height / width)

    def elongation(columns: int) -> float:
        return abs(math.log(columns * width / (math.ceil(count / columns) * height)))

    # Of two that are equally good the wider one, as screens are.
    return min(math.ceil(exact), max(math.floor(exact), 1), key=elongation)


def colorize(
    maps: npt.NDArray[Any],
    *,
    colormap: str = "viridis",
    shared_scale: bool = False,
    limits: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.uint8]:
    """Return maps (C, H, W) in false colours, uint8 (C, H, W, 3), scaled as `mosaic` says."""
    if maps.dtype.kind != "f":
        maps = maps.astype(np.float64)
    finite = np.isfinite(maps)
    if limits is None:
        limits = map_ranges(maps)
        if shared_scale:
            limits = np.array([[limits[:, 0].min(), limits[:, 1].max()]])
    low, high = limits[:, :1, np.newaxis], limits[:, 1:, np.newaxis]
    if colormap == "diverging":
        high = np.maximum(np.abs(low), np.abs(high))
        low = -high
    # In double precision: the range of float32 values need not fit into float32.
    extent = high - low
    has_contrast = np.isfinite(extent) & (extent > 0.0)
    steps = np.divide(255.0, extent, out=np.zeros_like(extent), where=has_contrast)
    shifted = np.subtract(maps, low, out=np.zeros(maps.shape), where=finite & has_contrast)
    levels = np.rint(np.clip(shifted * steps, 0.0, 255.0)).astype(np.uint8)
    if colormap == "diverging":
        levels[np.broadcast_to(~has_contrast, levels.shape)] = 128  # nothing but zeros: the colour of zero
    colored: npt.NDArray[np.uint8] = colormap_table(colormap)[levels]
    colored[~finite] = NOT_A_NUMBER_COLOR
    return colored


def map_ranges(maps: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Lowest and highest finite value of each map (C, H, W), (C, 2); infinite the wrong way round where none is."""
    count, height, width = maps.shape
    ranges = np.tile(np.array([np.inf, -np.inf]), (count, 1))
    for rows in even_runs(height, STRIP_VALUES // width):
        for some in even_runs(count, STRIP_VALUES // (width * (rows.stop - rows.start))):
            part = maps[some, rows]
            if part.dtype.kind != "f":
                part = part.astype(np.float64)
            finite = np.isfinite(part)
            low = np.min(part, axis=(1, 2), where=finite, initial=np.inf)
            high = np.max(part, axis=(1, 2), where=finite, initial=-np.inf)
            np.minimum(ranges[some, 0], low, out=ranges[some, 0])
            np.maximum(ranges[some, 1], high, out=ranges[some, 1])
    return ranges


def write_png(path: str | os.PathLike[str], picture: Pixels | Sheet) -> None:
    """Write uint8 pixels, (H, W) or (H, W, 3), or a sheet, strip by strip, as a PNG file.

    The file replaces ``path`` only when it is complete.

    Raises
    ------
    OSError
        If it cannot be written; an old file is then untouched.
    """
    if isinstance(picture, Sheet):
        shape, strips = picture.shape, picture.strips()
    else:
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or picture.shape[2:] not in ((), (3,)):
            raise ValueError(f"pixels are {picture.dtype} {picture.shape}; wanted uint8 (H, W) or (H, W, 3)")
        shape = (*picture.shape[:2], picture[0, 0].size)
        step = max(1, STRIP_VALUES // picture[0].size)
        strips = (picture[top : top + step] for top in range(0, len(picture), step))
    with atomic_write(path) as stream:
        for piece in png_pieces(shape, strips):
            stream.write(piece)
