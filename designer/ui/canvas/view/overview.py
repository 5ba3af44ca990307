"""All cards and wires of a large design from far away, painted from arrays in a few calls.

Zoomed out, ten thousand cards are in sight and none shows more than its colour: as graphics items they would take
seconds for what one call of ``drawRects`` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.graph.design import Edge
from designer.graph.folding import shown_name
from designer.ui.canvas.cards.card import WIDTH
from designer.ui.canvas.cards.card_painting import FAR_STRIP, LIT_PORT, FarNames, far_pen, paint_far_name
from designer.ui.canvas.cards.card_table import CATEGORIES, CardTable, Numbers, Rows
from designer.ui.canvas.cards.node_item import DIMMED
from designer.ui.canvas.gestures.hits import Hit, OnInput, OnNode, OnOutput
from designer.ui.canvas.light import Light
from designer.ui.canvas.style import CanvasStyle
from designer.ui.canvas.wires.wire_looks import THINNEST, WireLooks
from designer.ui.canvas.wires.wire_table import WireTable
from designer.ui.widgets.array_painting import draw_lines, draw_rects
from designer.ui.widgets.theme import category_colour

WORLD = 1_000_000.0
NAMED = 0.11
"""Zoom from which on names are painted: their 46 pixels are five on the screen."""

MOST_SINGLE = 1_500
"""So many cards in sight have names, and outlines of their own: a name takes 10 µs, as measured in 2026-11."""

DETAIL = ((0.08, 1), (0.0, 2))
"""Smallest zoom and level of detail of the wires: below the first a bend is three pixels wide."""


class Seen(Protocol):
    """What the overview asks of the scene."""

    cards: CardTable
    wires: WireTable
    looks: WireLooks
    appearance: CanvasStyle
    hovered: Hit
    light: Light | None
    lifted: Edge | None


class Overview(QGraphicsItem):
    """Paints what of the scene has no items."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen
        self._names: FarNames = {}
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def forget_names(self) -> None:
        """Names will be fitted into their cards again."""
        self._names.clear()

    def update_card(self, node: str | None) -> None:
        """Paint one card anew."""
        if node is not None and node in self._seen.cards.row and self.isVisible():
            # The outline's room is in pixels of the screen, which are many of the scene's from far away.
            self.update(self._seen.cards.rect(node).adjusted(-200, -200, 200, 200))

    def boundingRect(self) -> QRectF:
        return QRectF(-WORLD, -WORLD, 2 * WORLD, 2 * WORLD)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """What is exposed: wires below cards."""
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        exposed = QRectF(option.exposedRect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_wires(painter, exposed, zoom)
        rows = self._seen.cards.within(exposed, 4.0 / zoom)
        light = self._seen.light
        if light is None:
            self._paint_cards(painter, rows, zoom)
            self._paint_lit_port(painter)
            return
        wanted = {*light.inputs, *light.outputs, light.start}
        bright = np.array([self._seen.cards.ids[row] in wanted for row in rows], bool)
        painter.setOpacity(DIMMED)
        self._paint_cards(painter, rows[~bright], zoom)
        painter.setOpacity(1.0)
        self._paint_cards(painter, rows[bright], zoom)
        self._paint_lit_ports(painter, light)

    # -- wires -----------------------------------------------------------------------------------------------------

    def _paint_wires(self, painter: QPainter, exposed: QRectF, zoom: float) -> None:
        wires, selected = self._seen.wires, self._seen.cards.selected
        seen = np.zeros(len(wires.edges), bool)
        seen[wires.within(exposed, THINNEST / zoom)] = True
        for edge in (*self._seen.looks.strong, self._seen.lifted):
            # They have items of their own, or are not to be seen.
            if edge is not None:
                seen[wires.row_of(edge)] = False
        followed = selected[wires.source] | selected[wires.target]
        level = next(level for least, level in DETAIL if zoom >= least)
        for mask, resting in ((seen & ~followed, self._seen.looks.rest), (seen & followed, self._seen.looks.beside)):
            pen = QPen(resting)
            pen.setWidthF(max(resting.widthF(), THINNEST / zoom))
            painter.setPen(pen)
            draw_lines(painter, wires.segments(mask, level))

    # -- cards -----------------------------------------------------------------------------------------------------

    def _paint_cards(self, painter: QPainter, rows: Rows, zoom: float) -> None:
        cards, style = self._seen.cards, self._seen.appearance
        painter.setPen(Qt.PenStyle.NoPen)
        single = len(rows) <= MOST_SINGLE
        if not single:
            # As larger rectangles below: stroking ten thousand outlines takes ten times as long.
            for chosen, pen in self._outlined(rows, zoom):
                _fill(painter, cards.rects(chosen) + pen.widthF() * np.array([-1, -1, 2, 2]), pen.color())
        for number, category in enumerate(CATEGORIES):
            boxes = cards.rects(rows[cards.category[rows] == number])
            _fill(painter, boxes, style.tint(category))
            boxes[:, 2] = FAR_STRIP
            _fill(painter, boxes, category_colour(category))
        if single:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for chosen, pen in self._outlined(rows, zoom):
                painter.setPen(pen)
                draw_rects(painter, cards.rects(chosen))
            if zoom >= NAMED:
                self._paint_names(painter, rows, zoom)

    def _outlined(self, rows: Rows, zoom: float) -> Iterator[tuple[Rows, QPen]]:
        cards, style = self._seen.cards, self._seen.appearance
        hovered = self._seen.hovered
        if isinstance(hovered, OnNode) and hovered.node in cards.row:
            yield rows[rows == cards.row[hovered.node]], far_pen(QPen(style.theme.muted, 1.0), zoom)
        yield rows[cards.problem[rows] & ~cards.selected[rows]], far_pen(style.problem_pen, zoom)
        yield rows[cards.selected[rows]], far_pen(style.accent_pen, zoom)

    def _paint_names(self, painter: QPainter, rows: Rows, zoom: float) -> None:
        cards, style = self._seen.cards, self._seen.appearance
        for row in rows.tolist():
            painter.save()
            painter.translate(float(cards.left[row]), float(cards.top[row]))
            height, problem = float(cards.height[row]), bool(cards.problem[row])
            paint_far_name(painter, shown_name(cards.ids[row]), (WIDTH, height), problem, style, zoom, self._names)
            painter.restore()

    def _paint_lit_port(self, painter: QPainter) -> None:
        """The port below the pointer."""
        cards, hit = self._seen.cards, self._seen.hovered
        if isinstance(hit, OnInput):
            self._paint_ports(painter, cards.inputs([cards.row[hit.node]], [hit.port]))
        elif isinstance(hit, OnOutput):
            self._paint_ports(painter, cards.outputs([cards.row[hit.node]]))

    def _paint_lit_ports(self, painter: QPainter, light: Light) -> None:
        cards = self._seen.cards
        reading = cards.rows_of(light.inputs)
        counts = cards.ports[reading] + cards.open_ended[reading]
        owners = np.repeat(reading, counts)
        ports = np.concatenate([np.arange(count) for count in counts]) if counts.size else owners
        self._paint_ports(painter, cards.inputs(owners, ports))
        self._paint_ports(painter, cards.outputs(cards.rows_of(light.outputs)))

    def _paint_ports(self, painter: QPainter, places: Numbers) -> None:
        accent = self._seen.appearance.theme.accent
        painter.setPen(QPen(accent, 2 * LIT_PORT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in places.tolist()]))


def _fill(painter: QPainter, boxes: Numbers, colour: QColor) -> None:
    painter.setBrush(colour)
    draw_rects(painter, boxes)
