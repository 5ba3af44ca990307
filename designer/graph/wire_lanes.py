"""Where wires run already: their lanes and upright pieces, and the nearest place beside them that is free."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence

from designer.graph.cards import Lane, Span

NEIGHBOURS = 8
"""Lanes at one height that are looked at: those of different sources lie one behind the other."""

MOST_UPRIGHTS = 256
"""Upright pieces that are looked at for one wire; beyond, it is kept clear of cards only."""


class Lanes:
    """The lanes of all wires by height; each belongs to the source of its wires."""

    def __init__(self) -> None:
        self._heights: list[float] = []
        self._at: dict[float, list[tuple[float, float, str]]] = {}
        self._of: dict[str, list[tuple[float, tuple[float, float, str]]]] = {}

    def add(self, lane: Lane, source: str, sharer: str = "") -> None:
        """Take a lane for a source's wires; those of ``sharer`` may run in it as well."""
        entry = (lane.first, lane.last, sharer)
        if lane.y not in self._at:
            insort(self._heights, lane.y)
        insort(self._at.setdefault(lane.y, []), entry)
        self._of.setdefault(source, []).append((lane.y, entry))

    def remove(self, source: str) -> list[tuple[Lane, str]]:
        """Give back all lanes of a source's wires; what :meth:`add` was told of each."""
        removed = []
        for y, entry in self._of.pop(source, ()):
            lanes = self._at[y]
            del lanes[bisect_left(lanes, entry)]
            if not lanes:
                del self._at[y]
                del self._heights[bisect_left(self._heights, y)]
            removed.append((Lane(entry[0], entry[1], y), entry[2]))
        return removed

    def heights(self, first: float, last: float, high: float, low: float, sharer: str = "") -> list[float]:
        """Heights between two, the ends included, of lanes that others have along a stretch; from above."""
        found = []
        for y in self._heights[bisect_left(self._heights, high) : bisect_right(self._heights, low)]:
            lanes = self._at[y]
            end = bisect_left(lanes, (last,))
            for start, stop, owner in lanes[max(0, end - NEIGHBOURS) : end]:
                if stop > first and start < last and not (sharer and owner == sharer):
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


def _next_free(place: float, spans: Sequence[Span]) -> float:
    """The first number from a place on that lies inside no span; ``spans`` ascend by their beginnings."""
    for low, high in spans:
        if low >= place:
            break
        place = max(place, high)
    return place


def free_edges(places: Iterable[float], taken: Iterable[Span]) -> list[float]:
    """Of these places and the ends of the spans, those that lie inside no span."""
    spans = sorted(taken)
    merged: list[Span] = []
    for low, high in spans:
        if merged and low < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    found = [side for span in merged for side in span]
    lows = [low for low, _high in merged]
    for place in places:
        number = bisect_left(lows, place) - 1
        if number < 0 or place >= merged[number][1]:
            found.append(place)
    return found
