"""Ways of all wires, so that they keep clear of cards: found once, and kept while cards move.

Computed from positions alone, so it works for an automatic layout and for nodes that were moved by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from designer.graph.design import Design, Edge, Position
from designer.layout.cards import Box, CardIndex, Way
from designer.layout.layered import NODE_SIZE, Size
from designer.layout.passing_wires import Bundle, bundle, struck
from designer.layout.turning_wires import Turn, TurningWires
from designer.layout.wire_blocks import Block, moved_ways, moving_alike
from designer.layout.wire_lanes import Lanes, Uprights, released
from designer.layout.wire_reaches import NOWHERE, Reach, WireReaches

MOST_CHANGED = 64
"""Cards up to which a change is followed card by card; beyond, all wires are routed anew (measured: as quick then)."""

SHARE_CHANGED = 8
"""In a large design as many are followed as one card in so many: of 10,000, 1,000 take 30 to 90 ms, all take 400."""

ROUTED_ANEW = 2
"""Where more than one source in so many has wires to be routed anew, all are: their places are free at once then."""

ROWS_IN_ALL = 400_000
"""Rows of cards that are looked at for all wires together, at about 2 µs each; every wire gets its part of them."""

FEWEST_ROWS, MOST_ROWS = 60, 256
"""Bounds of that part. Within 320 pixels of its port a wire in a layout meets less than ten rows."""

_ENDS = attrgetter("source", "target", "input")

NOTHING: Mapping[str, Any] = MappingProxyType({})


def edge_routes(
    design: Design,
    positions: Mapping[str, Position],
    sizes: Mapping[str, Size] | None = None,
    edges: Iterable[Edge] | None = None,
) -> dict[Edge, Way]:
    """Way-points of every wire: none where it runs free, else the two ends of each lane that it follows.

    To follow cards that move, keep a :class:`WireRouter` instead.

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

    Each wire looks at a bounded number of cards and other wires, whatever the positions. One among more of them, and
    one between two cards that lie on each other, is left to run directly.
    """
    asked = design.edges if edges is None else tuple(edges)
    if not asked:
        return {}
    ways = WireRouter(design, positions, sizes).ways
    return {edge: ways[edge] for edge in asked}


class WireRouter:
    """The ways of a design's wires, followed through changes.

    ``ways`` has the way of every wire, as :func:`edge_routes` describes it. :meth:`update` tells of a change and
    answers with what is different now; wires away from the change stay where they are, so after it a lane may be
    another one than a new router would choose. :meth:`preview` answers what would be, and changes nothing.

    Parameters
    ----------
    positions, sizes
        Top left corners and sizes of the nodes' cards; ``NODE_SIZE`` for those left out.
    """

    def __init__(
        self, design: Design, positions: Mapping[str, Position], sizes: Mapping[str, Size] | None = None
    ) -> None:
        self._boxes: dict[str, Box] = {
            key: (place, (sizes or NOTHING).get(key, NODE_SIZE)) for key, place in positions.items()
        }
        # Wires by source and by target, numbered as they were drawn: the order decides between equals.
        self._leaving: dict[str, dict[Edge, int]] = {}
        self._entering: dict[str, dict[Edge, int]] = {}
        self._drawn = 0
        self.ways: dict[Edge, Way] = {}
        for edge in design.edges:
            self._draw(edge)
        self._route_all(frozenset())

    # -- changes ---------------------------------------------------------------------------------------------------

    def update(
        self,
        *,
        moved: Mapping[str, Position] = NOTHING,
        sizes: Mapping[str, Size] = NOTHING,
        removed: Collection[str] = (),
        edges_added: Iterable[Edge] = (),
        edges_removed: Iterable[Edge] = (),
    ) -> dict[Edge, Way]:
        """Follow a change; the ways of all wires that are new, run otherwise now, or end at a card that moved.

        Parameters
        ----------
        moved
            New places, those of added cards included.
        sizes
            New sizes; an added card that is left out has ``NODE_SIZE``.
        removed
            Cards that are gone; their wires are among ``edges_removed``.
        """
        sources: dict[str, None] = {}
        for edge in edges_removed:
            self._rub_out(edge)
            sources[edge.source] = None
        for edge in edges_added:
            self._draw(edge)
            sources[edge.source] = None
        changed = [*removed, *dict.fromkeys((*moved, *sizes))]
        places = {key: self._box(key, moved.get(key), sizes.get(key)) for key in changed[len(removed) :]}
        block = moving_alike(self._boxes, places, MOST_CHANGED)
        alone = [key for key in changed if key not in block.before]
        touched = [self._boxes[key] for key in alone if key in self._boxes]
        touched += [places[key] for key in alone if key in places]
        sources |= dict.fromkeys(edge.source for edge in sorted(self._ends(alone), key=_ENDS))
        for key in changed:
            self._lift(key)
        along: dict[Edge, Way] | None = {}
        if len(alone) > max(MOST_CHANGED, len(self._boxes) // SHARE_CHANGED):
            along = None
        elif block.before:
            along = self._move_along(block, touched, sources)
        for key, box in places.items():
            self._put(key, box)
        if along is None or ROUTED_ANEW * len(sources) > len(self._leaving):
            return self._route_all(frozenset(changed))
        sources |= dict.fromkeys(self._reaches.near(touched))
        self._release(sources)
        return along | self._route(sources, frozenset(changed))

    def _move_along(self, block: Block, touched: list[Box], sources: dict[str, None]) -> dict[Edge, Way] | None:
        """Let the wires between cards that move alike move with them; None where too many cards stand about.

        Parameters
        ----------
        touched
            Cards that have come, gone or moved otherwise.
        sources
            Those whose wires are to be routed anew; the others whose wires are near the block come to them.
        """
        inside = [
            key
            for key in block.before
            if key not in sources
            and self._leaving.get(key)
            and all(edge.target in block.before for edge in self._leaving[key])
        ]
        reaches = self._reaches.of(inside)
        zone = block.zone(reaches)
        standing = self._cards.boxes(zone, MOST_CHANGED)
        if standing is None:
            return None
        free = ~block.meets(reaches, [*touched, *standing])
        going = [key for key, goes in zip(inside, free.tolist(), strict=True) if goes]
        stays = frozenset(going)
        sources |= dict.fromkeys(key for key in self._reaches.near([zone]) if key not in stays)
        for source in going:
            for lane, sharer in self._lanes.remove(source):
                self._lanes.add(block.moved_lane(lane), source, sharer)
            for x, high, low in self._uprights.remove(source):
                self._uprights.add(*block.moved_upright(x, high, low), source)
        self._reaches.shift(going, block.shift)
        found = {edge: block.moved_way(self.ways[edge]) for source in going for edge in self._leaving[source]}
        self.ways |= found
        return found

    def preview(self, places: Mapping[str, Position]) -> dict[Edge, Way]:
        """The ways of all wires at these cards if they stood there, the other wires staying as they are.

        Where they are more than ``MOST_CHANGED``, wires between cards that move alike move with them, and the others
        are left to run directly.
        """
        if len(places) > MOST_CHANGED:
            return moved_ways(self._boxes, places, self._leaving, self._entering, self.ways)
        before = {key: self._boxes[key] for key in places}
        sources = dict.fromkeys(edge.source for edge in sorted(self._ends(places), key=_ENDS))
        with released(sources, self._lanes, self._uprights):
            for key, place in places.items():
                self._lift(key)
                self._put(key, (place, before[key][1]))
            found, _reaches = self._found(sources)
            for key, box in before.items():
                self._lift(key)
                self._put(key, box)
        return found

    # -- wires and cards -------------------------------------------------------------------------------------------

    def _draw(self, edge: Edge) -> None:
        self._drawn += 1
        self._leaving.setdefault(edge.source, {})[edge] = self._drawn
        self._entering.setdefault(edge.target, {})[edge] = self._drawn

    def _rub_out(self, edge: Edge) -> None:
        del self._leaving[edge.source][edge], self._entering[edge.target][edge]
        self.ways.pop(edge, None)

    def _box(self, key: str, place: Position | None, size: Size | None) -> Box:
        old_place, old_size = self._boxes.get(key, (place, NODE_SIZE))
        place = old_place if place is None else place
        assert place is not None, key
        return place, size or old_size

    def _ends(self, keys: Iterable[str]) -> set[Edge]:
        """Wires with an end at one of these cards."""
        return {edge for key in keys for edge in (*self._leaving.get(key, ()), *self._entering.get(key, ()))}

    def _lift(self, key: str) -> None:
        box = self._boxes.pop(key, None)
        if box is not None:
            self._cards.remove(*box)

    def _put(self, key: str, box: Box) -> None:
        self._boxes[key] = box
        self._cards.add(*box)

    # -- routing ---------------------------------------------------------------------------------------------------

    def _route_all(self, moved: Collection[str]) -> dict[Edge, Way]:
        """Find all ways anew; those that are others, or end at a card that moved."""
        wires = sum(map(len, self._leaving.values()))
        most = max(FEWEST_ROWS, min(MOST_ROWS, ROWS_IN_ALL // max(wires, 1)))
        self._cards, self._lanes, self._uprights = CardIndex(most), Lanes(3 * most), Uprights()
        self._turning = TurningWires(self._cards, self._lanes, self._uprights)
        for box in self._boxes.values():
            self._cards.add(*box)
        self._reaches = WireReaches()
        return self._route([source for source, wires in self._leaving.items() if wires], moved)

    def _release(self, sources: Iterable[str]) -> None:
        for source in sources:
            self._lanes.remove(source)
            self._uprights.remove(source)

    def _route(self, sources: Collection[str], moved: Collection[str]) -> dict[Edge, Way]:
        """Find the ways of all wires of these sources, whose places are released.

        Those that are others, or end at a card that moved.
        """
        found, reaches = self._found(sources)
        changed = {
            edge: way
            for edge, way in found.items()
            if self.ways.get(edge) != way or edge.source in moved or edge.target in moved
        }
        self.ways |= changed
        self._reaches.set(sources, reaches)
        return changed

    def _found(self, sources: Iterable[str]) -> tuple[dict[Edge, Way], list[Reach]]:
        """Ways for the wires of these sources, and the rectangle that each source's wires run in.

        Wires to the right come first, the shortest of them next to the cards; then those that run back.
        """
        found: dict[Edge, Way] = {}
        bundles: list[Bundle] = []
        turns: list[tuple[Edge, Turn]] = []
        ends: list[list[Position]] = []
        for source in sources:
            points: list[Position] = []
            ends.append(points)
            wires = self._leaving.get(source)
            if not wires:
                continue
            start = self._output(source)
            points.append(start)
            passing = []
            for edge in wires:
                found[edge] = ()
                end = self._input(edge.target)
                points.append(end)
                if end[0] > start[0]:
                    span = struck(self._cards, start, end)
                    if span is not None:
                        passing.append((edge, end, span))
                elif end[0] < start[0] and not self._covered(edge):
                    turns.append((edge, Turn(source, start, end)))
            if passing:
                bundles.append(bundle(start, passing))
        bundles.sort(key=lambda passing: (passing.span, self._number(passing.edges[0])))
        for one in bundles:
            lane = one.lane(self._cards, self._lanes)
            if lane is not None:
                self._lanes.add(lane, one.edges[0].source)
                found |= one.ways(lane)
        # Those side by side get their lanes from above.
        turns.sort(key=lambda item: (item[1].start[0], -item[1].start[1], self._number(item[0])))
        for edge, turn in turns:
            found[edge] = self._turning.way(turn)
        return found, [self._reach_of(source, points, found) for source, points in zip(sources, ends, strict=True)]

    def _reach_of(self, source: str, points: list[Position], ways: Mapping[Edge, Way]) -> Reach:
        if not points:
            return NOWHERE
        for edge in self._leaving[source]:
            points += ways[edge]
        xs, ys = zip(*points, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def _output(self, key: str) -> Position:
        (x, y), (width, height) = self._boxes[key]
        return x + width, y + height / 2

    def _input(self, key: str) -> Position:
        (x, y), (_width, height) = self._boxes[key]
        return x, y + height / 2

    def _number(self, edge: Edge) -> int:
        return self._leaving[edge.source][edge]

    def _covered(self, edge: Edge) -> bool:
        """Whether a wire's two cards lie on each other, so that there is nothing to lead it around."""
        (x, y), (width, height) = self._boxes[edge.source]
        (left, top), size = self._boxes[edge.target]
        return left < x + width and left + size[0] > x and top < y + height and top + size[1] > y
