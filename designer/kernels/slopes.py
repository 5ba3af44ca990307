"""A slope below zero for each channel."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.curves import BLOCK_VALUES
from designer.kernels.elementwise import each_cell, each_value, empty_like


def prelu(x: Array, slope: Array, out: Array | None = None) -> Array:
    """Return `x` where positive and ``slope * x`` elsewhere.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    slope
        Array ``(1,)`` or ``(C,)``.
    out
        Array to be written; may be `x`.
    """
    out = empty_like(x) if out is None else out
    slope = slope.astype(x.dtype, copy=False)

    def work(part: Array, target: Array) -> None:
        if part.size > BLOCK_VALUES and len(part) > 1:
            # Halves, until a block and what is in between stay in the cache.
            half = len(part) // 2
            work(part[:half], target[:half])
            work(part[half:], target[half:])
        elif part.size > BLOCK_VALUES and part.ndim > 2:
            work(part[0], target[0])
        else:
            below = part.clip(-np.inf, 0)
            np.multiply(below, slope, out=below)
            part.clip(0, np.inf, out=target)
            np.add(target, below, out=target)

    with np.errstate(all="ignore"):
        if slope.size == 1:
            each_value(work, x, out)
        else:
            each_cell(work, x, out)
    return out
