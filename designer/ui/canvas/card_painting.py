"""Painting a card, in steps of detail: everything, name and shape, the name alone in larger type."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from designer.ui.canvas.card import HEADER, LINE, PADDING, TEXT_LEFT, Card, CardGeometry, short_kind, wrapped
from designer.ui.canvas.style import STRIP, CanvasStyle
from designer.ui.category_icon import paint_badge
from designer.ui.theme import category_colour

RADIUS = 6.0
PORT = 4.0
FULL = 0.58
"""Zoom from which on a card shows everything."""

FAR_STEPS = ((0.36, 20), (0.25, 28), (0.17, 36), (0.0, 46))
"""Smallest zoom and pixel size of the name, so that it stays legible."""

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Painted(Protocol):
    """What painting asks of a node's item."""

    card: Card
    style: CanvasStyle
    geometry: CardGeometry
    selected: bool
    current: bool
    hovered: bool
    lit_inputs: frozenset[int]
    lit_output: bool

    def ports(self) -> range:
        """Numbers of the visible input ports."""


def paint_card(painter: QPainter, item: Painted, zoom: float) -> None:
    """The whole card without its ports."""
    style, box = item.style, QRectF(0, 0, item.geometry.width, item.geometry.height)
    if item.current and zoom >= FULL:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.halo)
        painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), RADIUS + 4, RADIUS + 4)
    face = QPainterPath()
    face.addRoundedRect(box, RADIUS, RADIUS)
    if zoom >= FULL:
        painter.fillPath(face.translated(0, 2), style.shadow)
    painter.fillPath(face, style.card_brush if zoom >= FULL else style.tint(item.card.category))
    _strip(painter, item, face, STRIP if zoom >= FULL else (10.0 if zoom >= 0.25 else 16.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_outline(item, zoom))
    painter.drawPath(face)
    if zoom >= FULL:
        _header(painter, item)
        _body(painter, item)
    else:
        _from_afar(painter, item, zoom)


def _outline(item: Painted, zoom: float) -> QPen:
    style = item.style
    if item.selected:
        pen = style.accent_pen
    elif item.card.problem:
        pen = style.problem_pen
    elif item.hovered:
        pen = QPen(style.theme.muted, 1.0)
    else:
        pen = style.card_pen
    if zoom >= FULL:
        return pen
    # From afar a thin outline vanishes; it keeps its width on the screen.
    wide = QPen(pen)
    wide.setWidthF(pen.widthF() * 0.6 / max(zoom, 0.1))
    return wide


def _strip(painter: QPainter, item: Painted, face: QPainterPath, width: float) -> None:
    strip = QPainterPath()
    strip.addRect(QRectF(0, 0, width, item.geometry.height))
    painter.fillPath(face.intersected(strip), category_colour(item.card.category))


def paint_warning(painter: QPainter, box: QRectF, colour: QColor) -> None:
    """A warning triangle."""
    painter.setPen(QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    middle = box.center().x()
    painter.drawPolygon(QPolygonF([QPointF(middle, box.top()), box.bottomRight(), box.bottomLeft()]))
    painter.drawLine(QPointF(middle, box.top() + 4.5), QPointF(middle, box.bottom() - 4.5))
    painter.drawPoint(QPointF(middle, box.bottom() - 2.3))


def _header(painter: QPainter, item: Painted) -> None:
    card, style, width = item.card, item.style, item.geometry.width
    paint_badge(painter, card.category, QRectF(PADDING, 9, 16, 16), style.mark_font)
    right = width - PADDING
    if card.problem:
        paint_warning(painter, QRectF(right - 13, 10, 13, 12), style.theme.problem)
        right -= 19
    row = QRectF(TEXT_LEFT, 6, right - TEXT_LEFT, HEADER - 6)
    name = style.name_metrics.elidedText(card.name, Qt.TextElideMode.ElideMiddle, row.width())
    painter.setFont(style.name_font)
    painter.setPen(style.theme.text)
    painter.drawText(row, LEFT, name)
    if card.caption:
        rest = row.width() - style.name_metrics.horizontalAdvance(name) - 8
        painter.setFont(style.small_font)
        painter.setPen(style.theme.muted)
        painter.drawText(row, RIGHT, short_kind(card.kind, style.small_metrics, rest))


def _body(painter: QPainter, item: Painted) -> None:
    card, style = item.card, item.style
    top, width = HEADER + 1, item.geometry.width - TEXT_LEFT - PADDING
    painter.setFont(style.line_font)
    painter.setPen(style.theme.muted)
    text = style.line_metrics.elidedText(card.caption or card.kind, Qt.TextElideMode.ElideRight, width)
    painter.drawText(QRectF(TEXT_LEFT, top, width, LINE), LEFT, text)
    top += LINE
    if card.problem:
        painter.setFont(style.small_font)
        painter.setPen(style.theme.problem)
        for line in item.geometry.problem_lines:
            painter.drawText(QRectF(PADDING, top, item.geometry.width - 2 * PADDING + 2, LINE), LEFT, line)
            top += LINE
        return
    painter.setFont(style.line_font if card.shape else style.small_font)
    painter.setPen(style.theme.text if card.shape else style.theme.muted)
    metrics = style.line_metrics if card.shape else style.small_metrics
    text = metrics.elidedText(card.shape or card.waiting(), Qt.TextElideMode.ElideRight, width)
    painter.drawText(QRectF(TEXT_LEFT, top, width, LINE), LEFT, text)


def _from_afar(painter: QPainter, item: Painted, zoom: float) -> None:
    card, style, geometry = item.card, item.style, item.geometry
    pixels = next(size for least, size in FAR_STEPS if zoom >= least)
    font = style.far_font(pixels)
    metrics = QFontMetricsF(font)
    left = 18.0 if zoom >= 0.25 else 24.0
    box = QRectF(left, 2, geometry.width - left - 6, geometry.height - 4)
    painter.setFont(font)
    painter.setPen(style.theme.problem if card.problem else style.theme.text)
    with_shape = zoom >= FAR_STEPS[0][0] and bool(card.shape)
    room = geometry.height - (24 if with_shape else 0)
    most = max(1, int(room // metrics.height()))
    lines = wrapped(card.name, metrics, box.width(), most)
    if with_shape:
        painter.drawText(box.adjusted(0, 0, 0, -24), LEFT, "\n".join(lines))
        painter.setFont(style.far_shape_font)
        painter.setPen(style.theme.text)
        painter.drawText(QRectF(left, geometry.height - 30, box.width(), 24), LEFT, card.shape)
    else:
        painter.drawText(box, LEFT, "\n".join(lines))


def paint_ports(painter: QPainter, item: Painted) -> None:
    """Input ports at the left, the output port at the right; free ports are hollow, lit ones ringed."""
    geometry = item.geometry
    connected = item.card.inputs
    for port in item.ports():
        filled = port < len(connected) and connected[port]
        _port(painter, item, geometry.input(port), filled, port in item.lit_inputs)
    _port(painter, item, geometry.output(), True, item.lit_output)


def _port(painter: QPainter, item: Painted, centre: QPointF, filled: bool, lit: bool) -> None:
    style = item.style
    if lit:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.halo)
        painter.drawEllipse(centre, 9.5, 9.5)
    painter.setPen(QPen(style.theme.accent if lit else style.theme.wire, 1.5))
    painter.setBrush((style.theme.accent if lit else style.theme.wire) if filled else style.theme.card)
    painter.drawEllipse(centre, PORT, PORT)
