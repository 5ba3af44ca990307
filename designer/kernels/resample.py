"""Growing images: nearest and linear interpolation, zero padding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import channel_blocks
from designer.kernels.threads import run_tiles
from designer.kernels.windows import pad


def upsample_nearest(x: Array, scale: tuple[int, ...]) -> Array:
    """Return `x` with every cell repeated `scale` times, one whole number per spatial axis."""
    out = np.empty(_grown(x, scale), dtype=x.dtype)
    # Seen as (N, C, H, scale, W, scale) the result is a broadcast of (N, C, H, 1, W, 1).
    split = tuple(n for pair in zip(x.shape[2:], scale, strict=True) for n in pair)
    single = tuple(n for size in x.shape[2:] for n in (size, 1))
    target = out.reshape(x.shape[:2] + split)
    source = x.reshape(x.shape[:2] + single)
    blocks = channel_blocks(out)

    def work(index: int) -> None:
        target[blocks[index]] = source[blocks[index]]

    run_tiles(work, len(blocks))
    return out


def upsample_linear(x: Array, scale: tuple[int, ...]) -> Array:
    """Return `x` enlarged by linear interpolation along each spatial axis (bilinear for images).

    Cell centres keep their place and the border cell extends outwards: PyTorch's ``align_corners=False``.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    scale
        One whole number per spatial axis.
    """
    out = np.empty(_grown(x, scale), dtype=x.dtype)
    blocks = channel_blocks(out)

    def work(index: int) -> None:
        part = x[blocks[index]]
        for axis, factor in enumerate(scale, start=1):
            part = _stretch(part, axis, factor)
        out[blocks[index]] = part

    run_tiles(work, len(blocks))
    return out


def zero_pad(x: Array, padding: Sequence[tuple[int, int]]) -> Array:
    """Return `x` with zeros around it, one (before, after) pair per spatial axis."""
    return pad(x, padding)


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
