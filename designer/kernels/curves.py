"""Smooth and bent non-linearities as epilogues: several passes over a block that stays in the cache, one over memory.

NumPy's exponential takes 1.3 ns a value and its other passes 0.1 to 0.3 (AVX2, 2026-11); hyperbolic tangent takes 2.6,
``log1p`` and ``expm1`` 12 and more. So each curve has one exponential where it can, and no more passes than it needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.epilogue import Epilogue

BLOCK_VALUES = 1 << 15
"""Values of a block: values, results and what is in between, 3 · 128 KB in float32, stay in a second-level cache."""

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""Klambauer et al. (2017), section 2: with these, mean 0 and variance 1 are a fixed point."""

Work = Callable[[Array, Array, Array], object]
"""Computes results from values, given an array of the same shape for what is in between; results may be the values."""


def in_blocks(work: Work) -> Callable[[Array, Array], None]:
    """Return the function of values and results that does `work` on one block after the other."""

    def curve(part: Array, target: Array) -> None:
        if part.size <= BLOCK_VALUES:
            work(part, target, np.empty_like(part))
        elif part.flags.c_contiguous and target.flags.c_contiguous:
            values, results = part.reshape(-1), target.reshape(-1)
            between = np.empty(BLOCK_VALUES, part.dtype)
            for run in even_runs(values.size, BLOCK_VALUES):
                work(values[run], results[run], between[: run.stop - run.start])
        else:
            axis = max(range(part.ndim), key=lambda index: part.strides[index] if part.shape[index] > 1 else 0)
            turned, results = np.moveaxis(part, axis, 0), np.moveaxis(target, axis, 0)
            for run in even_runs(len(turned), max(1, BLOCK_VALUES * len(turned) // part.size)):
                curve(turned[run] if len(turned) > 1 else turned[0], results[run] if len(turned) > 1 else results[0])

    return curve


def _exponential_below(part: Array, target: Array, between: Array, width: float, low: float, high: float) -> None:
    """``high · x`` above zero, ``low · (exp(x / width) − 1)`` below it."""
    part.clip(-np.inf, 0, out=between)
    if width != 1:
        np.divide(between, width, out=between)
    np.exp(between, out=between)
    np.subtract(between, 1, out=between)
    if low != 1:
        np.multiply(between, low, out=between)
    part.clip(0, np.inf, out=target)
    if high != 1:
        np.multiply(target, high, out=target)
    np.add(target, between, out=target)


@cache  # one object for one function: equal layers have equal epilogues
def elu(alpha: float) -> Epilogue:
    """Return ``x`` above zero and ``alpha · (exp(x) − 1)`` below."""
    return Epilogue(curve=in_blocks(lambda x, y, between: _exponential_below(x, y, between, 1, alpha, 1)))


@cache
def celu(alpha: float) -> Epilogue:
    """Return ``x`` above zero and ``alpha · (exp(x / alpha) − 1)`` below."""
    return Epilogue(curve=in_blocks(lambda x, y, between: _exponential_below(x, y, between, alpha, alpha, 1)))


SELU = Epilogue(
    curve=in_blocks(
        lambda x, y, between: _exponential_below(x, y, between, 1, SELU_SCALE * SELU_ALPHA, SELU_SCALE),
    )
)


def _silu(part: Array, target: Array, between: Array) -> None:
    np.negative(part, out=between)
    np.exp(between, out=between)
    np.add(between, 1, out=between)
    # Where the exponential overflows, the quotient is zero, as the function is.
    np.divide(part, between, out=target)


SILU = Epilogue(curve=in_blocks(_silu))


def _mish(part: Array, target: Array, between: Array) -> None:
    # tanh(log(1 + e)) = ((1 + e)² − 1) / ((1 + e)² + 1) = n / (n + 2) with n = e · (e + 2); from 20 on it is one.
    part.clip(-np.inf, 20, out=between)
    np.exp(between, out=between)
    np.multiply(between, between + 2, out=between)
    np.multiply(part, between / (between + 2), out=target)


MISH = Epilogue(curve=in_blocks(_mish))

_LOGIT = (
    1.595768536805239,
    7.266829827639094e-2,
    -6.605343482085147e-5,
    -1.105467635562923e-4,
    7.948140137643486e-6,
    -2.67566311301648e-7,
    3.6278525600286216e-9,
)
"""Of ``log(Φ(x) / Φ(−x)) / x`` the polynomial in x² that errs least in ``x · Φ(x)`` for |x| ≤ 6: by 7e-8, in float32
by 6e-7 (fitted to ``scipy.special.log_ndtr``). Beyond 6 the function is x or 0 to float32."""

_exact_erf = np.frompyfunc(math.erf, 1, 1)


def _exponential_of_logit(part: Array, between: Array) -> None:
    """``Φ(−x) / Φ(x)``, Φ being the normal distribution."""
    square = np.multiply(part, part)
    square.clip(0, 36, out=square)
    np.multiply(square, -_LOGIT[-1], out=between)
    for factor in reversed(_LOGIT[1:-1]):
        np.subtract(between, factor, out=between)
        np.multiply(between, square, out=between)
    np.subtract(between, _LOGIT[0], out=between)
    np.multiply(between, part, out=between)
    np.exp(between, out=between)


def normal_distribution(x: Array) -> Array:
    """Return ``Φ(x)``: to 2e-7 in float32, exactly in any other type, which takes a hundred times as long."""
    if x.dtype != np.float32:
        return np.asarray(0.5 * (1 + np.asarray(_exact_erf(x * math.sqrt(0.5)), x.dtype)), x.dtype)
    between = np.empty_like(x)
    _exponential_of_logit(x, between)
    return np.asarray(1 / (1 + between))


def _gelu(part: Array, target: Array, between: Array) -> None:
    if part.dtype != np.float32:
        np.multiply(part, normal_distribution(part), out=target)
        return
    _exponential_of_logit(part, between)
    np.add(between, 1, out=between)
    np.divide(part, between, out=target)


GELU = Epilogue(curve=in_blocks(_gelu))

TANH_GELU = (2 * math.sqrt(2 / math.pi), 0.044715)
"""Twice the slope and the cubic term of the argument; Hendrycks and Gimpel (2016), section 2."""


def _gelu_tanh(part: Array, target: Array, between: Array) -> None:
    # x · (1 + tanh(a)) / 2 = x / (1 + exp(−2a)) with 2a = slope · x · (1 + cubic · x²).
    slope, cubic = TANH_GELU
    np.multiply(part, part, out=between)
    np.multiply(between, -slope * cubic, out=between)
    np.subtract(between, slope, out=between)
    np.multiply(between, part, out=between)
    np.exp(between, out=between)
    np.add(between, 1, out=between)
    np.divide(part, between, out=target)


GELU_TANH = Epilogue(curve=in_blocks(_gelu_tanh))


def _softplus(part: Array, target: Array, between: Array) -> None:
    # max(x, 0) + log(1 + exp(−|x|)): nothing overflows, and the small end keeps its digits.
    np.abs(part, out=between)
    np.negative(between, out=between)
    np.exp(between, out=between)
    np.log1p(between, out=between)
    part.clip(0, np.inf, out=target)
    np.add(target, between, out=target)


SOFTPLUS = Epilogue(curve=in_blocks(_softplus))


def _softsign(part: Array, target: Array, between: Array) -> None:
    np.abs(part, out=between)
    np.add(between, 1, out=between)
    np.divide(part, between, out=target)


SOFTSIGN = Epilogue(curve=in_blocks(_softsign))


def _ramp(part: Array, out: Array) -> None:
    """``x / 6 + 1/2`` between zero and one."""
    np.multiply(part, 1 / 6, out=out)
    np.add(out, 0.5, out=out)
    out.clip(0, 1, out=out)


HARD_SIGMOID = Epilogue(curve=in_blocks(lambda part, target, _between: _ramp(part, target)))


def _hard_swish(part: Array, target: Array, between: Array) -> None:
    _ramp(part, between)
    np.multiply(part, between, out=target)


HARD_SWISH = Epilogue(curve=in_blocks(_hard_swish))
