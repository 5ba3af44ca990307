"""Depthwise convolution: every channel has one filter of its own.

There are no sums over channels, hence no matrix products: the result is the sum of the shifted image times one
weight for each channel. `numpy.einsum` multiplies and adds in one pass, and with the channels adjacent in memory
it does so in long contiguous runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from designer.kernels.arrays.channels_last import channels_last, empty_channels_last, patch_calls, windows_of
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.per_channel import PerChannel
from designer.kernels.arrays.tiles import Rectangle, bands, rectangles, whole
from designer.kernels.arrays.windows import Sampling, spans
from designer.kernels.convolution.choose import Algorithm
from designer.kernels.epilogue import Epilogue
from designer.kernels.runtime.stages import Buffers, Kernel, Scratch, Stage, Tiles
from designer.kernels.runtime.threads import Call

TILE_VALUES = 1 << 18
"""Most output values of a tile: nine taps at 0.17 ns a value (docs/engine.md) are 0.4 ms between two checkpoints.
Measured, as the other (docs/engine.md, Constants)."""

INLINE_VALUES = 30_000
"""Output values of nine taps that are computed, at 0.17 ns each, in 46 µs: before a worker could help."""


class Depthwise(Kernel):
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

    name = Algorithm.DEPTHWISE.value

    def __init__(self, shape: tuple[int, ...], weight: Array, bias: Array | None, sampling: Sampling) -> None:
        self._sampling, self._bias = sampling, None if bias is None else PerChannel(bias)
        self._out_shape = (shape[0], weight.shape[0], *sampling.out)
        by_tap = np.ascontiguousarray(weight[:, 0].transpose(1, 2, 0))
        # Repeated for a whole row, where cells under a tap are adjacent: the longer the run, the faster.
        self._taps = np.tile(by_tap, (1, 1, sampling.out[1]))
        self._bands: tuple[int, ...] = ()
        self._blocks = self._cut(shape[0], int(weight.shape[0]))

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape ``(N, C, H', W')`` of the output."""
        return self._out_shape

    def weights(self) -> Sequence[Array]:
        """Repeated for a row."""
        return (self._taps,)

    def empty(self, x: Array) -> Array:
        return empty_channels_last(self._out_shape, x.dtype)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """One stage: bands of rows, or rectangles where these would be too large."""
        source, target = channels_last(x), channels_last(out)
        residual = None if epilogue.residual is None else channels_last(epilogue.residual)

        def calls(index: int, buffers: Buffers) -> list[Call]:
            block = self._blocks[index]
            place = block.place()
            part = target[place]
            direct = part.flags.c_contiguous
            total = part if direct else buffers.take("results", part.shape, part.dtype)
            found = self._sum_taps(source, block, total, buffers)
            bias = None if self._bias is None else self._bias.row(block.cells)
            found += epilogue.calls(total, bias, None if residual is None else residual[place])
            if not direct:
                found.append(partial(np.copyto, part, total))
            return found

        return [Tiles(len(self._blocks), calls, self._bands)]

    def _cut(self, images: int, channels: int) -> list[Rectangle]:
        sampling = self._sampling
        grid = (sampling.out[0], sampling.out[1])
        values = images * channels * sampling.cells
        if values < INLINE_VALUES:
            return [whole(images, grid)]
        pieces = bands(images, grid)
        if values > TILE_VALUES * len(pieces):
            longest = max(1, TILE_VALUES // channels)
            return rectangles(images, grid, longest, sampling.taps * channels)
        if images == 1:
            self._bands = (0, *(piece.rows.stop for piece in pieces))
        return pieces

    def _sum_taps(self, source: Array, block: Rectangle, total: Array, buffers: Buffers) -> list[Call]:
        """Return the calls that write the sum of the shifted inputs of a block, times their weights."""
        images, rows, columns = block.shape
        run = columns * source.shape[3]
        by_tap, calls = (self._windows if self._sampling.stride[1] == 1 else self._planes)(source, block, buffers)
        calls.append(partial(_multiply_add, by_tap, self._taps[..., :run], total.reshape(images, rows, run)))
        return calls

    def _windows(self, source: Array, block: Rectangle, buffers: Buffers) -> tuple[Array, list[Call]]:
        """Return the cells under the taps, ``(N, rows, kh, kw, columns · C)``, where neighbouring columns adjoin."""
        sampling = self._sampling
        patch, calls = patch_calls(source, block.images, *spans(sampling, block), buffers)
        windows = windows_of(patch, block.shape[1:], sampling.kernel, sampling.stride, sampling.dilation)
        by_tap = windows.transpose(0, 1, 3, 4, 2, 5)
        return by_tap.reshape(*by_tap.shape[:4], -1), calls

    def _planes(self, source: Array, block: Rectangle, buffers: Buffers) -> tuple[Array, list[Call]]:
        """Return the same after copying what each column of taps sees to a plane of its own, where it adjoins."""
        sampling = self._sampling
        (top, bottom), (left, right) = spans(sampling, block)
        images, calls = source[block.images], list[Call]()
        if images.strides[3] != images.itemsize:
            images, calls = patch_calls(source, block.images, (top, bottom), (left, right), buffers)
            top, bottom, left = 0, bottom - top, 0
        count, height, width, channels = images.shape
        (_, taps), (down, step), (apart, spread) = sampling.kernel, sampling.stride, sampling.dilation
        columns = block.shape[2]
        shape = (count, bottom - top, taps, columns, channels)
        planes = buffers.take("columns", shape, source.dtype)
        first, last = (min(max(edge, 0), height) for edge in (top, bottom))
        margins = [planes[:, : first - top], planes[:, last - top :]] if first < last else [planes]
        for tap in range(taps if first < last else 0):
            plane = planes[:, first - top : last - top, tap]
            start = left + tap * spread
            low = min(max(0, -(start // step)), columns)
            high = max(low, min(columns, (width - 1 - start) // step + 1))
            margins += [plane[:, :, :low], plane[:, :, high:]]
            if low < high:
                cells = images[:, first:last, start + low * step : start + (high - 1) * step + 1 : step]
                calls.append(partial(np.copyto, plane[:, :, low:high], cells))
        calls += [partial(margin.fill, 0) for margin in margins if margin.size]
        image, row, tap_stride, _, cell = planes.strides
        shape = (count, block.shape[1], sampling.kernel[0], taps, columns * channels)
        return np.ndarray(shape, planes.dtype, planes, 0, (image, down * row, apart * row, tap_stride, cell)), calls


def _multiply_add(by_tap: Array, taps: Array, total: Array) -> None:
    np.einsum("nrijk,ijk->nrk", by_tap, taps, out=total)
