"""Convolution by 3x3 windows with less than half of the multiplications.

Minimal filtering (Lavin & Gray 2016, "Fast algorithms for convolutional neural networks"): a tile of m x m
outputs needs the (m + 2)² numbers of ``(Bᵀ d B) · (G g Gᵀ)`` summed over the channels, in place of 9 m²
products. F(4x4, 3x3) multiplies 4 times less, F(2x2, 3x3) 2.25 times.

Here each of the three steps is one matrix product: the tiles are gathered like the columns of im2col,
as ``((m + 2)², tiles · C)``, and multiplied by B ⊗ B; then for each of the (m + 2)² places ``(tiles, C)`` by
``(C, filters)``; then the result by A ⊗ A. Dense products of the small transforms do more arithmetic than
the usual additions and take less time, because they pass over memory once.

Transformed weights take four times the memory of the weights. Where they would be large they are not kept but made
anew for every call (`winograd_cuts.keeping`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise

import numpy as np

from designer.kernels.arrays.channels_last import channels_last, empty_channels_last, patch_calls, windows_of
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import Pair, Rectangle, even_runs
from designer.kernels.convolution.choose import Algorithm
from designer.kernels.convolution.weights import Derived
from designer.kernels.convolution.winograd_cuts import Keeping, WinogradCuts
from designer.kernels.convolution.winograd_matrices import bank_of, squared, transform_weights
from designer.kernels.epilogue import Epilogue
from designer.kernels.runtime.stages import Buffers, Kernel, Scratch, Stage, Tiles, Whole, run_stages
from designer.kernels.runtime.threads import Call, checkpoint_part, perform, run_tiles

PLACES_AT_ONCE = 9
"""Places that streamed weights are transformed for: a quarter of 36, and more than half of 16. Measured: half and twice
are as good."""


class Winograd(Kernel):
    """A convolution of images of one shape with 3x3 filters and stride 1.

    Parameters
    ----------
    shape
        Shape ``(N, C, H, W)`` of the input.
    weight, bias
        Arrays ``(filters, C, 3, 3)`` and ``(filters,)`` or none.
    padding
        One (before, after) pair per spatial axis.
    tile
        Outputs along one axis of a tile, 2 or 4.
    """

    def __init__(
        self, shape: tuple[int, ...], weight: Array, bias: Array | None, padding: tuple[Pair, Pair], tile: int
    ) -> None:
        self.name = (Algorithm.WINOGRAD_2 if tile == 2 else Algorithm.WINOGRAD_4).value
        self._bias = bias
        self._filters, self._channels = (int(size) for size in weight.shape[:2])
        self._places = (tile + 2) ** 2
        self._origin = (-padding[0][0], -padding[1][0])
        self._tile, self._reach = tile, tile + 2
        matrices = squared(tile)
        self._into, self._through, self._back = (
            matrix.astype(weight.dtype) for matrix in (matrices.inputs, matrices.weights, matrices.outputs)
        )
        rows, columns = (size + sum(pair) - 2 for size, pair in zip(shape[2:], padding, strict=True))
        self._out_shape = (shape[0], self._filters, rows, columns)
        grid = (-(-rows // tile), -(-columns // tile))
        self._cuts = WinogradCuts(shape[0], grid, weight.shape, tile, weight.itemsize)
        # Only one of them: weights that a batch norm has gone into are nobody else's, and need not live on.
        self._weights: Derived | Array = bank_of(weight, tile) if self._cuts.keeping is Keeping.KEPT else weight

    @property
    def out_shape(self) -> tuple[int, ...]:
        """Shape ``(N, filters, H', W')`` of the output."""
        return self._out_shape

    def weights(self) -> Sequence[Array]:
        """Transformed, or those that were given."""
        return (self._weights.values if isinstance(self._weights, Derived) else self._weights,)

    def empty(self, x: Array) -> Array:
        return empty_channels_last(self._out_shape, x.dtype)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """Blocks of tiles, or each of the three steps for all of them; as a whole where weights are made anew."""
        residual = None if epilogue.residual is None else channels_last(epilogue.residual)
        arrays = _Arrays(channels_last(x), channels_last(out), residual, epilogue)
        weights = self._weights
        if not isinstance(weights, Derived):
            return [Whole(lambda: self._transform_and_convolve(arrays, weights, scratch))]
        if self._cuts.is_shared:
            return self._steps(arrays, weights.values, scratch)
        return [self._block_after_block(arrays, weights.values)]

    def _transform_and_convolve(self, arrays: _Arrays, weights: Array, scratch: Scratch) -> None:
        if self._cuts.keeping is Keeping.WHOLE:
            bank = scratch.lend((self._places, self._channels, self._filters), arrays.source.dtype)
            with checkpoint_part(0, 2):
                transform_weights(weights, self._tile, bank)
            with checkpoint_part(1, 2):
                run_stages([self._block_after_block(arrays, bank)], scratch)
        else:
            for index, blocks in enumerate(self._cuts.passes):
                with checkpoint_part(index, len(self._cuts.passes)):
                    self._run_pass(arrays, weights, blocks, scratch)

    def _block_after_block(self, arrays: _Arrays, bank: Array) -> Tiles:
        """Take block after block of tiles through all three steps."""

        def calls(index: int, buffers: Buffers) -> list[Call]:
            block, dtype = self._cuts.blocks[index], arrays.source.dtype
            values = buffers.take("values", (self._places, block.cells * self._channels), dtype)
            found = self._read(arrays, block, values, buffers)
            # What each step has read, the next may write over: two buffers stay in the cache, four would not.
            products = buffers.take("gathered", (self._places, block.cells * self._filters), dtype)
            found += self._multiply(values, products, bank, slice(0, self._places))
            return found + self._write(arrays, block, products, buffers)

        return Tiles(len(self._cuts.blocks), calls)

    def _steps(self, arrays: _Arrays, bank: Array, scratch: Scratch) -> list[Stage]:
        """Take all tiles through one step after the other, the products place by place."""
        blocks, places, dtype = self._cuts.blocks, self._cuts.places, arrays.source.dtype
        starts = _starts(blocks)
        values = scratch.common("values", (self._places, starts[-1] * self._channels), dtype)
        products = scratch.common("products", (self._places, starts[-1] * self._filters), dtype)

        def multiply(index: int, _buffers: Buffers) -> list[Call]:
            return self._multiply(values, products, bank[places[index]], places[index])

        def write(index: int, buffers: Buffers) -> list[Call]:
            tiles = slice(starts[index] * self._filters, starts[index + 1] * self._filters)
            return self._write(arrays, blocks[index], products[:, tiles], buffers)

        return [
            self._read_all(arrays, blocks, starts, values),
            Tiles(len(places), multiply),
            Tiles(len(blocks), write),
        ]

    def _run_pass(self, arrays: _Arrays, weights: Array, blocks: list[Rectangle], scratch: Scratch) -> None:
        """Transform the weights of a few filters at a time, in the cache, and take all tiles through them."""
        starts, dtype = _starts(blocks), arrays.source.dtype
        runs = self._cuts.filters(starts[-1])
        values = scratch.lend((self._places, starts[-1] * self._channels), dtype)
        with checkpoint_part(0, 2):
            run_stages([self._read_all(arrays, blocks, starts, values)], scratch)

        def work(index: int) -> None:
            run, buffers = runs[index], scratch.here()
            count = run.stop - run.start
            products = scratch.lend((self._places, starts[-1] * count), dtype)
            bank = scratch.lend((PLACES_AT_ONCE, count * self._channels), dtype)
            # The nine taps are neighbours in memory: the product reads them as they are.
            taps = weights[run].reshape(-1, 9).T
            by_channel = bank.reshape(-1, count, self._channels).swapaxes(1, 2)
            for places in even_runs(self._places, len(bank)):
                rows = slice(0, places.stop - places.start)
                np.matmul(self._through[places], taps, out=bank[rows])
                perform(self._multiply(values, products, by_channel[rows], places, run))
            for block, (first, last) in zip(blocks, pairwise(starts), strict=True):
                perform(self._write(arrays, block, products[:, first * count : last * count], buffers, run))

        with checkpoint_part(1, 2):
            run_tiles(work, len(runs))

    def _read_all(self, arrays: _Arrays, blocks: list[Rectangle], starts: list[int], values: Array) -> Tiles:
        """Write the transformed inputs of some blocks, ``(places, tiles · C)``."""

        def calls(index: int, buffers: Buffers) -> list[Call]:
            tiles = slice(starts[index] * self._channels, starts[index + 1] * self._channels)
            return self._read(arrays, blocks[index], values[:, tiles], buffers)

        return Tiles(len(blocks), calls)

    def _read(self, arrays: _Arrays, block: Rectangle, values: Array, buffers: Buffers) -> list[Call]:
        """Write the transformed inputs of a block, ``(places, tiles · C)``."""
        rows, columns = (
            (run.start * self._tile + origin, run.stop * self._tile + origin + 2)
            for run, origin in zip((block.rows, block.columns), self._origin, strict=True)
        )
        patch, calls = patch_calls(arrays.source, block.images, rows, columns, buffers)
        reach, tile = self._reach, self._tile
        windows = windows_of(patch, block.shape[1:], (reach, reach), (tile, tile)).transpose(3, 4, 0, 1, 2, 5)
        gathered = buffers.take("gathered", windows.shape, windows.dtype)
        calls.append(partial(np.copyto, gathered, windows))
        calls.append(partial(np.matmul, self._into, gathered.reshape(self._places, -1), values))
        return calls

    def _multiply(
        self, values: Array, products: Array, bank: Array, places: slice, filters: slice = slice(None)
    ) -> list[Call]:
        """Multiply the transformed inputs of some places by their weights, those of some filters."""
        inputs = values.reshape(self._places, -1, self._channels)
        outputs = products.reshape(self._places, -1, bank.shape[2])
        calls: list[Call] = [partial(np.matmul, inputs[places], bank, outputs[places])]
        # The point 1 has weight 1 in every output of a tile: what is added there is added to all of them.
        one = self._reach + 1
        if self._bias is not None and places.start <= one < places.stop:
            calls.append(partial(np.add, outputs[one], self._bias[filters], outputs[one]))
        return calls

    def _write(
        self, arrays: _Arrays, block: Rectangle, products: Array, buffers: Buffers, filters: slice = slice(None)
    ) -> list[Call]:
        """Transform the products of a block and put them in their places, cut off at the far edges.

        One assignment for all: two threads that make many small ones wait for each other.
        """
        tile, (images, rows, columns) = self._tile, block.shape
        count = products.shape[1] // block.cells
        cells = buffers.take("values", (tile, tile, *block.shape, count), products.dtype)
        calls: list[Call] = [partial(np.matmul, self._back, products, cells.reshape(tile * tile, -1))]
        place = (*block.place(tile), filters)
        target = arrays.target[place]
        full = (images, rows * tile, columns * tile, count)
        # Put together channels last even where the target is not: its far strides are then crossed once.
        direct = target.shape == full and target.flags.c_contiguous
        part = target if direct else buffers.take("part", full, products.dtype)
        by_tile = part.reshape(images, rows, tile, columns, tile, count)
        calls.append(partial(np.copyto, by_tile, cells.transpose(2, 3, 0, 4, 1, 5)))
        part = part[:, : target.shape[1], : target.shape[2]]
        calls += arrays.epilogue.calls(part, None, None if arrays.residual is None else arrays.residual[place])
        if not direct:
            calls.append(partial(np.copyto, target, part))
        return calls


def _starts(blocks: list[Rectangle]) -> list[int]:
    """Return where the tiles of each block begin, and where the last end."""
    return [0, *accumulate(block.cells for block in blocks)]


@dataclass(frozen=True)
class _Arrays:
    """What one call works on: `source` ``(N, H, W, C)``, `target` and `residual` ``(N, H', W', filters)``."""

    source: Array
    target: Array
    residual: Array | None
    epilogue: Epilogue
