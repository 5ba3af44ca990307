"""What wires keep clear of: the nodes' cards, found by bisection rather than by looking at all of them."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter

import attrs

from designer.graph.design import Position
from designer.layout.layered import GRID, Size

Span = tuple[float, float]
Box = tuple[Position, Size]
"""Upper left corner and size of a card."""

Way = tuple[Position, ...]
"""The ends of the straight pieces that a wire follows, two for each; none where it runs free."""

CLEARANCE = 16.0
"""Distance between a lane and the nodes it passes, in pixels."""

TOUCH = 6.0
"""A wire that keeps this far from a node, in pixels, runs free."""

NEARBY = 320.0
"""How far above and below its ports a wire's lane is looked for first, in pixels."""


def snapped(x: float, y: float) -> Position:
    """The nearest place on the grid."""
    return math.floor(x / GRID + 0.5) * float(GRID), math.floor(y / GRID + 0.5) * float(GRID)


@attrs.frozen
class Row:
    """Cards of one size at one height: they are in order by their left and by their right sides alike."""

    top: float
    bottom: float
    width: float
    lefts: list[float] = attrs.field(factory=list)
    """Ascending, each place once."""

    count: Counter[float] = attrs.field(factory=Counter)
    """How many cards stand at a place."""

    def between(self, first: float, last: float) -> tuple[int, int]:
        """Numbers of the first card that reaches into a stretch, and of the first behind it."""
        return bisect_right(self.lefts, first - self.width), bisect_left(self.lefts, last)

    def reaches(self, first: float, last: float) -> bool:
        """Whether a card reaches into a stretch."""
        number = bisect_left(self.lefts, last)
        return number > 0 and self.lefts[number - 1] + self.width > first

    def next_left(self, x: float) -> float:
        """Left side of the first card that begins there or to the right; infinite where none does."""
        number = bisect_left(self.lefts, x)
        return self.lefts[number] if number < len(self.lefts) else math.inf

    def last_right(self, x: float) -> float:
        """Right side of the last card that ends there or to the left; infinite where none does."""
        number = bisect_right(self.lefts, x - self.width)
        return self.lefts[number - 1] + self.width if number else -math.inf


@attrs.frozen
class _Rows:
    """The rows of one size of card, from above."""

    tops: list[float] = attrs.field(factory=list)
    rows: dict[float, Row] = attrs.field(factory=dict)


class CardIndex:
    """All nodes' cards, by size, then by height, then by place. Adding, removing and finding take O(log n).

    Parameters
    ----------
    most
        Rows that are looked at for one question; where there are more it is not answered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._sizes: dict[Size, _Rows] = {}

    def add(self, place: Position, size: Size) -> None:
        """Put a card with its upper left corner at a place."""
        rows = self._sizes.setdefault(size, _Rows())
        x, y = place
        row = rows.rows.get(y)
        if row is None:
            insort(rows.tops, y)
            row = rows.rows[y] = Row(y, y + size[1], size[0])
        if not row.count[x]:
            insort(row.lefts, x)
        row.count[x] += 1

    def remove(self, place: Position, size: Size) -> None:
        """Take away a card that was added there."""
        rows = self._sizes[size]
        x, y = place
        row = rows.rows[y]
        row.count[x] -= 1
        if not row.count[x]:
            del row.count[x]
            del row.lefts[bisect_left(row.lefts, x)]
        if not row.lefts:
            del rows.rows[y]
            del rows.tops[bisect_left(rows.tops, y)]

    def rows(self, high: float, low: float) -> list[Row] | None:
        """Rows that reach into the heights between two; None where they are too many to look at."""
        found: list[Row] = []
        for (_width, height), rows in self._sizes.items():
            first, behind = bisect_right(rows.tops, high - height), bisect_left(rows.tops, low)
            if len(found) + behind - first > self._most:
                return None
            found += [rows.rows[top] for top in rows.tops[first:behind]]
        return found

    def boxes(self, zone: Box, most: int) -> list[Box] | None:
        """Cards that reach into a rectangle, each place once; None where they are more than ``most``."""
        (left, top), (width, height) = zone
        found: list[Box] = []
        for row in self.rows(top, top + height) or ():
            begin, behind = row.between(left, left + width)
            if len(found) + behind - begin > most:
                return None
            found += [((x, row.top), (row.width, row.bottom - row.top)) for x in row.lefts[begin:behind]]
        return found

    def bands(self, first: float, last: float, high: float, low: float) -> set[Span] | None:
        """Tops and bottoms of the cards that reach into a rectangle; None where they are too many to look at."""
        rows = self.rows(high, low)
        if rows is None:
            return None
        return {(row.top, row.bottom) for row in rows if row.reaches(first, last)}


@attrs.frozen
class Lane:
    """A straight piece of way across the cards' columns."""

    first: float
    last: float
    y: float
