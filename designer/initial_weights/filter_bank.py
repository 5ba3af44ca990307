"""Filters whose maps mean something without training: edges, lines, blobs and Gabor waves, grey and in colour.

They resemble what first layers learn (Krizhevsky et al., 2012, figure 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import checkpoint

OPPONENTS = ((1.0, 1.0, 1.0), (1.0, -1.0, 0.0), (-0.5, -0.5, 1.0))
"""Colour weights: grey, red against green, blue against yellow."""


LARGEST_KERNEL = 64
"""Pixels along a side. The patterns are recognised at a glance up to this size; a larger kernel starts from noise."""

ALIKE = 0.99
"""Two filters whose correlation is higher would give the same map."""


def filter_bank(shape: tuple[int, ...], seed: int) -> Array:
    """Filters (F, C, kh, kw), float32, distinct, zero mean, each of Euclidean norm √2.

    The first filters are edges in eight directions, then blobs of two sizes, then Gabor waves of rising frequency;
    three channels get each pattern in grey and in the two colour oppositions. Beyond the bank, Gabor waves are drawn
    at random, from the seed; a longer bank begins with the shorter one. A window of one pixel has no pattern: there
    each filter is the mean of the channels.
    """
    count, channels, height, width = shape
    bank = np.full(shape, math.sqrt(2.0 / channels), np.float32)
    if count == 0 or height * width == 1:
        return bank
    known = _distinct_kernels(channels, height, width, count)
    bank[: len(known)] = known
    # Few enough at a time for the second-level cache, and to be stopped between them.
    step = max(1, (1 << 14) // (channels * height * width))
    generator = np.random.Generator(np.random.PCG64(seed))
    for start in range(len(known), count, step):
        # All of a part, so that its first kernels do not depend on how many are wanted.
        part = _random_kernels(slice(start, start + step), channels, height, width, generator)
        bank[start : start + step] = part[: count - start]
        checkpoint(min(1.0, (start + step) / count))
    return bank


def _distinct_kernels(channels: int, height: int, width: int, most: int) -> Array:
    """Up to ``most`` kernels of the bank; patterns that vanish on so few pixels, or repeat another, are left out."""
    kernels: list[Array] = []
    for pattern in _patterns(height, width):
        for colours in _colours(channels):
            kernel = _normalised(colours[:, None, None] * pattern)
            if np.isfinite(kernel).all() and not any(float(np.vdot(kernel, k)) > 2 * ALIKE for k in kernels):
                kernels.append(kernel)
            if len(kernels) == most:
                return np.stack(kernels)
    return np.stack(kernels) if kernels else np.empty((0, channels, height, width))


def _random_kernels(part: slice, channels: int, height: int, width: int, generator: np.random.Generator) -> Array:
    count, reach = part.stop - part.start, max(height, width) / 2
    y, x = _grid(height, width)
    angle, phase, frequency, sigma = (
        generator.uniform(low, high, (count, 1, 1))
        for low, high in ((0, math.pi), (0, 2 * math.pi), (0.15, 0.45), (0.35 * reach, 0.7 * reach))
    )
    waves = _gabor(y, x, angle, frequency=frequency, phase=phase, sigma=sigma)
    # A trace of noise, so that nothing vanishes where a wave is flat on the few pixels there are.
    waves += generator.normal(0.0, 1e-3, waves.shape)
    colours = np.stack(_colours(channels))
    colours = colours[np.arange(part.start, part.stop) % len(colours)]
    return _normalised(colours[:, :, None, None] * waves[:, None])


def _colours(channels: int) -> list[Array]:
    return [np.array(weights) for weights in OPPONENTS] if channels == 3 else [np.ones(channels)]


def _normalised(kernels: Array) -> Array:
    """Kernels (…, C, kh, kw) with zero mean and norm √2; NaN where nothing of a kernel is left."""
    axes = (-3, -2, -1)
    centred = kernels - kernels.mean(axes, keepdims=True)
    norm = np.sqrt(np.square(centred).sum(axes, keepdims=True))
    return np.asarray(centred * np.where(norm > 1e-6, math.sqrt(2.0) / np.maximum(norm, 1e-6), np.nan))


def _grid(height: int, width: int) -> tuple[Array, Array]:
    rows = np.arange(height) - (height - 1) / 2
    columns = np.arange(width) - (width - 1) / 2
    return np.meshgrid(rows, columns, indexing="ij")


def _patterns(height: int, width: int) -> Iterator[Array]:
    y, x = _grid(height, width)
    reach = max(height, width) / 2
    for eighth in (0, 2, 1, 3, 4, 6, 5, 7):
        yield _edge(y, x, eighth * math.pi / 4, reach)
    for sigma in (reach / 2.2, reach / 3.5):
        for sign in (1.0, -1.0):
            yield sign * _blob(y, x, sigma)
    for waves in (1.0, 1.5, 2.0):
        # Faster than half a cycle per pixel a wave may be a slower one in disguise; what repeats another is left out.
        frequency = waves / (2 * reach)
        for quarter in range(4):
            for phase in (0.0, math.pi / 2):
                yield _gabor(y, x, quarter * math.pi / 4, frequency=frequency, phase=phase, sigma=reach / 2)


def _edge(y: Array, x: Array, angle: float, reach: float) -> Array:
    """First derivative of a Gaussian across ``angle``."""
    across = x * math.cos(angle) + y * math.sin(angle)
    return np.asarray(across * np.exp(-(x**2 + y**2) / (2 * (reach / 2) ** 2)))


def _blob(y: Array, x: Array, sigma: float) -> Array:
    """Laplacian of a Gaussian: bright centre, dark ring."""
    r = (x**2 + y**2) / (2 * sigma**2)
    return np.asarray((1 - r) * np.exp(-r))


def _gabor(
    y: Array, x: Array, angle: Array | float, *, frequency: Array | float, phase: Array | float, sigma: Array | float
) -> Array:
    """A wave of ``frequency`` cycles per pixel under a Gaussian window (Gabor, 1946; Daugman, 1985)."""
    across = x * np.cos(angle) + y * np.sin(angle)
    return np.asarray(np.cos(2 * math.pi * frequency * across + phase) * np.exp(-(x**2 + y**2) / (2 * sigma**2)))
