"""Ways for wires that would run through a node on their way to the right: along lanes between the nodes."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable

import attrs
import numpy as np

from designer.graph.design import Edge, Position
from designer.layout.cards import CLEARANCE, NEARBY, TOUCH, CardIndex, Lane, Span, Way
from designer.layout.layered import LANE
from designer.layout.wire_lanes import Lanes, free_edges

# A wire is the cubic Bézier whose handles reach horizontally to the middle between its ends.
_T = np.linspace(0.0, 1.0, 33)
_ALONG: list[float] = (1.5 * _T * (1.0 - _T) + _T**3).tolist()
_ACROSS: list[float] = (_T**2 * (3.0 - 2.0 * _T)).tolist()

REACHES = (NEARBY, 4 * NEARBY)
"""How far above and below its ports a lane is looked for; further away it would be less legible than a direct wire."""


@attrs.frozen
class Bundle:
    """The wires of one source that would run through nodes.

    ``first`` and ``last`` are the ends of what they have to go around, ``exits`` where each leaves the lane; ``start``
    and ``end`` are the heights of the source's port and of the targets' ports, on average.
    """

    edges: tuple[Edge, ...]
    first: float
    last: float
    exits: tuple[float, ...]
    start: float
    end: float

    @property
    def span(self) -> float:
        """Length of the lane."""
        return self.last - self.first

    def lane(self, cards: CardIndex, others: Lanes) -> Lane | None:
        """The free lane with the shortest way and the fewest bends; below rather than above."""
        for reach in REACHES:
            y = self._free(cards, others, reach)
            if y is not None:
                return Lane(self.first, self.last, y)
        return None

    def ways(self, lane: Lane) -> dict[Edge, Way]:
        """Where each wire follows the lane."""
        return {edge: ((lane.first, lane.y), (last, lane.y)) for edge, last in zip(self.edges, self.exits, strict=True)}

    def _free(self, cards: CardIndex, others: Lanes, reach: float) -> float | None:
        """The best height no further than ``reach`` from both ports: there is less to look at than everywhere."""
        highest, lowest = min(self.start, self.end) - reach, max(self.start, self.end) + reach
        bands = cards.bands(self.first, self.last, highest - CLEARANCE, lowest + CLEARANCE)
        lanes = others.heights(self.first, self.last, highest - LANE, lowest + LANE)
        if bands is None or lanes is None:
            return None
        taken = [(top - CLEARANCE, bottom + CLEARANCE) for top, bottom in bands]
        taken += [(y - LANE, y + LANE) for y in lanes]
        places = [y for y in free_edges((self.start, self.end), taken) if highest <= y <= lowest]
        # Of two equally good places it is always the upper one.
        return min(places, default=None, key=lambda y: (self._cost(y), y))

    def _cost(self, y: float) -> float:
        """Pixels up and down, with something added for each bend and for running above everything."""
        bends = LANE * ((y != self.start) + (y != self.end)) / 2
        above = 2.5 * LANE if y < min(self.start, self.end) else 0
        return abs(y - self.start) + abs(y - self.end) + bends + above


def bundle(start: Position, struck: Iterable[tuple[Edge, Position, Span]]) -> Bundle:
    """What of a source's wires has to go around something: each wire, its target's port, and :func:`struck`."""
    edges, ends, spans = zip(*struck, strict=True)
    begin = max(min(first for first, _last in spans), start[0] + CLEARANCE)
    exits = tuple(max(begin, min(last, x - CLEARANCE)) for (x, _y), (_first, last) in zip(ends, spans, strict=True))
    return Bundle(edges, begin, max(exits), exits, start[1], sum(y for _x, y in ends) / len(ends))


def struck(cards: CardIndex, start: Position, end: Position) -> Span | None:
    """Left side of the first and right side of the last card that a wire would run through; None where it runs free."""
    (x0, y0), (x1, y1) = start, end
    high, low = (y0, y1) if y0 < y1 else (y1, y0)
    first, last = math.inf, -math.inf
    for row in cards.rows(high - TOUCH, low + TOUCH) or ():
        begin, behind = row.between(x0, x1)
        if begin < behind and y0 != y1:
            # Up or down, the wire is at the row's height for a part of its way only.
            ends = (row.top - TOUCH - y0) / (y1 - y0), (row.bottom + TOUCH - y0) / (y1 - y0)
            enter, leave = (x0 + (x1 - x0) * _along(share) for share in sorted(ends))
            begin, behind = row.between(enter, leave)
        if begin < behind:
            first, last = min(first, row.lefts[begin]), max(last, row.lefts[behind - 1] + row.width)
    return None if first > last else (first, last)


def _along(across: float) -> float:
    """How far a wire has come, from 0 to 1, where it has covered this share of the way up or down."""
    if across <= 0.0:
        return 0.0
    if across >= 1.0:
        return 1.0
    number = bisect_right(_ACROSS, across)
    low, high = _ACROSS[number - 1], _ACROSS[number]
    return _ALONG[number - 1] + (_ALONG[number] - _ALONG[number - 1]) * (across - low) / (high - low)
