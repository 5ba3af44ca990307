"""Gestures that draw a wire or move the end of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from designer.graph.design import Design, Edge
from designer.graph.edits import Connect, Disconnect
from designer.graph.folding import output_of, real_edge
from designer.ui.canvas.gestures.connecting import may_feed, may_read, open_input, rewire, without
from designer.ui.canvas.gestures.gestures import Gesture, Pointer
from designer.ui.canvas.gestures.hits import OnInput, OnOutput
from designer.ui.canvas.light import Light
from designer.ui.canvas.wires.edge_item import WireItem

if TYPE_CHECKING:
    from designer.ui.canvas.gestures.gesture_view import GestureView


CATCH = 20.0
"""How near a wire's free end has to come to a port to be caught by it, in pixels on the screen."""


class _WireGesture(Gesture):
    """A wire with one end fixed and the other at the pointer."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: GestureView, start: Pointer, fixed: OnOutput | OnInput) -> None:
        super().__init__(view, start)
        self.fixed = fixed
        self._wire = WireItem(self.scene.appearance)
        self.scene.addItem(self._wire)
        self.scene.hover(None)

    def _light(self, design: Design) -> None:
        shown = self.scene.shown
        if isinstance(self.fixed, OnOutput):
            self._allowed = frozenset(shown.folded.shown(may_read(design, shown.source(self.fixed))))
            self.scene.light_targets(Light(inputs=self._allowed, start=self.fixed.node))
        else:
            target = shown.target(self.fixed)
            allowed = may_feed(design, target.node) if target is not None else ()
            self._allowed = frozenset(shown.folded.shown(allowed))
            self.scene.light_targets(Light(outputs=self._allowed, start=self.fixed.node))

    def move(self, at: Pointer) -> None:
        """Let the free end follow, and snap to where it may end."""
        if not self.moved(at):
            return
        aim = self.aim(at)
        settled = aim is not None and aim.node in self._allowed
        free = self._point(aim) if aim is not None and settled else at.place
        fixed = self._point(self.fixed)
        forward = isinstance(self.fixed, OnOutput)
        self._wire.run(fixed if forward else free, free if forward else fixed, settled)

    def _point(self, port: OnOutput | OnInput) -> QPointF:
        cards = self.scene.cards
        row = cards.row[port.node]
        place = (cards.inputs if isinstance(port, OnInput) else cards.outputs)(row, port.port)
        return QPointF(*place.tolist())

    def aim(self, at: Pointer) -> OnInput | OnOutput | None:
        """The port that the free end is over, or that of the node it is over."""
        wanted = OnInput if isinstance(self.fixed, OnOutput) else OnOutput
        port = self.scene.port_at(at.place, self.view.camera.zoom, wanted, CATCH)
        if port is not None:
            return port
        card = self.scene.node_hit(at.place)
        if card is None or card.node == self.fixed.node:
            return None
        if wanted is OnOutput:
            return OnOutput(card.node)
        return self.free_input(card.node)

    def free_input(self, node: str) -> OnInput | None:
        """The input of a node that a wire dropped on its body goes to."""
        if node in self.scene.shown.folded.cards:
            return self._free_on_card(node)
        port = open_input(self.session.design, node)
        return OnInput(node, port or 0)

    def _free_on_card(self, card: str) -> OnInput | None:
        """A wire dropped on a group goes to the first free input inside; that has no port yet: below the last one."""
        free = self.scene.shown.free_input(card)
        return None if free is None else OnInput(card, len(self.scene.shown.folded.cards[card].incoming))

    def _connect(self, source: OnOutput, target: OnInput) -> None:
        """Wire the nodes that these ports are of."""
        wanted = self.scene.shown.target(target)
        if wanted is not None:
            self.session.do(Connect(self.scene.shown.source(source), wanted.node, wanted.port))

    def _put_away(self) -> None:
        self.scene.removeItem(self._wire)
        self.scene.light_targets(None)

    def cancel(self) -> None:
        self._put_away()


class DrawWire(_WireGesture):
    """Draw a new wire from an output to an input, or backwards."""

    def __init__(self, view: GestureView, start: Pointer, fixed: OnOutput | OnInput) -> None:
        super().__init__(view, start, fixed)
        self._light(self.session.design)

    def end(self, at: Pointer) -> None:
        """Connect; a wire already at the input is replaced, a cycle is refused by the session."""
        aim = self.aim(at) if self.moved(at) else None
        self._put_away()
        if not self._moved:
            self.view.select([self.fixed.node])
        elif isinstance(self.fixed, OnOutput) and isinstance(aim, OnInput):
            self._connect(self.fixed, aim)
        elif isinstance(self.fixed, OnInput) and isinstance(aim, OnOutput):
            self._connect(aim, self.fixed)


class Rewire(_WireGesture):
    """Take a wire's end off its input: onto another input it moves, into the void it goes."""

    def __init__(self, view: GestureView, start: Pointer, edge: Edge) -> None:
        super().__init__(view, start, OnOutput(edge.source, output_of(edge)))
        self.edge = edge
        self._lifted = False

    def move(self, at: Pointer) -> None:
        """The wire itself follows the pointer."""
        if self.moved(at) and not self._lifted:
            self._lifted = True
            self.scene.lift(self.edge)
            self._light(without(self.session.design, real_edge(self.edge)))
        super().move(at)

    def free_input(self, node: str) -> OnInput | None:
        """Back onto its own node means its own input."""
        return OnInput(node, self.edge.input) if node == self.edge.target else super().free_input(node)

    def end(self, at: Pointer) -> None:
        """Move or remove the wire, in one step."""
        if not self.moved(at):
            self.cancel()
            self.view.select([self.edge.target])
            return
        aim = self.aim(at)
        self.cancel()
        if not isinstance(aim, OnInput):
            if self.scene.node_hit(at.place) is None:
                self.session.do(Disconnect([real_edge(self.edge)]))
        elif (aim.node, aim.port) != (self.edge.target, self.edge.input):
            target = self.scene.shown.target(aim)
            if target is not None:
                self.session.do(rewire(real_edge(self.edge), target.node, target.port))

    def cancel(self) -> None:
        """The wire is where it was."""
        self._put_away()
        self.scene.lift(None)
