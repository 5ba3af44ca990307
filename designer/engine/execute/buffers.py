"""Memory that is used again: the system takes longer to hand out a fresh map than a layer to fill it."""

from __future__ import annotations

import contextlib
import mmap
import threading
from bisect import bisect_left
from collections import deque
from math import prod
from typing import Any

import numpy as np

from designer.graph.design import Array
from designer.kernels.arrays.channels_last import channels_first
from designer.kernels.runtime.threads import checkpoint
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


class _Block:
    """Memory of the system, and the stretches of it, from and to, that are free, in order and not adjacent."""

    __slots__ = ("free", "memory", "size")

    def __init__(self, size: int) -> None:
        self.memory, self.size = _fresh(size), size
        self.free = [(0, size)]

    @property
    def is_free(self) -> bool:
        """Whether nobody has any of it."""
        return self.free == [(0, self.size)]

    @property
    def entry(self) -> tuple[int, int, _Block]:
        """Its place among blocks in the order of their sizes."""
        return self.size, id(self), self

    def take(self, place: int, size: int) -> tuple[int, int]:
        """The beginning of a free stretch, taken."""
        first, last = self.free[place]
        self.free[place : place + 1] = [(first + size, last)] if first + size < last else []
        return first, first + size

    def give_back(self, first: int, last: int) -> None:
        """Make a stretch free again, and one with its free neighbours."""
        place = bisect_left(self.free, (first, last))
        begin, end = place, place
        if place and self.free[place - 1][1] == first:
            begin, first = place - 1, self.free[place - 1][0]
        if place < len(self.free) and self.free[place][0] == last:
            end, last = place + 1, self.free[place][1]
        self.free[begin:end] = [(first, last)]


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
        self.budget_bytes = budget_bytes
        self._blocks: list[_Block] = []
        self._whole: list[tuple[int, int, _Block]] = []
        """Blocks that nobody has any of, the smallest first: a network of hundreds of maps has as many."""
        self._bytes = 0
        self._returned: deque[_Stretch] = deque()
        self._lock = threading.Lock()

    @property
    def free_bytes(self) -> int:
        """Memory that waits to be used again."""
        with self._lock:
            self._sort_in()
            return self._bytes

    def empty(self, shape: Shape, lasting: bool = False) -> Array:
        """An uninitialised float32 array ``(N, C, *spatial)``, its channels adjacent in memory.

        Parameters
        ----------
        lasting
            The array is a result that stays: it has a block of its own, which must not be much larger than it.
        """
        laid = (shape[0], *shape[2:], shape[1]) if len(shape) > 2 else shape
        size = prod(shape) * 4
        if size < SMALL_BYTES:
            array = np.empty(laid, np.float32)
        else:
            array = np.ndarray(laid, np.float32, self._take(size, lasting))
        return channels_first(array) if len(shape) > 2 else array

    def raw(self, size: int) -> Array:
        """At least `size` uninitialised bytes, for what a layer needs only while it is computed."""
        return np.empty(size, np.uint8) if size < SMALL_BYTES else self._take(size, lasting=False)

    def trim(self) -> None:
        """Let go of free blocks until the free memory is within the budget."""
        with self._lock:
            self._sort_in()
            dropped = []
            for block in sorted(self._blocks, key=lambda block: block.size, reverse=True):
                if self._bytes > self.budget_bytes and block.is_free:
                    self._blocks.remove(block)
                    self._is_whole(block, False)
                    self._bytes -= block.size
                    dropped.append(block.memory)
        for memory in dropped:
            _release(memory)

    def _take(self, size: int, lasting: bool) -> Array:
        size = -(-size // GRAIN_BYTES) * GRAIN_BYTES
        with self._lock:
            self._sort_in()
            found = self._find_whole(size) if lasting else self._find(size)
            if found is not None:
                return self._lend(*found)
        # Only now: what is over the budget may be just what the next layer needs.
        self.trim()
        block = _Block(size)
        with self._lock:
            self._blocks.append(block)
            self._is_whole(block, True)
            self._bytes += size
            return self._lend(block, 0, size)

    def _find(self, size: int) -> tuple[_Block, int, int] | None:
        """The smallest free stretch of so many bytes, by its block and number there."""
        best, least = None, 0
        for block in self._blocks:
            for place, (first, last) in enumerate(block.free):
                if last - first >= size and (best is None or last - first < least):
                    best, least = (block, place, size), last - first
        return best

    def _find_whole(self, size: int) -> tuple[_Block, int, int] | None:
        """The smallest free block of so many bytes that is not much larger."""
        place = bisect_left(self._whole, (size,))
        if place == len(self._whole) or self._whole[place][0] > size + size // SPARE:
            return None
        block = self._whole[place][2]
        return block, 0, block.size

    def _lend(self, block: _Block, place: int, size: int) -> Array:
        self._bytes -= size
        self._is_whole(block, False)
        return _Lent.of((block, *block.take(place, size)), self._returned)

    def _is_whole(self, block: _Block, whole: bool) -> None:
        """Note whether nobody has any of a block; may be noted already: an interrupt can come between any two steps."""
        place = bisect_left(self._whole, block.entry)
        known = place < len(self._whole) and self._whole[place][2] is block
        if whole and not known:
            self._whole.insert(place, block.entry)
        elif known and not whole:
            del self._whole[place]

    def _sort_in(self) -> None:
        """Make free what came back."""
        while self._returned:
            block, first, last = self._returned.popleft()
            block.give_back(first, last)
            self._bytes += last - first
            if block.is_free:
                self._is_whole(block, True)


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


_Stretch = tuple[_Block, int, int]
"""Bytes of a block, from and to."""


class _Lent(np.ndarray[Any, np.dtype[Any]]):
    """The owner of lent memory: it lives as long as any array made of it, and gives the memory back at its end."""

    stretch: _Stretch
    returned: deque[_Stretch]

    @classmethod
    def of(cls, stretch: _Stretch, returned: deque[_Stretch]) -> _Lent:
        # The block is no array: a view of views of arrays holds the first of them and would leave this one out.
        block, first, last = stretch
        lent = cls(last - first, np.uint8, block.memory, first)
        lent.stretch, lent.returned = stretch, returned
        return lent

    def __del__(self) -> None:
        # Any thread, any moment, also inside of the pool's lock: an append is all that may be done here.
        returned = getattr(self, "returned", None)
        if returned is not None:
            returned.append(self.stretch)
