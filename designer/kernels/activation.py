"""Element-wise non-linearities and softmax. All keep the order in memory, and may write over their input."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

from designer.kernels.arrays.channels_last import channels_last
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.elementwise import each_cell, each_value, empty_like
from designer.kernels.epilogue import RELU, TANH, Epilogue
from designer.kernels.runtime.threads import checkpoint, checkpoint_part

LONG_ROW = 1 << 21
"""Values of a row of cells from which softmax stops inside of it: 2 million exponentials, a few ms."""


def activate(x: Array, epilogue: Epilogue, out: Array | None = None) -> Array:
    """Return `x` within the bounds of an epilogue, or with its slope: what it does to a tile, for a whole array."""
    out = empty_like(x) if out is None else out
    if epilogue.curve is not None:
        each_value(epilogue.curve, x, out)
    elif out is x:
        each_value(epilogue.apply, out)
    elif epilogue.slope is None:
        each_value(lambda part, target: np.clip(part, epilogue.low, epilogue.high, out=target), x, out)
    else:

        def work(part: Array, target: Array) -> None:
            np.copyto(target, part)
            epilogue.apply(target)

        each_value(work, x, out)
    return out


def relu(x: Array, out: Array | None = None) -> Array:
    """Return ``max(x, 0)``."""
    return activate(x, RELU, out)


def leaky(slope: float) -> Epilogue:
    """Return the epilogue that keeps positive values and multiplies negative ones by `slope`."""
    return RELU if slope == 0 else Epilogue(slope=slope)


def leaky_relu(x: Array, slope: float, out: Array | None = None) -> Array:
    """Return `x` where positive and ``slope * x`` elsewhere."""
    return activate(x, leaky(slope), out)


def _sigmoid(part: Array, target: Array) -> None:
    # (1 + tanh(x/2)) / 2 is the same function, and tanh cannot overflow.
    np.multiply(part, 0.5, out=target)
    np.tanh(target, out=target)
    np.add(target, 1, out=target)
    np.multiply(target, 0.5, out=target)


SIGMOID = Epilogue(curve=_sigmoid)


def sigmoid(x: Array, out: Array | None = None) -> Array:
    """Return ``1 / (1 + exp(-x))``."""
    return activate(x, SIGMOID, out)


def tanh(x: Array, out: Array | None = None) -> Array:
    """Return the hyperbolic tangent."""
    return activate(x, TANH, out)


def softmax(x: Array, axis: int = 1, out: Array | None = None) -> Array:
    """Return ``exp(x) / sum(exp(x))`` along `axis`, shifted by the largest value: nothing overflows."""
    out = empty_like(x) if out is None else out
    with np.errstate(all="ignore"):
        if axis != 1:
            _softmax_cells(np.moveaxis(x, axis, -1), np.moveaxis(out, axis, -1))
        elif x.shape[1] * prod(x.shape[3:]) < LONG_ROW:
            each_cell(_softmax_cells, x, out)
        else:
            _each_row(x, out, _softmax_steps)
    return out


def _softmax_cells(part: Array, target: Array) -> None:
    np.subtract(part, part.max(axis=-1, keepdims=True), out=target)
    np.exp(target, out=target)
    np.divide(target, target.sum(axis=-1, keepdims=True), out=target)


Step = Callable[[Array, Array], object]
"""Reads some channels of a row of cells, and may write them; all channels are through before the next step begins."""


def _softmax_steps(top: Array, total: Array) -> list[Step]:
    return [
        lambda part, _: np.maximum(top, part.max(axis=-1, keepdims=True), out=top),
        lambda part, target: np.exp(np.subtract(part, top, out=target), out=target),
        lambda _, target: np.add(total, target.sum(axis=-1, keepdims=True), out=total),
        lambda _, target: np.divide(target, total, out=target),
    ]


def _log_softmax_steps(top: Array, total: Array) -> list[Step]:
    return [
        lambda part, _: np.maximum(top, part.max(axis=-1, keepdims=True), out=top),
        lambda part, target: np.subtract(part, top, out=target),
        lambda _, target: np.add(total, np.exp(target).sum(axis=-1, keepdims=True), out=total),
        lambda _, target: np.subtract(target, np.log(total), out=target),
    ]


def _each_row(x: Array, out: Array, steps: Callable[[Array, Array], list[Step]]) -> None:
    """Row by row of cells, where one of them takes longer than a cancellation may wait."""
    rows = [(image, row) for image in range(x.shape[0]) for row in (range(x.shape[2]) if x.ndim > 2 else (...,))]
    for index, (image, row) in enumerate(rows):
        with checkpoint_part(index, len(rows)):
            part = np.s_[image : image + 1, :, row]
            _one_row(channels_last(x[part]), channels_last(out[part]), steps)


def _one_row(x: Array, out: Array, steps: Callable[[Array, Array], list[Step]]) -> None:
    """A row of cells, some of their channels at a time."""
    runs = list(even_runs(x.shape[-1], max(1, LONG_ROW * x.shape[-1] // x.size)))
    top = np.full((*x.shape[:-1], 1), -np.inf, x.dtype)
    stages = steps(top, np.zeros_like(top))
    for number, step in enumerate(stages):
        for index, run in enumerate(runs, start=1):
            step(x[..., run], out[..., run])
            checkpoint((number + index / len(runs)) / len(stages))


def log_softmax(x: Array, out: Array | None = None) -> Array:
    """Return ``x - log(sum(exp(x)))`` along the channels of ``(N, C, *spatial)``; `out` may be `x`."""
    out = empty_like(x) if out is None else out

    def work(part: Array, target: Array) -> None:
        np.subtract(part, part.max(axis=-1, keepdims=True), out=target)
        total = np.exp(target).sum(axis=-1, keepdims=True)
        np.subtract(target, np.log(total), out=target)

    with np.errstate(all="ignore"):
        if x.shape[1] * prod(x.shape[3:]) < LONG_ROW:
            each_cell(work, x, out)
        else:
            _each_row(x, out, _log_softmax_steps)
    return out
