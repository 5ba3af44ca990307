"""Strings that count how often they are compared: what is quadratic shows in a number, not in a time."""

from __future__ import annotations

from typing import ClassVar


class CountedText(str):
    """Equal to the plain string. Look-ups in sets and dicts compare once, in lists as often as there are entries."""

    __slots__ = ()
    comparisons: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        type(self).comparisons += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__
