"""Maximum over sliding windows of arrays whose channels are adjacent in memory."""

from __future__ import annotations

from functools import partial

import numpy as np

from designer.kernels.arrays.channels_last import channels_last
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import Pair, Rectangle, bands, even_runs, whole
from designer.kernels.arrays.windows import Sampling
from designer.kernels.epilogue import Epilogue
from designer.kernels.runtime.stages import Buffers, Tiles
from designer.kernels.runtime.threads import Call

TILE_VALUES = 1 << 20
"""Input values of a tile: few and large ones, two threads in short steps wait for the interpreter lock instead.
Half and twice are as good (docs/engine.md, Constants)."""

INLINE_VALUES = 1 << 18
"""Input values that are compared, at 0.17 ns each, in 45 µs: before a worker could help."""


def max_pool_tiles(x: Array, sampling: Sampling, out: Array, epilogue: Epilogue) -> Tiles:
    """Return the work that writes the largest value of every window; cells outside the image never win.

    Parameters
    ----------
    x, out
        Arrays ``(N, C, H, W)`` and ``(N, C, *sampling.out)``, channels last in memory.
    sampling
        Which input cells each output cell reads.
    epilogue
        What happens to the maxima.
    """
    source, target = channels_last(x), channels_last(out)
    residual = None if epilogue.residual is None else channels_last(epilogue.residual)
    images, rows, columns, channels = target.shape
    pieces = _cut(images, (rows, columns), channels * sampling.stride[0] * sampling.stride[1])

    def calls(index: int, buffers: Buffers) -> list[Call]:
        piece = pieces[index]
        found: list[Call] = []
        for image in range(piece.images.start, piece.images.stop):
            part = target[image, piece.rows]
            inner = buffers.take("inner", (part.shape[0], source.shape[2], channels), x.dtype)
            found += _combine(source[image], 0, piece.rows, sampling, inner)
            turned = inner.swapaxes(0, 1)
            found += _combine(turned, 0, slice(0, columns), _turned(sampling), part.swapaxes(0, 1))
            found += epilogue.calls(part, None, None if residual is None else residual[image, piece.rows])
        return found

    edges = (0, *(piece.rows.stop for piece in pieces)) if images == 1 and len(pieces) > 1 else ()
    return Tiles(len(pieces), calls, edges)


def _cut(images: int, grid: Pair, values_each: int) -> list[Rectangle]:
    values = images * grid[0] * grid[1] * values_each
    if values < INLINE_VALUES:
        return [whole(images, grid)]
    pieces = bands(images, grid)
    if values <= TILE_VALUES * len(pieces):
        return pieces
    longest = max(1, TILE_VALUES // (grid[1] * values_each))
    return [
        Rectangle(slice(image, image + 1), run, slice(0, grid[1]))
        for image in range(images)
        for run in even_runs(grid[0], longest)
    ]


def _turned(sampling: Sampling) -> Sampling:
    fields = (sampling.origin, sampling.kernel, sampling.stride, sampling.dilation, sampling.out)
    return Sampling(*(pair[::-1] for pair in fields))


def _combine(part: Array, axis: int, run: slice, sampling: Sampling, out: Array) -> list[Call]:
    """Return the calls that write the maxima of the cells under the taps along the first axis, for a run of windows."""
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
    calls: list[Call]
    if len(everywhere) > 1:
        calls = [partial(np.maximum, everywhere[0], everywhere[1], out=out)]
    else:
        calls = [partial(np.copyto, out, everywhere[0] if everywhere else -np.inf)]
    calls += [partial(np.maximum, out, cells, out=out) for cells in everywhere[2:]]
    return calls + [partial(np.maximum, place, cells, out=place) for place, cells in somewhere]


def _inside(first: int, stride: int, run: slice, size: int) -> slice:
    """Return those windows of a run whose cell at `first` lies inside the image."""
    low = max(run.start, -(first // stride) if first < 0 else 0)
    high = min(run.stop, (size - 1 - first) // stride + 1)
    return slice(low, max(low, high))
