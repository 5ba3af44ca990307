"""Ways for wires that would run through a node or run back: along lanes between the nodes.

Computed from positions alone, so it works for an automatic layout and for nodes that were moved by hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np

from designer.graph.cards import CLEARANCE, NEARBY, TOUCH, Cards, Lane
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
    cards = Cards(*corners.T, *(corners + extents).T)
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
        near = cards.between(self.first, self.last)
        near &= (cards.bottom > highest - CLEARANCE) & (cards.top < lowest + CLEARANCE)
        # A set, because most cards of a network stand in a few rows.
        taken = {
            (top - CLEARANCE, bottom + CLEARANCE)
            for top, bottom in zip(cards.top[near].tolist(), cards.bottom[near].tolist(), strict=True)
        }
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
    start, end = cards.right[sources], cards.left[targets]
    # A card lies in between unless it ends before the start or begins behind the end; one cannot do both.
    between = np.searchsorted(np.sort(cards.left), end) - np.searchsorted(np.sort(cards.right), start, side="right")
    by_source: dict[int, list[int]] = {}
    for number in np.flatnonzero((between > 0) & (end > start)):
        by_source.setdefault(int(sources[number]), []).append(int(number))
    found = []
    for source, numbers in by_source.items():
        bundle = _bundle([design.edges[number] for number in numbers], source, targets[numbers], cards)
        if bundle is not None:
            found.append(bundle)
    return sorted(found, key=lambda bundle: bundle.span)


def _bundle(edges: list[Edge], source: int, targets: Any, cards: Cards) -> _Bundle | None:
    """The wires among ``edges`` that hit a card."""
    x, y = float(cards.right[source]), float(cards.top[source] + cards.bottom[source]) / 2
    ends, heights = cards.left[targets], (cards.top[targets] + cards.bottom[targets]) / 2
    near = cards.between(x, ends.max())
    near &= (cards.bottom > min(y, heights.min()) - TOUCH) & (cards.top < max(y, heights.max()) + TOUCH)
    left, right = cards.left[near], cards.right[near]
    if not len(left):
        return None
    reach, rise = (ends - x)[:, None], (heights - y)[:, None]
    entry = np.interp((left - x) / reach, _ALONG, _ACROSS) * rise + y
    leave = np.interp((right - x) / reach, _ALONG, _ACROSS) * rise + y
    hit = (np.maximum(entry, leave) > cards.top[near] - TOUCH) & (np.minimum(entry, leave) < cards.bottom[near] + TOUCH)
    hit &= left < ends[:, None]
    struck = np.flatnonzero(hit.any(axis=1)).tolist()
    if not struck:
        return None
    first = max(min(left[hit[row]].min() for row in struck), x + CLEARANCE)
    exits = [max(first, min(right[hit[row]].max(), ends[row] - CLEARANCE)) for row in struck]
    end = sum(heights[row] for row in struck) / len(struck)
    return _Bundle(
        tuple(edges[row] for row in struck), float(first), float(max(exits)), tuple(map(float, exits)), y, float(end)
    )
