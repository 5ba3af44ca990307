"""Arrays laid out ``(N, *spatial, C)`` in memory, as the fast algorithms read and write them.

To everybody else an array stays ``(N, C, *spatial)``: channels last is only the order of its strides. Runs of
channels are contiguous there, so that shifting a window, adding a residual or pooling are whole-array
operations at the speed of the cache, whatever the size of the image.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod

import numpy as np

from designer.kernels.arrays import Array, Index, reserve
from designer.kernels.blocks import cell_blocks, even_runs
from designer.kernels.epilogue import Call, perform
from designer.kernels.sampling import Sampling
from designer.kernels.threads import core_count

HEAD_START_MACS = 1_000_000
"""What the calling thread multiplies while its helper is still waking up."""


LONG_BAND = 7
"""Rows for each core from which one row more is little."""

FEW_CHANNELS = 4
"""Planes of an image that are copied one by one."""


def empty_channels_last(shape: Sequence[int], dtype: np.dtype[np.generic]) -> Array:
    """Return an uninitialised ``(N, C, *spatial)`` array whose channels are adjacent in memory."""
    images, channels, *spatial = shape
    return channels_first(reserve((images, *spatial, channels), dtype))


def channels_last(x: Array) -> Array:
    """Return ``(N, C, *spatial)`` as a view ``(N, *spatial, C)``."""
    return x.transpose(0, *range(2, x.ndim), 1)


def channels_first(x: Array) -> Array:
    """Return ``(N, *spatial, C)`` as a view ``(N, C, *spatial)``."""
    return x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1))


def is_channels_last(x: Array) -> bool:
    """Tell whether ``(N, C, *spatial)`` has its channels adjacent and no gaps in memory."""
    return channels_last(x).flags.c_contiguous


def one_row(x: Array) -> Array | None:
    """Return ``(N, H, W, C)`` as a view ``(1, N · H · W, 1, C)``; none where there are gaps between the rows."""
    step, cells = 0, 1
    for size, stride in zip(x.shape[2::-1], x.strides[2::-1], strict=True):
        if size != 1:
            if step and stride != step * cells:
                return None
            step = step or stride
            cells *= size
    return x.reshape(1, cells, 1, x.shape[3])


Pair = tuple[int, int]


class Buffers:
    """Buffers by name: a fresh one for every tile costs as much as filling it.

    Parameters
    ----------
    lasting
        Whether calls made with these buffers are kept, so that margins once filled need not be filled again.
    """

    def __init__(self, lasting: bool = False) -> None:
        self.lasting = lasting
        self._kept: dict[object, Array] = {}

    def framed(self, shape: Sequence[int], dtype: np.dtype[np.generic], frame: object) -> tuple[Array, bool]:
        """Return a buffer for arrays with the same margins, and whether these have been filled already."""
        if not self.lasting:
            return self.take("patch", shape, dtype), False
        key = (tuple(shape), dtype, frame)
        found = self._kept.get(key)
        if found is not None:
            return found, True
        found = self._kept[key] = np.empty(shape, dtype)
        return found, False

    def take(self, name: str, shape: Sequence[int], dtype: np.dtype[np.generic]) -> Array:
        """Return the buffer of that name, valid until somebody asks for it again."""
        size = prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < size or kept.dtype != dtype:
            kept = self._kept[name] = np.empty(size, dtype=dtype)
        return kept[:size].reshape(shape)


class Scratch:
    """Buffers of a run: a set for each thread, and sets by number for work whose calls are kept.

    Parameters
    ----------
    lender
        Where large buffers come from that are needed only within a call: returns an array of at least so many bytes.
    """

    def __init__(self, lender: Callable[[int], Array] | None = None) -> None:
        self._threads = threading.local()
        self._numbered: dict[int, Buffers] = {}
        self._lender = lender

    def here(self) -> Buffers:
        """Return the buffers of this thread."""
        found: Buffers | None = getattr(self._threads, "buffers", None)
        if found is None:
            found = self._threads.buffers = Buffers()
        return found

    def numbered(self, index: int) -> Buffers:
        """Return the buffers of the tiles of this number."""
        return self._numbered.setdefault(index, Buffers(lasting=True))

    def take(self, name: str, shape: Sequence[int], dtype: np.dtype[np.generic]) -> Array:
        """Return this thread's buffer of that name, valid until the thread asks for it again."""
        return self.here().take(name, shape, dtype)

    def lend(self, shape: Sequence[int], dtype: np.dtype[np.generic]) -> Array:
        """Return a large buffer that nobody else has, for as long as it or a view of it is held."""
        if self._lender is None:
            return np.empty(shape, dtype)
        return np.ndarray(shape, dtype, self._lender(prod(shape) * dtype.itemsize))


