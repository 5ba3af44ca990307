"""Convolution whose kernels differ from place to place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.arrays.windows import pad, sliding_windows
from designer.kernels.runtime.threads import run_tiles

Padding = Sequence[tuple[int, int]]

TILE_VALUES = 1 << 20
"""Weights of a tile, and what it reads of the images: 4 MB."""


def convolve_unshared(
    x: Array,
    weight: Array,
    bias: Array | None,
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    out: Array | None = None,
) -> Array:
    """Return the sum of each window's values times the weights of its place.

    Parameters
    ----------
    x
        Array ``(N, C, H, W)``.
    weight, bias
        Arrays ``(rows, columns, out, C · kernel)``, taps of a window in the order of its axes, and ``(out, rows,
        columns)`` or none.
    """
    windows = _windows(x, kernel, stride, padding)
    rows, columns, filters, _depth = weight.shape
    result = np.empty((x.shape[0], filters, rows, columns), x.dtype) if out is None else out
    tiles = list(_tiles(windows, weight))

    def work(index: int) -> None:
        row, run = tiles[index]
        part = np.matmul(_columns(windows, row, run), weight[row, run].astype(x.dtype, copy=False).swapaxes(1, 2))
        result[:, :, row, run] = part.transpose(1, 2, 0)
        if bias is not None:
            result[:, :, row, run] += bias[:, row, run]

    run_tiles(work, len(tiles))
    return result


def unshared_gradients(
    x: Array,
    gradient: Array,
    weight: Array,
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Padding,
    for_weights: bool,
) -> tuple[Array, Array | None]:
    """Return the gradients of images and, where they are asked for, of weights."""
    windows = _windows(x, kernel, stride, padding)
    around = np.zeros(
        (*x.shape[:2], *(size + sum(side) for size, side in zip(x.shape[2:], padding, strict=True))), x.dtype
    )
    found = np.empty(weight.shape, x.dtype) if for_weights else None
    tiles = list(_tiles(windows, weight))

    def work(index: int) -> None:
        row, run = tiles[index]
        top = gradient[:, :, row, run].transpose(2, 0, 1)
        if found is not None:
            np.matmul(top.swapaxes(1, 2), _columns(windows, row, run), out=found[row, run])
        spread = np.matmul(top, weight[row, run].astype(x.dtype, copy=False))
        taps = spread.reshape(*spread.shape[:2], x.shape[1], *kernel)
        first, count = run.start * stride[1], run.stop - run.start
        for u, v in product(*map(range, kernel)):
            cells = slice(first + v, first + v + (count - 1) * stride[1] + 1, stride[1])
            around[:, :, row * stride[0] + u, cells] += taps[..., u, v].transpose(1, 2, 0)

    # Windows of neighbouring tiles overlap, so they are added up one after the other.
    run_tiles(work, len(tiles), 1)
    (above, _below), (left, _right) = padding
    inner = around[:, :, above : above + x.shape[2], left : left + x.shape[3]]
    return np.ascontiguousarray(inner), found


def _windows(x: Array, kernel: Sequence[int], stride: Sequence[int], padding: Padding) -> Array:
    return sliding_windows(pad(x, padding), kernel, stride, (1,) * len(kernel))


def _tiles(windows: Array, weight: Array) -> Iterator[tuple[int, slice]]:
    """Runs of places of one row."""
    rows, columns, filters, depth = weight.shape
    longest = max(1, TILE_VALUES // max(1, depth * (filters + windows.shape[0])))
    for row in range(rows):
        for run in even_runs(columns, longest):
            yield row, run


def _columns(windows: Array, row: int, run: slice) -> Array:
    """The values of each window, (places, N, C · kernel)."""
    part = windows[:, :, row, run].transpose(2, 0, 1, 3, 4)
    return part.reshape(*part.shape[:2], prod(part.shape[2:]))
