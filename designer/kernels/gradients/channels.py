"""Gradients of what has one number for each channel: biases, scales, shifts."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.elementwise import each_cell, empty_like
from designer.kernels.global_pool import global_average_pool
from designer.kernels.runtime.threads import checkpoint_part


def channel_sums(gradient: Array) -> Array:
    """Return the sum of every channel ``(C,)`` over images and cells of ``(N, C, *spatial)``: a bias's gradient."""
    if gradient.ndim == 2:
        return np.asarray(gradient.sum(axis=0, dtype=np.float64), gradient.dtype)
    cells = gradient[0, 0].size
    means = global_average_pool(gradient).reshape(gradient.shape[:2])
    return np.asarray(means.sum(axis=0, dtype=np.float64) * cells, gradient.dtype)


def scaled(gradient: Array, scale: Array) -> Array:
    """Return the gradient with every channel multiplied by its number: what ``x · scale + shift`` hands on."""
    result = empty_like(gradient)
    factors = scale.astype(gradient.dtype)
    each_cell(lambda part, target: np.multiply(part, factors, out=target), gradient, result)
    return result


def scale_gradient(x: Array, gradient: Array, mean: Array, deviation: Array) -> Array:
    """Return the gradient ``(C,)`` of the scale of ``(x − mean) / deviation · scale + shift``."""
    products = empty_like(x)
    centre = mean.astype(x.dtype)

    def work(part: Array, g: Array, target: Array) -> None:
        np.subtract(part, centre, out=target)
        np.multiply(target, g, out=target)

    with checkpoint_part(0, 2):
        each_cell(work, x, gradient, products)
    with checkpoint_part(1, 2):
        return np.asarray(channel_sums(products) / deviation, x.dtype)
