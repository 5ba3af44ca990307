"""What of the session's design is drawn, followed from change to change."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from designer.graph.design import Design
from designer.graph.document import Change, difference
from designer.graph.folding import folded
from designer.graph.groups import still_there, within
from designer.ui.canvas.gestures.hits import OnInput, OnOutput


class ShownDesign:
    """Keeps ``folded``: the design as it is drawn, with the group that has been entered."""

    def __init__(self, whole: Design) -> None:
        self.folded = folded(whole)

    @property
    def whole(self) -> Design:
        """The session's design."""
        return self.folded.whole

    @property
    def design(self) -> Design:
        """What is drawn of it."""
        return self.folded.design

    @property
    def inside(self) -> str | None:
        """Path of the group that has been entered."""
        return self.folded.inside

    def follow(self, change: Change) -> Change:
        """The session's design is another; what is different in what is drawn."""
        before = self.folded
        inside = None if change.replaced else still_there(change.after.grouping, before.inside)
        self.folded = folded(change.after, inside, before)
        if before.plain and self.folded.plain:
            return change
        return attrs.evolve(difference(before.design, self.design), replaced=change.replaced)

    def enter(self, path: str | None) -> Change:
        """Draw only what is in a group, or (None) everything; what is different then."""
        before = self.folded
        self.folded = folded(before.whole, path, before)
        return attrs.evolve(difference(before.design, self.design), replaced=True)

    def holds(self, node: str) -> bool:
        """Whether a node, or the card that it is on, is drawn."""
        return self.inside is None or within(self.whole.grouping.path_of(node), self.inside)

    def node_of(self, ids: Iterable[str]) -> str | None:
        """What is drawn for the last of these nodes."""
        shown = self.folded.shown(tuple(ids)[-1:])
        return shown[-1] if shown else None

    # -- what a wire that is drawn by hand means --------------------------------------------------------------------

    def source(self, port: OnOutput) -> str:
        """The node whose output a drawn port is."""
        border = self.folded.cards.get(port.node)
        if border is None:
            return port.node
        return border.exits[min(port.port, len(border.exits) - 1)]

    def target(self, port: OnInput) -> OnInput | None:
        """The input of a node that a drawn port is; None where there is none."""
        border = self.folded.cards.get(port.node)
        if border is None:
            return port
        if port.port < len(border.incoming):
            edge = border.incoming[port.port]
            return OnInput(edge.target, edge.input)
        return self.free_input(port.node)

    def free_input(self, card: str) -> OnInput | None:
        """The first input without a wire among the nodes on a card."""
        for node in self.folded.cards[card].nodes:
            sources = self.whole.inputs_of(node)
            if None in sources:
                return OnInput(node, sources.index(None))
        return None
