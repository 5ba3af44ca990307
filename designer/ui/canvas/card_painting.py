"""Painting a card, in steps of detail: everything, name and shape, the name alone in larger type."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPolygonF

from designer.ui.canvas.card import HEADER, LINE, PADDING, TEXT_LEFT, Card, CardGeometry, name_from_afar, short_kind
from designer.ui.canvas.style import STRIP, CanvasStyle
from designer.ui.category_icon import paint_badge
from designer.ui.theme import category_colour

RADIUS = 6.0
PORT, HALO = 4.0, 9.5
FULL = 0.58
"""Zoom from which on a card shows everything."""

FAR = 0.25
"""Zoom below which only strip and name are left."""

FAR_STEPS = ((0.36, 20), (FAR, 28), (0.17, 36), (0.0, 46))
"""Smallest zoom and pixel size of the name, so that it stays legible."""

SHAPE_FROM_AFAR, SHAPE_ROW = 17, 24
"""Pixel size of the shape and height of its row."""

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
    far_names: dict[tuple[int, bool], tuple[QFont, str]]
    """Names as they were fitted into the card, by pixel size and whether the shape is below."""

    def ports(self) -> range:
        """Numbers of the visible input ports."""


def paint_card(painter: QPainter, item: Painted, zoom: float) -> None:
    """The whole card without its ports."""
    style, box = item.style, QRectF(0, 0, item.geometry.width, item.geometry.height)
    if zoom < FAR:
        # Hundreds of cards are in sight: plain rectangles, whose corners nobody could see.
        painter.fillRect(box, style.tint(item.card.category))
        painter.fillRect(QRectF(0, 0, 16.0, box.height()), category_colour(item.card.category))
        if item.selected or item.card.problem or item.hovered:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(_outline(item, zoom))
            painter.drawRect(box)
        _from_afar(painter, item, zoom)
        return
    if item.current and zoom >= FULL:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.halo)
        painter.drawRoundedRect(box.adjusted(-4, -4, 4, 4), RADIUS + 4, RADIUS + 4)
    face = QPainterPath()
    face.addRoundedRect(box, RADIUS, RADIUS)
    if zoom >= FULL:
        painter.fillPath(face.translated(0, 2), style.shadow)
    painter.fillPath(face, style.card_brush if zoom >= FULL else style.tint(item.card.category))
    _strip(painter, item, face, STRIP if zoom >= FULL else 10.0)
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
    """The name as large as the card allows, and from not too far the shape."""
    card, style, geometry = item.card, item.style, item.geometry
    left = 18.0 if zoom >= FAR else 24.0
    box = QRectF(left, 2, geometry.width - left - 6, geometry.height - 4)
    with_shape = zoom >= FAR_STEPS[0][0] and bool(card.shape)
    if with_shape:
        painter.setFont(style.far_font(SHAPE_FROM_AFAR, bold=False).font)
        painter.setPen(style.theme.text)
        row = QRectF(left, box.bottom() - SHAPE_ROW, box.width(), SHAPE_ROW - 2)
        painter.drawText(row, LEFT, card.shape)
        box.setBottom(row.top())
    pixels = next(size for least, size in FAR_STEPS if zoom >= least)
    if (pixels, with_shape) not in item.far_names:
        item.far_names[pixels, with_shape] = _far_name(card.name, style, box, pixels, with_shape)
    font, text = item.far_names[pixels, with_shape]
    painter.setFont(font)
    painter.setPen(style.theme.problem if card.problem else style.theme.text)
    painter.drawText(box, LEFT, text)


def _far_name(name: str, style: CanvasStyle, box: QRectF, pixels: int, with_shape: bool) -> tuple[QFont, str]:
    far = style.far_font(pixels)
    if with_shape and far.metrics.horizontalAdvance(name) > box.width():
        far = style.far_font(pixels - 3)
    most = max(1, int((box.height() + 2) // far.metrics.height()))
    return far.font, "\n".join(name_from_afar(name, far.metrics, box.width(), most))


def paint_ports(painter: QPainter, item: Painted, zoom: float) -> None:
    """Input ports at the left, the output port at the right; free ports are hollow, lit ones ringed.

    From far away only lit ports are there, large enough to aim at.
    """
    geometry, connected = item.geometry, item.card.inputs
    for port in item.ports():
        lit = port in item.lit_inputs
        if lit or zoom >= FAR:
            filled = port < len(connected) and connected[port]
            _port(painter, item.style, geometry.input(port), filled, lit, zoom)
    if item.lit_output or zoom >= FAR:
        _port(painter, item.style, geometry.output(), True, item.lit_output, zoom)


def _port(painter: QPainter, style: CanvasStyle, centre: QPointF, filled: bool, lit: bool, zoom: float) -> None:
    colour = style.theme.accent if lit else style.theme.wire
    radius = PORT if zoom >= FAR else PORT * 2
    if lit and zoom >= FAR:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.halo)
        painter.drawEllipse(centre, HALO, HALO)
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(colour if filled else style.theme.card)
    painter.drawEllipse(centre, radius, radius)
