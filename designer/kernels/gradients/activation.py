"""Gradients of the non-linearities, most of them from the output alone: the input need not be kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.elementwise import each_cell, each_value, empty_like


def relu(output: Array, gradient: Array) -> Array:
    """Return the gradient where the output is above zero; at zero it is zero, as PyTorch has it."""
    return _each(lambda y, g, target: np.multiply(g, y > 0, out=target), output, gradient)


def relu6(output: Array, gradient: Array) -> Array:
    """Return the gradient where the output is between zero and six; at both ends it is zero, as PyTorch has it."""
    return _each(lambda y, g, target: np.multiply(g, (y > 0) & (y < 6), out=target), output, gradient)


def leaky_relu(x: Array, gradient: Array, slope: float) -> Array:
    """Return the gradient where the input is above zero, and `slope` times it elsewhere."""

    def work(part: Array, g: Array, target: Array) -> None:
        np.multiply(g, target.dtype.type(slope), out=target)
        np.copyto(target, g, where=part > 0)

    return _each(work, x, gradient)


def sigmoid(output: Array, gradient: Array) -> Array:
    """Return the gradient times ``y · (1 − y)``."""

    def work(y: Array, g: Array, target: Array) -> None:
        np.subtract(1, y, out=target)
        np.multiply(target, y, out=target)
        np.multiply(target, g, out=target)

    return _each(work, output, gradient)


def tanh(output: Array, gradient: Array) -> Array:
    """Return the gradient times ``1 − y²``."""

    def work(y: Array, g: Array, target: Array) -> None:
        np.multiply(y, y, out=target)
        np.subtract(1, target, out=target)
        np.multiply(target, g, out=target)

    return _each(work, output, gradient)


def softmax(output: Array, gradient: Array) -> Array:
    """Return ``y · (g − Σ g·y)``, the sum over the channels of a cell."""
    result = empty_like(output)

    def work(y: Array, g: Array, target: Array) -> None:
        np.multiply(y, g, out=target)
        mean = target.sum(axis=-1, keepdims=True)
        np.subtract(g, mean, out=target)
        np.multiply(target, y, out=target)

    each_cell(work, output, gradient, result)
    return result


def log_softmax(output: Array, gradient: Array) -> Array:
    """Return ``g − exp(y) · Σ g``, the sum over the channels of a cell."""
    result = empty_like(output)

    def work(y: Array, g: Array, target: Array) -> None:
        np.exp(y, out=target)
        np.multiply(target, g.sum(axis=-1, keepdims=True), out=target)
        np.subtract(g, target, out=target)

    each_cell(work, output, gradient, result)
    return result


def _each(work: Callable[[Array, Array, Array], object], x: Array, gradient: Array) -> Array:
    result = empty_like(x)
    each_value(work, x, gradient, result)
    return result
