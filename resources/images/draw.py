"""Draw the example images that are not photographs: run this file to make them again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

HERE = Path(__file__).parent
FINER = 4  # everything is drawn this much finer and averaged, so that no edge is jagged
TILE = 128

Floats = npt.NDArray[np.float64]


def grid(size: int) -> tuple[Floats, Floats]:
    """Return x and y of the fine pixel centres of a square, in pixels from its middle; y points up."""
    axis = (np.arange(size * FINER) + 0.5) / FINER - size / 2
    x, y = np.meshgrid(axis, -axis)
    return x, y


def coarser(fine: Floats) -> Floats:
    """Average squares of fine pixels."""
    rows, columns = fine.shape[0] // FINER, fine.shape[1] // FINER
    averaged: Floats = fine.reshape(rows, FINER, columns, FINER, *fine.shape[2:]).mean(axis=(1, 3))
    return averaged


# ------------------------------------------------------------------------------------------------- digit


def stroke(points: list[tuple[float, float]], steps: int = 60) -> Floats:
    """Return points close together on a Catmull-Rom curve through ``points``."""
    knots = np.array([points[0], *points, points[-1]], float)
    t = np.linspace(0.0, 1.0, steps)[:, np.newaxis]
    pieces = []
    for p0, p1, p2, p3 in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        cubic = -p0 + 3 * p1 - 3 * p2 + p3
        pieces.append(0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + cubic * t**3))
    return np.concatenate(pieces)


def digit(size: int = 32) -> Floats:
    """Draw a five as a pen would, white on black like the digits LeNet-5 was trained on."""
    x, y = grid(size)
    belly = [(-1.4, 2.6), (3.2, 1.2), (4.6, -3.0), (1.6, -7.4), (-3.0, -8.2), (-6.2, -6.6)]
    body = stroke([(-4.2, 7.6), (-5.2, 1.6), *belly])
    bar = stroke([(-4.0, 7.8), (0.0, 7.6), (5.8, 8.8)])
    ink = np.zeros_like(x)
    for line, thick in ((body, 1.35), (bar, 1.15)):
        pressure = thick * (1.0 - 0.3 * np.linspace(-1.0, 1.0, len(line)) ** 2)
        for (px, py), radius in zip(line, pressure, strict=True):
            ink = np.maximum(ink, np.clip((radius + 0.4 - np.hypot(x - px, y - py)) / 0.8, 0.0, 1.0))
    return coarser(ink)


# ------------------------------------------------------------------------------------------------- chart


def along(degrees: float) -> Floats:
    """Return the distance of each fine pixel from the middle of a tile in a direction."""
    x, y = grid(TILE)
    distance: Floats = x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees))
    return distance


def edge(degrees: float) -> Floats:
    """Dark on one side, light on the other."""
    return np.where(along(degrees) < 0.0, 0.15, 0.85)


def grating(degrees: float, period: float) -> Floats:
    """A sine wave across the tile."""
    return 0.5 + 0.42 * np.sin(2 * np.pi * along(degrees) / period)


def dots() -> Floats:
    """Dots of growing size, light ones above dark ones."""
    x, y = grid(TILE)
    tile = np.full_like(x, 0.5)
    for row, level in enumerate((0.95, 0.95, 0.05, 0.05)):
        for column, radius in enumerate((1.0, 2.0, 4.0, 8.0)):
            grown = radius if row % 2 == 0 else radius * 1.4
            tile[np.hypot(x - (column * 28 - 46), y - (46 - row * 30)) < grown] = level
    return tile


def checkerboard(cell: float) -> Floats:
    """Squares."""
    x, y = grid(TILE)
    return np.where((np.floor(x / cell) + np.floor(y / cell)) % 2 == 0, 0.1, 0.9)


def star(rays: int) -> Floats:
    """Rays that narrow towards the middle: every direction, every frequency."""
    x, y = grid(TILE)
    return np.where(np.hypot(x, y) < 60, np.where(np.sin(rays * np.arctan2(y, x)) > 0, 0.95, 0.05), 0.5)


def patches() -> Floats:
    """Red, green, blue, cyan, magenta and yellow on grey."""
    x, y = grid(TILE)
    tile = np.full((*x.shape, 3), 0.5)
    red, green, blue = (0.85, 0.1, 0.1), (0.1, 0.65, 0.15), (0.1, 0.2, 0.85)
    cyan, magenta, yellow = (0.1, 0.8, 0.85), (0.85, 0.15, 0.75), (0.95, 0.85, 0.1)
    for index, color in enumerate((red, green, blue, cyan, magenta, yellow)):
        cx, cy = (index % 3) * 40 - 40, 24 - (index // 3) * 48
        tile[(np.abs(x - cx) < 16) & (np.abs(y - cy) < 18)] = color
    return tile


def framed(tile: Floats) -> Floats:
    """Finish a tile: RGB, a grey margin so that neighbours do not make edges of their own, final size."""
    colored = np.repeat(tile[:, :, np.newaxis], 3, axis=2) if tile.ndim == 2 else tile.copy()
    x, y = grid(TILE)
    colored[np.maximum(np.abs(x), np.abs(y)) > TILE / 2 - 4] = 0.5
    return coarser(colored)


def chart() -> Floats:
    """Edges and gratings in four directions, four frequencies, dots, squares, a star and colours."""
    rows = (
        [edge(angle) for angle in (0, 45, 90, 135)],
        [grating(angle, 16) for angle in (0, 45, 90, 135)],
        [grating(0, period) for period in (32, 16, 8, 4)],
        [dots(), checkerboard(16), star(18), patches()],
    )
    return np.concatenate([np.concatenate([framed(tile) for tile in row], axis=1) for row in rows], axis=0)


def save(name: str, pixels: Floats) -> None:
    """Write pixels in [0, 1]."""
    Image.fromarray(np.rint(pixels * 255).astype(np.uint8)).save(HERE / name, optimize=True)


if __name__ == "__main__":
    save("digit.png", digit())
    save("chart.png", chart())
