"""Feature maps and kernels as pictures: one mosaic of many maps, in false colours, written as PNG."""

from __future__ import annotations

import io
import math
import os
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from designer.graph.atomic import atomic_write
from designer.interchange.colormap import colormap_table

# Between the maps and where the last row has no more of them; distinct from both ends of every colour map.
GAP_COLOR = (128, 128, 128)
NOT_A_NUMBER_COLOR = (255, 0, 255)


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
        One of `designer.interchange.colormap.COLORMAPS`.
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
    if maps.ndim != 3 or maps.size == 0:
        raise ValueError(f"maps have the shape {maps.shape}; wanted (C, H, W) with nothing empty")
    if gap < 0 or zoom < 1 or (columns is not None and columns < 1):
        raise ValueError(f"columns {columns}, gap {gap}, zoom {zoom}; wanted at least 1, 0 and 1")
    colored = colorize(maps, colormap=colormap, shared_scale=shared_scale, limits=limits)
    return arrange(colored, columns=columns, gap=gap, zoom=zoom)


def arrange(
    pictures: npt.NDArray[np.uint8], *, columns: int | None = None, gap: int = 1, zoom: int = 1
) -> npt.NDArray[np.uint8]:
    """Lay coloured pictures, uint8 (count, H, W, 3), side by side as `mosaic` does."""
    count, height, width = pictures.shape[:3]
    height, width = height * zoom, width * zoom
    columns = min(count, columns or _columns_of_a_square(count, height + gap, width + gap))
    rows = math.ceil(count / columns)
    drawn = np.empty((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), np.uint8)
    drawn[:] = GAP_COLOR
    for index in range(count):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        cell = pictures[index] if zoom == 1 else pictures[index].repeat(zoom, axis=0).repeat(zoom, axis=1)
        drawn[top : top + height, left : left + width] = cell
    return drawn


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
    axes = None if shared_scale else (1, 2)
    low = np.min(maps, axis=axes, keepdims=True, where=finite, initial=np.inf).astype(np.float64)
    high = np.max(maps, axis=axes, keepdims=True, where=finite, initial=-np.inf).astype(np.float64)
    if limits is not None:
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


def write_png(path: str | os.PathLike[str], pixels: npt.NDArray[np.uint8]) -> None:
    """Write uint8 pixels, (H, W) or (H, W, 3), as a PNG file that replaces ``path`` only when it is complete.

    Raises
    ------
    OSError
        If it cannot be written; an old file is then untouched.
    """
    # Encoded first: Pillow may seek, and a picture that cannot be encoded should not touch the disk.
    encoded = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(encoded, "PNG")
    with atomic_write(path) as stream:
        stream.write(encoded.getbuffer())
