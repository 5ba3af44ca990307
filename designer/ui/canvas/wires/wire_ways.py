"""The ways of the wires on the canvas, followed from change to change."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from designer.graph.design import Design, Edge, Position
from designer.graph.document import Change
from designer.layout.edge_routes import WireRouter
from designer.ui.canvas.cards.card import WIDTH
from designer.ui.canvas.cards.card_table import CardTable
from designer.ui.canvas.wires.wire_table import Way, WireTable

FEW = 600
"""So many nodes have all their wires routed anew, so that the same places always give the same picture: 20 ms."""


KEPT = 2
"""So many layouts are taken back without routing; of 10,000 nodes with 17,000 wires each takes 20 MB."""


@attrs.frozen(eq=False)
class Routed:
    """Wires of a design that were routed beforehand, for cards that stand as in this table."""

    design: Design
    cards: CardTable
    """Where the design's nodes stand."""

    router: WireRouter
    wires: WireTable
    """Their points."""

    of: dict[Edge, Way]

    @classmethod
    def among(cls, design: Design, cards: CardTable) -> Routed:
        """Find the ways of all wires of a design whose cards stand so, and their points."""
        router = WireRouter(design, {key: node.position for key, node in design.nodes.items()}, cards.sizes())
        wires = WireTable(cards)
        wires.renew(design.edges, np.empty(0, np.intp))
        wires.lay(router.ways)
        wires.boxes()
        return cls(design, cards, router, wires, dict(router.ways))

    def fits(self, design: Design, cards: CardTable) -> bool:
        """Whether this is found for such a design among such cards."""
        return self.cards.stands_as(cards) and (self.design is design or self.design.edges == design.edges)


class WireWays:
    """Knows what has changed since the ways were found, and finds those that are different now.

    ``of`` has the way of every wire of the design; one that is new runs directly until :meth:`settle`. ``drawn`` are
    the points of all, where those were found beforehand too.
    """

    def __init__(self) -> None:
        self.of: dict[Edge, Way] = {}
        self._router: WireRouter | None = None
        self._change: Change | None = None
        self._resized: set[str] = set()
        self.drawn: WireTable | None = None
        self._offered: Routed | None = None
        self._left: list[Routed] = []
        """As the wires ran before layouts, and after those that were taken back; the latest last."""

    def make_room(self) -> list[Routed]:
        """Wires will be offered: what is too old to be kept then. To let go of it takes a while in itself."""
        room = max(0, len(self._left) - KEPT + 1)
        old, self._left = self._left[:room], self._left[room:]
        return old

    def leave(self, change: Change, cards: CardTable, wires: WireTable) -> None:
        """The cards are about to be moved: where all wires are known among the new places, keep those of the old.

        Nothing of the change is shown yet, and nothing else but the design.
        """
        if not change.only_moved or self._router is None or self._change is not None or self._resized:
            return
        back = [routed for routed in self._left if routed.design is change.after]
        if not back and self._offered is None:
            return
        stood = cards.copied()
        here = Routed(change.before, stood, self._router, wires.copied(stood), self.of)
        others = [routed for routed in self._left if routed not in back]
        self._left = [*others[1 - KEPT :], here]
        if back:
            self._offered = back[0]

    def offer(self, routed: Routed) -> None:
        """Wires routed beforehand, for the cards as they are about to stand."""
        self._offered = routed

    def cards_of(self, change: Change, cards: CardTable) -> CardTable | None:
        """Where all cards are to stand after a change, where that is known together with the wires."""
        offered = self._offered
        known = offered is not None and offered.design is change.after and offered.cards.ids is cards.ids
        return offered.cards if offered is not None and known else None

    def follow(self, change: Change) -> None:
        """Cards and wires have come, gone or moved."""
        if change.replaced:
            self._left.clear()
        for edge in change.edges_removed:
            del self.of[edge]
        self.of |= dict.fromkeys(change.edges_added, ())
        if not (change.added or change.removed or change.moved or change.edges_added or change.edges_removed):
            return
        if self._change is not None:
            # Two changes without their ways found in between: all are found anew.
            self._router = None
        self._change = change

    def resize(self, node: str) -> None:
        """A card has another size, or its ports are at other places."""
        self._resized.add(node)

    def settle(self, design: Design, cards: CardTable) -> Mapping[Edge, Way]:
        """Find ways; those of all wires that are new, run otherwise now, or end at a card that changed."""
        change, resized = self._change, {key for key in self._resized if key in design.nodes}
        self._change, self._resized, self.drawn = None, set(), None
        offered, self._offered = self._offered, None
        if change is not None and offered is not None and offered.fits(design, cards):
            self._router, self.of, self.drawn = offered.router, offered.of, offered.wires
            return self.of
        # It goes on with the router that it has, so that nothing of it is kept.
        self._left = [routed for routed in self._left if routed.router is not self._router]
        if change is None and not resized:
            return {}
        if self._router is None or len(design.nodes) <= FEW:
            places = {key: node.position for key, node in design.nodes.items()}
            self._router = WireRouter(design, places, cards.sizes())
            self.of = dict(self._router.ways)
            return self.of
        placed = (*change.added, *change.moved) if change is not None else ()
        found = self._router.update(
            moved={key: design.nodes[key].position for key in (*placed, *resized)},
            sizes={key: (WIDTH, float(cards.height[cards.row[key]])) for key in resized},
            removed=change.removed if change is not None else (),
            edges_added=change.edges_added if change is not None else (),
            edges_removed=change.edges_removed if change is not None else (),
        )
        self.of |= found
        return found

    def preview(self, places: Mapping[str, Position]) -> Mapping[Edge, Way]:
        """The ways of the wires at these cards if they stood there."""
        return self._router.preview(places) if self._router is not None else {}
