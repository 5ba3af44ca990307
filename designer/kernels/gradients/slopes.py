"""Gradients of what has a learned slope below zero."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.elementwise import each_cell, empty_like
from designer.kernels.gradients.channels import channel_sums
from designer.kernels.runtime.threads import checkpoint_part


def prelu(x: Array, slope: Array, gradient: Array) -> Array:
    """Return the gradient where the input is above zero, and the slope ``(1,)`` or ``(C,)`` times it elsewhere."""
    result = empty_like(x)
    factors = slope.astype(x.dtype, copy=False)

    def work(part: Array, g: Array, target: Array) -> None:
        np.multiply(g, factors, out=target)
        np.copyto(target, g, where=part > 0)

    each_cell(work, x, gradient, result)
    return result


def slope(x: Array, slope: Array, gradient: Array) -> Array:
    """Return the gradient of the slope: input times gradient where the input is below zero, added up."""
    products = empty_like(x)
    with checkpoint_part(0, 2):
        each_cell(lambda part, g, target: np.multiply(np.minimum(part, 0), g, out=target), x, gradient, products)
    with checkpoint_part(1, 2):
        sums = channel_sums(products)
    return sums if slope.size == sums.size else np.asarray(sums.sum(keepdims=True, dtype=np.float64), x.dtype)
