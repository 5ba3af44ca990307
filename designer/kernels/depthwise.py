"""Depthwise convolution: every channel has one filter of its own.

There are no sums over channels, hence no matrix products: the result is the sum of the shifted image times one
weight for each channel. `numpy.einsum` multiplies and adds in one pass, and with the channels adjacent in memory
it does so in long contiguous runs.
"""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.channels_last import (
    Rectangle,
    Scratch,
    channels_last,
    read_patch,
    rectangles,
    spans,
    whole,
    windows_of,
)
from designer.kernels.epilogue import Epilogue
from designer.kernels.sampling import Sampling
from designer.kernels.threads import run_tiles

TILE_VALUES = 1 << 18
"""Most output values of a tile."""

TAP_MACS = 16
"""Multiply-adds of a matrix product in the time of one here."""

INLINE_VALUES = 80_000
"""Output values that are computed before a second thread could help."""


class Depthwise:
    """A depthwise convolution of images of one shape.

    Parameters
    ----------
    shape
        Shape ``(N, C, H, W)`` of the input.
    weight, bias
        Arrays ``(C, 1, kh, kw)`` and ``(C,)`` or none.
    sampling
        Which input cells each output cell reads.
    """

    def __init__(self, shape: tuple[int, ...], weight: Array, bias: Array | None, sampling: Sampling) -> None:
        self._sampling, self._bias = sampling, bias
        self._out_shape = (shape[0], weight.shape[0], *sampling.out)
        by_tap = np.ascontiguousarray(weight[:, 0].transpose(1, 2, 0))
        # Repeated for a whole row, where cells under a tap are adjacent: the longer the run, the faster.
        self._taps = np.tile(by_tap, (1, 1, sampling.out[1]))
        grid = (sampling.out[0], sampling.out[1])
        longest = max(1, TILE_VALUES // int(weight.shape[0]))
        small = shape[0] * weight.shape[0] * sampling.cells < INLINE_VALUES
        cost = TAP_MACS * sampling.taps * int(weight.shape[0])
        self._blocks = [whole(shape[0], grid)] if small else rectangles(shape[0], grid, longest, cost)

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape ``(N, C, H', W')`` of the output."""
        return self._out_shape

    @property
    def nbytes(self) -> int:
        """Memory of the weights, in bytes."""
        return int(self._taps.nbytes)

    def run(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> None:
        """Convolve; parameters as for `RowProducts.run`."""
        source, target = channels_last(x), channels_last(out)
        residual = None if epilogue.residual is None else channels_last(epilogue.residual)

        def work(index: int) -> None:
            block = self._blocks[index]
            place = block.place()
            part = target[place]
            direct = part.flags.c_contiguous
            total = part if direct else scratch.take("results", part.shape, part.dtype)
            self._sum_taps(source, block, total, scratch)
            epilogue.apply(total, self._bias, None if residual is None else residual[place])
            if not direct:
                part[...] = total

        run_tiles(work, len(self._blocks))

    def _sum_taps(self, source: Array, block: Rectangle, total: Array, scratch: Scratch) -> None:
        """Write the sum of the shifted inputs of a block, times their weights."""
        images, rows, columns = block.shape
        run = columns * source.shape[3]
        by_tap = (self._windows if self._sampling.stride[1] == 1 else self._planes)(source, block, scratch)
        np.einsum("nrijk,ijk->nrk", by_tap, self._taps[..., :run], out=total.reshape(images, rows, run))

    def _windows(self, source: Array, block: Rectangle, scratch: Scratch) -> Array:
        """Return the cells under the taps, ``(N, rows, kh, kw, columns · C)``, where neighbouring columns adjoin."""
        sampling = self._sampling
        patch = read_patch(source, block.images, *spans(sampling, block), scratch)
        windows = windows_of(patch, block.shape[1:], sampling.kernel, sampling.stride, sampling.dilation)
        by_tap = windows.transpose(0, 1, 3, 4, 2, 5)
        return by_tap.reshape(*by_tap.shape[:4], -1)

    def _planes(self, source: Array, block: Rectangle, scratch: Scratch) -> Array:
        """Return the same after copying what each column of taps sees to a plane of its own, where it adjoins."""
        sampling = self._sampling
        (top, bottom), (left, right) = spans(sampling, block)
        images = source[block.images]
        if images.strides[3] != images.itemsize:
            images = read_patch(source, block.images, (top, bottom), (left, right), scratch)
            top, bottom, left = 0, bottom - top, 0
        count, height, width, channels = images.shape
        (_, taps), (down, step), (apart, spread) = sampling.kernel, sampling.stride, sampling.dilation
        columns = block.shape[2]
        planes = scratch.take("planes", (count, bottom - top, taps, columns, channels), source.dtype)
        first, last = (min(max(edge, 0), height) for edge in (top, bottom))
        planes[:, : first - top] = 0
        planes[:, last - top :] = 0
        for tap in range(taps):
            plane = planes[:, first - top : last - top, tap]
            start = left + tap * spread
            low = min(max(0, -(start // step)), columns)
            high = max(low, min(columns, (width - 1 - start) // step + 1))
            plane[:, :, :low] = 0
            plane[:, :, high:] = 0
            if low < high:
                plane[:, :, low:high] = images[:, first:last, start + low * step : start + (high - 1) * step + 1 : step]
        image, row, tap_stride, _, cell = planes.strides
        shape = (count, block.shape[1], sampling.kernel[0], taps, columns * channels)
        return np.ndarray(shape, planes.dtype, planes, 0, (image, down * row, apart * row, tap_stride, cell))
