"""Growing images: nearest and linear interpolation, zero padding.

All of them cut the result into tiles that are runs of memory: of cells where the channels are adjacent, else of
channels or of the cells of one channel. So tiles stay small, whatever is large, and a cancellation waits for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import DTypeLike

from designer.kernels.arrays.memory import Array, Index
from designer.kernels.arrays.tiles import TILE_BYTES, Block, cell_blocks, even_runs
from designer.kernels.elementwise import INLINE_VALUES
from designer.kernels.runtime.threads import core_count, run_tiles


def upsample_nearest(x: Array, scale: tuple[int, ...], out: Array | None = None) -> Array:
    """Return `x` with every cell repeated `scale` times, one whole number per spatial axis."""
    out = np.empty(_grown(x, scale), dtype=x.dtype) if out is None else out
    # Seen as (N, C, H, scale, W, scale) the result is a broadcast of (N, C, H, 1, W, 1).
    split = tuple(n for pair in zip(x.shape[2:], scale, strict=True) for n in pair)
    target = out.reshape(x.shape[:2] + split)
    source = x[(..., *(n for _axis in scale for n in (slice(None), np.newaxis)))]
    tiles = cell_tiles(out, x.shape[2:])

    def work(index: int) -> None:
        image, channels, cells = tiles[index]
        place: Index = (image, channels, *(part for run in cells for part in (run, slice(None))))
        target[place] = source[place]

    run_tiles(work, len(tiles), tile_workers(out))
    return out


def upsample_linear(x: Array, scale: tuple[int, ...], out: Array | None = None) -> Array:
    """Return `x` enlarged by linear interpolation along each spatial axis (bilinear for images).

    Cell centres keep their place and the border cell extends outwards: PyTorch's ``align_corners=False``.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    scale
        One whole number per spatial axis.
    out
        Array to be written.
    """
    target = np.empty(_grown(x, scale), dtype=x.dtype) if out is None else out
    blends = [_Blend.of(size, factor, x.dtype) for size, factor in zip(x.shape[2:], scale, strict=True)]
    tiles = cell_tiles(target, target.shape[2:])
    adjacent = _channels_adjacent(target)

    def work(index: int) -> None:
        image, channels, cells = tiles[index]
        # Only what is read: of an array in another order than that of its axes, `take` would copy all.
        read = [blend.reads(run) for blend, run in zip(blends, cells, strict=True)]
        part, place = _at(x, (image, channels, *read)), _at(target, (image, channels, *cells))
        if adjacent:
            part, place = np.moveaxis(part, 0, -1), np.moveaxis(place, 0, -1)
        for axis, (blend, run) in enumerate(zip(blends, cells, strict=True), start=0 if adjacent else 1):
            part = blend.along(part, axis, run)
        place[...] = part

    run_tiles(work, len(tiles), tile_workers(target))
    return target


def zero_pad(x: Array, padding: Sequence[tuple[int, int]], out: Array | None = None, value: float = 0.0) -> Array:
    """Return `x` with a border of one value, a pair (before, after) per spatial axis; below zero cells are cut off."""
    if len(padding) != x.ndim - 2:
        raise ValueError(f"{len(padding)} padding pairs for {x.ndim - 2} spatial axes")
    shape = tuple(size + before + after for size, (before, after) in zip(x.shape[2:], padding, strict=True))
    target = np.empty(x.shape[:2] + shape, dtype=x.dtype) if out is None else out
    tiles = cell_tiles(target, shape)

    def work(index: int) -> None:
        image, channels, cells = tiles[index]
        read: list[slice] = []
        written: list[slice] = []
        for run, (before, _after), size in zip(cells, padding, x.shape[2:], strict=True):
            first, last = (min(max(edge - before, 0), size) for edge in (run.start, run.stop))
            read.append(slice(first, last))
            written.append(slice(first + before - run.start, last + before - run.start))
        source, part = _at(x, (image, channels, *read)), _at(target, (image, channels, *cells))
        if source.shape != part.shape:
            part[...] = value
        if source.size:
            _at(part, (slice(None), *written))[...] = source

    run_tiles(work, len(tiles), tile_workers(target))
    return target


def _at(x: Array, place: Index) -> Array:
    part: Array = x[place]
    return part


def _grown(x: Array, scale: Sequence[int]) -> tuple[int, ...]:
    if len(scale) != x.ndim - 2:
        raise ValueError(f"{len(scale)} scale factors for {x.ndim - 2} spatial axes")
    return (*x.shape[:2], *(size * factor for size, factor in zip(x.shape[2:], scale, strict=True)))


def _channels_adjacent(x: Array) -> bool:
    """Tell whether channels are nearest in memory, gaps allowed: an output may be a part of a concatenation."""
    return x.shape[1] > 1 and x.strides[1] == x.itemsize


def tile_workers(out: Array) -> int | None:
    """Return how many threads fill an output: one alone where that takes less than waking another."""
    return 1 if out.size <= INLINE_VALUES else None


def cell_tiles(out: Array, cells: Sequence[int]) -> list[tuple[int, slice, Block]]:
    """Cut an output ``(N, C, *spatial)`` into (image, channels, cells), about TILE_BYTES each.

    Parameters
    ----------
    cells
        The grid that is cut: that of the output, or of the input where each of its cells fills several.
    """
    images, channels = out.shape[:2]
    count = prod(cells)
    filled = out.nbytes // max(1, images * channels * count)
    longest = TILE_BYTES // max(1, filled)
    if out.size > 2 * INLINE_VALUES:
        longest = min(longest, -(-channels * count // core_count()))
    if _channels_adjacent(out):
        runs, blocks = [slice(0, channels)], cell_blocks(cells, longest // channels)
    else:
        runs, blocks = list(even_runs(channels, longest // max(1, count))), cell_blocks(cells, longest)
    return [(image, run, block) for image in range(images) for run in runs for block in blocks]


@dataclass(frozen=True)
class _Blend:
    """Interpolation along one axis: output cell i sits at ``(i + 1/2) / factor - 1/2`` of the input.

    `near` and `far` are the input cells on both sides of each output cell, `share` how far it is from the first.
    """

    factor: int
    near: Array
    far: Array
    share: Array

    @classmethod
    def of(cls, size: int, factor: int, dtype: DTypeLike) -> _Blend:
        place = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
        near = place.astype(np.intp)
        return cls(factor, near, np.minimum(near + 1, size - 1), (place - near).astype(dtype))

    def reads(self, run: slice) -> slice:
        """Return the input cells that a run of output cells is made of."""
        return run if self.factor == 1 else slice(int(self.near[run.start]), int(self.far[run.stop - 1]) + 1)

    def along(self, x: Array, axis: int, run: slice) -> Array:
        """Return a run of output cells along an axis of `x`, which begins with the first cell they are made of."""
        if self.factor == 1:
            return x
        first = self.near[run.start]
        near, far = self.near[run] - first, self.far[run] - first
        share = self.share[run].reshape(-1, *(1,) * (x.ndim - 1 - axis))
        low: Array = x.take(near, axis)
        step = x.take(far, axis)
        step -= low
        step *= share
        low += step
        return low
