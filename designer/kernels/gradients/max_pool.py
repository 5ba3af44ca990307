"""Gradient of a maximum: it goes to the first of a window's largest values, in the order of rows, as in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from designer.kernels.arrays.memory import Array, Index
from designer.kernels.arrays.tiles import Block, cell_blocks, channel_blocks, even_runs
from designer.kernels.arrays.windows import Sampling, forward_sampling, padded_patch
from designer.kernels.elementwise import empty_like
from designer.kernels.runtime.threads import run_tiles

Padding = Sequence[tuple[int, int]]

TILE_VALUES = 1 << 16
"""Input values of a tile: with the half a dozen arrays that are made of them they stay in the second-level cache."""


def max_pool_gradient(
    x: Array,
    output: Array,
    gradient: Array,
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int] | None = None,
    ceil_mode: bool = False,
) -> Array:
    """Return the gradient of the input of `designer.kernels.pool.max_pool`, whose parameters these are.

    Parameters
    ----------
    x, output, gradient
        What the pooling read and wrote, and the gradient of that.
    """
    sampling = forward_sampling(
        x.shape[2:],
        kernel,
        stride=stride,
        padding=padding,
        dilation=dilation or (1,) * len(kernel),
        ceil_mode=ceil_mode,
    )
    result = empty_like(x)
    cells = max(1, x[0, 0].size)
    channels = list(even_runs(x.shape[1], max(1, TILE_VALUES // cells)))
    blocks = cell_blocks(x.shape[2:], TILE_VALUES)
    tiles = list(product(range(x.shape[0]), channels, blocks))

    def work(index: int) -> None:
        image, run, block = tiles[index]
        windows = _reading(sampling, block)
        place: Index = (image, run, *block)
        if any(axis.start >= axis.stop for axis in windows):
            result[place] = 0
            return
        seen: Index = (image, run, *windows)
        part = _spread(sampling, x[image, run], output[seen], gradient[seen], windows)
        first = [origin + at.start * step for origin, at, step in zip(sampling.origin, windows, stride, strict=True)]
        starts = [cut.start - begin for cut, begin in zip(block, first, strict=True)]
        stops = [cut.stop - begin for cut, begin in zip(block, first, strict=True)]
        result[place] = padded_patch(part, starts, stops)

    run_tiles(work, len(tiles), 1 if x.size <= TILE_VALUES else None)
    return result


def _reading(sampling: Sampling, block: Block) -> Block:
    """Return the output cells whose windows reach into a block of the input: each tile gathers from all of these."""
    runs = []
    for cut, origin, taps, step, spread, count in zip(
        block, sampling.origin, sampling.kernel, sampling.stride, sampling.dilation, sampling.out, strict=True
    ):
        first = -((cut.start - origin - spread * (taps - 1)) // -step)
        last = (cut.stop - 1 - origin) // step
        runs.append(slice(max(0, first), min(count - 1, last) + 1))
    return tuple(runs)


def _spread(sampling: Sampling, channels: Array, top: Array, gradient: Array, windows: Block) -> Array:
    """Return the gradient of all that these windows read of ``(C, *spatial)``, padding included."""
    # What is no number equals no maximum, so the padding wins nothing.
    source = sampling.patch(channels, windows, np.nan)
    result = np.zeros(source.shape, source.dtype)
    undecided = np.ones(top.shape, bool)
    axes = list(zip(sampling.stride, sampling.dilation, top.shape[1:], strict=True))
    for tap in product(*map(range, sampling.kernel)):
        under: Index = (
            slice(None),
            *(
                slice(at * spread, at * spread + (count - 1) * step + 1, step)
                for at, (step, spread, count) in zip(tap, axes, strict=True)
            ),
        )
        won = source[under] == top
        won &= undecided
        undecided ^= won
        result[under] += gradient * won
    return result


def global_max_pool_gradient(x: Array, gradient: Array) -> Array:
    """Return the gradient of the input of a maximum over each whole map; `gradient` is ``(N, C, 1, 1…)``."""
    result = np.zeros(x.shape, x.dtype)
    blocks = channel_blocks(x)

    def work(index: int) -> None:
        image, run = blocks[index]
        part = x[image, run]
        flat = part.reshape(part.shape[0], -1)
        first = flat.argmax(axis=1)[:, np.newaxis]
        target = result[image, run].reshape(flat.shape)
        np.put_along_axis(target, first, gradient[image, run].reshape(-1, 1), axis=1)

    run_tiles(work, len(blocks), 1 if x.size <= TILE_VALUES else None)
    return result
