"""The order of vertices within the columns of a layout: of several median sweeps the one with the fewest crossings."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise

from designer.kernels.runtime.threads import checkpoint

SWEEPS = 8

Column = tuple[int, ...]
Neighbours = Mapping[int, Sequence[int]]


def ordered(columns: Sequence[Sequence[int]], links: Sequence[tuple[int, int]]) -> list[Column]:
    """The columns with their vertices from top to bottom; a checkpoint before every sweep.

    Parameters
    ----------
    columns
        Vertices of each column; where nothing speaks against it they keep their order.
    links
        Pairs (vertex, vertex of the next column).
    """
    left: dict[int, list[int]] = {}
    right: dict[int, list[int]] = {}
    for source, target in links:
        right.setdefault(source, []).append(target)
        left.setdefault(target, []).append(source)
    rightwards, leftwards, crossed = _Sweep(left), _Sweep(right), _Crossings(right)
    current = [tuple(column) for column in columns]
    best, fewest = current, crossed.count(current)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        checkpoint(sweep / SWEEPS)
        current = rightwards.swept(current) if sweep % 2 == 0 else leftwards.swept(current[::-1])[::-1]
        crossings = crossed.count(current)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


class _Sweep:
    """Sorts each column by the median place of its neighbours in the column before it.

    Most columns of a long network come to rest after a sweep or two: what was sorted already is remembered.
    """

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._known: dict[tuple[Column, Column], Column] = {}

    def swept(self, columns: Sequence[Column]) -> list[Column]:
        """The columns, sorted one after the other."""
        swept: list[Column] = []
        before: Column = ()
        for column in columns:
            found = self._known.get((before, column))
            if found is None:
                found = self._known[before, column] = self._sorted(before, column)
            swept.append(found)
            before = found
        return swept

    def _sorted(self, before: Column, column: Column) -> Column:
        place = {vertex: index for index, vertex in enumerate(before)}
        # The first column has nothing before it and keeps its order.
        keys = {
            vertex: _median([place[n] for n in self._neighbours.get(vertex, ())] if before else [], index)
            for index, vertex in enumerate(column)
        }
        return tuple(sorted(column, key=keys.__getitem__))


def _median(places: list[int], otherwise: float) -> float:
    if len(places) == 1:
        return places[0]
    if not places:
        return otherwise
    places.sort()
    middle = len(places) // 2
    return places[middle] if len(places) % 2 else (places[middle - 1] + places[middle]) / 2


class _Crossings:
    """Counts pairs of links that cross: inversions between neighbouring columns."""

    def __init__(self, right: Neighbours) -> None:
        self._right = right
        self._known: dict[tuple[Column, Column], int] = {}

    def count(self, columns: Sequence[Column]) -> int:
        """Crossings of all links."""
        total = 0
        for pair in pairwise(columns):
            count = self._known.get(pair)
            if count is None:
                count = self._known[pair] = self._between(*pair)
            total += count
        return total

    def _between(self, column: Column, following: Column) -> int:
        place = {vertex: index for index, vertex in enumerate(following)}
        seen: list[int] = []
        count = 0
        for vertex in column:
            ends = [place[target] for target in self._right.get(vertex, ())]
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
        return count
