"""Matrix products whose columns are added to the cells that they belong to ("col2im"), for windows with strides.

With a stride the windows overlap little, so there is little to add, and the product is one of the full depth; the
transposed convolution, which gathers, would have one short product for each residue of the stride.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np

from designer.kernels.arrays.memory import Array, Index
from designer.kernels.arrays.tiles import TILE_MACS, WAKING_MACS, Block, cell_blocks, even_runs
from designer.kernels.arrays.windows import Sampling
from designer.kernels.convolution.im2col import TILE_BYTES
from designer.kernels.runtime.threads import checkpoint_part, core_count, run_tiles


def scattered_products(
    gradient: Array, weight: Array, spatial: Sequence[int], sampling: Sampling, groups: int
) -> Array:
    """Return the gradient ``(N, C, *spatial)`` of what a convolution read.

    Parameters
    ----------
    gradient
        Array ``(N, out, *sampling.out)``.
    weight
        Array ``(out, C / groups, *kernel)``.
    spatial
        Cells of the input per axis.
    sampling
        Which of them each window reads.
    groups
        Number of channel groups.
    """
    images, filters, channels = gradient.shape[0], weight.shape[0] // groups, weight.shape[1]
    taps = sampling.taps
    by_filter = weight.astype(gradient.dtype, copy=False).reshape(groups, filters, channels, taps)
    rows = np.ascontiguousarray(by_filter.transpose(0, 2, 3, 1))
    source = gradient.reshape(images, groups, filters, *sampling.out)
    result = np.zeros((images, groups, channels, *spatial), gradient.dtype)
    # Several channels to a tile, for the products' sake, but two tiles for each core.
    few = max(1, min(16, channels * images * groups // (2 * core_count())))
    tiles = list(product(range(images), range(groups), even_runs(channels, few)))
    parts = list(_parts(sampling, few * taps, filters, gradient.itemsize))
    inline = weight.size * sampling.cells * images <= WAKING_MACS

    for number, blocks in enumerate(parts):

        def work(index: int, blocks: Sequence[Block] = blocks) -> None:
            image, group, run = tiles[index]
            matrix = rows[group, run].reshape(-1, filters)
            for block in blocks:
                place: Index = (image, group, slice(None), *block)
                part: Array = source[place]
                columns = np.matmul(matrix, part.reshape(filters, -1))
                kernels = columns.reshape(run.stop - run.start, *sampling.kernel, *part.shape[1:])
                _add_to_cells(kernels, result[image, group, run], sampling, block)

        with checkpoint_part(number, len(parts)):
            run_tiles(work, len(tiles), 1 if inline else None)
    return result.reshape(images, groups * channels, *spatial)


def _parts(sampling: Sampling, depth: int, filters: int, itemsize: int) -> Iterator[list[Block]]:
    """Cut the windows into blocks whose columns fit the cache, and these into parts of TILE_MACS for a tile."""
    most = max(1, TILE_MACS // (depth * filters))
    longest = min(most, max(1, TILE_BYTES // (depth * itemsize)))
    part: list[Block] = []
    held = 0
    for block in cell_blocks(sampling.out, longest):
        count = prod(run.stop - run.start for run in block)
        if part and held + count > most:
            yield part
            part, held = [], 0
        part.append(block)
        held += count
    yield part


def _add_to_cells(columns: Array, target: Array, sampling: Sampling, block: Block) -> None:
    """Add ``(C, *kernel, *cells)`` to the cells of ``(C, *spatial)`` that the windows of a block read."""
    axes = list(zip(block, sampling.origin, sampling.stride, sampling.dilation, target.shape[1:], strict=True))
    for tap in product(*map(range, sampling.kernel)):
        cells: list[slice] = []
        windows: list[slice] = []
        for at, (run, origin, step, spread, size) in zip(tap, axes, strict=True):
            first = origin + run.start * step + at * spread
            low = max(0, -(first // step))
            high = min(run.stop - run.start, (size - 1 - first) // step + 1)
            windows.append(slice(low, max(low, high)))
            cells.append(slice(first + low * step, first + low * step + max(0, high - low) * step, step))
        if all(run.start < run.stop for run in windows):
            place: Index = (slice(None), *cells)
            read: Index = (slice(None), *tap, *windows)
            target[place] += columns[read]
