"""The scene follows the design: every change that the bridge reports is applied as a difference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Set

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGraphicsScene

from designer.analysis.report import LayerReport, Report
from designer.graph.design import Design, Edge
from designer.graph.document import Change, difference
from designer.graph.edge_routes import edge_routes
from designer.layer_api.geometry import shape_text
from designer.ui.bridge import Bridge
from designer.ui.canvas.card import blocked_by, card_of
from designer.ui.canvas.edge_item import EdgeItem, WirePill
from designer.ui.canvas.hits import Hit, OnEdge, OnInput, OnNode, OnOutput
from designer.ui.canvas.node_item import NodeItem
from designer.ui.canvas.style import CanvasStyle, canvas_style
from designer.ui.canvas.wire_looks import WireLooks

REACH = 8.0
"""How far from a port or wire the pointer still means it, in pixels on the screen."""


class CanvasScene(QGraphicsScene):
    """Cards and wires of the session's design, by id.

    ``replaced`` is sent when another design has come altogether (open, new), so that views show all of it.
    """

    replaced = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.session = bridge.session
        self.appearance: CanvasStyle = canvas_style(QFont())
        self.nodes: dict[str, NodeItem] = {}
        self.edges: dict[Edge, EdgeItem] = {}
        self.looks = WireLooks(self)
        self.pill = WirePill(self.appearance)
        self.addItem(self.pill)
        self.hovered: Hit = None
        self._design = Design()
        self._facts: dict[str, LayerReport] = {}
        self._waits: dict[str, str] = {}
        self._ways_stale = False
        bridge.changed.connect(self._follow)
        bridge.analysed.connect(self._refresh)
        bridge.selection_changed.connect(self.show_selection)
        self._apply(difference(self._design, self.session.design))
        self._refresh(self.session.report)
        self.show_selection(self.session.selection)

    # -- following the model ---------------------------------------------------------------------------------------

    def _follow(self, change: Change) -> None:
        self._apply(change)
        if change.only_moved:
            self._lay_wires()
        if change.replaced:
            self.replaced.emit()

    def _apply(self, change: Change) -> None:
        self._design = change.after
        for edge in change.edges_removed:
            self._forget_edge(edge)
        for node in change.removed:
            self.removeItem(self.nodes.pop(node))
            self._facts.pop(node, None)
        for node in change.added:
            self._add_node(node)
        for node in change.moved:
            self.nodes[node].setPos(*change.after.nodes[node].position)
        for edge in change.edges_added:
            self._add_edge(edge)
        told = {*change.updated, *(edge.target for edge in (*change.edges_added, *change.edges_removed))}
        self._tell(node for node in told if node in self.nodes)
        if change.moved or change.edges_added or change.edges_removed or change.added or change.removed:
            self._ways_stale = True
            self.looks.follow(self.edges_at(self.session.selection))

    def _add_node(self, node_id: str) -> None:
        node = self._design.nodes[node_id]
        item = NodeItem(card_of(self._design, node, None), self.appearance)
        item.setPos(*node.position)
        self.nodes[node_id] = item
        self.addItem(item)

    def _add_edge(self, edge: Edge) -> None:
        item = EdgeItem(edge)
        self.edges[edge] = item
        self.addItem(item)
        self.looks.dress(edge)

    def _forget_edge(self, edge: Edge) -> None:
        self.looks.forget(edge)
        if self.hovered == OnEdge(edge):
            self.hover(None)
        self.removeItem(self.edges.pop(edge))

    def _refresh(self, report: Report) -> None:
        """Renew the cards whose facts are not the ones they show, and the ways of wires."""
        waits = blocked_by(report) if not report.complete else {}
        known = self._facts
        stale = [key for key, facts in report.layers.items() if known.get(key) is not facts]
        stale += [key for key in waits.keys() | self._waits.keys() if waits.get(key) != self._waits.get(key)]
        self._facts = dict(report.layers)
        self._waits = waits
        self._tell(key for key in stale if key in self.nodes)
        self._lay_wires()

    def _tell(self, ids: Iterable[str]) -> None:
        for key in ids:
            card = card_of(self._design, self._design.nodes[key], self._facts.get(key), self._waits.get(key, ""))
            if self.nodes[key].set_card(card):
                self._ways_stale = True

    # -- wires -----------------------------------------------------------------------------------------------------

    def _lay_wires(self) -> None:
        """Lay every wire anew, where nodes, sizes or wires have changed."""
        if not self._ways_stale:
            return
        self._ways_stale = False
        positions = {key: node.position for key, node in self._design.nodes.items()}
        lanes = edge_routes(self._design, positions, self.node_sizes())
        for edge, item in self.edges.items():
            item.lay(self.nodes[edge.source].output_point(), self._end_of(edge), lanes[edge])

    def _end_of(self, edge: Edge) -> QPointF:
        return self.nodes[edge.target].input_point(edge.input)

    def preview_positions(self, places: Mapping[str, tuple[float, float]]) -> None:
        """Show nodes elsewhere while they are dragged, their wires following."""
        for key, place in places.items():
            self.nodes[key].setPos(*place)
        touched = self.edges_at(places)
        positions = {key: (item.x(), item.y()) for key, item in self.nodes.items()}
        lanes = edge_routes(self._design, positions, self.node_sizes(), touched)
        for edge in touched:
            self.edges[edge].lay(self.nodes[edge.source].output_point(), self._end_of(edge), lanes[edge])

    def end_preview(self) -> None:
        """Show the nodes and wires where the design has them."""
        for key, node in self._design.nodes.items():
            if (self.nodes[key].pos().x(), self.nodes[key].pos().y()) != node.position:
                self.nodes[key].setPos(*node.position)
        self._ways_stale = True
        self._lay_wires()

    def edges_at(self, ids: Iterable[str]) -> set[Edge]:
        """Wires with an end at one of these nodes."""
        found: set[Edge] = set()
        for key in ids:
            if key in self._design.nodes:
                found.update(self._design.incoming[key], self._design.outgoing[key])
        return found

    # -- selection, pointing ---------------------------------------------------------------------------------------

    def show_selection(self, selection: Iterable[str]) -> None:
        """Outline these nodes, the last one as the current node, and lift their wires out."""
        chosen = tuple(selection)
        current = chosen[-1] if chosen else None
        inside = set(chosen)
        for key, item in self.nodes.items():
            item.set_selected(key in inside, key == current)
        self.looks.follow(self.edges_at(chosen))

    def hover(self, hit: Hit) -> None:
        """Show what the pointer is on: the card's outline, the port, or the wire with its tensor's shape."""
        if hit == self.hovered:
            return
        before, self.hovered = self.hovered, hit
        for old in (before, hit):
            node = self.nodes.get(getattr(old, "node", ""))
            if node is not None:
                here = old is hit
                node.set_hovered(here and isinstance(old, OnNode))
                node.light([old.port] if here and isinstance(old, OnInput) else (), here and isinstance(old, OnOutput))
        self.looks.point_at(hit.edge if isinstance(hit, OnEdge) else None)
        if isinstance(hit, OnEdge):
            self.pill.show_at(self.edges[hit.edge].middle(), self.shape_on(hit.edge))
        else:
            self.pill.show_at(QPointF(), "")

    def shape_on(self, edge: Edge) -> str:
        """Shape of the tensor on a wire; empty where it is not known."""
        facts = self._facts.get(edge.source)
        return shape_text(facts.output_shape) if facts is not None and facts.output_shape is not None else ""

    # -- finding things --------------------------------------------------------------------------------------------

    def hit(self, place: QPointF, zoom: float) -> Hit:
        """What is at a place, ports before cards before wires; ``zoom`` widens what is small on the screen."""
        return self.port_at(place, zoom) or self.node_hit(place) or self.edge_hit(place, zoom)

    def port_at(
        self,
        place: QPointF,
        zoom: float,
        wanted: type[OnInput] | type[OnOutput] | None = None,
        reach: float = REACH,
    ) -> OnInput | OnOutput | None:
        """The nearest port within reach (pixels on the screen), of one sort where ``wanted`` says so."""
        reach = max(reach / zoom, reach)
        found: OnInput | OnOutput | None = None
        for item in self.nodes_near(place, reach):
            # Inside a small card most of it stays for the card itself.
            inside = item.card_rect().contains(place)
            edge_zone = min(reach, item.geometry.width / 4) if inside else reach
            near: list[tuple[float, OnInput | OnOutput]] = [
                (math.dist(item.output_point().toTuple(), place.toTuple()), OnOutput(item.id)),
                *(
                    (math.dist(item.input_point(port).toTuple(), place.toTuple()), OnInput(item.id, port))
                    for port in item.ports()
                ),
            ]
            for distance, port in near:
                if distance <= min(reach, edge_zone) and (wanted is None or isinstance(port, wanted)):
                    reach, found = distance, port
        return found

    def node_hit(self, place: QPointF) -> OnNode | None:
        """The topmost card at a place."""
        items = [item for item in self.nodes_near(place, 0.5) if item.card_rect().contains(place)]
        if not items:
            return None
        order = list(self.nodes)
        top = max(items, key=lambda item: (item.zValue(), order.index(item.id)))
        return OnNode(top.id, top.name_rect().contains(place))

    def edge_hit(self, place: QPointF, zoom: float, reach: float = 6.0) -> OnEdge | None:
        """The nearest wire within reach (pixels on the screen)."""
        reach = reach / zoom
        box = QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach)
        near = [
            (item.distance(place), item.edge)
            for item in self.edges.values()
            if item.isVisible() and item.boundingRect().intersects(box)
        ]
        distance, edge = min(near, default=(math.inf, None), key=lambda pair: pair[0])
        return OnEdge(edge) if edge is not None and distance <= reach else None

    def nodes_near(self, place: QPointF, reach: float) -> list[NodeItem]:
        """Cards within reach of a place."""
        x, y = place.x(), place.y()
        return [
            item
            for item in self.nodes.values()
            if -reach <= x - item.x() <= item.geometry.width + reach
            and -reach <= y - item.y() <= item.geometry.height + reach
        ]

    def nodes_in(self, box: QRectF) -> tuple[str, ...]:
        """Nodes whose card a rectangle touches."""
        return tuple(key for key, item in self.nodes.items() if item.card_rect().intersects(box))

    def node_sizes(self) -> dict[str, tuple[float, float]]:
        """Width and height of every card: what the automatic layout needs to know."""
        return {key: (item.geometry.width, item.geometry.height) for key, item in self.nodes.items()}

    def content_rect(self, ids: Iterable[str] | None = None) -> QRectF:
        """Around all cards (or some) and their wires."""
        chosen = self.nodes.keys() if ids is None else set(ids)
        box = QRectF()
        for key in chosen:
            box = box.united(self.nodes[key].card_rect())
        if ids is None:
            for item in self.edges.values():
                box = box.united(item.path().controlPointRect() if item.lane else box)
        return box

    # -- looks -----------------------------------------------------------------------------------------------------

    def restyle(self, style: CanvasStyle) -> None:
        """Paint everything with another theme or font."""
        self.appearance = style
        self.pill.style = style
        for item in self.nodes.values():
            item.set_style(style)
        self.looks.restyle()
        self._ways_stale = True
        self._lay_wires()
        self.update()

    def light_targets(self, inputs: Set[str] = frozenset(), outputs: Set[str] = frozenset(), start: str = "") -> None:
        """While a wire is drawn: light the ports it may end at and dim the other nodes."""
        for key, item in self.nodes.items():
            reads, feeds = key in inputs, key in outputs
            item.set_spare(reads)
            item.light(item.ports() if reads else (), feeds)
            item.set_dimmed(not (reads or feeds or key == start))

    def end_light(self) -> None:
        """All nodes as usual again."""
        for item in self.nodes.values():
            item.set_spare(False)
            item.light()
            item.set_dimmed(False)
