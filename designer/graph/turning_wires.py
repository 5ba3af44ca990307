"""Ways for wires that run back: out to the right, along a free lane between rows, and in from the left.

So runs the wire from the end of a row to the start of the next, and any wire whose target was moved left of its source.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import attrs
import numpy as np

from designer.graph.cards import CLEARANCE, NEARBY, TOUCH, Cards, Lane

REACH = 24.0
"""How far a wire runs on before it turns, in pixels: half a gap between columns."""

NEAREST = 12.0
"""How close to its node a wire may turn, so that the corner is round."""

BESIDE = 8.0
"""Between the upright pieces of wires of different sources."""

LANE_APART = 16.0
ROOMY = 32.0
"""Heights for lanes that a gap between rows leaves, in pixels."""

Span = tuple[float, float]
Way = tuple[tuple[float, float], ...]


@attrs.frozen
class Turn:
    """A wire that runs back, from a source's port to a target's port."""

    source: int
    start: tuple[float, float]
    end: tuple[float, float]


@attrs.frozen
class _Upright:
    """An upright piece of a way."""

    x: float
    top: float
    bottom: float
    source: int


class TurningWires:
    """Finds ways one after the other; each keeps clear of the cards and apart from what came before."""

    def __init__(self, cards: Cards, lanes: Iterable[Lane]) -> None:
        self._cards = cards
        self._lanes = [(lane, -1) for lane in lanes]
        self._uprights: list[_Upright] = []

    def way(self, turn: Turn) -> Way:
        """The ends of the lanes that the wire follows: of one lane, or of two where rows lie between."""
        (x0, y0), (x1, y1) = turn.start, turn.end
        out, back = self._free_stretch(x0, y0, 1), self._free_stretch(x1, y1, -1)
        gaps = self._gaps(x1 - REACH, x0 + REACH, y0, y1)
        gaps.sort(key=lambda gap: _detour(gap, y0, y1))
        for gap in gaps[:4]:
            y = self._lane_in(gap, x1 - REACH, x0 + REACH, turn.source)
            leave, enter = self._upright(x0 + REACH, out, y0, y, turn), self._upright(x1 - REACH, back, y, y1, turn)
            if leave is not None and enter is not None:
                return self._taken(turn, ((leave, y), (enter, y)))
        return self._taken(turn, self._two_lanes(turn, out, back))

    def _two_lanes(self, turn: Turn, out: Span, back: Span) -> Way:
        """Along a lane beside the source, upright past the rows in between, along a lane beside the target."""
        (x0, y0), (x1, y1) = turn.start, turn.end
        down = y1 >= y0
        first = min(self._gaps(x1, x0 + REACH, y0, y0), key=lambda gap: _beside(gap, y0, down))
        second = min(self._gaps(x1 - REACH, x0, y1, y1), key=lambda gap: _beside(gap, y1, not down))
        upper = self._lane_in(first, x1, x0 + REACH, turn.source)
        lower = self._lane_in(second, x1 - REACH, x0, turn.source)
        leave = self._upright(x0 + REACH, out, y0, upper, turn)
        enter = self._upright(x1 - REACH, back, lower, y1, turn)
        past = self._upright(x1 - REACH, (-math.inf, math.inf), upper, lower, turn)
        leave, enter = x0 + REACH if leave is None else leave, x1 - REACH if enter is None else enter
        past = enter if past is None else past
        return (leave, upper), (past, upper), (past, lower), (enter, lower)

    def _taken(self, turn: Turn, way: Way) -> Way:
        """Remember where the wire runs."""
        for (first, y), (last, _y) in zip(way[::2], way[1::2], strict=True):
            self._lanes.append((Lane(min(first, last), max(first, last), y), turn.source))
        uprights = [(way[0][0], turn.start[1], way[0][1]), (way[-1][0], way[-1][1], turn.end[1])]
        uprights += [(here[0], here[1], there[1]) for here, there in zip(way[1:-1:2], way[2:-1:2], strict=True)]
        self._uprights += [_Upright(x, min(a, b), max(a, b), turn.source) for x, a, b in uprights]
        return way

    def _free_stretch(self, x: float, y: float, direction: int) -> Span:
        """How far a wire may run on from a port before it would meet a card, a little room for the corner included."""
        cards = self._cards
        level = (cards.top < y + TOUCH) & (cards.bottom > y - TOUCH)
        if direction > 0:
            return x + NEAREST, float(np.min(cards.left[level & (cards.left >= x)], initial=math.inf)) - TOUCH
        return float(np.max(cards.right[level & (cards.right <= x)], initial=-math.inf)) + TOUCH, x - NEAREST

    def _gaps(self, first: float, last: float, start: float, end: float) -> list[Span]:
        """Heights at which a lane may run across this stretch, clear of every card, near both ports and between."""
        high, low = min(start, end) - NEARBY, max(start, end) + NEARBY
        _left, tops, _right, bottoms = self._cards.within(first, last, high, low).tolist()
        sides = sorted(set(zip(tops, bottoms, strict=True)))
        gaps, low = [], -math.inf
        for top, bottom in sides:
            if top - low >= 2 * CLEARANCE:
                gaps.append((low + CLEARANCE, top - CLEARANCE))
            low = max(low, bottom)
        return [*gaps, (low + CLEARANCE, math.inf)]

    def _lane_in(self, gap: Span, first: float, last: float, source: int) -> float:
        """The height in a gap nearest to its middle that no other wire's lane has; below rather than above."""
        low, high = gap
        if math.isinf(low):
            wanted = high - REACH + CLEARANCE
        elif math.isinf(high):
            wanted = low + REACH - CLEARANCE
        else:
            wanted = (low + high) / 2
        others = [
            lane.y
            for lane, owner in self._lanes
            if owner != source and low <= lane.y <= high and lane.first < last and lane.last > first
        ]
        # Too many wires for one gap move closer together.
        for apart in (LANE_APART, LANE_APART / 2, LANE_APART / 4):
            found = _nearest(wanted, gap, [(y - apart, y + apart) for y in others])
            if found is not None:
                return found
        return wanted

    def _upright(self, wanted: float, stretch: Span, start: float, end: float, turn: Turn) -> float | None:
        """Where in a stretch a wire can run up or down clear of cards and of other wires; None where it cannot."""
        top, bottom = min(start, end), max(start, end)
        side = math.inf if math.isinf(stretch[0]) else 4 * REACH
        lefts, _tops, rights, _bottoms = self._cards.within(wanted - side, wanted + side, top, bottom).tolist()
        blocks = [(left - TOUCH, right + TOUCH) for left, right in zip(lefts, rights, strict=True)]
        others = [
            (other.x - BESIDE, other.x + BESIDE)
            for other in self._uprights
            if other.source != turn.source and other.top < bottom and other.bottom > top
        ]
        found = _nearest(wanted, stretch, blocks + others)
        return _nearest(wanted, stretch, blocks) if found is None else found


def _nearest(wanted: float, within: Span, taken: Sequence[Span]) -> float | None:
    """The free number nearest to the wanted one, the larger of two."""
    places = [wanted, *(side for span in taken for side in span)]
    inside = sorted((abs(place - wanted), -place) for place in places if within[0] <= place <= within[1])
    return next((-place for _far, place in inside if not any(a < -place < b for a, b in taken)), None)


def _detour(gap: Span, start: float, end: float) -> float:
    """Pixels up and down by way of the gap; more above than below, and more between branches than between rows."""
    y = min(max((start + end) / 2, gap[0]), gap[1])
    narrow = max(ROOMY - (gap[1] - gap[0]), 0.0)
    return abs(y - start) + abs(y - end) + 2 * narrow + (LANE_APART if y < min(start, end) else 0.0)


def _beside(gap: Span, y: float, below: bool) -> float:
    """How far a gap is from a height, on the wanted side rather than on the other."""
    middle = min(max(y, gap[0]), gap[1])
    return abs(middle - y) + (0.0 if (middle > y) == below else 1e6)
