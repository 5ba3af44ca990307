"""Where wires run already: their lanes and upright pieces, and the nearest place beside them that is free."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

import attrs

from designer.layout.cards import Lane, Span

NEIGHBOURS = 8
"""Lanes at one height that are looked at: those of different sources lie one behind the other."""

MOST_UPRIGHTS = 256
"""Upright pieces that are looked at for one wire; beyond, it is kept clear of cards only."""


@attrs.frozen
class _Height:
    """Lanes at one height: where they begin, in ascending order, and where they end and who may share them."""

    firsts: list[float] = attrs.field(factory=list)
    rest: list[tuple[float, str]] = attrs.field(factory=list)


class Lanes:
    """The lanes of all wires by height; each belongs to the source of its wires.

    Parameters
    ----------
    most
        Heights that are looked at for one question; where there are more it is not answered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._heights: list[float] = []
        self._at: dict[float, _Height] = {}
        self._of: dict[str, list[tuple[Lane, str]]] = {}

    def add(self, lane: Lane, source: str, sharer: str = "") -> None:
        """Take a lane for a source's wires; those of ``sharer`` may run in it as well."""
        height = self._at.get(lane.y)
        if height is None:
            insort(self._heights, lane.y)
            height = self._at[lane.y] = _Height()
        number = bisect_left(height.firsts, lane.first)
        height.firsts.insert(number, lane.first)
        height.rest.insert(number, (lane.last, sharer))
        self._of.setdefault(source, []).append((lane, sharer))

    def remove(self, source: str) -> list[tuple[Lane, str]]:
        """Give back all lanes of a source's wires; what :meth:`add` was told of each."""
        removed = self._of.pop(source, [])
        for lane, sharer in removed:
            height = self._at[lane.y]
            number = height.rest.index((lane.last, sharer), bisect_left(height.firsts, lane.first))
            del height.firsts[number], height.rest[number]
            if not height.firsts:
                del self._at[lane.y]
                del self._heights[bisect_left(self._heights, lane.y)]
        return removed

    def heights(self, first: float, last: float, high: float, low: float, sharer: str = "") -> list[float] | None:
        """Heights between two, the ends included, of lanes that others have along a stretch; from above."""
        begin, behind = bisect_left(self._heights, high), bisect_right(self._heights, low)
        if behind - begin > self._most:
            return None
        found = []
        for y in self._heights[begin:behind]:
            height = self._at[y]
            end = bisect_left(height.firsts, last)
            for stop, owner in reversed(height.rest[max(0, end - NEIGHBOURS) : end]):
                if stop > first and not (sharer and owner == sharer):
                    found.append(y)
                    break
        return found


class Uprights:
    """The upright pieces of all wires, from left to right."""

    def __init__(self) -> None:
        self._pieces: list[tuple[float, float, float, str]] = []
        self._of: dict[str, list[tuple[float, float, float, str]]] = {}

    def add(self, x: float, start: float, end: float, source: str) -> None:
        """Take the place at ``x`` between two heights for a source's wires."""
        piece = (x, min(start, end), max(start, end), source)
        insort(self._pieces, piece)
        self._of.setdefault(source, []).append(piece)

    def remove(self, source: str) -> list[tuple[float, float, float]]:
        """Give back the places of a source's wires; what :meth:`add` was told of each."""
        removed = self._of.pop(source, [])
        for piece in removed:
            del self._pieces[bisect_left(self._pieces, piece)]
        return [piece[:3] for piece in removed]

    def places(self, first: float, last: float, top: float, bottom: float, source: str) -> list[float]:
        """Where upright pieces of other sources' wires stand in a rectangle; none where there are too many."""
        start, end = bisect_left(self._pieces, (first,)), bisect_right(self._pieces, (last,))
        if end - start > MOST_UPRIGHTS:
            return []
        return [x for x, high, low, owner in self._pieces[start:end] if owner != source and high < bottom and low > top]


@contextmanager
def released(sources: Collection[str], lanes: Lanes, uprights: Uprights) -> Iterator[None]:
    """Release what these sources' wires take, and give it back at the end, whatever they took meanwhile."""
    lanes_before = {source: lanes.remove(source) for source in sources}
    uprights_before = {source: uprights.remove(source) for source in sources}
    yield
    for source in sources:
        lanes.remove(source)
        uprights.remove(source)
    for source, pieces in uprights_before.items():
        for piece in pieces:
            uprights.add(*piece, source)
    for source, taken in lanes_before.items():
        for lane, sharer in taken:
            lanes.add(lane, source, sharer)


def nearest_free(wanted: float, within: Span, taken: Iterable[Span]) -> float | None:
    """The number nearest to the wanted one that lies inside no span, the larger of two; None where there is none."""
    if within[0] > within[1]:
        return None
    start = min(max(wanted, within[0]), within[1])
    spans = list(taken)
    above = _next_free(start, sorted(spans))
    below = -_next_free(-start, sorted((-high, -low) for low, high in spans))
    found = [place for place in (above, below) if within[0] <= place <= within[1]]
    return min(found, default=None, key=lambda place: (abs(place - wanted), -place))


def _next_free(place: float, spans: Iterable[Span]) -> float:
    """The first number from a place on that lies inside no span; ``spans`` ascend by their beginnings."""
    for low, high in spans:
        if low >= place:
            break
        place = max(place, high)
    return place


def free_edges(places: Iterable[float], taken: Iterable[Span]) -> list[float]:
    """Of these places and the ends of the spans, those that lie inside no span."""
    merged: list[Span] = []
    begin, end = -math.inf, -math.inf
    for low, high in sorted(taken):
        if low >= end:
            merged.append((begin, end))
            begin, end = low, high
        elif high > end:
            end = high
    merged.append((begin, end))
    found = [side for span in merged[1:] for side in span]
    found += [place for place in places if not any(low < place < high for low, high in merged)]
    return found
