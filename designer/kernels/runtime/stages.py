"""The work of a kernel as calls of NumPy: made anew for a single run, or once for arrays that stay where they are.

A small layer spends more time on slicing, reshaping and choosing than NumPy does on computing. So a kernel does not
compute: it says which functions are to be called with which views. Whoever runs it once calls them at once; whoever
runs it often, on the same arrays, keeps the calls and is left with nothing but the calls.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import PLAIN, Epilogue
from designer.kernels.runtime.calls import Call, perform
from designer.kernels.runtime.scratch import Buffers, Scratch
from designer.kernels.runtime.threads import run_tiles


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
