"""Weights in the form that an algorithm reads, shared by all convolutions with the same ones.

Another padding, stride, dilation or size of image needs the same form of the weights, and making it takes as long as a
convolution.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from weakref import WeakValueDictionary

from designer.kernels.arrays.memory import Array


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
