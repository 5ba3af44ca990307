"""Values in other places: other shapes, axes in another order, parts of an array. Nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.kernels.arrays.memory import Array, Index
from designer.kernels.arrays.tiles import TILE_BYTES, cell_blocks
from designer.kernels.elementwise import INLINE_VALUES
from designer.kernels.runtime.threads import run_tiles


def moved(source: Array, target: Array) -> None:
    """Copy values into an array of the same shape, in tiles of the target, whatever the order in memory of both."""
    if source.size <= INLINE_VALUES:
        run_tiles(lambda _index: np.copyto(target, source), min(1, source.size), 1)
        return
    # The axes that are nearest in memory come last, so that a tile is a run of it.
    order = sorted(range(target.ndim), key=lambda axis: -abs(target.strides[axis]))
    out, view = target.transpose(order), source.transpose(order)
    tiles = cell_blocks(out.shape, TILE_BYTES // out.itemsize)
    run_tiles(lambda index: np.copyto(out[tiles[index]], view[tiles[index]]), len(tiles))


def reshaped(x: Array, shape: Sequence[int], out: Array | None = None) -> Array:
    """Return the values of `x`, in the order of its axes, as ``(N, *shape)``."""
    if out is None:
        out = np.empty((x.shape[0], *shape), x.dtype)
    ordered = x
    if not x.flags.c_contiguous:
        ordered = np.empty(x.shape, x.dtype)
        moved(x, ordered)
    moved(ordered.reshape(out.shape), out)
    return out


def permuted(x: Array, order: Sequence[int], out: Array | None = None) -> Array:
    """Return `x` with its axes in another order, as `numpy.transpose` has it."""
    view = x.transpose(order)
    out = np.empty(view.shape, x.dtype) if out is None else out
    moved(view, out)
    return out


def shuffle_channels(x: Array, groups: int, out: Array | None = None) -> Array:
    """Return the channels in the order 0, n, 2n, …, 1, n + 1, … where n is the number in each of the groups."""
    out = np.empty(x.shape, x.dtype) if out is None else out
    images, channels, *cells = x.shape
    source = x.reshape(images, groups, channels // groups, *cells)
    moved(source.swapaxes(1, 2), out.reshape(images, channels // groups, groups, *cells))
    return out


def pixel_shuffle(x: Array, block: int, out: Array | None = None) -> Array:
    """Return ``(N, C, *(size · block))`` from ``(N, C · blockᵈ, *sizes)``: each cell's channels become a block."""
    rank = x.ndim - 2
    channels, sizes = x.shape[1] // block**rank, x.shape[2:]
    out = np.empty((x.shape[0], channels, *(size * block for size in sizes)), x.dtype) if out is None else out
    source = x.reshape(x.shape[0], channels, *(block,) * rank, *sizes)
    moved(source.transpose(_interleaved(rank)), out.reshape(_with_blocks(out.shape[:2], sizes, block)))
    return out


def pixel_unshuffle(x: Array, block: int, out: Array | None = None) -> Array:
    """Return ``(N, C · blockᵈ, *(size / block))``: the inverse of `pixel_shuffle`."""
    rank = x.ndim - 2
    sizes = tuple(size // block for size in x.shape[2:])
    out = np.empty((x.shape[0], x.shape[1] * block**rank, *sizes), x.dtype) if out is None else out
    target = out.reshape(*x.shape[:2], *(block,) * rank, *sizes)
    moved(x.reshape(_with_blocks(x.shape[:2], sizes, block)), target.transpose(_interleaved(rank)))
    return out


def part_of(x: Array, place: Index, out: Array | None = None) -> Array:
    """Return a part of `x`."""
    view: Array = x[place]
    out = np.empty(view.shape, x.dtype) if out is None else out
    moved(view, out)
    return out


def within_zeros(part: Array, place: Index, shape: Sequence[int]) -> Array:
    """Return zeros of `shape` with `part` in its place: the gradient of `part_of`."""
    result = np.zeros(tuple(shape), part.dtype)
    moved(part, result[place])
    return result


def _interleaved(rank: int) -> tuple[int, ...]:
    """Order of the axes in which each axis of cells is followed by the one inside of its block."""
    return (
        0,
        1,
        *(axis for pair in zip(range(2 + rank, 2 + 2 * rank), range(2, 2 + rank), strict=True) for axis in pair),
    )


def _with_blocks(lead: Sequence[int], sizes: Sequence[int], block: int) -> tuple[int, ...]:
    return (*lead, *(length for size in sizes for length in (size, block)))
