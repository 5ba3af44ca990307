"""Growing images: nearest and linear interpolation, zero padding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.kernels.arrays import Array, Index
from designer.kernels.blocks import TILE_BYTES, channel_blocks, even_runs
from designer.kernels.channels_last import is_channels_last
from designer.kernels.elementwise import INLINE_VALUES
from designer.kernels.threads import run_tiles


def upsample_nearest(x: Array, scale: tuple[int, ...], out: Array | None = None) -> Array:
    """Return `x` with every cell repeated `scale` times, one whole number per spatial axis."""
    out = np.empty(_grown(x, scale), dtype=x.dtype) if out is None else out
    # Seen as (N, C, H, scale, W, scale) the result is a broadcast of (N, C, H, 1, W, 1).
    split = tuple(n for pair in zip(x.shape[2:], scale, strict=True) for n in pair)
    target = out.reshape(x.shape[:2] + split)
    source = x[(..., *(n for _axis in scale for n in (slice(None), np.newaxis)))]
    blocks: list[Index] = list(channel_blocks(out))
    if is_channels_last(out):
        runs = even_runs(x.shape[2], TILE_BYTES // max(1, out[:1, :, : scale[0]].nbytes))
        blocks = [(image, slice(None), run) for run in runs for image in range(x.shape[0])]

    def work(index: int) -> None:
        target[blocks[index]] = source[blocks[index]]

    run_tiles(work, len(blocks))
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
    blocks = channel_blocks(target)

    def work(index: int) -> None:
        part = x[blocks[index]]
        for axis, factor in enumerate(scale, start=1):
            part = _stretch(part, axis, factor)
        target[blocks[index]] = part

    run_tiles(work, len(blocks))
    return target


def zero_pad(x: Array, padding: Sequence[tuple[int, int]], out: Array | None = None) -> Array:
    """Return `x` with zeros around it, one (before, after) pair per spatial axis."""
    if len(padding) != x.ndim - 2:
        raise ValueError(f"{len(padding)} padding pairs for {x.ndim - 2} spatial axes")
    shape = tuple(size + before + after for size, (before, after) in zip(x.shape[2:], padding, strict=True))
    target = np.empty(x.shape[:2] + shape, dtype=x.dtype) if out is None else out
    (above, _), *others = padding
    inner: Index = tuple(slice(before, before + size) for size, (before, _) in zip(x.shape[3:], others, strict=True))
    longest = max(1, TILE_BYTES // max(1, target[:1, :, :1].nbytes))
    runs = [(image, run) for image in range(x.shape[0]) for run in even_runs(shape[0], longest)]

    def work(index: int) -> None:
        image, run = runs[index]
        part = target[image, :, run]
        part[...] = 0
        first, last = (min(max(edge - above, 0), x.shape[2]) for edge in (run.start, run.stop))
        if first < last:
            place: Index = (slice(None), slice(first + above - run.start, last + above - run.start), *inner)
            part[place] = x[image, :, first:last]

    run_tiles(work, len(runs), 1 if target.size <= INLINE_VALUES else None)
    return target


def _grown(x: Array, scale: Sequence[int]) -> tuple[int, ...]:
    if len(scale) != x.ndim - 2:
        raise ValueError(f"{len(scale)} scale factors for {x.ndim - 2} spatial axes")
    return (*x.shape[:2], *(size * factor for size, factor in zip(x.shape[2:], scale, strict=True)))


def _stretch(x: Array, axis: int, factor: int) -> Array:
    """Interpolate along one axis: output cell i sits at ``(i + 1/2) / factor - 1/2`` of the input."""
    if factor == 1:
        return x
    size = x.shape[axis]
    place = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
    near = place.astype(np.intp)
    far = np.minimum(near + 1, size - 1)
    share = (place - near).astype(x.dtype).reshape((-1,) + (1,) * (x.ndim - 1 - axis))
    low = np.take(x, near, axis=axis)
    step = np.take(x, far, axis=axis)
    step -= low
    step *= share
    low += step
    return low
