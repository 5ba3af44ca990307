"""Maps as files: a value that holds what was on the screen, to be written by any thread."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from designer.interchange.figures.colormap import colormap_table
from designer.interchange.figures.mosaic import Sheet, mosaic_sheet, tiled, write_png
from designer.kernels.arrays.memory import Array
from designer.session.export import write_npz
from designer.session.maps.scale import Scaling, clipped_range
from designer.session.maps.stack import MapStack

EDGE = 96
"""Small maps are enlarged to about this many pixels in an exported mosaic."""

BAR_WIDTH, BARS_HEIGHT = 8, 160
PAPER, INK = 255, (0, 98, 177)


@attrs.frozen(eq=False)
class MapsExport:
    """What a panel shows, ready to be written.

    Attributes
    ----------
    name
        Of the layer, and of the array in the NPZ; the file's suggested stem.
    values
        float32 (N, C, *spatial), (N, F), or kernels (filters, depth, *kernel): the NPZ holds them as computed, in
        channel order.
    stack
        The pictures drawn; None where the values are bars.
    order
        Channels in the order on the screen.
    """

    name: str
    values: Array
    stack: MapStack | None
    order: tuple[int, ...]
    colormap: str = "viridis"
    scaling: Scaling = Scaling.FULL

    def picture(self) -> npt.NDArray[np.uint8] | Sheet:
        """A mosaic of all maps, to be drawn in strips, or bars, uint8 (H, W, 3)."""
        order = np.array(self.order, np.intp)
        if self.stack is None:
            return bars_picture(self.values[0].reshape(-1)[order])
        zoom = max(1, EDGE // max(self.stack.size))
        pictures = self.stack.opaque()
        shared = self.scaling is Scaling.SHARED
        if self.stack.in_colour:
            cells = partial(_filter_cells, pictures, order, _reaches(pictures, order, shared_scale=shared))
            return tiled(cells, (len(order), *self.stack.size), gap=2, zoom=zoom)
        clipped = self.scaling is Scaling.CLIPPED
        limits = np.array([clipped_range(self.stack.pictures[index]) for index in order]) if clipped else None
        options: dict[str, Any] = {"colormap": self.colormap, "shared_scale": shared, "limits": limits}
        return mosaic_sheet(pictures, order=order, gap=2, zoom=zoom, **options)

    def render(self) -> npt.NDArray[np.uint8]:
        """The whole picture, uint8 (H, W, 3)."""
        picture = self.picture()
        return picture.whole() if isinstance(picture, Sheet) else picture

    def arrays(self) -> Mapping[str, Array]:
        """What the NPZ holds."""
        return {self.name: self.values}

    def write_png(self, path: str | os.PathLike[str]) -> None:
        """Write the picture; raises OSError and leaves an old file as it was."""
        write_png(path, self.picture())

    def write_npz(self, path: str | os.PathLike[str]) -> None:
        """Write the values for ``numpy.load``; raises OSError and leaves an old file as it was."""
        write_npz(path, self.arrays())


def colours_of_filter(picture: Array, reach: float) -> npt.NDArray[np.uint8]:
    """Weights (…, 3) as colours: zero is middle grey, ``reach`` white or a full colour, ``−reach`` black."""
    if not reach > 0.0:
        return np.full(picture.shape, 128, np.uint8)
    levels = np.rint(127.5 + np.clip(picture / reach, -1.0, 1.0) * 127.5)
    colours: npt.NDArray[np.uint8] = np.nan_to_num(levels, nan=128.0).astype(np.uint8)
    return colours


def reach_of(picture: Array) -> float:
    """The largest finite absolute weight; 0 where there is none."""
    return float(np.max(np.abs(picture), where=np.isfinite(picture), initial=0.0))


def _reaches(pictures: Array, order: npt.NDArray[np.intp], *, shared_scale: bool) -> list[float]:
    """The scale of each filter (H, W, 3), its own or one for all."""
    reaches = [reach_of(pictures[index]) for index in order]
    return [max(reaches, default=0.0)] * len(reaches) if shared_scale else reaches


def _filter_cells(
    pictures: Array, order: npt.NDArray[np.intp], reaches: list[float], tiles: slice, rows: slice
) -> npt.NDArray[np.uint8]:
    chosen = zip(order[tiles], reaches[tiles], strict=True)
    return np.stack([colours_of_filter(pictures[index, rows], reach) for index, reach in chosen])


def bars_picture(values: Array) -> npt.NDArray[np.uint8]:
    """Values as bars from the line of zero, uint8 (H, W, 3)."""
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    high, low = max(0.0, float(finite.max())), min(0.0, float(finite.min()))
    span = (high - low) or 1.0
    rows = np.arange(BARS_HEIGHT)[:, np.newaxis]
    zero = high / span * (BARS_HEIGHT - 1)
    ends = (high - finite) / span * (BARS_HEIGHT - 1)
    filled = (rows >= np.floor(np.minimum(zero, ends))) & (rows <= np.ceil(np.maximum(zero, ends)))
    bars = np.repeat(filled, BAR_WIDTH, axis=1)
    bars[:, BAR_WIDTH - 1 :: BAR_WIDTH] = False
    picture = np.full((*bars.shape, 3), PAPER, np.uint8)
    picture[bars] = INK
    return picture


def colour_table(name: str) -> npt.NDArray[np.uint32]:
    """A colour map as 256 values 0xffRRGGBB, the layout of a 32-bit picture."""
    red, green, blue = colormap_table(name).astype(np.uint32).T
    table: npt.NDArray[np.uint32] = np.uint32(0xFF000000) | (red << 16) | (green << 8) | blue
    return table
