"""The order of vertices within the columns of a layout: of several median sweeps the one with the fewest crossings."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise

SWEEPS = 8

Neighbours = Mapping[int, Sequence[int]]


def ordered(columns: Sequence[Sequence[int]], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The columns with their vertices from top to bottom.

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
    current = [list(column) for column in columns]
    best, fewest = current, _crossings(current, right)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        current = _swept(current, left if sweep % 2 == 0 else right, backwards=sweep % 2 == 1)
        crossings = _crossings(current, right)
        if crossings < fewest:
            best, fewest = current, crossings
    return best


def _swept(columns: Sequence[Sequence[int]], neighbours: Neighbours, *, backwards: bool) -> list[list[int]]:
    """Sort each column by the median place of its neighbours in the column before it."""
    swept: list[list[int]] = []
    place: dict[int, int] = {}
    for column in reversed(columns) if backwards else columns:
        own = {vertex: index for index, vertex in enumerate(column)}
        keys = {v: _median([place[n] for n in neighbours.get(v, ())], own[v]) for v in column}
        swept.append(sorted(column, key=keys.__getitem__))
        place = {vertex: index for index, vertex in enumerate(swept[-1])}
    return swept[::-1] if backwards else swept


def _median(places: list[int], otherwise: float) -> float:
    if not places:
        return otherwise
    places.sort()
    middle = len(places) // 2
    return places[middle] if len(places) % 2 else (places[middle - 1] + places[middle]) / 2


def _crossings(columns: Sequence[Sequence[int]], right: Neighbours) -> int:
    """Pairs of links that cross: inversions between neighbouring columns."""
    count = 0
    for column, following in pairwise(columns):
        place = {vertex: index for index, vertex in enumerate(following)}
        seen: list[int] = []
        for vertex in column:
            ends = [place[target] for target in right.get(vertex, ())]
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count
