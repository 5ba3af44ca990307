"""Element-wise non-linearities and softmax."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import TILE_BYTES
from designer.kernels.threads import run_tiles


def relu(x: Array) -> Array:
    """Return ``max(x, 0)``."""
    return _elementwise(x, lambda part, out: np.maximum(part, 0, out=out))


def leaky_relu(x: Array, slope: float) -> Array:
    """Return `x` where positive and ``slope * x`` elsewhere."""
    if slope == 0:
        return relu(x)
    # The line with the smaller slope is the lower one right of zero and the upper one left of it.
    envelope = np.maximum if slope <= 1 else np.minimum

    def apply(part: Array, out: Array) -> None:
        np.multiply(part, slope, out=out)
        envelope(part, out, out=out)

    return _elementwise(x, apply)


def sigmoid(x: Array) -> Array:
    """Return ``1 / (1 + exp(-x))``."""

    def apply(part: Array, out: Array) -> None:
        # (1 + tanh(x/2)) / 2 is the same function, and tanh cannot overflow.
        np.multiply(part, 0.5, out=out)
        np.tanh(out, out=out)
        out += 1
        out *= 0.5

    return _elementwise(x, apply)


def tanh(x: Array) -> Array:
    """Return the hyperbolic tangent."""
    return _elementwise(x, lambda part, out: np.tanh(part, out=out))


def softmax(x: Array, axis: int = 1) -> Array:
    """Return ``exp(x) / sum(exp(x))`` along `axis`, shifted by the largest value: nothing overflows."""
    with np.errstate(all="ignore"):
        out: Array = x - x.max(axis=axis, keepdims=True)
        np.exp(out, out=out)
        out /= out.sum(axis=axis, keepdims=True)
    return out


def _elementwise(x: Array, apply: Callable[[Array, Array], object]) -> Array:
    """Fill a new array by `apply(part, out)`, a cache-sized run of values at a time."""
    source = np.ascontiguousarray(x).reshape(-1)
    out = np.empty(source.shape, dtype=x.dtype)
    length = TILE_BYTES // x.itemsize

    def work(index: int) -> None:
        run = slice(index * length, (index + 1) * length)
        apply(source[run], out[run])

    run_tiles(work, -(-source.size // length))
    return out.reshape(x.shape)
