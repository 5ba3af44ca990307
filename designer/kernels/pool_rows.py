"""Maximum over sliding windows of arrays whose channels are adjacent in memory."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import even_runs
from designer.kernels.channels_last import Scratch, channels_last
from designer.kernels.sampling import Sampling
from designer.kernels.threads import core_count, run_tiles

TILE_VALUES = 1 << 20
"""Input values of a tile: few and large ones, two threads in short steps wait for the interpreter lock instead."""

INLINE_VALUES = 1 << 16
"""Values that are compared before a second thread could help."""


def max_pool_rows(x: Array, sampling: Sampling, out: Array, scratch: Scratch) -> None:
    """Write the largest value of every window; cells outside the image never win.

    Parameters
    ----------
    x, out
        Arrays ``(N, C, H, W)`` and ``(N, C, *sampling.out)``, channels last in memory.
    sampling
        Which input cells each output cell reads.
    scratch
        Buffers kept from one call to the next.
    """
    source, target = channels_last(x), channels_last(out)
    images, rows, columns, channels = target.shape
    per_row = max(1, columns * channels * sampling.stride[0] * sampling.stride[1])
    longest = max(1, TILE_VALUES // per_row)
    count = -(-rows // longest)
    workers = 1 if target.size < INLINE_VALUES else core_count()
    count = max(count, workers)
    runs = [(image, run) for image in range(images) for run in even_runs(rows, -(-rows // count))]

    def work(index: int) -> None:
        image, run = runs[index]
        inner = scratch.take("inner", (run.stop - run.start, source.shape[2], channels), x.dtype)
        _combine(source[image], 0, run, sampling, inner)
        _combine(inner.swapaxes(0, 1), 0, slice(0, columns), _turned(sampling), target[image, run].swapaxes(0, 1))

    run_tiles(work, len(runs), workers)


def _turned(sampling: Sampling) -> Sampling:
    fields = (sampling.origin, sampling.kernel, sampling.stride, sampling.dilation, sampling.out)
    return Sampling(*(pair[::-1] for pair in fields))


def _combine(part: Array, axis: int, run: slice, sampling: Sampling, out: Array) -> None:
    """Write to `out` the maxima of the cells under the taps along the first axis, for a run of windows."""
    origin, stride = sampling.origin[axis], sampling.stride[axis]
    everywhere: list[Array] = []
    somewhere: list[tuple[Array, Array]] = []
    for tap in range(sampling.kernel[axis]):
        first = origin + tap * sampling.dilation[axis]
        inside = _inside(first, stride, run, part.shape[0])
        if inside.start == inside.stop:
            continue
        cells = part[first + inside.start * stride : first + (inside.stop - 1) * stride + 1 : stride]
        if inside == run:
            everywhere.append(cells)
        else:
            somewhere.append((out[inside.start - run.start : inside.stop - run.start], cells))
    if len(everywhere) > 1:
        np.maximum(everywhere[0], everywhere[1], out=out)
    else:
        out[...] = everywhere[0] if everywhere else -np.inf
    for cells in everywhere[2:]:
        np.maximum(out, cells, out=out)
    for place, cells in somewhere:
        np.maximum(place, cells, out=place)


def _inside(first: int, stride: int, run: slice, size: int) -> slice:
    """Return those windows of a run whose cell at `first` lies inside the image."""
    low = max(run.start, -(first // stride) if first < 0 else 0)
    high = min(run.stop, (size - 1 - first) // stride + 1)
    return slice(low, max(low, high))
