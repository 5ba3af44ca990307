"""Average over as many windows as there are to be outputs, wherever these windows lie."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod

import numpy as np

from designer.kernels.arrays.channels_last import is_channels_last
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import Block, cell_blocks, even_runs
from designer.kernels.arrays.windows import adaptive_cells, adaptive_window
from designer.kernels.elementwise import INLINE_VALUES, finish
from designer.kernels.epilogue import Epilogue
from designer.kernels.global_pool import WholeImage
from designer.kernels.pool import TILE_VALUES, prepare_average_pool
from designer.kernels.runtime.stages import Kernel, Scratch, Stage, Whole
from designer.kernels.runtime.threads import core_count, run_tiles


def prepare_adaptive_average_pool(spatial: Sequence[int], output: Sequence[int]) -> Kernel:
    """Return the mean of the windows that cut images of `spatial` cells into `output` cells; see `adaptive_cells`."""
    if max(output) == 1:
        return WholeImage(np.add)
    windows = [adaptive_window(size, count) for size, count in zip(spatial, output, strict=True)]
    even = [window for window in windows if window is not None]
    if len(even) < len(windows):
        return UnevenAverage(spatial, output)
    kernel, stride = zip(*even, strict=True)
    return prepare_average_pool(spatial, kernel, stride=stride, padding=((0, 0),) * len(kernel))


def adaptive_average_pool(x: Array, output: Sequence[int], out: Array | None = None) -> Array:
    """Return the mean of the windows that cut the maps of ``(N, C, *spatial)`` into `output` cells."""
    return prepare_adaptive_average_pool(x.shape[2:], output).run(x, out)


class UnevenAverage(Kernel):
    """A mean over windows of different lengths, or that repeat cells: one axis after the other, tile by tile."""

    name = "mean"

    def __init__(self, spatial: Sequence[int], output: Sequence[int]) -> None:
        self._output = tuple(output)
        places = [np.arange(count) for count in output]
        cells = [adaptive_cells(at, at, *axis) for at, *axis in zip(places, spatial, output, strict=True)]
        self._firsts = [first for first, _last in cells]
        self._lengths = [last - first + 1 for first, last in cells]

    def empty(self, x: Array) -> Array:
        """In the same order in memory as the images."""
        shape = x.shape[:2] + self._output
        if not is_channels_last(x):
            return np.empty(shape, x.dtype)
        return np.moveaxis(np.empty((shape[0], *shape[2:], shape[1]), x.dtype), -1, 1)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """One stage that cuts itself into tiles."""
        return [Whole(partial(self._pool, x, out, epilogue))]

    def _pool(self, x: Array, out: Array, epilogue: Epilogue) -> None:
        tiles = self._tiles(x)

        def work(index: int) -> None:
            image, channels, cells = tiles[index]
            # What the tile reads, spatial axes first: its sums are then over whole runs of memory, channels last.
            part = np.moveaxis(x[image, channels], 0, -1)[tuple(map(self._reads, range(len(cells)), cells))]
            for axis, run in enumerate(cells):
                part = self._mean_along(part, axis, run)
            np.moveaxis(out[image, channels], 0, -1)[cells] = part

        run_tiles(work, len(tiles), 1 if x.size <= INLINE_VALUES else None)
        finish(out, epilogue)

    def _tiles(self, x: Array) -> list[tuple[int, slice, Block]]:
        """Cut the output into (image, channels, cells), each of which reads about TILE_VALUES of the images."""
        images, channels = x.shape[:2]
        count = prod(self._output)
        read = max(1, prod(x.shape[2:]) // count)
        longest = max(1, TILE_VALUES // read)
        if x.size > INLINE_VALUES:
            longest = min(longest, max(1, channels * count // (2 * core_count())))
        if is_channels_last(x):
            runs, blocks = [slice(0, channels)], cell_blocks(self._output, longest // channels)
        else:
            runs, blocks = list(even_runs(channels, longest // count)), cell_blocks(self._output, longest)
        return [(image, run, block) for image in range(images) for run in runs for block in blocks]

    def _reads(self, axis: int, run: slice) -> slice:
        last = run.stop - 1
        return slice(int(self._firsts[axis][run.start]), int(self._firsts[axis][last] + self._lengths[axis][last]))

    def _mean_along(self, part: Array, axis: int, run: slice) -> Array:
        """Return the means along an axis of `part`, which begins with the first cell that the run reads."""
        part = np.moveaxis(part, axis, 0)
        firsts = self._firsts[axis][run] - self._firsts[axis][run.start]
        lengths = self._lengths[axis][run]
        longest = int(lengths.max())
        if len(firsts) <= longest:
            total = np.empty((len(firsts), *part.shape[1:]), part.dtype)
            for index, (first, length) in enumerate(zip(firsts.tolist(), lengths.tolist(), strict=True)):
                np.add.reduce(part[first : first + length], 0, out=total[index])
        else:
            # More windows than cells in one: all their first cells, plus all their second ones, and so on.
            total = part[firsts]
            for tap in range(1, longest):
                inside = lengths > tap
                if inside.all():
                    total += part[firsts + tap]
                else:
                    total[inside] += part[firsts[inside] + tap]
        total *= (1 / lengths).astype(part.dtype).reshape(-1, *(1,) * (part.ndim - 1))
        return np.moveaxis(total, 0, axis)
