"""Ways for wires that would run through a node or run back: along lanes between the nodes.

Computed from positions alone, so it works for an automatic layout and for nodes that were moved by hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np

from designer.graph.cards import CLEARANCE, NEARBY, TOUCH, Cards, Lane, Numbers
from designer.graph.design import Design, Edge, Position
from designer.graph.layout import LANE, NODE_SIZE, Size
from designer.graph.turning_wires import Turn, TurningWires

Indices = np.ndarray[Any, np.dtype[np.intp]]

# A wire is the cubic Bézier whose handles reach horizontally to the middle between its ends.
_T = np.linspace(0.0, 1.0, 33)
_ALONG = 1.5 * _T * (1.0 - _T) + _T**3
_ACROSS = _T**2 * (3.0 - 2.0 * _T)


def edge_routes(
    design: Design,
    positions: Mapping[str, Position],
    sizes: Mapping[str, Size] | None = None,
    edges: Iterable[Edge] | None = None,
) -> dict[Edge, tuple[Position, ...]]:
    """Way-points of every wire: none where it runs free, else the two ends of each lane that it follows.

    Parameters
    ----------
    positions, sizes
        Top left corners and sizes of the nodes' cards; ``NODE_SIZE`` for those left out.
    edges
        Wires that are wanted; all of them where left out. A wire's way does not depend on which are wanted.

    Notes
    -----
    Wires run from the middle of the source's right side to the middle of the target's left side. One that would run
    through a node follows a lane beside everything in between; wires of one source share it, lanes of different
    sources keep apart, the shortest lie next to the nodes. One whose target stands left of its source, as the first
    node of the next row does, follows a lane from right to left, upright to it and from it; a second one where rows
    lie in between.
    """
    asked = design.edges if edges is None else tuple(edges)
    routes: dict[Edge, tuple[Position, ...]] = dict.fromkeys(asked, ())
    if not asked:
        return routes
    index = {key: number for number, key in enumerate(positions)}
    corners = np.array(list(positions.values()), float)
    extents = np.array([(sizes or {}).get(key, NODE_SIZE) for key in positions], float)
    cards = Cards(np.concatenate([corners.T, (corners + extents).T]))
    sources = np.array([index[edge.source] for edge in design.edges])
    targets = np.array([index[edge.target] for edge in design.edges])
    lanes: list[Lane] = []
    for bundle in _bundles(design, cards, sources, targets):
        lane = bundle.lane(cards, lanes)
        lanes.append(lane)
        for edge, last in zip(bundle.edges, bundle.exits, strict=True):
            if edge in routes:
                routes[edge] = ((lane.first, lane.y), (last, lane.y))
    turning = TurningWires(cards, lanes)
    for number, turn in _turns(cards, sources, targets):
        way = turning.way(turn)
        if design.edges[number] in routes:
            routes[design.edges[number]] = way
    return routes


def _turns(cards: Cards, sources: Indices, targets: Indices) -> list[tuple[int, Turn]]:
    """Wires that run back, with their numbers: in the order in which those side by side get their lanes from above."""
    start, end = cards.right[sources], cards.left[targets]
    middle = (cards.top + cards.bottom) / 2
    turns = [
        (int(number), Turn(int(source), (float(x0), float(middle[source])), (float(x1), float(middle[target]))))
        for number, source, target, x0, x1 in (
            (number, sources[number], targets[number], start[number], end[number])
            for number in np.flatnonzero(end < start)
        )
    ]
    return sorted(turns, key=lambda item: (item[1].start[0], -item[1].start[1], item[0]))


@attrs.frozen(eq=False)
class _Bundle:
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

    def lane(self, cards: Cards, others: list[Lane]) -> Lane:
        """The free lane with the shortest way and the fewest bends; below rather than above."""
        y = self._free(cards, others, NEARBY)
        if y is None:
            y = self._free(cards, others, math.inf)
        return Lane(self.first, self.last, self.start if y is None else y)

    def _free(self, cards: Cards, others: list[Lane], reach: float) -> float | None:
        """The best height no further than ``reach`` from both ports: there is less to look at than everywhere."""
        highest, lowest = min(self.start, self.end) - reach, max(self.start, self.end) + reach
        _left, tops, _right, bottoms = cards.within(
            self.first, self.last, highest - CLEARANCE, lowest + CLEARANCE
        ).tolist()
        # A set, because most cards of a network stand in a few rows.
        taken = {(top - CLEARANCE, bottom + CLEARANCE) for top, bottom in zip(tops, bottoms, strict=True)}
        taken |= {
            (o.y - LANE, o.y + LANE)
            for o in others
            if o.first < self.last and o.last > self.first and highest - LANE < o.y < lowest + LANE
        }
        sides = {self.start, self.end, *(side for band in taken for side in band)}
        # Of two equally good places it is always the upper one.
        places = sorted((self._cost(y), y) for y in sides if highest <= y <= lowest)
        return next((y for _cost, y in places if not any(low < y < high for low, high in taken)), None)

    def _cost(self, y: float) -> float:
        """Pixels up and down, with something added for each bend and for running above everything."""
        bends = LANE * ((y != self.start) + (y != self.end)) / 2
        above = 2.5 * LANE if y < min(self.start, self.end) else 0
        return abs(y - self.start) + abs(y - self.end) + bends + above


def _bundles(design: Design, cards: Cards, sources: Indices, targets: Indices) -> list[_Bundle]:
    """What has to go around something, the shortest first."""
    start, end, middle = cards.right[sources], cards.left[targets], (cards.top + cards.bottom) / 2
    # A card lies in between unless it ends before the start or begins behind the end; one cannot do both.
    between = np.searchsorted(np.sort(cards.left), end) - np.searchsorted(np.sort(cards.right), start, side="right")
    asked = np.flatnonzero((between > 0) & (end > start))
    ports = np.array([start[asked], middle[sources[asked]], end[asked], middle[targets[asked]]])
    first, last = _struck(cards, ports)
    struck = np.flatnonzero(first < math.inf).tolist()
    by_source: dict[int, list[int]] = {}
    for row in struck:
        by_source.setdefault(int(sources[asked[row]]), []).append(row)
    found = [
        _bundle(tuple(design.edges[asked[row]] for row in rows), ports[:, rows], first[rows], last[rows])
        for rows in by_source.values()
    ]
    return sorted(found, key=lambda bundle: bundle.span)


def _struck(cards: Cards, ports: Numbers) -> tuple[Numbers, Numbers]:
    """Left side of the first and right side of the last card that each wire would run through; infinite where none."""
    x0, y0, x1, y1 = ports[:, :, None]
    near = (cards.left < x1) & (cards.right > x0)
    near &= (cards.top < np.maximum(y0, y1) + TOUCH) & (cards.bottom > np.minimum(y0, y1) - TOUCH)
    wire, card = np.nonzero(near)
    x0, y0, x1, y1 = ports[:, wire]
    entry, leave = (
        np.interp((side[card] - x0) / (x1 - x0), _ALONG, _ACROSS) * (y1 - y0) + y0 for side in (cards.left, cards.right)
    )
    hit = np.maximum(entry, leave) > cards.top[card] - TOUCH
    hit &= np.minimum(entry, leave) < cards.bottom[card] + TOUCH
    first, last = np.full(ports.shape[1], math.inf), np.full(ports.shape[1], -math.inf)
    np.minimum.at(first, wire[hit], cards.left[card[hit]])
    np.maximum.at(last, wire[hit], cards.right[card[hit]])
    return first, last


def _bundle(edges: tuple[Edge, ...], ports: Numbers, first: Numbers, last: Numbers) -> _Bundle:
    """The wires of one source as a whole."""
    (x, *_), (y, *_), ends, heights = ports.tolist()
    begin = max(float(first.min()), x + CLEARANCE)
    exits = tuple(max(begin, min(behind, end - CLEARANCE)) for behind, end in zip(last.tolist(), ends, strict=True))
    return _Bundle(edges, begin, max(exits), exits, y, sum(heights) / len(heights))
