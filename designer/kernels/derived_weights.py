"""Weights in the form that an algorithm reads, shared by all convolutions with the same ones.

Another padding, stride, dilation or size of image needs the same form of the weights, and making it takes as long as a
convolution.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from weakref import WeakValueDictionary

from designer.kernels.arrays import Array


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


@cache
def _in_use() -> WeakValueDictionary[Hashable, Derived]:
    """Derived arrays that somebody has: a memo that keeps nothing alive."""
    return WeakValueDictionary()


def derived(form: Hashable, origins: Sequence[Array], make: Callable[[], Array]) -> Derived:
    """Make an array of others, or take the one that somebody still has of the same read-only ones.

    Parameters
    ----------
    form
        What is made, and how: the same form of the same arrays is the same.
    """
    if any(origin.flags.writeable for origin in origins):
        return Derived(make(), origins)
    key = (form, *map(id, origins))
    found = _in_use().get(key)
    if found is None or not found.is_of(origins):
        found = _in_use()[key] = Derived(make(), origins)
    return found
