"""Buffers of a run, kept from one tile to the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from designer.kernels.arrays.memory import Array


class Buffers:
    """Buffers by name: a fresh one for every tile costs as much as filling it.

    Parameters
    ----------
    lasting
        Whether calls made with these buffers are kept, so that margins once filled need not be filled again.
    """

    def __init__(self, lasting: bool = False) -> None:
        self.lasting = lasting
        self._kept: dict[object, Array] = {}

    def framed(self, shape: Sequence[int], dtype: np.dtype[np.generic], frame: object) -> tuple[Array, bool]:
        """Return a buffer for arrays with the same margins, and whether these have been filled already."""
        if not self.lasting:
            return self.take("patch", shape, dtype), False
        key = (tuple(shape), dtype, frame)
        found = self._kept.get(key)
        if found is not None:
            return found, True
        found = self._kept[key] = np.empty(shape, dtype)
        return found, False

    def take(self, name: str, shape: Sequence[int], dtype: np.dtype[np.generic]) -> Array:
        """Return the buffer of that name, valid until somebody asks for it again."""
        size = prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < size or kept.dtype != dtype:
            kept = self._kept[name] = np.empty(size, dtype=dtype)
        return kept[:size].reshape(shape)


class Scratch:
    """Buffers of a run: a set for each thread, and sets by number for work whose calls are kept.

    Parameters
    ----------
    lender
        Where large buffers come from that are needed only within a call: returns an array of at least so many bytes.
    """

    def __init__(self, lender: Callable[[int], Array] | None = None) -> None:
        self._threads = threading.local()
        self._numbered: dict[int, Buffers] = {}
        self._lender = lender

    def lent_by(self, lender: Callable[[int], Array]) -> Scratch:
        """Return the same buffers, with large ones from elsewhere."""
        other = Scratch(lender)
        other._threads, other._numbered = self._threads, self._numbered
        return other

    def here(self) -> Buffers:
        """Return the buffers of this thread."""
        found: Buffers | None = getattr(self._threads, "buffers", None)
        if found is None:
            found = self._threads.buffers = Buffers()
        return found

    def numbered(self, index: int) -> Buffers:
        """Return the buffers of the tiles of this number."""
        return self._numbered.setdefault(index, Buffers(lasting=True))

    def take(self, name: str, shape: Sequence[int], dtype: np.dtype[np.generic]) -> Array:
        """Return this thread's buffer of that name, valid until the thread asks for it again."""
        return self.here().take(name, shape, dtype)

    def common(self, name: str, shape: Sequence[int], dtype: np.dtype[np.generic]) -> Array:
        """Return a large buffer that one layer after the other uses, all threads together."""
        return self.numbered(-1).take(name, shape, dtype) if self._lender is None else self.lend(shape, dtype)

    def lend(self, shape: Sequence[int], dtype: np.dtype[np.generic]) -> Array:
        """Return a large buffer that nobody else has, for as long as it or a view of it is held."""
        if self._lender is None:
            return np.empty(shape, dtype)
        return np.ndarray(shape, dtype, self._lender(prod(shape) * dtype.itemsize))
