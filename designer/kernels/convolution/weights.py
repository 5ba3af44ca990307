"""The weights of a convolution: as all its algorithms take them, and in the form that one of them reads.

All convolutions with the same weights share that form: another padding, stride, dilation or size of image needs it,
and making it takes as long as a convolution.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import prod
from weakref import WeakValueDictionary

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.runtime.threads import run_tiles


class Derived:
    """An array made of others, and of which.

    Parameters
    ----------
    values
        The array.
    origins
        The arrays that it was made of; they are not kept alive.
    """

    def __init__(self, values: Array, origins: Sequence[Array]) -> None:
        self.values = values
        self._origins = [weakref.ref(origin) for origin in origins]

    def is_of(self, origins: Sequence[Array]) -> bool:
        """Tell whether it was made of these, not of others that were in their place in memory before."""
        return all(kept() is origin for kept, origin in zip(self._origins, origins, strict=True))


class DerivedWeights:
    """Derived arrays that some kernel has: a memo that keeps nothing alive."""

    def __init__(self) -> None:
        self._in_use: WeakValueDictionary[Hashable, Derived] = WeakValueDictionary()

    def get_or_make(self, form: Hashable, origins: Sequence[Array], make: Callable[[], Array]) -> Derived:
        """Take what was made of these arrays in this form, or make it."""
        key = (form, *map(id, origins))
        found = self._in_use.get(key)
        if found is None or not found.is_of(origins):
            found = self._in_use[key] = Derived(make(), origins)
        return found


_memo: ContextVar[DerivedWeights | None] = ContextVar("derived weights", default=None)


@contextmanager
def sharing(memo: DerivedWeights) -> Iterator[None]:
    """Let the kernels that are prepared inside take from this memo what others have derived from the same weights."""
    token = _memo.set(memo)
    try:
        yield
    finally:
        _memo.reset(token)


def derived(form: Hashable, origins: Sequence[Array], make: Callable[[], Array]) -> Derived:
    """Make an array of others, or take the one that a kernel prepared with the same memo has made of them.

    Of arrays that may change, it is made every time.

    Parameters
    ----------
    form
        What is made, and how: the same form of the same arrays is the same.
    """
    memo = _memo.get()
    if memo is None or any(origin.flags.writeable for origin in origins):
        return Derived(make(), origins)
    return memo.get_or_make(form, origins, make)


VALUES_AT_ONCE = 1 << 16
"""Weights that are turned around at a time: 256 KB read and as much written fill a second-level cache of 512 KB."""


@dataclass(frozen=True)
class Filters:
    """A bank of filters: `weight` ``(filters, C / groups, *kernel)``, `bias` ``(filters,)`` or none.

    Each of the `groups` runs of channels is convolved with its own run of filters.
    """

    weight: Array
    bias: Array | None
    groups: int

    @property
    def per_group(self) -> tuple[int, int]:
        """Groups, and filters in each of them."""
        return self.groups, self.weight.shape[0] // self.groups

    def offset(self) -> Array | None:
        """Return the bias shaped ``(groups, filters / groups, 1, 1…)``."""
        ones = (1,) * (self.weight.ndim - 2)
        return None if self.bias is None else self.bias.reshape(*self.per_group, *ones)


def weight_rows(weight: Array, bias: Array | None = None) -> Derived:
    """Return ``(filters, C, *kernel)`` as ``(taps · C, filters)``; a bias ``(filters,)`` becomes one more row.

    A column holds the weights of a filter in the order of a window whose channels are adjacent.
    """
    origins = (weight,) if bias is None else (weight, bias)
    return derived("rows", origins, lambda: _rows(weight, bias))


def _rows(weight: Array, bias: Array | None) -> Array:
    filters, channels = weight.shape[:2]
    taps = prod(weight.shape[2:])
    matrix = np.empty((taps * channels + (bias is not None), filters), weight.dtype)
    if bias is not None:
        matrix[-1] = bias
    by_channel = matrix[: taps * channels].reshape(taps, channels, filters).swapaxes(0, 1)
    runs = list(even_runs(channels, max(1, VALUES_AT_ONCE // max(1, taps * filters))))

    def work(index: int) -> None:
        run = runs[index]
        by_channel[run] = weight[:, run].reshape(filters, -1).T.reshape(-1, taps, filters)

    run_tiles(work, len(runs))
    return matrix
