"""Depthwise convolution: every filter sees one channel, so there is no matrix to multiply with."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays import Array, Index
from designer.kernels.blocks import CACHE_BYTES, Block, even_runs
from designer.kernels.filters import Filters
from designer.kernels.sampling import Sampling
from designer.kernels.threads import run_tiles

INLINE_MACS = 1 << 17
"""Work smaller than this is done before a second thread has woken up."""


def convolve_depthwise(x: Array, filters: Filters, sampling: Sampling, out: Array) -> None:
    """Add up the taps of the kernel: one multiplication and one addition of shifted images per tap.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    filters
        As many groups as channels; channel `c` makes the outputs ``c * m`` to ``c * m + m - 1``.
    sampling
        Which input cells each output cell reads.
    out
        Array ``(N, C * m, *sampling.out)`` to be written, of any memory layout.
    """
    channels, multiplier = filters.per_group
    ones = (1,) * len(sampling.out)
    target = out.reshape(x.shape[0], channels, multiplier, *sampling.out)
    factors = filters.weight.reshape(channels, multiplier, *sampling.kernel)
    offset = filters.offset()
    tiles = _tiles(target, sampling)

    def work(index: int) -> None:
        image, run, block = tiles[index]
        windows = sampling.windows(x[image, run], block)
        place: Index = (image, run, slice(None), *block)
        part: Array = target[place]
        part[...] = 0 if offset is None else offset[run]
        term = np.empty(part.shape, dtype=x.dtype)
        for tap in np.ndindex(*sampling.kernel):
            under_tap: Array = windows[(..., *tap)]
            factor: Array = factors[(run, slice(None), *tap)]
            np.multiply(under_tap[:, None], factor.reshape(*factor.shape, *ones), out=term)
            part += term

    small = out.size * sampling.taps <= INLINE_MACS
    run_tiles(work, len(tiles), workers=1 if small else None)


def _tiles(target: Array, sampling: Sampling) -> list[tuple[int, slice, Block]]:
    """Cut the result into tiles that fit the cache: runs of channels, or runs of rows of one channel."""
    images, channels, multiplier = target.shape[:3]
    channel_bytes = max(1, sampling.cells * multiplier * target.itemsize)
    rows = sampling.out[0]
    return [
        (image, run, (row_run, *sampling.whole[1:]))
        for image in range(images)
        for run in even_runs(channels, CACHE_BYTES // channel_bytes)
        for row_run in even_runs(rows, rows * CACHE_BYTES // channel_bytes)
    ]
