"""The matrices of minimal filtering by windows of 3 x 3 cells, and weights transformed by them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from designer.kernels.arrays.memory import Array, reserve
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.convolution.weights import Derived, derived
from designer.kernels.runtime.threads import run_tiles

CHANNELS_AT_ONCE = 32
"""Channels whose weights are transformed at a time: 36 places of 32 channels, 4.6 KB a filter, stay in the cache. Half
and twice are as good (docs/engine.md, Constants)."""


@dataclass(frozen=True)
class Transform:
    """The three matrices of F(m x m, 3 x 3): `inputs` Bᵀ, `weights` G and `outputs` Aᵀ."""

    inputs: Array
    weights: Array
    outputs: Array

    @property
    def tile(self) -> int:
        """Outputs along one axis of a tile, m."""
        return int(self.outputs.shape[0])

    @property
    def reach(self) -> int:
        """Inputs along one axis of a tile, m + 2."""
        return int(self.inputs.shape[0])


@cache
def transform(tile: int) -> Transform:
    """Return F(2x2, 3x3) or F(4x4, 3x3): interpolation at 0, 1, -1 (2, -2) and infinity (Lavin & Gray, 4.1, 4.2)."""
    if tile == 2:
        return Transform(
            np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], float),
            np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2,
            np.array([[1, 1, 1, 0], [0, 1, -1, -1]], float),
        )
    if tile == 4:
        return Transform(
            np.array(
                [
                    [4, 0, -5, 0, 1, 0],
                    [0, -4, -4, 1, 1, 0],
                    [0, 4, -4, -1, 1, 0],
                    [0, -2, -1, 2, 1, 0],
                    [0, 2, -1, -2, 1, 0],
                    [0, 4, 0, -5, 0, 1],
                ],
                float,
            ),
            np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24,
            np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], float),
        )
    raise ValueError(f"tiles of {tile} outputs; wanted 2 or 4")


@cache
def squared(tile: int) -> Transform:
    """Return the matrices that apply those of `transform` along both axes of a tile."""
    one = transform(tile)
    return Transform(*(np.kron(matrix, matrix) for matrix in (one.inputs, one.weights, one.outputs)))


def transform_weights(weight: Array, tile: int, bank: Array | None = None) -> Array:
    """Return ``(filters, C, 3, 3)`` transformed: ``((tile + 2)², C, filters)``, in `bank` where it is given."""
    filters, channels = weight.shape[:2]
    matrix = squared(tile).weights.astype(weight.dtype)
    if bank is None:
        bank = reserve((len(matrix), channels, filters), weight.dtype)
    by_channel = bank.swapaxes(0, 1)
    runs = list(even_runs(channels, CHANNELS_AT_ONCE))

    def work(index: int) -> None:
        run = runs[index]
        # Turned around at once, in the cache: then every product reads and writes runs of filters.
        taps = weight[:, run].reshape(filters, -1).T.copy().reshape(-1, 9, filters)
        np.matmul(matrix, taps, out=by_channel[run])

    run_tiles(work, len(runs))
    return bank


def bank_of(weight: Array, tile: int) -> Derived:
    """Transform weights, or take those that another convolution with the same ones still uses."""
    return derived(("winograd", tile), (weight,), lambda: transform_weights(weight, tile))
