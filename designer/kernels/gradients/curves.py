"""Derivatives of the smooth and bent non-linearities, and gradients through them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.curves import SELU_ALPHA, SELU_SCALE, TANH_GELU, normal_distribution
from designer.kernels.elementwise import each_value, empty_like

Derivative = Callable[[Array], Array]
"""The derivative at each value."""


def through(derivative: Derivative, x: Array, gradient: Array) -> Array:
    """Return the gradient times the derivative at the inputs `x`."""
    result = empty_like(x)
    each_value(lambda part, g, target: np.multiply(g, derivative(part), out=target), x, gradient, result)
    return result


def elu(x: Array, alpha: float) -> Array:
    """Return 1 above zero, ``alpha · exp(x)`` elsewhere."""
    return np.asarray(np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0))), x.dtype)


def selu(x: Array) -> Array:
    """Return the derivative of `elu` with SELU's constants, scaled."""
    return np.asarray(SELU_SCALE * elu(x, SELU_ALPHA))


def celu(x: Array, alpha: float) -> Array:
    """Return 1 above zero, ``exp(x / alpha)`` elsewhere."""
    return np.asarray(np.exp(np.minimum(x, 0) / alpha))


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))


def silu(x: Array) -> Array:
    """Return ``σ + x · σ · (1 − σ)``."""
    share = _sigmoid(x)
    return np.asarray(share * (1 + x * (1 - share)))


def gelu(x: Array) -> Array:
    """Return ``Φ(x) + x · φ(x)``."""
    return np.asarray(normal_distribution(x) + x * np.exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi)))


def gelu_tanh(x: Array) -> Array:
    """Return the derivative of ``x · σ(a)`` with ``a = slope · x · (1 + cubic · x²)``."""
    slope, cubic = TANH_GELU
    share = _sigmoid(slope * x * (1 + cubic * x * x))
    return np.asarray(share * (1 + x * (1 - share) * slope * (1 + 3 * cubic * x * x)))


def mish(x: Array) -> Array:
    """Return ``t + x · (1 − t²) · σ`` with ``t = tanh(log(1 + exp(x)))``."""
    bent = np.tanh(np.logaddexp(x, 0))
    return np.asarray(bent + x * (1 - bent * bent) * _sigmoid(x))


def softplus(x: Array) -> Array:
    """Return ``σ(x)``."""
    return _sigmoid(x)


def softsign(x: Array) -> Array:
    """Return ``1 / (1 + |x|)²``."""
    return np.asarray(1 / np.square(1 + np.abs(x)))


def hard_sigmoid(x: Array) -> Array:
    """Return a sixth between −3 and 3; at both ends it is zero, as PyTorch has it."""
    return np.asarray(np.where((x > -3) & (x < 3), 1 / 6, 0.0), x.dtype)


def hard_swish(x: Array) -> Array:
    """Return 0 below −3, 1 above 3, ``x / 3 + 1/2`` between."""
    return np.asarray(np.where(x < -3, 0.0, np.where(x <= 3, x / 3 + 0.5, 1.0)), x.dtype)


def clip(x: Array, low: float, high: float) -> Array:
    """Return 1 from `low` to `high`, both included, as PyTorch has it; 0 elsewhere."""
    return ((x >= low) & (x <= high)).astype(x.dtype)


def hard_tanh(x: Array) -> Array:
    """Return 1 between −1 and 1; at both ends it is zero, as PyTorch has it."""
    return ((x > -1) & (x < 1)).astype(x.dtype)
