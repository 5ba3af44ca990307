"""Work on every value alone, or on every cell alone: arrays of any memory layout, cut into cache-sized tiles."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np

from designer.kernels.arrays.channels_last import channels_last
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import TILE_BYTES, even_runs
from designer.kernels.epilogue import PLAIN, Epilogue
from designer.kernels.runtime.threads import run_tiles

INLINE_VALUES = 1 << 16
"""Values that one thread finishes, at 0.17 ns for each, in 11 µs: before a worker has woken up."""


def empty_like(x: Array) -> Array:
    """Return an uninitialised array of the shape, type and order in memory of `x`."""
    return np.empty_like(x, subok=False)


def each_value(work: Callable[..., object], *arrays: Array) -> None:
    """Call ``work(*parts)`` with the same run of values of arrays of one shape, until every value has had its turn.

    The parts may have other axes than the arrays.
    """
    size = arrays[0].size
    if size <= INLINE_VALUES:
        run_tiles(lambda _index: work(*arrays), min(size, 1), 1)
        return
    flat = _in_order(arrays)
    if flat is None:
        each_cell(work, *arrays)
        return
    runs = list(even_runs(size, TILE_BYTES // flat[0].itemsize))

    def tile(index: int) -> None:
        run = runs[index]
        work(*(array[run] for array in flat))

    run_tiles(tile, len(runs))


def each_cell(work: Callable[..., object], *arrays: Array) -> None:
    """Call ``work(*parts)`` with the same cells of arrays ``(N, C, *spatial)``, as views ``(N, *spatial, C)``.

    The arrays agree in all but the channels. A tile is a run of images, or of rows of one image.
    """
    turned = [channels_last(array) if array.ndim > 1 else array for array in arrays]
    shape = turned[0].shape
    widest = max((array.shape[-1] for array in turned), default=1)
    longest = max(1, TILE_BYTES // turned[0].itemsize)
    inner = prod(shape[2:-1]) * widest
    blocks: list[tuple[slice, ...]]
    if turned[0].ndim < 3:
        blocks = [(run,) for run in even_runs(shape[0], longest // max(1, widest))]
    else:
        rows = list(even_runs(shape[1], longest // max(1, inner)))
        blocks = [(slice(image, image + 1), run) for image in range(shape[0]) for run in rows]
    small = max((array.size for array in turned), default=0) <= INLINE_VALUES
    if small and blocks:
        blocks = [(slice(None),)]
    run_tiles(lambda index: work(*(array[blocks[index]] for array in turned)), len(blocks), 1 if small else None)


def _in_order(arrays: tuple[Array, ...]) -> list[Array] | None:
    """Return the arrays with one axis, in the order of memory; None where they have no common one without gaps."""
    if all(array.flags.c_contiguous for array in arrays):
        return [array.reshape(-1) for array in arrays]
    if arrays[0].ndim < 3:
        return None
    turned = [channels_last(array) for array in arrays]
    if all(array.flags.c_contiguous for array in turned):
        return [array.reshape(-1) for array in turned]
    return None


def copy(x: Array, out: Array) -> None:
    """Copy values into an array of the same shape and any memory layout."""
    each_value(lambda part, target: np.copyto(target, part), x, out)


def finish(out: Array, epilogue: Epilogue) -> None:
    """Apply an epilogue to a whole array, for what has no tile of its output in the cache."""
    if epilogue is PLAIN:
        return
    if epilogue.residual is None:
        each_value(epilogue.apply, out)
    else:
        each_value(lambda part, residual: epilogue.apply(part, None, residual), out, epilogue.residual)
