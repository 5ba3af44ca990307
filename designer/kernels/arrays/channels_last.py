"""Arrays laid out ``(N, *spatial, C)`` in memory, as the fast algorithms read and write them.

To everybody else an array stays ``(N, C, *spatial)``: channels last is only the order of its strides. Runs of
channels are contiguous there, so that shifting a window, adding a residual or pooling are whole-array
operations at the speed of the cache, whatever the size of the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from designer.kernels.arrays.memory import Array, reserve
from designer.kernels.arrays.tiles import Pair
from designer.kernels.runtime.stages import Buffers
from designer.kernels.runtime.threads import Call, perform

FEW_CHANNELS = 4
"""Planes of an image that are copied one by one: grey, colour, and colour with transparency."""


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
