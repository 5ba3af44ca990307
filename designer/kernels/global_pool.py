"""Maximum and average over whole images."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from designer.kernels.arrays.channels_last import channels_last, is_channels_last
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.elementwise import INLINE_VALUES, finish
from designer.kernels.epilogue import Epilogue
from designer.kernels.runtime.stages import Kernel, Scratch, Stage, Tiles, Whole
from designer.kernels.runtime.threads import Call, run_tiles

TILE_VALUES = 1 << 18
"""Input values of a tile, 1 MB; adding them takes 45 µs at 0.17 ns a value."""

SUM_CELLS = 1 << 10
"""Cells added up in float32 before the sum goes on in float64: the error of a plain sum grows with their number, and
is at most 1024 · 2⁻²⁴ = 6e-5 of the sum of magnitudes (Higham, 2002, section 4.2)."""


def global_average_pool(x: Array, out: Array | None = None) -> Array:
    """Return the mean of every channel: ``(N, C, 1, 1…)``."""
    return WholeImage(np.add).run(x, out)


def global_max_pool(x: Array, out: Array | None = None) -> Array:
    """Return the largest value of every channel: ``(N, C, 1, 1…)``."""
    return WholeImage(np.maximum).run(x, out)


class WholeImage(Kernel):
    """A pooling whose window is the whole image.

    Parameters
    ----------
    combine
        `numpy.add` for the mean, `numpy.maximum` for the largest value.
    """

    def __init__(self, combine: np.ufunc) -> None:
        self.name = "mean" if combine is np.add else "maximum"
        self._combine = combine

    def empty(self, x: Array) -> Array:
        """Shape ``(N, C, 1, 1…)``."""
        return np.empty(x.shape[:2] + (1,) * (x.ndim - 2), dtype=x.dtype)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """One stage: a small image in one call, a large one in tiles."""
        images, channels = x.shape[:2]
        cells = x.size // max(1, images * channels)
        if not is_channels_last(x) or cells > SUM_CELLS or x.size > TILE_VALUES or not x.size:
            return [Whole(lambda: self._pool(x, out, epilogue))]
        total = out.reshape(images, channels)
        calls: list[Call] = [
            partial(self._combine.reduce, channels_last(x).reshape(images, cells, channels), 1, out=total)
        ]
        if self._combine is np.add:
            calls.append(partial(np.multiply, total, x.dtype.type(1 / cells), total))
        calls += epilogue.calls(out, None, epilogue.residual)
        return [Tiles(1, lambda _index, _buffers: calls)]

    def _pool(self, x: Array, out: Array, epilogue: Epilogue) -> None:
        _whole_image(x, self._combine, out)
        finish(out, epilogue)


def _whole_image(x: Array, combine: np.ufunc, out: Array) -> None:
    cells = max(1, x.size // max(1, x.shape[0] * x.shape[1]))
    if is_channels_last(x):
        across, runs = 1, list(even_runs(cells, max(1, min(SUM_CELLS, TILE_VALUES // x.shape[1]))))
        flat = channels_last(x).reshape(x.shape[0], cells, -1)
        parts = np.empty((x.shape[0], len(runs), x.shape[1]), x.dtype)
    else:
        across, runs = 2, list(even_runs(cells, TILE_VALUES))
        flat = np.ascontiguousarray(x).reshape(*x.shape[:2], cells)
        parts = np.empty((*x.shape[:2], len(runs)), x.dtype)
    work = [(image, index) for image in range(x.shape[0]) for index in range(len(runs))]

    def reduce(number: int) -> None:
        image, index = work[number]
        if across == 1:
            combine.reduce(flat[image, runs[index]], axis=0, out=parts[image, index])
        else:
            combine.reduce(flat[image, :, runs[index]], axis=1, out=parts[image, :, index])

    run_tiles(reduce, len(work), 1 if x.size <= INLINE_VALUES else None)
    if combine is np.add:
        total = parts.sum(axis=across, dtype=np.float64) / cells if len(runs) > 1 else parts.take(0, across) / cells
    else:
        total = parts.max(axis=across)
    out[...] = total.reshape(out.shape)
