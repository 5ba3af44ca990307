"""Maps whose every cell is made of a few cells of the input, axis by axis: other borders, other sizes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import numpy as np

from designer.kernels.arrays.memory import Array, Index
from designer.kernels.gradients.linear_maps import AxisMap
from designer.kernels.resample import cell_tiles, tile_workers
from designer.kernels.runtime.threads import run_tiles

Border = Literal["constant", "reflect", "replicate", "circular"]
Coordinates = Literal["half_pixel", "align_corners", "asymmetric"]
Rounding = Literal["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]

CUBIC = -0.75
"""The free coefficient of the cubic kernel, as PyTorch and ONNX have it (Keys, 1981, has -0.5)."""


def gathered(x: Array, maps: Sequence[AxisMap], out: Array | None = None) -> Array:
    """Return ``(N, C, *outputs)``: every output cell is the sum of its cells along each axis, times their shares.

    Cells of a map lie inside of its axis.
    """
    shape = (*x.shape[:2], *(len(axis.cells) for axis in maps))
    target = np.empty(shape, x.dtype) if out is None else out
    tiles = cell_tiles(target, shape[2:])
    shares = [None if np.all(axis.shares == 1) and axis.shares.shape[1] == 1 else axis.shares for axis in maps]

    def work(index: int) -> None:
        image, channels, cells = tiles[index]
        near = [axis.cells[run] for axis, run in zip(maps, cells, strict=True)]
        read = [slice(int(places.min()), int(places.max()) + 1) for places in near]
        source: Index = (image, channels, *read)
        part: Array = x[source]
        for at, (places, cut, share, run) in enumerate(zip(near, read, shares, cells, strict=True), start=1):
            part = _along(part, at, places - cut.start, None if share is None else share[run])
        place: Index = (image, channels, *cells)
        target[place] = part

    run_tiles(work, len(tiles), tile_workers(target))
    return target


def _along(x: Array, axis: int, places: Array, shares: Array | None) -> Array:
    """One axis of `x` replaced by sums of cells ``(outputs, taps)``."""
    if shares is None:
        return np.asarray(x.take(places[:, 0], axis))
    column = (-1, *(1,) * (x.ndim - 1 - axis))
    total: Array = x.take(places[:, 0], axis) * shares[:, 0].astype(x.dtype).reshape(column)
    for tap in range(1, places.shape[1]):
        total += x.take(places[:, tap], axis) * shares[:, tap].astype(x.dtype).reshape(column)
    return total


def border_maps(spatial: Sequence[int], padding: Sequence[tuple[int, int]], mode: Border) -> list[AxisMap]:
    """Return the maps that surround an image, or below zero cut cells off first.

    ``reflect`` mirrors at the middle of the last cell, ``replicate`` repeats it, ``circular`` goes on at the other end.
    With ``constant`` cells outside have a share of zero.
    """
    maps = []
    for size, (before, after) in zip(spatial, padding, strict=True):
        first, kept = max(0, -before), size - max(0, -before) - max(0, -after)
        place = np.arange(-max(0, before), kept + max(0, after))
        inside = (place >= 0) & (place < kept)
        if mode == "circular":
            place %= kept
        elif mode == "reflect":
            turn = max(1, 2 * (kept - 1))
            place = (kept - 1) - np.abs((kept - 1) - place % turn)
        cells = np.clip(place, 0, kept - 1)[:, np.newaxis] + first
        maps.append(AxisMap(size, cells, inside[:, np.newaxis] * 1.0 if mode == "constant" else np.ones(cells.shape)))
    return maps


def resize_places(size: int, count: int, coordinates: Coordinates) -> list[Fraction]:
    """Return where each of `count` output cells lies along an axis of `size` cells, exactly.

    References
    ----------
    ONNX operator ``Resize``, attribute ``coordinate_transformation_mode``, the scale being ``count / size``.
    """
    if coordinates == "align_corners":
        step = Fraction(size - 1, count - 1) if count > 1 else Fraction(0)
        return [at * step for at in range(count)]
    step, half = Fraction(size, count), Fraction(1, 2)
    if coordinates == "asymmetric":
        return [at * step for at in range(count)]
    return [(at + half) * step - half for at in range(count)]


def rounded(place: Fraction, rounding: Rounding) -> int:
    """Return the cell that is nearest to a place, by one of ONNX's four rules."""
    below = place.numerator // place.denominator
    rest = place - below
    if rounding == "floor":
        return below
    if rounding == "ceil":
        return below + (rest > 0)
    half = Fraction(1, 2)
    return below + (rest > half or (rest == half and rounding == "round_prefer_ceil"))


def resize_maps(
    spatial: Sequence[int],
    output: Sequence[int],
    mode: Literal["nearest", "bilinear", "bicubic"],
    coordinates: Coordinates,
    rounding: Rounding,
) -> list[AxisMap]:
    """Return the maps of a resize; cells outside of the image are those of its border.

    References
    ----------
    Keys (1981), "Cubic convolution interpolation for digital image processing".
    """
    maps = []
    for size, count in zip(spatial, output, strict=True):
        places = resize_places(size, count, coordinates)
        if mode == "nearest":
            cells = np.array([[rounded(place, rounding)] for place in places])
            shares = np.ones(cells.shape)
        else:
            below = np.array([place.numerator // place.denominator for place in places])
            rest = np.array([float(place - int(low)) for place, low in zip(places, below, strict=True)])[:, np.newaxis]
            taps = np.arange(2) if mode == "bilinear" else np.arange(-1, 3)
            cells = below[:, np.newaxis] + taps
            distance = np.abs(rest - taps)
            shares = 1 - distance if mode == "bilinear" else _cubic(distance)
        maps.append(AxisMap(size, np.clip(cells, 0, size - 1), shares))
    return maps


def _cubic(distance: Array) -> Array:
    a = CUBIC
    near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
    far = ((distance - 5) * distance + 8) * distance * a - 4 * a
    return np.asarray(np.where(distance <= 1, near, np.where(distance < 2, far, 0)))


def matrix_of(axis: AxisMap) -> Array:
    """Return the shares of every cell ``(outputs, size)``, float32."""
    matrix = np.zeros((len(axis.cells), axis.size))
    np.add.at(matrix, (np.arange(len(axis.cells))[:, np.newaxis], axis.cells), axis.shares)
    return matrix.astype(np.float32)
