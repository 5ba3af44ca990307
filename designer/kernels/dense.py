"""Fully connected layer."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import even_runs
from designer.kernels.channels_last import Scratch
from designer.kernels.epilogue import PLAIN, Epilogue
from designer.kernels.threads import core_count, run_tiles

TILE_BYTES = 1 << 26
"""Most weights read per tile: some 10 ms, because a single row of input makes this bound by memory."""

TILE_MACS = 1 << 28

INLINE_BYTES = 1 << 24
"""Weights that one thread reads as fast as two."""


class DenseProducts:
    """``x @ weight.T + bias`` for rows ``(N, F)``.

    Parameters
    ----------
    weight, bias
        Arrays ``(out, F)`` and ``(out,)`` or none.
    images
        Rows of the input.
    """

    name = "matrix product"

    def __init__(self, weight: Array, bias: Array | None, images: int) -> None:
        self._weight, self._bias = weight, bias
        units, features = weight.shape
        row_bytes = max(1, features * weight.itemsize)
        longest = max(1, min(TILE_BYTES // row_bytes, TILE_MACS // max(1, features * images)))
        tiles = -(-units // longest)
        if weight.nbytes * images > INLINE_BYTES:
            # As many for every core: the memory is the limit, and one core alone does not reach it.
            tiles = -(-tiles // core_count()) * core_count()
        self._runs = list(even_runs(units, -(-units // tiles))) if units else []

    @property
    def nbytes(self) -> int:
        """Memory of the weights, which are read as they were given, in bytes."""
        return int(self._weight.nbytes)

    def run(
        self, x: Array, out: Array | None = None, epilogue: Epilogue = PLAIN, scratch: Scratch | None = None
    ) -> Array:
        """Multiply; `out` has the shape ``(N, out)``."""
        del scratch
        if out is None:
            out = np.empty((x.shape[0], self._weight.shape[0]), dtype=x.dtype)
        target = out

        def work(index: int) -> None:
            rows = self._runs[index]
            np.matmul(x, self._weight[rows].T, out=target[:, rows])

        run_tiles(work, len(self._runs))
        with np.errstate(all="ignore"):
            epilogue.apply(target, self._bias, epilogue.residual)
        return target


def dense(x: Array, weight: Array, bias: Array | None = None, out: Array | None = None) -> Array:
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
    bias = None if bias is None else bias.astype(x.dtype, copy=False)
    return DenseProducts(weight.astype(x.dtype, copy=False), bias, len(x)).run(x, out)
