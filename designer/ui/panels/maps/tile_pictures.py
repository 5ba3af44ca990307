"""Maps as pictures for the screen, made when they come into view and kept while there is room."""

from __future__ import annotations

from collections import OrderedDict

import attrs
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from designer.interchange.figures.mosaic import NOT_A_NUMBER_COLOR
from designer.kernels.arrays.memory import Array
from designer.session.maps.export import colour_table, colours_of_filter
from designer.session.maps.scale import Limits, Scale, clipped_range, full_range
from designer.session.maps.stack import MapStack, shrink

KEPT_BYTES = 32_000_000


@attrs.frozen(eq=False)
class Tile:
    """One map in colours; ``dead`` where all its values are the same."""

    image: QImage
    dead: bool


class TilePictures:
    """The pictures of one stack in one look.

    Parameters
    ----------
    limits
        Lowest and highest value of the scale that all maps share; None where each has its own.
    clipped
        Whether a map's own scale leaves out its margin and its extremes.
    """

    def __init__(self, stack: MapStack, colormap: str, limits: Limits | None = None, *, clipped: bool = False) -> None:
        self.stack = stack
        self.colormap = colormap
        self.limits = limits
        self.clipped = clipped and not stack.in_colour
        self.table = colour_table(colormap)
        self._kept: OrderedDict[tuple[int, int, int], Tile] = OrderedDict()
        self._bytes = 0

    def scale(self, index: int) -> Scale:
        """The scale a map is coloured by."""
        return self._scale(self.stack.pictures[index])

    def _scale(self, picture: Array) -> Scale:
        limits = self.limits or (clipped_range(picture) if self.clipped else full_range(picture))
        return Scale.over(limits, diverging=self.colormap == "diverging" or self.stack.in_colour)

    def draws_the_same(self, other: TilePictures) -> bool:
        """Whether the other would draw the same pictures."""
        return self.stack is other.stack and self._look == other._look

    @property
    def _look(self) -> tuple[str, Limits | None, bool]:
        return self.colormap, self.limits, self.clipped

    def kept(self, index: int, width: int, height: int) -> Tile | None:
        """The tile for a place of this size in device pixels, if it was made before."""
        tile = self._kept.get((index, width, height))
        if tile is not None:
            self._kept.move_to_end((index, width, height))
        return tile

    def tile(self, index: int, width: int, height: int) -> Tile:
        """The tile for a place of this size in device pixels: not enlarged, the painter does that without blur."""
        tile = self.kept(index, width, height)
        if tile is not None:
            return tile
        tile = self._made(index, width, height)
        self._kept[index, width, height] = tile
        self._bytes += tile.image.sizeInBytes()
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            _place, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.image.sizeInBytes()
        return tile

    def whole(self, index: int) -> QImage:
        """A map with one pixel for each cell."""
        return self._coloured(self.stack.pictures[index], self.scale(index), self.stack.gaps)

    def _made(self, index: int, width: int, height: int) -> Tile:
        picture = self.stack.pictures[index]
        low, high = full_range(picture)
        scale = self._scale(picture)
        dead = low == high and (picture.size > 1 or high == 0.0)
        rows, columns = self.stack.size
        gaps = self.stack.gaps
        if rows <= height and columns <= width:
            return Tile(self._coloured(picture, scale, gaps), dead)
        if not self.stack.in_colour:
            factor = min(rows // height, columns // width)
            with np.errstate(invalid="ignore", over="ignore"):
                picture = shrink(picture, factor)
            gaps = None if gaps is None else shrink(gaps.astype(np.float32), factor) > 0
        image = self._coloured(picture, scale, gaps)
        smooth = Qt.TransformationMode.SmoothTransformation
        return Tile(image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio, smooth), dead)

    def _coloured(self, picture: Array, scale: Scale, gaps: npt.NDArray[np.bool_] | None) -> QImage:
        """A picture in colours; through gaps one sees what is behind it."""
        if self.stack.in_colour:
            image = image_of(colours_of_filter(picture, scale.high))
            return image if gaps is None else with_gaps(image, gaps)
        finite = np.isfinite(picture)
        if finite.all():
            return image_of_pixels(self.table[scale.levels(picture)])
        pixels = self.table[scale.levels(np.where(finite, picture, scale.low))]
        red, green, blue = NOT_A_NUMBER_COLOR
        pixels[~finite] = 0xFF000000 | red << 16 | green << 8 | blue
        image = image_of_pixels(pixels)
        return image if gaps is None else with_gaps(image, gaps)


def with_gaps(image: QImage, gaps: npt.NDArray[np.bool_]) -> QImage:
    """The picture, transparent at these places (H, W)."""
    height, width = gaps.shape
    opaque = np.where(gaps, 0, 255).astype(np.uint8)
    mask = QImage(opaque.data, width, height, width, QImage.Format.Format_Alpha8)
    # The mask lends its memory to be read at once.
    shown = image.convertToFormat(QImage.Format.Format_ARGB32)
    shown.setAlphaChannel(mask)
    return shown.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def image_of(colours: npt.NDArray[np.uint8]) -> QImage:
    """A picture uint8 (H, W, 3) as Qt's."""
    height, width = colours.shape[:2]
    colours = np.ascontiguousarray(colours)
    return QImage(colours.data, width, height, 3 * width, QImage.Format.Format_RGB888).convertToFormat(
        QImage.Format.Format_RGB32
    )


def image_of_pixels(pixels: npt.NDArray[np.uint32]) -> QImage:
    """Pixels 0xffRRGGBB of shape (H, W) as a picture of Qt's that owns its memory."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
