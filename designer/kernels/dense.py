"""Fully connected layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import TILE_MACS, even_runs
from designer.kernels.epilogue import Epilogue
from designer.kernels.runtime.stages import Buffers, Kernel, Scratch, Stage, Tiles
from designer.kernels.runtime.threads import Call, core_count

TILE_BYTES = 1 << 26
"""Most weights read per tile: 3.5 ms at 19 GB/s (docs/engine.md), because a single row of input makes this bound by
memory."""

INLINE_BYTES = 1 << 24
"""Weights that one thread reads as fast as two: shared out from half of it on, a layer took 13 and 56 % longer
(docs/engine.md, Constants)."""


class DenseProducts(Kernel):
    """``x @ weight.T + bias`` for rows ``(N, F)``, or several of each image, ``(N, rows, F)``.

    Parameters
    ----------
    weight, bias
        Arrays ``(out, F)`` and ``(out,)`` or none.
    rows
        Rows of the input, of all images.
    """

    name = "matrix product"

    def __init__(self, weight: Array, bias: Array | None, rows: int) -> None:
        self._weight, self._bias = weight, bias
        units, features = weight.shape
        row_bytes = max(1, features * weight.itemsize)
        longest = max(1, min(TILE_BYTES // row_bytes, TILE_MACS // max(1, features * rows)))
        tiles = -(-units // longest)
        if weight.nbytes * rows > INLINE_BYTES:
            # As many for every core: the memory is the limit, and one core alone does not reach it.
            tiles = -(-tiles // core_count()) * core_count()
        self._runs = list(even_runs(units, -(-units // tiles))) if units else []

    def weights(self) -> Sequence[Array]:
        """Those that were given."""
        return (self._weight,)

    def empty(self, x: Array) -> Array:
        """Shape ``(N, out)``, or ``(N, rows, out)``."""
        return np.empty((*x.shape[:-1], self._weight.shape[0]), dtype=x.dtype)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """One stage: runs of units."""
        bias, residual = self._bias, epilogue.residual

        def calls(index: int, _buffers: Buffers) -> list[Call]:
            run = self._runs[index]
            part = out[..., run]
            after = None if residual is None else residual[..., run]
            return [
                partial(np.matmul, x, self._weight[run].T, part),
                *epilogue.calls(part, None if bias is None else bias[run], after),
            ]

        return [Tiles(len(self._runs), calls)]


def dense(x: Array, weight: Array, bias: Array | None = None, out: Array | None = None) -> Array:
    """Return ``x @ weight.T + bias``.

    Parameters
    ----------
    x
        Array ``(N, F)`` or ``(N, rows, F)``.
    weight, bias
        Arrays ``(out, F)`` and ``(out,)``.
    """
    if x.ndim not in (2, 3) or weight.ndim != 2 or x.shape[-1] != weight.shape[1]:
        wanted = "(N, F) or (N, rows, F) and (out, F)"
        raise ValueError(f"dense: inputs are {x.shape}, weights {weight.shape}; wanted {wanted}")
    bias = None if bias is None else bias.astype(x.dtype, copy=False)
    return DenseProducts(weight.astype(x.dtype, copy=False), bias, math.prod(x.shape[:-1])).run(x, out)
