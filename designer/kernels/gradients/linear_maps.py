"""Gradients of what is linear and goes axis by axis: mean over windows, adaptive mean, both ways of enlarging.

Along one axis each output cell is a sum of a few input cells with fixed shares: a banded matrix. The gradient is the
product with its transpose, a tile of the input at a time, for which only a small block of the band is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from designer.kernels.arrays.memory import Array, Index
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.arrays.windows import adaptive_cells, forward_sampling
from designer.kernels.pool import Padding, window_counts
from designer.kernels.runtime.threads import run_tiles

BLOCK_CELLS = 32
"""Cells of a tile per axis: the matrices stay small and a few rows of windows at the border are computed twice."""

TILE_VALUES = 1 << 16
"""Input values of a tile, in the second-level cache with what is made of them."""


@dataclass(frozen=True)
class AxisMap:
    """A linear map along one axis of `size` cells.

    `cells` and `shares` ``(outputs, taps)`` say which input cells each output cell takes, and how much of each; cells
    outside of the axis, with a share of zero, fill up. From one output to the next no cell goes back.
    """

    size: int
    cells: Array
    shares: Array

    def block(self, run: slice, dtype: np.dtype[np.generic]) -> tuple[slice, Array]:
        """Return the outputs that a run of input cells takes part in, and the shares ``(input cells, outputs)``."""
        inside = (self.cells >= run.start) & (self.cells < run.stop) & (self.shares != 0)
        (reading,) = inside.any(axis=1).nonzero()
        outputs = slice(int(reading[0]), int(reading[-1]) + 1) if reading.size else slice(0, 0)
        matrix = np.zeros((run.stop - run.start, outputs.stop - outputs.start), dtype)
        output, tap = inside.nonzero()
        np.add.at(matrix, (self.cells[output, tap] - run.start, output - outputs.start), self.shares[output, tap])
        return outputs, matrix


def mean_maps(
    spatial: Sequence[int],
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> list[AxisMap]:
    """Return the maps of `designer.kernels.pool.average_pool`, whose parameters these are."""
    ones = (1,) * len(kernel)
    sampling = forward_sampling(spatial, kernel, stride=stride, padding=padding, dilation=ones, ceil_mode=ceil_mode)
    counts = window_counts(sampling, spatial, padding if count_include_pad else None)
    maps = []
    for axis, (size, count) in enumerate(zip(spatial, counts, strict=True)):
        places = np.arange(sampling.out[axis])[:, np.newaxis] * sampling.stride[axis]
        cells = sampling.origin[axis] + places + np.arange(sampling.kernel[axis]) * sampling.dilation[axis]
        maps.append(AxisMap(size, cells, ((cells >= 0) & (cells < size)) / count[:, np.newaxis]))
    return maps


def adaptive_maps(spatial: Sequence[int], output: Sequence[int]) -> list[AxisMap]:
    """Return the maps of a mean over the windows that cut `spatial` cells into `output`; see `adaptive_cells`."""
    maps = []
    for size, count in zip(spatial, output, strict=True):
        place = np.arange(count)[:, np.newaxis]
        first, last = adaptive_cells(place, place, size, count)
        cells = first + np.arange(int((last - first).max()) + 1)
        maps.append(AxisMap(size, cells, (cells <= last) / (last - first + 1)))
    return maps


def nearest_maps(spatial: Sequence[int], scale: Sequence[int]) -> list[AxisMap]:
    """Return the maps of repeating every cell."""
    cells = [np.repeat(np.arange(size), factor)[:, np.newaxis] for size, factor in zip(spatial, scale, strict=True)]
    return [AxisMap(size, along, np.ones(along.shape)) for size, along in zip(spatial, cells, strict=True)]


def linear_maps(spatial: Sequence[int], scale: Sequence[int]) -> list[AxisMap]:
    """Return the maps of linear interpolation: output i lies at ``(i + 1/2) / factor - 1/2`` of the input."""
    maps = []
    for size, factor in zip(spatial, scale, strict=True):
        place = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
        near = place.astype(np.intp)
        cells = np.stack([near, np.minimum(near + 1, size - 1)], axis=1)
        maps.append(AxisMap(size, cells, np.stack([1 - (place - near), place - near], axis=1)))
    return maps


def adjoint(gradient: Array, maps: Sequence[AxisMap]) -> Array:
    """Return the gradient ``(N, C, *spatial)`` of the input of a linear map along every axis.

    Parameters
    ----------
    gradient
        Array ``(N, C, *outputs)``.
    maps
        One for each spatial axis.
    """
    images, channels = gradient.shape[:2]
    result = np.empty((images, channels, *(axis.size for axis in maps)), gradient.dtype)
    blocks = [[(run, *axis.block(run, gradient.dtype)) for run in even_runs(axis.size, BLOCK_CELLS)] for axis in maps]
    cells = max(1, min(BLOCK_CELLS ** len(maps), result[0, 0].size))
    runs = even_runs(channels, max(1, TILE_VALUES // cells))
    tiles = list(product(range(images), runs, product(*blocks)))

    def work(index: int) -> None:
        image, run, block = tiles[index]
        read: Index = (image, run, *(outputs for _cells, outputs, _matrix in block))
        part: Array = gradient[read]
        for axis, (_cells, _outputs, matrix) in enumerate(block, start=1):
            part = np.moveaxis(np.tensordot(matrix, part, (1, axis)), 0, axis)
        place: Index = (image, run, *(cut for cut, _outputs, _matrix in block))
        result[place] = part

    run_tiles(work, len(tiles), 1 if result.size <= TILE_VALUES else None)
    return result


def global_mean_gradient(gradient: Array, spatial: Sequence[int]) -> Array:
    """Return the gradient of the input of a mean over each whole map; `gradient` is ``(N, C, 1, 1…)``."""
    images, channels = gradient.shape[:2]
    result = np.empty((images, channels, *spatial), gradient.dtype)
    cells = max(1, result[:1, :1].size)
    share = np.asarray(gradient / cells, gradient.dtype)
    tiles = list(product(range(images), even_runs(channels, max(1, TILE_VALUES // cells))))

    def work(index: int) -> None:
        image, run = tiles[index]
        result[image, run] = share[image, run]

    run_tiles(work, len(tiles), 1 if result.size <= TILE_VALUES else None)
    return result
