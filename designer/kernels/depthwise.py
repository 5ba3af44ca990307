"""Depthwise convolution: every filter sees one channel, so there is no matrix to multiply with."""

from __future__ import annotations

from itertools import product

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import CACHE_BYTES, Block, even_runs
from designer.kernels.sampling import Sampling
from designer.kernels.threads import run_tiles
from designer.kernels.windows import sliding_windows

INLINE_MACS = 1 << 17
"""Work smaller than this is done before a second thread has woken up."""


def convolve_depthwise(x: Array, weight: Array, bias: Array | None, sampling: Sampling, out: Array) -> None:
    """Add up the taps of the kernel: one multiplication and one addition of shifted images per tap.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    weight, bias
        Arrays ``(C * m, 1, *kernel)`` and ``(C * m,)``; channel `c` makes the outputs ``c * m`` to
        ``c * m + m - 1``.
    sampling
        Which input cells each output cell reads.
    out
        Array ``(N, C * m, *sampling.out)`` to be written, of any memory layout.
    """
    images, channels = x.shape[:2]
    multiplier = weight.shape[0] // channels
    ones = (1,) * len(sampling.out)
    target = out.reshape(images, channels, multiplier, *sampling.out)
    factors = weight.reshape(channels, multiplier, *sampling.kernel)
    offset = None if bias is None else bias.reshape(channels, multiplier, *ones)
    tiles = _tiles(target.shape, sampling, x.itemsize)

    def work(index: int) -> None:
        image, run, block = tiles[index]
        patch = sampling.patch(x[image, run], block)
        windows = sliding_windows(patch, sampling.kernel, sampling.stride, sampling.dilation)
        part = target[(image, run, slice(None), *block)]
        part[...] = 0 if offset is None else offset[run]
        term = np.empty(part.shape, dtype=x.dtype)
        for tap in product(*map(range, sampling.kernel)):
            factor = factors[(run, slice(None), *tap)].reshape(-1, multiplier, *ones)
            np.multiply(windows[(..., *tap)][:, None], factor, out=term)
            part += term

    small = out.size * sampling.taps <= INLINE_MACS
    run_tiles(work, len(tiles), workers=1 if small else None)


def _tiles(shape: tuple[int, ...], sampling: Sampling, itemsize: int) -> list[tuple[int, slice, Block]]:
    """Cut the result into tiles that fit the cache: runs of channels, or runs of rows of one channel."""
    images, channels, multiplier = shape[:3]
    channel_bytes = max(1, sampling.cells * multiplier * itemsize)
    rows = sampling.out[0]
    most_rows = max(1, rows * CACHE_BYTES // channel_bytes)
    whole = tuple(slice(0, size) for size in sampling.out[1:])
    return [
        (image, run, (row_run, *whole))
        for image in range(images)
        for run in even_runs(channels, max(1, CACHE_BYTES // channel_bytes))
        for row_run in even_runs(rows, most_rows)
    ]
