"""Memory that is used again: the system takes longer to hand out a fresh map than a layer to fill it.

The compiler knows how long a passing array is needed, and these share one block. How long somebody looks at a result it
cannot know: a block is free again when no array refers to it any more.
"""

from __future__ import annotations

import contextlib
import mmap
import threading
import weakref
from bisect import bisect_left, insort
from collections import deque

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import checkpoint

SMALL_BYTES = 1 << 16
"""Arrays below are left to NumPy: the C library keeps pieces of up to 128 KB itself."""

HUGE_BYTES = 1 << 22
"""Blocks from this size on are asked for in pages of 2 MB, as NumPy does for its own arrays: two of them at least."""

GRAIN_BYTES = 1 << 14
"""Blocks come in multiples of four pages, so that nearly equal maps fit into each other's."""

RELEASE_BYTES = 1 << 26
"""Memory given back to the system between two checkpoints: some 10 ms in pages of 4 KB."""

SPARE = 8
"""One part in so many of a lasting block may be larger than what is asked for."""


class _Block:
    """Memory of the system."""

    __slots__ = ("lent", "memory", "size")

    def __init__(self, size: int) -> None:
        self.memory, self.size = _fresh(size), size
        self.lent: weakref.ref[Array] | None = None

    def __lt__(self, other: _Block) -> bool:
        return self.size < other.size


class BlockPool:
    """Lends arrays and takes their memory back when nobody holds them any more. Safe between threads.

    An array is given back by forgetting it: when the last reference to it and to its views is gone, its block is free.
    So nothing can be written over that somebody still looks at.

    Parameters
    ----------
    budget_bytes
        How much the free blocks may occupy between runs; the largest are let go first.
    """

    def __init__(self, budget_bytes: int = 256_000_000) -> None:
        self.budget_bytes = budget_bytes
        self._free: list[_Block] = []
        self._lent: set[_Block] = set()
        self._returned: deque[_Block] = deque()
        self._lock = threading.Lock()

    @property
    def free_bytes(self) -> int:
        """Memory that waits to be used again."""
        with self._lock:
            self._sort_in()
            return sum(block.size for block in self._free)

    def values(self, count: int, *, lasting: bool = False) -> Array:
        """So many uninitialised float32 values; see :meth:`raw`."""
        return self.raw(4 * count, lasting=lasting)[: 4 * count].view(np.float32)

    def raw(self, size: int, *, lasting: bool = False) -> Array:
        """At least ``size`` uninitialised bytes; raises MemoryError.

        With ``lasting`` they may be kept for long, and must not lie in a much larger block.
        """
        if size < SMALL_BYTES:
            return np.empty(size, np.uint8)
        size = -(-size // GRAIN_BYTES) * GRAIN_BYTES
        with self._lock:
            self._sort_in()
            place = bisect_left(self._free, size, key=lambda block: block.size)
            if place < len(self._free) and (not lasting or self._free[place].size <= size + size // SPARE):
                return self._lend(self._free.pop(place))
        # Only now: what is over the budget may be just what the next layer needs.
        self.trim()
        block = _Block(size)
        with self._lock:
            return self._lend(block)

    def trim(self) -> None:
        """Let go of free blocks until the free memory is within the budget."""
        dropped = []
        with self._lock:
            self._sort_in()
            free = sum(block.size for block in self._free)
            while free > self.budget_bytes:
                dropped.append(self._free.pop())
                free -= dropped[-1].size
        for block in dropped:
            _release(block.memory)

    def _lend(self, block: _Block) -> Array:
        # The memory map is no array: views of views hold this array, the first of them.
        array: Array = np.ndarray(block.size, np.uint8, block.memory)
        returned = self._returned
        # Called by any thread at any moment, also inside of the lock: an append is all that may be done there.
        block.lent = weakref.ref(array, lambda _gone: returned.append(block))
        self._lent.add(block)
        return array

    def _sort_in(self) -> None:
        """Make free what came back."""
        while self._returned:
            block = self._returned.popleft()
            block.lent = None
            self._lent.discard(block)
            insort(self._free, block)


def _fresh(size: int) -> mmap.mmap:
    try:
        if not hasattr(mmap, "MAP_PRIVATE"):
            return mmap.mmap(-1, size)
        # Shared memory, the default, comes in small pages only and is given back slowly.
        block = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(str(error)) from error
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
