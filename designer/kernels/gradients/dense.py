"""Gradients of a matrix product ``x @ weight.T``."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import TILE_MACS, WAKING_MACS, even_runs
from designer.kernels.runtime.threads import core_count, run_tiles

TILE_BYTES = 1 << 23
"""Weights of a tile: writing them to fresh memory takes some 5 ms, most of it spent by the system on pages."""


def input_gradient(gradient: Array, weight: Array) -> Array:
    """Return ``gradient @ weight``: ``(N, F)`` for a gradient ``(N, out)`` and weights ``(out, F)``."""
    weight = weight.astype(gradient.dtype, copy=False)
    result = np.empty((len(gradient), weight.shape[1]), gradient.dtype)
    # A tile reads a run of columns, so that each weight is read once.
    runs = _runs(weight.shape[1], depth=len(weight), across=len(gradient))
    run_tiles(lambda index: np.matmul(gradient, weight[:, runs[index]], out=result[:, runs[index]]), len(runs))
    return result


def weight_gradient(x: Array, gradient: Array) -> Array:
    """Return ``gradient.T @ x``: ``(out, F)`` for an input ``(N, F)`` and a gradient ``(N, out)``."""
    result = np.empty((gradient.shape[1], x.shape[1]), x.dtype)
    # A tile writes a run of rows, one piece of memory.
    runs = _runs(len(result), depth=x.shape[1], across=len(x))
    if len(x) == 1:
        # Every product by itself: a matrix product of depth 1 is several times slower.
        column = gradient.T
        run_tiles(lambda index: np.multiply(column[runs[index]], x, out=result[runs[index]]), len(runs))
    else:
        run_tiles(lambda index: np.matmul(gradient[:, runs[index]].T, x, out=result[runs[index]]), len(runs))
    return result


def _runs(count: int, depth: int, across: int) -> list[slice]:
    """Cut one side of a matrix ``(count, depth)`` of weights for products with `across` images."""
    longest = min(TILE_BYTES // (4 * max(1, depth)), TILE_MACS // max(1, depth * across))
    if count * depth * across > WAKING_MACS:
        longest = min(longest, -(-count // core_count()))
    return list(even_runs(count, max(1, longest)))
