"""The scene follows the design: every change that the bridge reports is applied as a difference.

What is asked of all cards or wires is answered by two tables. Graphics items stand for what is near enough to be told
apart; of a large design seen from far away there are none, and one item, the overview, paints everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QFont

from designer.analysis.report import LayerReport, Report
from designer.graph.design import Edge, Position
from designer.graph.document import Change, difference
from designer.graph.folding import folded_layer, real_edge
from designer.layer_api.geometry import shape_text
from designer.ui.bridge import Bridge
from designer.ui.canvas.cards.card import Card, blocked_by, card_of
from designer.ui.canvas.cards.card_painting import FAR
from designer.ui.canvas.cards.node_item import NodeItem
from designer.ui.canvas.gestures.hits import Hit, OnEdge, OnFrame
from designer.ui.canvas.gestures.preview import Preview
from designer.ui.canvas.groups.frames_item import FramesItem
from designer.ui.canvas.groups.group_card import group_card
from designer.ui.canvas.items_on_demand import ItemsOnDemand
from designer.ui.canvas.light import Light
from designer.ui.canvas.pointed_scene import PointedScene
from designer.ui.canvas.style import CanvasStyle, canvas_style
from designer.ui.canvas.view.overview import Overview
from designer.ui.canvas.wires.edge_item import EdgeItem, WirePill
from designer.ui.canvas.wires.wire_looks import WireLooks
from designer.ui.canvas.wires.wire_table import Way
from designer.ui.canvas.wires.wire_ways import WireWays

FEW = 600
"""So many nodes have items at any zoom; painting twice as many takes 50 ms."""

AROUND = 0.25
"""How much more than what is in sight has items, on each side: the next few steps of panning make none."""


class CanvasScene(PointedScene):
    """Cards and wires of the session's design, by id.

    ``replaced`` is sent when another design has come altogether (open, new), so that views show all of it.
    """

    replaced = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self.session = bridge.session
        self.appearance: CanvasStyle = canvas_style(QFont())
        self.preview = Preview(self)
        self.nodes: ItemsOnDemand[str, NodeItem] = ItemsOnDemand(self, lambda: self.design.nodes, self._node_item)
        self.edges: ItemsOnDemand[Edge, EdgeItem] = ItemsOnDemand(self, lambda: self.ways.of, self._edge_item)
        self.looks = WireLooks(self)
        self.pill = WirePill(self.appearance)
        self.overview = Overview(self)
        self.frames_item = FramesItem(self)
        self.addItem(self.frames_item)
        self.addItem(self.pill)
        self.addItem(self.overview)
        self.hovered: Hit = None
        self.light: Light | None = None
        self.ways = WireWays()
        self._current: str | None = None
        self._facts: Mapping[str, LayerReport] = {}
        self._waits: dict[str, str] = {}
        self._sight, self._zoom, self._stocked = QRectF(), 1.0, QRectF()
        bridge.changed.connect(self._follow)
        bridge.analysed.connect(self._refresh)
        bridge.selection_changed.connect(self.show_selection)
        self._apply(self.shown.follow(difference(self.design, self.session.design)))
        self._refresh(self.session.report)
        self.show_selection(self.session.selection)

    @property
    def far(self) -> bool:
        """Whether the overview paints everything."""
        return self._zoom < FAR and len(self.design.nodes) > FEW

    # -- following the model ---------------------------------------------------------------------------------------

    def _follow(self, change: Change) -> None:
        folded = self.shown.folded
        self._show(self.shown.follow(change), counted=not change.only_moved)
        if not (folded.plain and self.shown.folded.plain):
            # What was selected may be on a card now, or no longer.
            self.show_selection(self.session.selection)

    def enter(self, path: str | None) -> None:
        """Show only what is in a group, or (None) everything."""
        self.preview.end()
        self._show(self.shown.enter(path), counted=False)
        self.show_selection(self.session.selection)

    def _show(self, change: Change, counted: bool) -> None:
        """Apply what is different in what is drawn; where it is ``counted``, wires wait for word of the report."""
        self.session.inside = self.shown.inside
        if not self.preview.active:
            self.ways.leave(change, self.cards, self.wires)
        self.preview.follow(change)
        self._apply(change)
        if not counted:
            self._lay_wires()
            self.stock()
        if change.replaced:
            self.replaced.emit()

    def _apply(self, change: Change) -> None:
        self.design = change.after
        for edge in change.edges_removed:
            self._forget_edge(edge)
        for node in change.removed:
            self.nodes.drop(node)
        if getattr(self.hovered, "node", None) in change.removed:
            self.hovered = None
        self.ways.follow(change)
        if change.added or change.removed or change.after.edges is not change.before.edges:
            self.wires.renew(change.after.edges, self.cards.renew(change.after.nodes))
        stand = self.ways.cards_of(change, self.cards)
        if stand is None:
            self.place({node: change.after.nodes[node].position for node in (*change.added, *change.moved)})
        else:
            self.cards.stand_as(stand)
            for node, item in self.nodes.made.items():
                item.setPos(self.cards.corner(node))
        told = {*change.added, *change.updated}
        told.update(edge.target for edge in (*change.edges_added, *change.edges_removed))
        self._tell([node for node in told if node in self.design.nodes])
        self.looks.follow(self.shown.folded.shown(self.session.selection))
        self.frames_item.follow()

    def place(self, places: Mapping[str, Position]) -> None:
        """Show these cards at these places."""
        if not places:
            return
        self.cards.place(places)
        self.frames_item.refresh()
        for node in places.keys() & self.nodes.made.keys():
            self.nodes.made[node].setPos(*places[node])

    def _forget_edge(self, edge: Edge) -> None:
        self.looks.forget(edge)
        if self.hovered == OnEdge(edge):
            self.hover(None)
        if self.lifted == edge:
            self.lifted = None
        self.edges.drop(edge)

    def _refresh(self, report: Report) -> None:
        """Renew the cards whose facts are not the ones they show, and the ways of wires."""
        waits = blocked_by(report) if not report.complete else {}
        known = self._facts
        stale = [
            key
            for key, facts in report.layers.items()
            if (before := known.get(key)) is not facts
            and (key in self.nodes.made or before is None or before.problem != facts.problem)
        ]
        stale += self.shown.folded.cards
        stale += [key for key in waits.keys() | self._waits.keys() if waits.get(key) != self._waits.get(key)]
        self._facts, self._waits = report.layers, waits
        self._tell(key for key in stale if key in self.design.nodes)
        if stale:
            # A problem in words makes a card taller.
            self.frames_item.follow()
        self._lay_wires()
        self.stock()

    def _tell(self, ids: Iterable[str]) -> None:
        for key in ids:
            facts = self._facts.get(key)
            problem = facts.problem.message if facts is not None and facts.problem is not None else ""
            node = self.design.nodes[key]
            group, card = folded_layer(node), None
            if group is not None:
                card = self.card(key)
                other = self.cards.measure_group(key, group, bool(card.problem))
            else:
                ports = len(self.shown.whole.inputs_of(key))
                other = self.cards.measure(key, node.layer, ports, problem, self.appearance)
            if other:
                self.ways.resize(key)
            item = self.nodes.made.get(key)
            if item is not None:
                item.set_card(card or self.card(key))

    def card(self, node: str) -> Card:
        """What a card says."""
        shown = self.design.nodes[node]
        if folded_layer(shown) is not None:
            return group_card(self.shown.whole, shown, self.session.report)
        return card_of(self.shown.whole, shown, self._facts.get(node), self._waits.get(node, ""))

    # -- items -----------------------------------------------------------------------------------------------------

    @property
    def sight(self) -> tuple[QRectF, float]:
        """The part of the scene that the view shows, and its zoom."""
        return self._sight, self._zoom

    def look_at(self, sight: QRectF, zoom: float) -> None:
        """The view shows this part of the scene."""
        self._sight, self._zoom = sight, zoom
        if self.far != self.overview.isVisible() or not (self.far or self._stocked.contains(sight)):
            self.stock()

    def stock(self) -> None:
        """Have items for what can be told apart, and for nothing else."""
        if self.far != self.overview.isVisible():
            # Items that were asked for in the distance are hidden.
            self.nodes.keep(())
            self.edges.keep(())
            self.overview.setVisible(self.far)
        if self.far:
            self._stocked = QRectF()
            self.nodes.keep(())
            self.edges.keep(self.looks.strong)
            self.overview.update()
        elif len(self.design.nodes) <= FEW:
            self._stocked = self.overview.boundingRect()
            self.nodes.keep(self.design.nodes)
            self.edges.keep(self.ways.of)
        else:
            aside, above = AROUND * self._sight.width(), AROUND * self._sight.height()
            self._stocked = self._sight.adjusted(-aside, -above, aside, above)
            self.nodes.keep({self.cards.ids[row] for row in self.cards.within(self._stocked)})
            self.edges.keep({self.wires.edges[row] for row in self.wires.within(self._stocked)} | self.looks.strong)

    def _node_item(self, node: str) -> NodeItem:
        item = NodeItem(self.card(node), self.appearance)
        item.setPos(self.cards.corner(node))
        item.setVisible(not self.far)
        self._dress(node, item)
        return item

    def _dress(self, node: str, item: NodeItem) -> None:
        """Let a card stand out, or step back, as it should now."""
        item.set_selected(bool(self.cards.selected[self.cards.row[node]]), node == self._current)
        item.stand_out(self.hovered, self.light)

    def _edge_item(self, edge: Edge) -> EdgeItem:
        item = EdgeItem(edge)
        self.lay_item(edge, item, self.wires.way(self.wires.row_of(edge)))
        self.looks.dress(edge, item)
        return item

    def lay_item(self, edge: Edge, item: EdgeItem, way: Way) -> None:
        """Let a wire's item run between its ports as they are now."""
        start, end = self.wires.ends_of(edge)
        item.lay(start, end, way)

    # -- wires -----------------------------------------------------------------------------------------------------

    def _lay_wires(self) -> None:
        """Find the ways of wires anew, where cards or wires have changed."""
        ways = self.ways.settle(self.design, self.cards)
        if self.ways.drawn is not None:
            self.wires.adopt(self.ways.drawn)
            self._relay_items(ways)
        elif ways:
            self.show_ways(ways)

    def show_ways(self, ways: Mapping[Edge, Way]) -> None:
        """Let these wires run along their ways."""
        self.wires.lay(ways)
        self._relay_items(ways)

    def _relay_items(self, ways: Mapping[Edge, Way]) -> None:
        for edge in ways.keys() & self.edges.made.keys():
            self.lay_item(edge, self.edges.made[edge], ways[edge])
        self.overview.update()

    def lift(self, edge: Edge | None) -> None:
        """Show a wire no longer, because its end is at the pointer; None: all are where they were."""
        before, self.lifted = self.lifted, edge
        for other in (before, edge):
            if other in self.ways.of:
                self.looks.dress(other, self.edges[other])
        self.overview.update()

    # -- selection, pointing ---------------------------------------------------------------------------------------

    def show_selection(self, selection: Iterable[str]) -> None:
        """Outline these nodes, the last one as the current node, and lift their wires out."""
        chosen = self.shown.folded.shown(selection)
        self._current = chosen[-1] if chosen else None
        self.cards.select(chosen)
        for key, item in self.nodes.made.items():
            item.set_selected(bool(self.cards.selected[self.cards.row[key]]), key == self._current)
        self.looks.follow(chosen)
        self.frames_item.refresh()
        self.overview.update()

    def hover(self, hit: Hit) -> None:
        """Show what the pointer is on: the card's outline, the port, or the wire with its tensor's shape."""
        if hit == self.hovered:
            return
        before, self.hovered = self.hovered, hit
        if isinstance(before, OnFrame) or isinstance(hit, OnFrame):
            self.frames_item.refresh()
        for old in (before, hit):
            node = getattr(old, "node", "")
            self.overview.update_card(node)
            if node in self.nodes.made:
                self._dress(node, self.nodes.made[node])
        self.looks.point_at(hit.edge if isinstance(hit, OnEdge) else None)
        if isinstance(hit, OnEdge):
            self.pill.show_at(self.edges[hit.edge].middle(), self.shape_on(hit.edge))
        else:
            self.pill.show_at(QPointF(), "")

    def shape_on(self, edge: Edge) -> str:
        """Shape of the tensor on a wire; empty where it is not known."""
        facts = self._facts.get(real_edge(edge).source)
        return shape_text(facts.output_shape) if facts is not None and facts.output_shape is not None else ""

    def light_targets(self, light: Light | None) -> None:
        """While a wire is drawn: light the ports it may end at and dim the other nodes; None: all as usual again."""
        self.light = light
        self.pointing.spare = light.inputs if light is not None else frozenset()
        for key, item in self.nodes.made.items():
            self._dress(key, item)
        self.overview.update()

    # -- looks -----------------------------------------------------------------------------------------------------

    def restyle(self, style: CanvasStyle) -> None:
        """Paint everything with another theme or font."""
        self.appearance = style
        self.pill.style = style
        for item in self.nodes.made.values():
            item.set_style(style)
        self.overview.forget_names()
        # Only the words of problems decide on the size of a card.
        self._tell([self.cards.ids[row] for row in self.cards.problem.nonzero()[0]])
        self.frames_item.refresh()
        self.looks.restyle()
        self._lay_wires()
        self.update()
