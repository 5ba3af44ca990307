"""How the work of a Winograd convolution is cut, and what is kept of its weights: rules on its shape alone.

Where a size has been measured, or trades time for memory, docs/engine.md (Constants) has it beside half and twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from math import prod

from designer.kernels.arrays.tiles import TILE_MACS, Pair, Rectangle, even_runs, rectangles, shares, whole
from designer.kernels.runtime.threads import core_count

BLOCK_VALUES = 21 << 9
"""Tiles times channels transformed at a time: the transformed values, 36 times as many, are 1.5 MB, and stay in the
caches with the products that come of them."""

BLOCK_TILES = 48
"""Fewest tiles in a block where there are so many: products of fewer rows run slower, of 49 rows by a fifth
(docs/engine.md, limits of the machine)."""

SHARED_VALUES = 52_000
"""Tiles times channels up to which all tiles are transformed before any is multiplied: 36 values each, 7.5 MB, and as
much for the products, half of a third-level cache of 32 MB. On two cores no layer of the gallery reaches it."""

STREAM_VALUES = 36 << 16
"""Weights of the filters taken at a time, at all places: 2.4 MB in each thread for those that are there at once."""

PRODUCT_VALUES = 1 << 20
"""Values that come of them, at all places: 4 MB. Measured: half is slower, twice no faster."""

PASS_TILES = 200
"""Tiles that the weights are transformed for: the transform then takes a tenth of the time, or there are no more."""

PASS_VALUES = 100_000
"""The same times channels: 14 MB transformed. Measured: half is slower, twice no faster."""

INLINE_VALUES = 7_000
"""Tiles times channels that are transformed, 36 values each at 0.17 ns, in 43 µs: before a worker could help."""

SMALL_BYTES = 1 << 20
"""A transformed bank of up to this size is always kept: what the activations of a small network take as well."""

KEPT_BYTES = 9 << 19
"""One of up to this size, 4.7 MB, is kept where transforming it would take more than a tenth of the time."""

WHOLE_BYTES = 20_000
"""One of up to this size for each tile is transformed as a whole, and read again for one block after the other."""

MOST_WHOLE_BYTES = 20_000_000
"""The largest that is: what is larger is transformed some filters at a time, for as many tiles as the cache holds."""

MANY_TILES = 48
"""Tiles from which on transforming the weights anew takes less than two thirds of multiplying by them."""

MOST_TILES = 128
"""Tiles from which on it takes a tenth, so that keeping less memory is worth more."""


class Keeping(Enum):
    """Where the transformed weights are, which take 36/9 or 16/9 of the memory of the weights."""

    KEPT = "from call to call"
    WHOLE = "all of them as long as a call lasts"
    STREAMED = "some filters at a time"


class WinogradCuts:
    """How the tiles of all images, their places and the filters become work for all cores.

    Parameters
    ----------
    images, grid
        Number of images; rows and columns of tiles of each.
    weight_shape, tile
        Shape ``(filters, C, 3, 3)``, and outputs along one axis of a tile.
    value_bytes
        Bytes of a value.
    """

    def __init__(self, images: int, grid: Pair, weight_shape: tuple[int, ...], tile: int, value_bytes: int = 4) -> None:
        self._images, self._grid = images, grid
        self._filters, self._channels = weight_shape[:2]
        self._places = (tile + 2) ** 2
        self._tiles = images * grid[0] * grid[1]
        self.keeping = keeping(weight_shape, tile, self._tiles, value_bytes)
        """Where the transformed weights are."""
        self.is_shared = self._is_shared()
        """Whether each weight is read once, for all tiles: where weights outweigh the tiles."""
        self.blocks = self._blocks()
        """All tiles, in blocks that stay in the cache."""
        self.passes = list(self._passes()) if self.keeping is Keeping.STREAMED else []
        """The blocks in groups that are taken through a step before the next."""

    @property
    def places(self) -> list[slice]:
        """Runs of places that are multiplied by one thread, for all tiles."""
        macs = self._tiles * self._channels * self._filters
        return shares(self._places, max(core_count(), -(-self._places * macs // TILE_MACS)), macs)

    def filters(self, tiles: int) -> list[slice]:
        """Runs of filters whose weights are transformed at a time, for so many tiles; as many for every core."""
        each = (STREAM_VALUES // self._channels, PRODUCT_VALUES // tiles, TILE_MACS // (tiles * self._channels))
        parts = -(-self._filters // max(1, min(each) // self._places))
        parts = -(-parts // core_count()) * core_count()
        return list(even_runs(self._filters, -(-self._filters // parts)))

    def _is_shared(self) -> bool:
        if self.keeping is not Keeping.KEPT:
            return self.keeping is Keeping.STREAMED
        few = self._tiles < 2 * BLOCK_TILES * core_count()
        return few and self._tiles * max(self._channels, self._filters) <= SHARED_VALUES

    def _blocks(self) -> list[Rectangle]:
        depth = max(self._channels, self._filters)
        if self._tiles * depth < INLINE_VALUES:
            return [whole(self._images, self._grid)]
        if self.keeping is Keeping.STREAMED:
            # Nothing is multiplied block by block.
            longest = max(1, BLOCK_VALUES // self._channels)
        else:
            longest = max(BLOCK_VALUES // depth, BLOCK_TILES)
        macs = self._places**2 * (self._channels + self._filters)
        if not self.is_shared:
            macs += self._places * self._channels * self._filters
            longest = min(longest, max(1, TILE_MACS // macs))
        return rectangles(self._images, self._grid, longest, macs)

    def _passes(self) -> Iterator[list[Rectangle]]:
        most = min(PASS_TILES, PASS_VALUES // self._channels)
        group: list[Rectangle] = []
        for block in self.blocks:
            if group and sum(other.cells for other in group) + block.cells > most:
                yield group
                group = []
            group.append(block)
        yield group


def keeping(weight_shape: tuple[int, ...], tile: int, tiles: int, value_bytes: int = 4) -> Keeping:
    """Return where transformed weights should be: a rule on the shape alone.

    They are kept where they are small, or where there are so few tiles to be multiplied that the transform would take
    as long.

    Parameters
    ----------
    weight_shape, tile
        Shape ``(filters, C, 3, 3)``, and outputs along one axis of a tile.
    tiles
        Tiles of all images.
    value_bytes
        Bytes of a value.
    """
    size = prod(weight_shape[:2]) * (tile + 2) ** 2 * value_bytes
    if tiles < MANY_TILES or size <= SMALL_BYTES:
        return Keeping.KEPT
    if tiles < MOST_TILES:
        return Keeping.KEPT if size <= KEPT_BYTES else Keeping.STREAMED
    return Keeping.WHOLE if size <= min(WHOLE_BYTES * tiles, MOST_WHOLE_BYTES) else Keeping.STREAMED
