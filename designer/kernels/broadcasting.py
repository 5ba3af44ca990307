"""Arithmetic of maps, value by value, where one of them may have a single cell or channel that stands for all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.kernels.arrays.channels_last import channels_last, empty_channels_last
from designer.kernels.arrays.memory import Array
from designer.kernels.elementwise import INLINE_VALUES, each_value, empty_like
from designer.kernels.runtime.threads import run_tiles

TILE_VALUES = 1 << 17
"""Results of a tile, 512 KB in float32: with what they are made of they stay in a second-level cache."""


def combine(ufunc: np.ufunc, inputs: Sequence[Array], out: Array | None = None) -> Array:
    """Return a function of two values, applied from left to right to arrays ``(N, C, *spatial)`` that broadcast.

    `out` may be the first of them where that has the shape of the result.
    """
    shape = np.broadcast_shapes(*[array.shape for array in inputs])
    if out is None:
        alike = next((array for array in inputs if array.shape == shape), None)
        out = empty_channels_last(shape, inputs[0].dtype) if alike is None else empty_like(alike)

    def work(target: Array, first: Array, second: Array, *further: Array) -> None:
        ufunc(first, second, out=target)
        for part in further:
            ufunc(target, part, out=target)

    if all(array.shape == shape for array in inputs):
        each_value(work, out, *inputs)
        return out
    turned = [channels_last(np.broadcast_to(array, shape)) for array in inputs]
    target = channels_last(out)
    if target.ndim < 3:
        blocks: list[tuple[slice, ...]] = [(slice(None),)]
    else:
        rows = max(1, TILE_VALUES * target.shape[1] * target.shape[0] // max(1, target.size))
        blocks = [
            (slice(image, image + 1), slice(row, row + rows))
            for image in range(target.shape[0])
            for row in range(0, target.shape[1], rows)
        ]
    run_tiles(
        lambda index: work(target[blocks[index]], *(array[blocks[index]] for array in turned)),
        len(blocks),
        1 if target.size <= INLINE_VALUES else None,
    )
    return out


def summed_to(gradient: Array, shape: Sequence[int]) -> Array:
    """Return the gradient added up over the axes along which an array of `shape` stood for all."""
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] != 1)
    if not axes:
        return gradient
    return np.asarray(gradient.sum(axis=axes, keepdims=True, dtype=np.float64), gradient.dtype)
