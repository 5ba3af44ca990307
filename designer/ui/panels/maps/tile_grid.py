"""Where the tiles of a mosaic lie: arithmetic without widgets."""

from __future__ import annotations

import math

import attrs
from PySide6.QtCore import QPointF, QRectF

SMALLEST, LARGEST, USUAL = 32, 256, 96
"""Edges of a tile, in pixels."""

MARGIN = 8
GAP = 8
NARROWEST = 34
"""Pixels that a caption needs."""

NEARLY = 0.75
"""A map is scaled down only if less than this part of it fits."""

THINNEST = 8
"""Pixels that a map of a single row is drawn high."""


def picture_size(size: tuple[int, int], edge: int, ratio: float, *, about: bool = False) -> tuple[float, float]:
    """Width and height at which a picture of (rows, columns) is drawn.

    An integer number of *device* pixels for each cell where it fits, so that cells are equal squares; else scaled down.

    Parameters
    ----------
    edge
        Pixels there are for the longer side.
    ratio
        Device pixels in a pixel.
    about
        Whether a picture may be somewhat larger, if that is nearer to ``edge``.
    """
    rows, columns = size
    room = edge * ratio
    zoom = int(room / max(size) + 0.5) if about else int(room // max(size))
    if about and zoom == 1 and room < NEARLY * max(size):
        zoom = 0
    if zoom >= 1:
        width, height = columns * zoom, rows * zoom
    else:
        width, height = (max(1, round(side * room / max(size))) for side in (columns, rows))
    thinnest = THINNEST * ratio
    return max(width, thinnest) / ratio, max(height, thinnest) / ratio


@attrs.frozen
class TileGrid:
    """Tiles in rows from the left, a caption under each, as many in a row as the width holds.

    ``picture`` is (width, height) of what is drawn in a tile; ``ratio`` device pixels to a pixel: tiles begin on whole
    ones, else pictures would blur.
    """

    count: int
    picture: tuple[float, float]
    caption: int
    width: int
    ratio: float = 1.0

    @property
    def tile(self) -> tuple[float, float]:
        """Width and height of a tile with its caption."""
        width = max(self.picture[0], NARROWEST)
        return self._whole(width), self._whole(self.picture[1] + self.caption)

    def _whole(self, length: float) -> float:
        return math.ceil(length * self.ratio - 1e-6) / self.ratio

    @property
    def columns(self) -> int:
        """Tiles in a row."""
        return max(1, int((self.width - 2 * MARGIN + GAP) // (self.tile[0] + GAP)))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return math.ceil(self.count / self.columns)

    @property
    def height(self) -> int:
        """Height of the whole mosaic."""
        return math.ceil(2 * MARGIN + self.rows * (self.tile[1] + GAP) - GAP) if self.count else 0

    def tile_rect(self, place: int) -> QRectF:
        """The tile at a place in the order, caption included."""
        width, height = self.tile
        row, column = divmod(place, self.columns)
        return QRectF(MARGIN + column * (width + GAP), MARGIN + row * (height + GAP), width, height)

    def picture_rect(self, place: int) -> QRectF:
        """Where the picture of a tile is drawn."""
        tile = self.tile_rect(place)
        return QRectF(tile.left(), tile.top(), *self.picture)

    def place_at(self, point: QPointF) -> int | None:
        """The tile at a point."""
        width, height = self.tile
        column = int((point.x() - MARGIN) // (width + GAP))
        row = int((point.y() - MARGIN) // (height + GAP))
        place = row * self.columns + column
        if not (0 <= column < self.columns and row >= 0 and place < self.count):
            return None
        return place if self.tile_rect(place).contains(point) else None

    def places_between(self, top: float, bottom: float) -> range:
        """The tiles of which something lies between two heights."""
        pitch = self.tile[1] + GAP
        first = max(0, int((top - MARGIN + GAP) // pitch))
        last = max(0, int((bottom - MARGIN) // pitch))
        return range(min(self.count, first * self.columns), min(self.count, (last + 1) * self.columns))


def cell_at(point: QPointF, picture: QRectF, size: tuple[int, int]) -> tuple[int, int] | None:
    """Row and column of the cell at a point of a picture of (rows, columns); None beside it."""
    if not picture.contains(point):
        return None
    rows, columns = size
    row = int((point.y() - picture.top()) * rows / picture.height())
    column = int((point.x() - picture.left()) * columns / picture.width())
    return min(row, rows - 1), min(column, columns - 1)


def cell_rect(cell: tuple[int, int], picture: QRectF, size: tuple[int, int]) -> QRectF:
    """The part of a picture of (rows, columns) that draws a cell."""
    width, height = picture.width() / size[1], picture.height() / size[0]
    return QRectF(picture.left() + cell[1] * width, picture.top() + cell[0] * height, width, height)
