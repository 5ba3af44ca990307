"""Ways for wires that run back: out to the right, along a free lane between rows, and in from the left.

So runs the wire from the end of a row to the start of the next, and any wire whose target was moved left of its source.
"""

from __future__ import annotations

import math

import attrs

from designer.graph.design import Position
from designer.layout.cards import CLEARANCE, NEARBY, TOUCH, CardIndex, Lane, Span, Way
from designer.layout.wire_lanes import Lanes, Uprights, nearest_free

REACH = 24.0
"""How far a wire runs on before it turns, in pixels: half a gap between columns."""

NEAREST = 12.0
"""How close to its node a wire may turn, so that the corner is round."""

BESIDE = 8.0
"""Between the upright pieces of wires of different sources."""

LANE_APART = 16.0
ROOMY = 32.0
"""Heights for lanes that a gap between rows leaves, in pixels."""

FARTHEST_UPRIGHT = 1024.0
"""How far an upright piece past whole rows may be from its target's, in pixels: about five columns."""

MOST_CARDS = 128
"""Cards that are looked at for one upright piece."""


@attrs.frozen
class Turn:
    """A wire that runs back, from a source's port to a target's port."""

    source: str
    start: Position
    end: Position


class TurningWires:
    """Finds ways one after the other; each keeps clear of the cards and apart from what came before."""

    def __init__(self, cards: CardIndex, lanes: Lanes, uprights: Uprights) -> None:
        self._cards = cards
        self._lanes = lanes
        self._uprights = uprights

    def way(self, turn: Turn) -> Way:
        """The ends of the lanes that the wire follows: of one lane, or of two where rows lie between.

        None where so many cards or wires are about that a way among them could not be made out anyway.
        """
        (x0, y0), (x1, y1) = turn.start, turn.end
        gaps = self._gaps(x1 - REACH, x0 + REACH, y0, y1)
        if gaps is None:
            return ()
        out, back = self._free_stretch(x0, y0, 1), self._free_stretch(x1, y1, -1)
        if out is None or back is None:
            return ()
        gaps.sort(key=lambda gap: _detour(gap, y0, y1))
        for gap in gaps[:4]:
            y = self._lane_in(gap, x1 - REACH, x0 + REACH, turn.source)
            if y is None:
                return ()
            leave, enter = self._upright(x0 + REACH, out, y0, y, turn), self._upright(x1 - REACH, back, y, y1, turn)
            if leave is not None and enter is not None:
                return self._taken(turn, ((leave, y), (enter, y)))
        return self._taken(turn, self._two_lanes(turn, out, back))

    def _two_lanes(self, turn: Turn, out: Span, back: Span) -> Way:
        """Along a lane beside the source, upright past the rows in between, along a lane beside the target."""
        (x0, y0), (x1, y1) = turn.start, turn.end
        down = y1 >= y0
        beside_source, beside_target = self._gaps(x1, x0 + REACH, y0, y0), self._gaps(x1 - REACH, x0, y1, y1)
        if beside_source is None or beside_target is None:
            return ()
        first = min(beside_source, key=lambda gap: _beside(gap, y0, down))
        second = min(beside_target, key=lambda gap: _beside(gap, y1, not down))
        upper = self._lane_in(first, x1, x0 + REACH, turn.source)
        lower = self._lane_in(second, x1 - REACH, x0, turn.source)
        if upper is None or lower is None:
            return ()
        leave = self._upright(x0 + REACH, out, y0, upper, turn)
        enter = self._upright(x1 - REACH, back, lower, y1, turn)
        past = self._upright(x1 - REACH, (-math.inf, math.inf), upper, lower, turn)
        leave, enter = x0 + REACH if leave is None else leave, x1 - REACH if enter is None else enter
        past = enter if past is None else past
        return (leave, upper), (past, upper), (past, lower), (enter, lower)

    def _taken(self, turn: Turn, way: Way) -> Way:
        """Remember where the wire runs."""
        if not way:
            return way
        for (first, y), (last, _y) in zip(way[::2], way[1::2], strict=True):
            self._lanes.add(Lane(min(first, last), max(first, last), y), turn.source, sharer=turn.source)
        self._uprights.add(way[0][0], turn.start[1], way[0][1], turn.source)
        self._uprights.add(way[-1][0], way[-1][1], turn.end[1], turn.source)
        for here, there in zip(way[1:-1:2], way[2:-1:2], strict=True):
            self._uprights.add(here[0], here[1], there[1], turn.source)
        return way

    def _free_stretch(self, x: float, y: float, direction: int) -> Span | None:
        """How far a wire may run on from a port before it would meet a card, a little room for the corner included.

        None where a card lies at the port or so close that no corner fits, or where too many cards are about.
        """
        rows = self._cards.rows(y - TOUCH, y + TOUCH)
        near = (x, x + NEAREST) if direction > 0 else (x - NEAREST, x)
        if rows is None or any(row.reaches(*near) for row in rows):
            return None
        if direction > 0:
            return x + NEAREST, min((row.next_left(x) for row in rows), default=math.inf) - TOUCH
        return max((row.last_right(x) for row in rows), default=-math.inf) + TOUCH, x - NEAREST

    def _gaps(self, first: float, last: float, start: float, end: float) -> list[Span] | None:
        """Heights at which a lane may run across this stretch, clear of every card, near both ports and between."""
        bands = self._cards.bands(first, last, min(start, end) - NEARBY, max(start, end) + NEARBY)
        if bands is None:
            return None
        gaps, low = [], -math.inf
        for top, bottom in sorted(bands):
            if top - low >= 2 * CLEARANCE:
                gaps.append((low + CLEARANCE, top - CLEARANCE))
            low = max(low, bottom)
        return [*gaps, (low + CLEARANCE, math.inf)]

    def _lane_in(self, gap: Span, first: float, last: float, source: str) -> float | None:
        """The height in a gap nearest to its middle that no other wire's lane has; None where too many are about."""
        low, high = gap
        if math.isinf(low):
            wanted = high - REACH + CLEARANCE
        elif math.isinf(high):
            wanted = low + REACH - CLEARANCE
        else:
            wanted = (low + high) / 2
        gap = max(low, wanted - NEARBY), min(high, wanted + NEARBY)
        others = self._lanes.heights(first, last, *gap, sharer=source)
        if others is None:
            return None
        # Too many wires for one gap move closer together.
        for apart in (LANE_APART, LANE_APART / 2, LANE_APART / 4):
            found = nearest_free(wanted, gap, [(y - apart, y + apart) for y in others])
            if found is not None:
                return found
        return wanted

    def _upright(self, wanted: float, stretch: Span, start: float, end: float, turn: Turn) -> float | None:
        """Where in a stretch a wire can run up or down clear of cards and of other wires; None where it cannot."""
        top, bottom = min(start, end), max(start, end)
        side = FARTHEST_UPRIGHT if math.isinf(stretch[0]) else 4 * REACH
        rows = self._cards.rows(top, bottom)
        if rows is None:
            return None
        blocks: list[Span] = []
        for row in rows:
            begin, behind = row.between(wanted - side, wanted + side)
            if len(blocks) + behind - begin > MOST_CARDS:
                return None
            blocks += [(left - TOUCH, left + row.width + TOUCH) for left in row.lefts[begin:behind]]
        near = max(stretch[0], wanted - side), min(stretch[1], wanted + side)
        others = self._uprights.places(near[0] - BESIDE, near[1] + BESIDE, top, bottom, turn.source)
        beside = [(x - BESIDE, x + BESIDE) for x in others]
        found = nearest_free(wanted, near, blocks + beside)
        return nearest_free(wanted, near, blocks) if found is None else found


def _detour(gap: Span, start: float, end: float) -> float:
    """Pixels up and down by way of the gap; more above than below, and more between branches than between rows."""
    y = min(max((start + end) / 2, gap[0]), gap[1])
    narrow = max(ROOMY - (gap[1] - gap[0]), 0.0)
    return abs(y - start) + abs(y - end) + 2 * narrow + (LANE_APART if y < min(start, end) else 0.0)


def _beside(gap: Span, y: float, below: bool) -> float:
    """How far a gap is from a height, on the wanted side rather than on the other."""
    middle = min(max(y, gap[0]), gap[1])
    return abs(middle - y) + (0.0 if (middle > y) == below else 1e6)