def read_patch(source: Array, images: slice, rows: Pair, columns: Pair, scratch: Scratch) -> Array:
    """Copy a rectangle of ``(N, H, W, C)``, zero outside the image, as contiguous ``(images, rows, columns, C)``."""
    patch, calls = patch_calls(source, images, rows, columns, scratch.here())
    perform(calls)
    return patch


def patch_calls(source: Array, images: slice, rows: Pair, columns: Pair, buffers: Buffers) -> tuple[Array, list[Call]]:
    """Return the array for a rectangle of ``(N, H, W, C)``, zero outside the image, and the calls that fill it."""
    height, width, channels = source.shape[1:]
    count = images.stop - images.start
    shape = (count, rows[1] - rows[0], columns[1] - columns[0], channels)
    top, bottom = (min(max(edge, 0), height) for edge in rows)
    left, right = (min(max(edge, 0), width) for edge in columns)
    if top >= bottom or left >= right:
        patch = buffers.take("patch", shape, source.dtype)
        return patch, [partial(patch.fill, 0)]
    down, across = slice(top - rows[0], bottom - rows[0]), slice(left - columns[0], right - columns[0])
    frame = (down.start, down.stop, across.start, across.stop)
    patch, is_filled = buffers.framed(shape, source.dtype, frame)
    calls: list[Call] = [partial(margin.fill, 0) for margin in _margins(patch, down, across)]
    if buffers.lasting:
        if not is_filled:
            perform(calls)
        calls = []
    inside, inner = source[images, top:bottom, left:right], patch[:, down, across]
    if inside.strides[3] == inside.itemsize:
        calls.append(partial(np.copyto, inner, inside))
    elif channels <= FEW_CHANNELS:
        # One by one, in runs as long as a row: NumPy would walk the channels innermost.
        calls += [partial(np.copyto, inner[..., channel], inside[..., channel]) for channel in range(channels)]
    else:
        # Turned around inside the cache: far apart in memory, the planes of the channels evict each other.
        planes = buffers.take("planes", (count, channels, bottom - top, right - left), source.dtype)
        calls.append(partial(np.copyto, planes, inside.transpose(0, 3, 1, 2)))
        calls.append(partial(np.copyto, inner, planes.transpose(0, 2, 3, 1)))
    return patch, calls


def _margins(patch: Array, down: slice, across: slice) -> list[Array]:
    """Return what of ``(N, rows, columns, C)`` lies outside of a rectangle, in as few pieces as can be."""
    columns = patch.shape[2]
    margins = [patch[:, : down.start], patch[:, down.stop :]]
    if across.start == columns - across.stop == 1:
        margins.append(patch[:, down, :: columns - 1])
    else:
        margins += [patch[:, down, : across.start], patch[:, down, across.stop :]]
    return [margin for margin in margins if margin.size]


def is_inside(source: Array, rows: Pair, columns: Pair) -> bool:
    """Tell whether ``(N, H, W, C)`` has all these rows and columns, from and to."""
    return rows[0] >= 0 and columns[0] >= 0 and rows[1] <= source.shape[1] and columns[1] <= source.shape[2]


def windows_of(
    patch: Array,
    counts: Sequence[int],
    taps: Sequence[int],
    steps: Sequence[int],
    spread: Sequence[int] = (1, 1),
    first: tuple[int, int, int] = (0, 0, 0),
    as_runs: bool = False,
) -> Array:
    """Return the windows of a contiguous ``(N, rows, columns, C)`` as a view ``(N, *counts, *taps, C)``.

    Parameters
    ----------
    counts, taps
        Windows, and cells of each, along both axes.
    steps, spread
        Cells between neighbouring windows and between neighbouring cells of one window.
    first
        Image, row and column where the first window begins.
    as_runs
        Return ``(N, *counts, taps of a column)`` items, each of them what a window reads of one row.
    """
    # Not those of the array: along an axis of length 1 they may be anything.
    channel = patch.itemsize
    column = patch.shape[3] * channel
    row = patch.shape[2] * column
    image = patch.shape[1] * row
    shape = (patch.shape[0] - first[0], *counts, *taps, patch.shape[3])
    strides = (image, row * steps[0], column * steps[1], row * spread[0], column * spread[1], channel)
    start = first[0] * image + first[1] * row + first[2] * column
    if as_runs:
        return np.ndarray(shape[:4], np.dtype((np.void, taps[1] * column)), patch, start, strides[:4])
    return np.ndarray(shape, patch.dtype, patch, start, strides)


