"""A node on the canvas: a card that is told what to say."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.ui.canvas.cards.card import HEADER, Card, measured
from designer.ui.canvas.cards.card_painting import FarNames, paint_card, paint_ports
from designer.ui.canvas.gestures.hits import Hit, OnInput, OnNode, OnOutput
from designer.ui.canvas.light import Light
from designer.ui.canvas.style import CanvasStyle

MARGIN = 10.0
"""Around a card, for its ports and its halo."""

NODE_Z = 10.0
SELECTED_Z = 11.0
DIMMED = 0.4


class NodeItem(QGraphicsItem):
    """The card of one node. It knows its id and its words, and nothing of the design."""

    def __init__(self, card: Card, style: CanvasStyle) -> None:
        super().__init__()
        self.card = card
        self.style = style
        self.geometry = measured(card, style)
        self._bounds = self._around()
        self.selected = False
        self.current = False
        self.hovered = False
        self.spare = False
        """Whether a free port is shown after the last one."""
        self.lit_inputs: frozenset[int] = frozenset()
        self.lit_output = False
        self.far_names: FarNames = {}
        self.setZValue(NODE_Z)
        # The card is painted once per zoom and change; panning only copies pixels.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    @property
    def id(self) -> str:
        """The node's id, or that of a group's card."""
        return self.card.id

    # -- what it says ----------------------------------------------------------------------------------------------

    def set_card(self, card: Card) -> bool:
        """Say something else; whether the size or a port's place has changed."""
        if card == self.card:
            return False
        self.card = card
        return self._measure()

    def set_style(self, style: CanvasStyle) -> None:
        """Paint with other colours or fonts."""
        self.style = style
        self._measure()

    def _measure(self) -> bool:
        geometry = measured(self.card, self.style)
        moved = (geometry.height, geometry.inputs) != (self.geometry.height, self.geometry.inputs)
        if geometry.height != self.geometry.height:
            self.prepareGeometryChange()
        self.geometry = geometry
        self._bounds = self._around()
        self.far_names.clear()
        self.update()
        return moved

    # -- how it stands out -----------------------------------------------------------------------------------------

    def set_selected(self, selected: bool, current: bool = False) -> None:
        """Outline the card; the current node, which the panels show, a little more."""
        if (selected, current) != (self.selected, self.current):
            self.selected, self.current = selected, current
            self.setZValue(SELECTED_Z if selected else NODE_Z)
            self.update()

    def set_hovered(self, hovered: bool) -> None:
        """The pointer is above the card."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.update()

    def light(self, inputs: Iterable[int] = (), output: bool = False) -> None:
        """Highlight ports; none without arguments."""
        lit = frozenset(inputs)
        if (lit, output) != (self.lit_inputs, self.lit_output):
            self.lit_inputs, self.lit_output = lit, output
            self.update()

    def set_spare(self, spare: bool) -> None:
        """Show one more input port on a layer that takes any number of inputs."""
        spare = spare and self.card.open_ended
        if spare != self.spare:
            self.spare = spare
            self.update()

    def set_dimmed(self, dimmed: bool) -> None:
        """Step back, while what is being drawn cannot end here."""
        self.setOpacity(DIMMED if dimmed else 1.0)

    def stand_out(self, hit: Hit, light: Light | None) -> None:
        """Show what of it the pointer is on, and whether a wire that is being drawn may end here."""
        here = hit if getattr(hit, "node", None) == self.id else None
        reads, feeds = light is not None and self.id in light.inputs, light is not None and self.id in light.outputs
        self.set_spare(reads)
        pointed = [here.port] if isinstance(here, OnInput) else []
        self.light(self.ports() if reads else pointed, feeds or isinstance(here, OnOutput))
        self.set_hovered(isinstance(here, OnNode))
        self.set_dimmed(light is not None and not (reads or feeds or self.id == light.start))

    # -- where things are ------------------------------------------------------------------------------------------

    def card_rect(self) -> QRectF:
        """The card without its margin, in scene coordinates."""
        return QRectF(self.pos().x(), self.pos().y(), self.geometry.width, self.geometry.height)

    def name_rect(self) -> QRectF:
        """The row of the name, in scene coordinates."""
        return QRectF(self.pos().x(), self.pos().y(), self.geometry.width, HEADER)

    def ports(self) -> range:
        """Numbers of the input ports that can be seen."""
        return range(len(self.geometry.inputs) + (1 if self.spare else 0))

    def input_point(self, port: int) -> QPointF:
        """An input port in scene coordinates."""
        return self.pos() + self.geometry.input(port)

    def output_point(self, port: int = 0) -> QPointF:
        """An output port in scene coordinates."""
        return self.pos() + self.geometry.output(port)

    # -- Qt --------------------------------------------------------------------------------------------------------

    def boundingRect(self) -> QRectF:
        """The card with its margin."""
        return self._bounds

    def _around(self) -> QRectF:
        return QRectF(-MARGIN, -MARGIN, self.geometry.width + 2 * MARGIN, self.geometry.height + 2 * MARGIN)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(QRectF(0, 0, self.geometry.width, self.geometry.height))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """The card at the detail that the zoom allows."""
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_card(painter, self, zoom)
        paint_ports(painter, self, zoom)


def ghost(card: Card, style: CanvasStyle) -> NodeItem:
    """A card that is not there yet, shown where it would be."""
    item = NodeItem(card, style)
    item.setOpacity(0.6)
    item.setZValue(SELECTED_Z + 1)
    item.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
    return item
