"""A scene's cards, wires and frames as arrays, and what is at a place among them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from designer.graph.design import Design, Edge
from designer.layout.layered import NODE_SIZE
from designer.ui.canvas.cards.card_table import CardTable
from designer.ui.canvas.gestures.hits import Hit, OnEdge, OnFrame, OnInput, OnNode, OnOutput
from designer.ui.canvas.gestures.pointing import REACH, Pointing
from designer.ui.canvas.groups.frames import Frames
from designer.ui.canvas.groups.shown import ShownDesign
from designer.ui.canvas.wires.wire_table import WireTable


class PointedScene(QGraphicsScene):
    """Knows where everything is; what it looks like is for those that extend it.

    Attributes
    ----------
    design
        What is drawn: the session's design, or where groups are collapsed or entered the one that shows them so.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shown = ShownDesign(Design())
        self.design = self.shown.design
        self.cards = CardTable()
        self.wires = WireTable(self.cards)
        self.pointing = Pointing(self.cards, self.wires)
        self.frames = Frames(self.shown, self.cards)
        self.lifted: Edge | None = None
        """A wire that is not shown: its end is at the pointer."""

    def hit(self, place: QPointF, zoom: float) -> Hit:
        """What is at a place, ports before cards before wires; ``zoom`` widens what is small on the screen."""
        return (
            self.port_at(place, zoom)
            or self.node_hit(place)
            or self.frame_hit(place, zoom)
            or self.edge_hit(place, zoom)
        )

    def port_at(
        self,
        place: QPointF,
        zoom: float,
        wanted: type[OnInput] | type[OnOutput] | None = None,
        reach: float = REACH,
    ) -> OnInput | OnOutput | None:
        """The nearest port within reach (pixels on the screen), of one sort where ``wanted`` says so."""
        return self.pointing.port_at(place, zoom, wanted, reach)

    def node_hit(self, place: QPointF) -> OnNode | None:
        """The topmost card at a place."""
        return self.pointing.node_at(place)

    def frame_hit(self, place: QPointF, zoom: float) -> OnFrame | None:
        """The title of an open group at a place."""
        return self.frames.title_at(place, zoom) if self.frames else None

    def edge_hit(self, place: QPointF, zoom: float, reach: float = 6.0) -> OnEdge | None:
        """The nearest wire within reach (pixels on the screen)."""
        return self.pointing.edge_at(place, zoom, reach, self.lifted)

    def nodes_in(self, box: QRectF) -> tuple[str, ...]:
        """Nodes whose card a rectangle touches."""
        return tuple(self.cards.ids[row] for row in self.cards.within(box))

    def node_sizes(self) -> dict[str, tuple[float, float]]:
        """Width and height of every card, and of the cards that nodes inside collapsed groups would have."""
        sizes = self.cards.sizes()
        return sizes if self.shown.folded.plain else {**dict.fromkeys(self.shown.whole.nodes, NODE_SIZE), **sizes}

    def content_rect(self) -> QRectF:
        """Around all cards, their wires and frames."""
        box = self.cards.bounds().united(self.wires.laned_bounds())
        return box.united(self.frames.bounds()) if self.frames else box

    def edges_at(self, ids: Iterable[str]) -> set[Edge]:
        """Wires with an end at one of these nodes."""
        found: set[Edge] = set()
        for key in ids:
            if key in self.design.nodes:
                found.update(self.design.incoming[key], self.design.outgoing[key])
        return found
