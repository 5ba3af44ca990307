"""Filters whose maps mean something without training: edges, lines, blobs and Gabor waves, grey and in colour.

They resemble what first layers learn (Krizhevsky et al., 2012, figure 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from designer.graph.design import Array

OPPONENTS = ((1.0, 1.0, 1.0), (1.0, -1.0, 0.0), (-0.5, -0.5, 1.0))
"""Colour weights: grey, red against green, blue against yellow."""


def filter_bank(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Filters (F, C, kh, kw), float32, zero mean, each of Euclidean norm √2.

    The first filters are edges in eight directions, then blobs of two sizes, then Gabor waves of rising frequency;
    three channels get each pattern in grey and in the two colour oppositions. Beyond the bank, Gabor waves are drawn
    at random.
    """
    count, channels, height, width = shape
    bank = np.empty(shape, np.float32)
    patterns = _patterns(height, width, generator)
    made = 0
    while made < count:
        pattern = next(patterns)
        for colours in OPPONENTS if channels == 3 else ((1.0,) * channels,):
            if made == count:
                break
            bank[made] = _normalised(np.asarray(colours)[:, None, None] * pattern)
            made += 1
    return bank


def _normalised(kernel: Array) -> Array:
    kernel = kernel - kernel.mean()
    norm = float(np.linalg.norm(kernel))
    return (kernel * (math.sqrt(2.0) / norm) if norm > 1e-9 else kernel).astype(np.float32)


def _grid(height: int, width: int) -> tuple[Array, Array]:
    rows = np.arange(height) - (height - 1) / 2
    columns = np.arange(width) - (width - 1) / 2
    return np.meshgrid(rows, columns, indexing="ij")


def _patterns(height: int, width: int, generator: np.random.Generator) -> Iterator[Array]:
    y, x = _grid(height, width)
    reach = max(height, width) / 2
    for eighth in (0, 2, 1, 3, 4, 6, 5, 7):
        yield _edge(y, x, eighth * math.pi / 4, reach)
    for sigma in (reach / 2.2, reach / 3.5):
        for sign in (1.0, -1.0):
            yield sign * _blob(y, x, sigma)
    for waves in (1.0, 1.5, 2.0):
        for quarter in range(4):
            for phase in (0.0, math.pi / 2):
                yield _gabor(y, x, quarter * math.pi / 4, frequency=waves / (2 * reach), phase=phase, sigma=reach / 2)
    while True:
        angle, phase = generator.uniform(0, math.pi), generator.uniform(0, 2 * math.pi)
        frequency = generator.uniform(0.15, 0.45)
        sigma = reach * generator.uniform(0.35, 0.7)
        yield _gabor(y, x, angle, frequency=frequency, phase=phase, sigma=sigma)


def _edge(y: Array, x: Array, angle: float, reach: float) -> Array:
    """First derivative of a Gaussian across ``angle``."""
    across = x * math.cos(angle) + y * math.sin(angle)
    return np.asarray(across * np.exp(-(x**2 + y**2) / (2 * (reach / 2) ** 2)))


def _blob(y: Array, x: Array, sigma: float) -> Array:
    """Laplacian of a Gaussian: bright centre, dark ring."""
    r = (x**2 + y**2) / (2 * sigma**2)
    return np.asarray((1 - r) * np.exp(-r))


def _gabor(y: Array, x: Array, angle: float, *, frequency: float, phase: float, sigma: float) -> Array:
    """A wave of ``frequency`` cycles per pixel under a Gaussian window (Gabor, 1946; Daugman, 1985)."""
    across = x * math.cos(angle) + y * math.sin(angle)
    return np.asarray(np.cos(2 * math.pi * frequency * across + phase) * np.exp(-(x**2 + y**2) / (2 * sigma**2)))