def shares(size: int, parts: int, macs_each: float) -> list[slice]:
    """Cut ``range(size)`` into `parts` runs for as many threads, the first longer than the others.

    The calling thread takes the first run while the others are being woken, and then all finish together.

    Parameters
    ----------
    size, parts
        Items to be shared, runs wanted; fewer come back where there is not enough to do.
    macs_each
        Multiply-adds of one item.
    """
    ahead = HEAD_START_MACS / max(1.0, macs_each)
    if parts <= 1 or size <= ahead + 1:
        return [slice(0, size)]
    rest = (size - ahead) / parts
    edges = [0, *(round(ahead + rest * (index + 1)) for index in range(parts))]
    return [slice(first, last) for first, last in pairwise(edges) if last > first]


@dataclass(frozen=True)
class Rectangle:
    """The same rectangle of a grid in each of a run of images."""

    images: slice
    rows: slice
    columns: slice

    @property
    def shape(self) -> tuple[int, int, int]:
        """Images, rows and columns."""
        return _length(self.images), _length(self.rows), _length(self.columns)

    @property
    def cells(self) -> int:
        """Cells in all."""
        images, rows, columns = self.shape
        return images * rows * columns

    def place(self, scale: int = 1) -> Index:
        """Return the index of ``(N, H, W, …)`` when each cell of the grid stands for `scale` x `scale` cells."""
        return self.images, *(slice(run.start * scale, run.stop * scale) for run in (self.rows, self.columns))


def bands(images: int, grid: Pair) -> list[Rectangle]:
    """Cut a grid of cells, repeated in each image, into one piece for each core: whole images, or rows of the only one.

    The first is longer than the others, where a row more is not too much: the calling thread computes it, begins some
    10 microseconds before the others, and had to be woken up again if it finished before them.
    """
    rows, columns = grid
    cores = core_count()
    if images > 1:
        runs = even_runs(images, -(-images // cores))
        return [Rectangle(run, slice(0, rows), slice(0, columns)) for run in runs]
    first = -(-rows // cores)
    if rows % cores == 0 and first >= LONG_BAND:
        first += 1
    others = even_runs(rows - first, -(-(rows - first) // max(1, cores - 1)))
    runs = iter([slice(0, first), *(slice(first + run.start, first + run.stop) for run in others)])
    return [Rectangle(slice(0, 1), run, slice(0, columns)) for run in runs]


def whole(images: int, grid: Pair) -> Rectangle:
    """Return all cells of all images."""
    return Rectangle(slice(0, images), slice(0, grid[0]), slice(0, grid[1]))


def spans(sampling: Sampling, block: Rectangle) -> tuple[Pair, Pair]:
    """Return the rows and the columns, from and to, that a rectangle of output cells reads."""
    rows, columns = (
        (origin + run.start * stride, origin + (run.stop - 1) * stride + (taps - 1) * spread + 1)
        for run, origin, stride, taps, spread in zip(
            (block.rows, block.columns),
            sampling.origin,
            sampling.stride,
            sampling.kernel,
            sampling.dilation,
            strict=True,
        )
    )
    return rows, columns


def rectangles(images: int, grid: Pair, longest: int, macs_each: float) -> list[Rectangle]:
    """Cut a grid of cells, repeated in each image, into work for all cores.

    Whole images of a few together when they are small, whole rows of one image, or pieces of a row; in the
    order of the cells in memory.

    Parameters
    ----------
    images, grid
        Number of images, rows and columns.
    longest
        Cells of a rectangle, roughly: a whole row may be a quarter more.
    macs_each
        Multiply-adds of one cell.
    """
    rows, columns = grid
    cells = rows * columns
    fair = -(-images * cells // core_count())
    longest = max(1, min(longest, fair))
    if 2 * cells <= longest:
        return [Rectangle(run, slice(0, rows), slice(0, columns)) for run in even_runs(images, longest // cells)]
    if columns > longest * 5 // 4:
        pieces = [(down, across) for down, across in cell_blocks(grid, longest)]
    else:
        pieces = [(down, slice(0, columns)) for down in _row_runs(images, rows, columns * macs_each, cells / longest)]
    return [Rectangle(slice(image, image + 1), *piece) for image in range(images) for piece in pieces]


def _row_runs(images: int, rows: int, macs_each: float, wanted: float) -> list[slice]:
    """Cut the rows of one image into about `wanted` runs, in such a number that no core idles at the end."""
    cores = core_count()
    count = -(-int(np.ceil(wanted)) // cores) * cores if images % cores else int(np.ceil(wanted))
    if images == 1 and count == cores:
        return shares(rows, cores, macs_each)
    return list(even_runs(rows, -(-rows // min(count, rows))))


def _length(run: slice) -> int:
    return int(run.stop - run.start)
