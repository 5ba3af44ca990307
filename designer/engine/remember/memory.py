"""What is remembered from run to run, under one budget: maps, layers made ready, initial weights."""

from __future__ import annotations

import enum
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Any

import attrs
import numpy as np

from designer.kernels.arrays.memory import Array

DEFAULT_BUDGET = 2_000_000_000
"""Bytes: VGG-16, the largest example, keeps 0.7 GB with all its maps at 224×224."""


class Kind(enum.Enum):
    """What is remembered."""

    MAPS = enum.auto()
    KERNELS = enum.auto()
    WEIGHTS = enum.auto()


@attrs.frozen(eq=False)
class _Entry:
    value: object
    roots: tuple[Array, ...]


@attrs.define(eq=False)
class _Held:
    """Memory that entries keep alive: how many of them, and as what it is counted."""

    kind: Kind
    entries: int = 0


class Memory:
    """Values by kind and key, those not used for longest dropped first. Safe between threads.

    Memory is counted once, whoever holds it, and with all that is kept alive: a view counts as the array it looks into.

    Parameters
    ----------
    budget_bytes
        How much may be occupied; what was kept last always is.
    """

    def __init__(self, budget_bytes: int = DEFAULT_BUDGET) -> None:
        self._budget = budget_bytes
        self._kept: OrderedDict[tuple[Kind, Hashable], _Entry] = OrderedDict()
        self._held: dict[int, _Held] = {}
        self._bytes = dict.fromkeys(Kind, 0)
        self._lock = threading.Lock()

    @property
    def budget_bytes(self) -> int:
        """How much may be occupied; a smaller budget drops values at once."""
        return self._budget

    @budget_bytes.setter
    def budget_bytes(self, budget: int) -> None:
        with self._lock:
            self._budget = budget
            self._drop()

    @property
    def used_bytes(self) -> int:
        """Memory of all that is kept."""
        return sum(self._bytes.values())

    def bytes_of(self, kind: Kind) -> int:
        """Memory of one kind of values; what two kinds share belongs to the one that came first."""
        return self._bytes[kind]

    def get(self, kind: Kind, key: Hashable) -> Any | None:
        """The value, marked as just used; None where it is not kept."""
        if (kind, key) not in self._kept:  # most are not: the lock takes longer than looking
            return None
        with self._lock:
            found = self._kept.get((kind, key))
            if found is None:
                return None
            self._kept.move_to_end((kind, key))
            return found.value

    def peek(self, kind: Kind, key: Hashable) -> Any | None:
        """The value, not marked as used."""
        found = self._kept.get((kind, key))
        return None if found is None else found.value

    def values(self, kind: Kind) -> list[tuple[Any, Any]]:
        """Keys and values of one kind, used last first."""
        with self._lock:
            return [(key, entry.value) for (of, key), entry in reversed(self._kept.items()) if of is kind]

    def keep(self, kind: Kind, key: Hashable, value: object, arrays: Iterable[Array]) -> Any:
        """Keep a value and return it, or the one that was there before.

        Parameters
        ----------
        arrays
            The memory that the value keeps alive.
        """
        with self._lock:
            kept = self._kept.get((kind, key))
            if kept is not None:
                self._kept.move_to_end((kind, key))
                return kept.value
            entry = _Entry(value, tuple({id(root): root for root in map(_root, arrays)}.values()))
            self._kept[kind, key] = entry
            for root in entry.roots:
                self._hold(kind, root)
            self._drop()
            return value

    def shrink(self, size: int) -> None:
        """Drop values until so many bytes are left; the budget stays as it is."""
        with self._lock:
            while self._kept and self.used_bytes > max(0, size):
                self._let_go(self._kept.popitem(last=False)[1])

    def forget(self, kind: Kind) -> None:
        """Drop everything of one kind."""
        with self._lock:
            for key in [key for key in self._kept if key[0] is kind]:
                self._let_go(self._kept.pop(key))

    def _hold(self, kind: Kind, root: Array) -> None:
        held = self._held.get(id(root))
        if held is None:
            # No other array can have its address: an entry keeps it alive.
            held = self._held[id(root)] = _Held(kind)
            self._bytes[kind] += root.nbytes
        held.entries += 1

    def _let_go(self, entry: _Entry) -> None:
        for root in entry.roots:
            held = self._held[id(root)]
            held.entries -= 1
            if not held.entries:
                del self._held[id(root)]
                self._bytes[held.kind] -= root.nbytes

    def _drop(self) -> None:
        while self.used_bytes > self._budget and len(self._kept) > 1:
            self._let_go(self._kept.popitem(last=False)[1])


def _root(array: Array) -> Array:
    """The array that owns the memory, as far as NumPy knows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
