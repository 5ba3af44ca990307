"""Memory that is used again: the system takes longer to hand out a fresh map than a layer to fill it."""

from __future__ import annotations

import contextlib
import mmap
import threading
from bisect import bisect_left, insort
from collections import deque
from math import prod
from typing import Any

import numpy as np

from designer.graph.design import Array
from designer.kernels.channels_last import channels_first
from designer.kernels.threads import checkpoint
from designer.layer_api.geometry import Shape

SMALL_BYTES = 1 << 16
"""Arrays below are left to NumPy, which keeps such pieces itself."""

HUGE_BYTES = 1 << 22
"""Blocks from this size on are asked for in pages of 2 MB."""

GRAIN_BYTES = 1 << 14
"""Blocks come in multiples of this, so that nearly equal maps fit into each other's."""

RELEASE_BYTES = 1 << 26
"""Memory given back to the system between two checkpoints."""

SPARE = 8
"""One part in so many of a lasting block may be larger than its map."""


class BufferPool:
    """Lends arrays and takes their memory back when nobody holds them any more.

    An array is given back by forgetting it: when the last reference to it and to its views is gone, its block goes to
    the free ones. So nothing can be written over that somebody still looks at. Safe between threads.

    Parameters
    ----------
    budget_bytes
        How much the free blocks may occupy between runs; the largest are let go first.
    """

    def __init__(self, budget_bytes: int = 256_000_000) -> None:
        self._budget = budget_bytes
        self._free: list[tuple[int, int, mmap.mmap]] = []
        self._bytes = 0
        self._returned: deque[mmap.mmap] = deque()
        self._lock = threading.Lock()

    @property
    def free_bytes(self) -> int:
        """Memory of the blocks that wait to be used again."""
        with self._lock:
            self._sort_in()
            return self._bytes

    def empty(self, shape: Shape, lasting: bool = False) -> Array:
        """An uninitialised float32 array ``(N, C, *spatial)``, its channels adjacent in memory.

        Parameters
        ----------
        lasting
            The array is a result that stays: its block must not be much larger than it.
        """
        laid = (shape[0], *shape[2:], shape[1]) if len(shape) > 2 else shape
        needed = prod(shape) * 4
        if needed < SMALL_BYTES:
            array = np.empty(laid, np.float32)
        else:
            block = self._take(-(-needed // GRAIN_BYTES) * GRAIN_BYTES, lasting)
            array = np.ndarray(laid, np.float32, _Lent.of(block, self._returned))
        return channels_first(array) if len(shape) > 2 else array

    def trim(self) -> None:
        """Let go of free blocks until the others are within the budget."""
        with self._lock:
            self._sort_in()
            dropped = []
            while self._bytes > self._budget:
                dropped.append(self._free.pop())
                self._bytes -= dropped[-1][0]
        for _size, _number, block in dropped:
            _release(block)

    def _take(self, size: int, lasting: bool) -> mmap.mmap:
        with self._lock:
            self._sort_in()
            place = bisect_left(self._free, (size,))
            if place < len(self._free) and (not lasting or self._free[place][0] <= size + size // SPARE):
                found, _number, block = self._free.pop(place)
                self._bytes -= found
                return block
        # Only now: what is over the budget may be just what the next layer needs.
        self.trim()
        return _fresh(size)

    def _sort_in(self) -> None:
        """Put what came back among the free blocks."""
        while self._returned:
            block = self._returned.popleft()
            insort(self._free, (len(block), id(block), block))
            self._bytes += len(block)


def _fresh(size: int) -> mmap.mmap:
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size)
    # Shared memory, the default, comes in small pages only and is given back slowly.
    block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if size >= HUGE_BYTES and hasattr(mmap, "MADV_HUGEPAGE"):
        # Pages of 2 MB: five hundred times fewer of them to be handed out, one by one, when they are first written.
        with contextlib.suppress(OSError):
            block.madvise(mmap.MADV_HUGEPAGE)
    return block


def _release(block: mmap.mmap) -> None:
    """Give a block back to the system, piece by piece: gigabytes at once take longer than a cancellation may wait."""
    if hasattr(mmap, "MADV_DONTNEED"):
        for start in range(0, len(block) - RELEASE_BYTES, RELEASE_BYTES):
            block.madvise(mmap.MADV_DONTNEED, start, RELEASE_BYTES)
            checkpoint(0.0)


class _Lent(np.ndarray[Any, np.dtype[Any]]):
    """The owner of a lent block: it lives as long as any array made of it, and gives the block back at its end."""

    block: mmap.mmap
    returned: deque[mmap.mmap]

    @classmethod
    def of(cls, block: mmap.mmap, returned: deque[mmap.mmap]) -> _Lent:
        # The block is no array: a view of views of arrays holds the first of them and would leave this one out.
        lent = cls(len(block), np.uint8, block)
        lent.block, lent.returned = block, returned
        return lent

    def __del__(self) -> None:
        # Any thread, any moment, also inside of the pool's lock: an append is all that may be done here.
        returned = getattr(self, "returned", None)
        if returned is not None:
            returned.append(self.block)
