"""Mean and largest value over any axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import TILE_BYTES, cell_blocks
from designer.kernels.elementwise import INLINE_VALUES
from designer.kernels.runtime.threads import run_tiles


def reduce_mean(x: Array, axes: Sequence[int], out: Array | None = None) -> Array:
    """Return the mean over some axes, which are left out; added up in float64."""

    def mean(part: Array, reduced: tuple[int, ...], target: Array) -> None:
        target[...] = part.mean(axis=reduced, dtype=np.float64)

    return _reduced(mean, x, axes, out)


def reduce_max(x: Array, axes: Sequence[int], out: Array | None = None) -> Array:
    """Return the largest value over some axes, which are left out."""

    def largest(part: Array, reduced: tuple[int, ...], target: Array) -> None:
        target[...] = part.max(axis=reduced)

    return _reduced(largest, x, axes, out)


def _reduced(
    work: Callable[[Array, tuple[int, ...], Array], None], x: Array, axes: Sequence[int], out: Array | None
) -> Array:
    """Call ``work(part, reduced axes, target)`` for tiles of the result."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    out = np.empty([x.shape[axis] for axis in kept], x.dtype) if out is None else out
    source = x.transpose(*kept, *axes)
    reduced = tuple(range(len(kept), x.ndim))
    each = prod(source.shape[len(kept) :]) * x.itemsize
    tiles = cell_blocks(out.shape, max(1, TILE_BYTES // max(1, each)))
    run_tiles(
        lambda index: work(source[tiles[index]], reduced, out[tiles[index]]),
        len(tiles),
        1 if x.size <= INLINE_VALUES else None,
    )
    return out


def mean_gradient(gradient: Array, shape: Sequence[int], axes: Sequence[int]) -> Array:
    """Return the gradient ``shape`` of the input of a mean, each value of a run getting the same share."""
    count = prod(shape[axis] for axis in axes)
    share = np.expand_dims(np.asarray(gradient / count, gradient.dtype), tuple(axes))
    result = np.empty(tuple(shape), gradient.dtype)
    run_tiles(lambda image: np.copyto(result[image], share[image]), len(result))
    return result


def max_gradient(x: Array, gradient: Array, axes: Sequence[int]) -> Array:
    """Return the gradient of the input of a maximum: all of it goes to the first of the largest values."""
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    order = (*kept, *axes)
    result = np.zeros(x.shape, gradient.dtype)

    def work(image: int) -> None:
        source, target = (array.transpose(order)[image] for array in (x, result))
        inner = source.shape[len(kept) - 1 :]
        first = source.reshape(*source.shape[: len(kept) - 1], -1).argmax(axis=-1)
        places = np.unravel_index(first, inner)
        target[(*np.indices(first.shape), *places)] = gradient[image]

    run_tiles(work, len(x))
    return result
