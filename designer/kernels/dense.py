"""Fully connected layer."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.threads import run_tiles

TILE_BYTES = 1 << 24
"""Weights read per tile: a few milliseconds, because a single row of input makes this bound by memory."""

TILE_MACS = 1 << 28


def dense(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Return ``x @ weight.T + bias``.

    Parameters
    ----------
    x
        Array ``(N, F)``.
    weight, bias
        Arrays ``(out, F)`` and ``(out,)``.
    """
    if x.ndim != 2 or weight.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"dense: inputs are {x.shape}, weights {weight.shape}; wanted (N, F) and (out, F)")
    weight = weight.astype(x.dtype, copy=False)
    units, features = weight.shape
    out = np.empty((x.shape[0], units), dtype=x.dtype)
    row_bytes = max(1, features * weight.itemsize)
    row_macs = max(1, features * x.shape[0])
    block = max(1, min(TILE_BYTES // row_bytes, TILE_MACS // row_macs))

    def work(index: int) -> None:
        rows = slice(index * block, (index + 1) * block)
        np.matmul(x, weight[rows].T, out=out[:, rows])
        if bias is not None:
            out[:, rows] += bias[rows]

    run_tiles(work, -(-units // block))
    return out
