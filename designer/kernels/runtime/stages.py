"""The work of a kernel as calls of NumPy: made anew for a single run, or once for arrays that stay where they are.

A small layer spends more time on slicing, reshaping and choosing than NumPy does on computing. So a kernel does not
compute: it says which functions are to be called with which views. Whoever runs it once calls them at once; whoever
runs it often, on the same arrays, keeps the calls and is left with nothing but the calls.
"""

from __future__ import annotations

import abc
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import PLAIN, Epilogue
from designer.kernels.runtime.threads import Call, perform, run_tiles


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


@dataclass(frozen=True)
class Tiles:
    """Parts of a result that may be computed side by side, each by some calls in order.

    Parameters
    ----------
    count
        Number of parts.
    calls
        The calls of a part, given its number and buffers that nobody else uses while they are made and performed.
    bands
        Edges of the rows of the output that the parts make, where each of them makes whole rows of a single image.
    is_local
        Whether each part reads just the rows it makes, of every array that it reads.
    """

    count: int
    calls: Callable[[int, Buffers], list[Call]]
    bands: tuple[int, ...] = ()
    is_local: bool = False


@dataclass(frozen=True)
class Whole:
    """Work that shares itself out, or is too large for its calls to matter."""

    run: Callable[[], object]


Stage = Tiles | Whole
"""What must be complete before the next stage begins."""


def run_stages(stages: Iterable[Stage], scratch: Scratch) -> None:
    """Do the work of stages once."""
    for stage in stages:
        if isinstance(stage, Whole):
            stage.run()
        else:
            _run_tiles(stage, scratch)


def _run_tiles(stage: Tiles, scratch: Scratch) -> None:
    run_tiles(lambda index: perform(stage.calls(index, scratch.here())), stage.count)


class Kernel(abc.ABC):
    """A layer's computation, ready for its weights and for images of one shape."""

    name: str
    """How it computes, for the profile."""

    def weights(self) -> Sequence[Array]:
        """Return the large arrays that are kept from call to call: weights in the form that is read."""
        return ()

    @abc.abstractmethod
    def empty(self, x: Array) -> Array:
        """Return an uninitialised array for the result, of the memory layout that is fastest."""

    @abc.abstractmethod
    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """Return the work that computes `out` from `x`, as often as it is done.

        Parameters
        ----------
        x
            Array ``(N, C, *spatial)`` of any memory layout; channels last is fastest.
        out
            Array to be written, of any memory layout.
        epilogue
            Residual and activation, applied while a tile is in the cache.
        scratch
            Buffers kept from one call to the next.
        """

    def run(
        self, x: Array, out: Array | None = None, epilogue: Epilogue = PLAIN, scratch: Scratch | None = None
    ) -> Array:
        """Compute once; parameters as for `stages`, a new array for the result by default."""
        out = self.empty(x) if out is None else out
        scratch = scratch or Scratch()
        run_stages(self.stages(x, out, epilogue, scratch), scratch)
        return out
