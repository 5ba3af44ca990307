"""Gradients of a matrix product ``x @ weight.T``."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.dense import TILE_BYTES, TILE_MACS
from designer.kernels.runtime.threads import core_count, run_tiles


def input_gradient(gradient: Array, weight: Array) -> Array:
    """Return ``gradient @ weight``: ``(N, F)`` for a gradient ``(N, out)`` and weights ``(out, F)``."""
    return _product(gradient, weight.astype(gradient.dtype, copy=False))


def weight_gradient(x: Array, gradient: Array) -> Array:
    """Return ``gradient.T @ x``: ``(out, F)`` for an input ``(N, F)`` and a gradient ``(N, out)``."""
    return _product(gradient.T, x)


def _product(left: Array, right: Array) -> Array:
    """Return ``left @ right`` in tiles of columns of the right matrix, each of which is read and written once."""
    rows, depth = left.shape
    columns = right.shape[1]
    result = np.empty((rows, columns), left.dtype)
    per_column = max(1, rows, depth)
    longest = min(TILE_BYTES // (per_column * left.itemsize), TILE_MACS // max(1, rows * depth))
    if rows * depth * columns > 1 << 20:
        longest = min(longest, -(-columns // core_count()))
    runs = list(even_runs(columns, max(1, longest)))
    run_tiles(lambda index: np.matmul(left, right[:, runs[index]], out=result[:, runs[index]]), len(runs))
    return result
