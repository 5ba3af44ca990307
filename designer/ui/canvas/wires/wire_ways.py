"""The ways of the wires on the canvas, followed from change to change."""

from __future__ import annotations

from collections.abc import Mapping

from designer.graph.design import Design, Edge, Position
from designer.graph.document import Change
from designer.layout.edge_routes import WireRouter
from designer.layout.layered import Size
from designer.ui.canvas.cards.card import WIDTH
from designer.ui.canvas.cards.card_table import CardTable
from designer.ui.canvas.wires.wire_table import Way

FEW = 600
"""So many nodes have all their wires routed anew, so that the same places always give the same picture: 20 ms."""


class WireWays:
    """Knows what has changed since the ways were found, and finds those that are different now.

    ``of`` has the way of every wire of the design; one that is new runs directly until :meth:`settle`.
    """

    def __init__(self) -> None:
        self.of: dict[Edge, Way] = {}
        self._router: WireRouter | None = None
        self._change: Change | None = None
        self._resized: set[str] = set()
        self._offered: tuple[WireRouter, Mapping[str, Position], Mapping[str, Size]] | None = None

    def offer(self, router: WireRouter, places: Mapping[str, Position], sizes: Mapping[str, Size]) -> None:
        """Wires routed beforehand, for the cards as they are about to stand."""
        self._offered = router, places, sizes

    def follow(self, change: Change) -> None:
        """Cards and wires have come, gone or moved."""
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
        self._change, self._resized = None, set()
        if change is None and not resized:
            return {}
        if self._router is None or self._offered is not None or len(design.nodes) <= FEW:
            self._router = self._routed(design, cards)
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

    def _routed(self, design: Design, cards: CardTable) -> WireRouter:
        """A router that has routed all wires: the offered one, if the cards stand as it was told."""
        offered, self._offered = self._offered, None
        places = {key: node.position for key, node in design.nodes.items()}
        sizes = {key: (WIDTH, height) for key, height in zip(cards.ids, cards.height.tolist(), strict=True)}
        if offered is not None and offered[1:] == (places, sizes) and offered[0].ways.keys() == self.of.keys():
            return offered[0]
        return WireRouter(design, places, sizes)

    def preview(self, places: Mapping[str, Position]) -> Mapping[Edge, Way]:
        """The ways of the wires at these cards if they stood there."""
        return self._router.preview(places) if self._router is not None else {}
