"""Gradients of a convolution; those of a transposed one are the same with input and output exchanged.

With y = W * x, the gradient of x is the transposed convolution of that of y, and the gradient of W the correlation of
x with that of y (Dumoulin & Visin 2016, section 4; Goodfellow, Bengio & Courville 2016, section 9.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np

from designer.kernels.arrays.channels_last import is_channels_last
from designer.kernels.arrays.memory import Array, Index
from designer.kernels.arrays.tiles import TILE_MACS, WAKING_MACS, Block, cell_blocks, even_runs, flat_run
from designer.kernels.arrays.windows import Sampling
from designer.kernels.conv import Padding, convolve, swap_channels
from designer.kernels.convolution.im2col import TILE_BYTES
from designer.kernels.elementwise import copy
from designer.kernels.gradients.scatter import scattered_products
from designer.kernels.runtime.threads import checkpoint_part, core_count, run_tiles


def input_gradient(
    gradient: Array,
    weight: Array,
    spatial: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int],
    groups: int = 1,
) -> Array:
    """Return the gradient ``(N, C, *spatial)`` of what a convolution read.

    Parameters
    ----------
    gradient
        Array ``(N, out, *sizes)``: the gradient of what it wrote.
    weight
        Array ``(out, C / groups, *kernel)``.
    spatial
        Cells of the input per axis.
    stride, padding, dilation, groups
        Those of the convolution.
    """
    reach = [spread * (taps - 1) for taps, spread in zip(weight.shape[2:], dilation, strict=True)]
    inside = all(max(sides) <= far for sides, far in zip(padding, reach, strict=True))
    if inside and all(step == 1 for step in stride):
        # Without strides it is a convolution again, with the filters turned round, for which there are fast ways.
        turned = np.flip(swap_channels(weight, groups), tuple(range(2, weight.ndim)))
        rest = [(far - before, far - after) for far, (before, after) in zip(reach, padding, strict=True)]
        filters = np.ascontiguousarray(turned)
        return convolve(gradient, filters, stride=stride, padding=rest, dilation=dilation, groups=groups)
    return scattered_products(gradient, weight, spatial, _sampling(gradient, weight, stride, padding, dilation), groups)


def _sampling(
    gradient: Array, weight: Array, stride: Sequence[int], padding: Padding, dilation: Sequence[int]
) -> Sampling:
    """Return which cells of the input each window of the convolution read."""
    origin = tuple(-before for before, _after in padding)
    return Sampling(origin, weight.shape[2:], tuple(stride), tuple(dilation), gradient.shape[2:])


def weight_gradient(
    x: Array,
    gradient: Array,
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int],
    groups: int = 1,
) -> Array:
    """Return the gradient ``(out, C / groups, *kernel)`` of the weights of a convolution.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``: what it read.
    gradient
        Array ``(N, out, *sizes)``: the gradient of what it wrote.
    kernel, stride, padding, dilation, groups
        Those of the convolution.
    """
    origin = tuple(-before for before, _after in padding)
    sampling = Sampling(origin, tuple(kernel), tuple(stride), tuple(dilation), gradient.shape[2:])
    in_place = sampling.is_identity(x.shape[2:])
    if not in_place and is_channels_last(x):
        # Windows are gathered along runs of cells.
        turned = np.empty(x.shape, x.dtype)
        copy(x, turned)
        x = turned
    return _WeightGradient(x, gradient, sampling, groups, in_place).compute()


class _WeightGradient:
    """The products of one weight gradient, cut into tiles of the result.

    Every tile adds up all cells of its own weights, so that no two write the same; the cells are cut into parts, one
    after the other, so that a tile stays short however large the images are.
    """

    def __init__(self, x: Array, gradient: Array, sampling: Sampling, groups: int, in_place: bool) -> None:
        images, channels, filters = x.shape[0], x.shape[1] // groups, gradient.shape[1] // groups
        self._x = x.reshape(images, groups, channels, *x.shape[2:])
        self._gradient = gradient.reshape(images, groups, filters, *gradient.shape[2:])
        self._sampling, self._in_place = sampling, in_place
        self._result = np.zeros((groups, filters, channels * sampling.taps), x.dtype)

    def compute(self) -> Array:
        groups, filters, depth = self._result.shape
        tiles = self._tiles()
        parts = list(self._parts(max(self._macs(tile) for tile in tiles)))
        inline = self._result.size * self._sampling.cells * self._x.shape[0] <= WAKING_MACS
        for number, cells in enumerate(parts):
            with checkpoint_part(number, len(parts)):
                run_tiles(
                    lambda index, cells=cells: self._add(tiles[index], cells),  # type: ignore[misc]
                    len(tiles),
                    1 if inline else None,
                )
        return self._result.reshape(groups * filters, depth // self._sampling.taps, *self._sampling.kernel)

    def _macs(self, tile: tuple[slice, slice, slice]) -> int:
        """Multiply-adds of a tile for one cell."""
        groups, filters, channels = (int(run.stop - run.start) for run in tile)
        return groups * filters * channels * self._sampling.taps

    def _tiles(self) -> list[tuple[slice, slice, slice]]:
        """Cut the result into (groups, filters, channels): two for each core, or more where one would take too long."""
        groups, filters, depth = self._result.shape
        channels = depth // self._sampling.taps
        wanted = 2 * core_count()
        few_groups = max(1, groups // wanted)
        few_channels = max(1, channels // max(1, wanted // groups))
        # A product of few cells is bound by reading the weights and takes as long as one of some 16 cells.
        few_filters = max(1, TILE_MACS // (16 * few_groups * few_channels * self._sampling.taps))
        return list(
            product(even_runs(groups, few_groups), even_runs(filters, few_filters), even_runs(channels, few_channels))
        )

    def _parts(self, macs: int) -> Iterator[list[tuple[int, Block]]]:
        """Cut all images into parts of TILE_MACS for a tile, and these into blocks whose windows fit the cache."""
        most = max(1, TILE_MACS // macs)
        groups, _filters, depth = self._result.shape
        values = max(1, groups // (2 * core_count())) * max(1, depth // max(1, 2 * core_count() // groups))
        longest = most if self._in_place else min(most, max(1, TILE_BYTES // (values * self._x.itemsize)))
        part: list[tuple[int, Block]] = []
        held = 0
        for image in range(self._x.shape[0]):
            for block in cell_blocks(self._sampling.out, longest):
                count = prod(run.stop - run.start for run in block)
                if part and held + count > most:
                    yield part
                    part, held = [], 0
                part.append((image, block))
                held += count
        yield part

    def _add(self, tile: tuple[slice, slice, slice], cells: list[tuple[int, Block]]) -> None:
        groups, filters, channels = tile
        taps = self._sampling.taps
        target = self._result[groups, filters, channels.start * taps : channels.stop * taps]
        for image, block in cells:
            place: Index = (image, groups, filters, *block)
            part: Array = self._gradient[place]
            columns = self._columns(self._x[image, groups, channels], block)
            target += np.matmul(part.reshape(*part.shape[:2], -1), columns.swapaxes(1, 2))

    def _columns(self, x: Array, block: Block) -> Array:
        """Return the windows of a block of output cells: ``(groups, C · taps, cells)``."""
        if self._in_place:
            flat: Array = x.reshape(*x.shape[:2], self._sampling.cells)
            return flat[..., flat_run(block, self._sampling.out)]
        windows = self._sampling.windows(x, block)
        rank = len(block)
        # (groups, C, *cells, *kernel) to (groups, C, *kernel, *cells)
        taps_first = windows.transpose(0, 1, *range(rank + 2, 2 * rank + 2), *range(2, rank + 2))
        return taps_first.reshape(x.shape[0], x.shape[1] * self._sampling.taps, -1)
