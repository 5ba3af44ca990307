"""Painting a card, in steps of detail: everything, name and shape, the name alone in larger type."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen, QPolygonF

from designer.ui.canvas.cards.card import (
    HEADER,
    LINE,
    PADDING,
    PROBLEM_LEFT,
    TEXT_LEFT,
    Card,
    CardGeometry,
    name_from_afar,
    short_kind,
)
from designer.ui.canvas.style import STRIP, CanvasStyle, Type
from designer.ui.widgets.category_icon import paint_badge
from designer.ui.widgets.labels import short_name
from designer.ui.widgets.theme import category_colour

RADIUS = 6.0
PORT, HALO = 4.0, 9.5
LIT_PORT = 8.0
"""Radius of a lit port from far away."""

FAR_STRIP = 16.0
"""Width of the category's strip from far away."""

NEAR = 0.8
"""Zoom from which on a card shows everything; below, the kind makes room for larger type."""

FULL = 0.58
"""Zoom from which on there are all lines."""

FAR = 0.25
"""Zoom below which only strip and name are left."""

FAR_STEPS = ((0.36, 20), (FAR, 28), (0.17, 36), (0.0, 46))
"""Smallest zoom and pixel size of the name, so that it stays legible."""

SHAPE_FROM_AFAR, SHAPE_ROW = 17, 24
"""Pixel size of the shape and height of its row."""

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


FarNames = dict[tuple[str, int, bool, float, float], tuple[QFont, str, float]]
"""Names as they were fitted into a card, by pixel size, whether the shape is below, and the room there was."""


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
    far_names: FarNames

    def ports(self) -> range:
        """Numbers of the visible input ports."""


def paint_card(painter: QPainter, item: Painted, zoom: float) -> None:
    """The whole card without its ports."""
    style, box = item.style, QRectF(0, 0, item.geometry.width, item.geometry.height)
    if zoom < FAR:
        # Hundreds of cards are in sight: plain rectangles, whose corners nobody could see.
        painter.fillRect(box, style.tint(item.card.category))
        painter.fillRect(QRectF(0, 0, FAR_STRIP, box.height()), _colour(item.card))
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
    if item.card.group is not None:
        _stacked(painter, item, box, zoom)
    if zoom >= FULL:
        painter.fillPath(face.translated(0, 2), style.shadow)
    painter.fillPath(face, style.card_brush if zoom >= FULL else style.tint(item.card.category))
    _strip(painter, item, face, STRIP if zoom >= FULL else 10.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_outline(item, zoom))
    painter.drawPath(face)
    if zoom >= FULL:
        _header(painter, item, zoom >= NEAR)
        _body(painter, item, zoom >= NEAR)
    else:
        _from_afar(painter, item, zoom)


def _stacked(painter: QPainter, item: Painted, box: QRectF, zoom: float) -> None:
    """Two more cards below: there is more inside."""
    painter.setPen(item.style.card_pen if zoom >= FULL else far_pen(item.style.card_pen, zoom))
    painter.setBrush(item.style.card_brush if zoom >= FULL else item.style.tint(item.card.category))
    for step in (6.0, 3.0):
        painter.drawRoundedRect(box.adjusted(step, step, step, step), RADIUS, RADIUS)


def _colour(card: Card) -> QColor:
    """Of the strip: the category's, or what a person has given to a group."""
    if card.group is not None and card.group.colour is not None:
        return QColor(card.group.colour)
    return category_colour(card.category)


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
    return far_pen(pen, zoom)


def far_pen(pen: QPen, zoom: float) -> QPen:
    """For an outline from afar, where a thin one vanishes: it keeps its width on the screen."""
    wide = QPen(pen)
    wide.setWidthF(pen.widthF() * 0.6 / zoom)
    return wide


def _strip(painter: QPainter, item: Painted, face: QPainterPath, width: float) -> None:
    strip = QPainterPath()
    strip.addRect(QRectF(0, 0, width, item.geometry.height))
    painter.fillPath(face.intersected(strip), _colour(item.card))


def paint_warning(painter: QPainter, box: QRectF, colour: QColor) -> None:
    """A warning triangle."""
    unit = box.height() / 12
    painter.setPen(QPen(colour, 1.4 * unit, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    middle = box.center().x()
    painter.drawPolygon(QPolygonF([QPointF(middle, box.top()), box.bottomRight(), box.bottomLeft()]))
    painter.drawLine(QPointF(middle, box.top() + 4.5 * unit), QPointF(middle, box.bottom() - 4.5 * unit))
    painter.drawPoint(QPointF(middle, box.bottom() - 2.3 * unit))


def _header(painter: QPainter, item: Painted, near: bool) -> None:
    card, style, width = item.card, item.style, item.geometry.width
    paint_badge(painter, card.category, QRectF(PADDING, 9, 16, 16), style.mark_font)
    right = width - PADDING
    if card.problem:
        paint_warning(painter, QRectF(right - 13, 10, 13, 12), style.theme.problem)
        right -= 19
    row = QRectF(TEXT_LEFT, 6, right - TEXT_LEFT, HEADER - 6)
    type_ = style.name if near else style.sized(16)
    name = short_name(card.name, type_.metrics, row.width())
    painter.setFont(type_.font)
    painter.setPen(style.theme.text)
    painter.drawText(row, LEFT, name)
    if card.caption and near and card.group is None:
        rest = row.width() - type_.metrics.horizontalAdvance(name) - 8
        painter.setFont(style.small.font)
        painter.setPen(style.theme.muted)
        painter.drawText(row, RIGHT, short_kind(card.kind, style.small.metrics, rest))


def _body(painter: QPainter, item: Painted, near: bool) -> None:
    card, style = item.card, item.style
    row = QRectF(TEXT_LEFT, HEADER + 1, item.geometry.width - TEXT_LEFT - 6, LINE)
    _line(
        painter, row, card.caption or card.kind, style.line if near else style.sized(13, bold=False), style.theme.muted
    )
    if card.problem:
        row.setLeft(PROBLEM_LEFT)
        for line in item.geometry.problem_lines:
            row.translate(0, LINE)
            _line(painter, row, line, style.small, style.theme.problem)
        return
    row.translate(0, LINE)
    if card.group is not None:
        row.setLeft(PADDING)
        _line(painter, row, card.shape, _fitting(card.shape, item, row, near), style.theme.text)
        row.translate(0, LINE)
        _line(painter, row, card.group.sums, _fitting(card.group.sums, item, row, near), style.theme.muted)
    elif card.shape:
        _line(painter, row, card.shape, style.line if near else style.sized(14, bold=False), style.theme.text)
    else:
        _line(painter, row, card.waiting(), style.small, style.theme.muted)


def _fitting(text: str, item: Painted, row: QRectF, near: bool) -> Type:
    """The usual type of a line, or a smaller one in which more of it can be read."""
    usual = item.style.line if near else item.style.sized(13, bold=False)
    return usual if usual.metrics.horizontalAdvance(text) <= row.width() else item.style.small


def _line(painter: QPainter, row: QRectF, text: str, type_: Type, ink: QColor) -> None:
    painter.setFont(type_.font)
    painter.setPen(ink)
    painter.drawText(row, LEFT, type_.metrics.elidedText(text, Qt.TextElideMode.ElideRight, row.width()))


def _from_afar(painter: QPainter, item: Painted, zoom: float) -> None:
    """The name as large as the card allows; from not too far the shape below it, a warning beside it."""
    size = item.geometry.width, item.geometry.height
    # Of a group there is room for what it hands on.
    shape = item.card.shape if item.card.group is None else item.card.shape.rpartition("→ ")[2]
    paint_far_name(painter, item.card.name, size, bool(item.card.problem), item.style, zoom, item.far_names, shape)


def paint_far_name(
    painter: QPainter,
    name: str,
    size: tuple[float, float],
    problem: bool,
    style: CanvasStyle,
    zoom: float,
    fitted: FarNames,
    shape: str = "",
) -> None:
    """The name of a card of this size, with what goes beside it; ``fitted`` remembers how names fit."""
    left = 18.0 if zoom >= FAR else 24.0
    box = QRectF(left, 2, size[0] - left - 6, size[1] - 4)
    if problem:
        side = 26.0 if zoom >= FAR else 36.0
        paint_warning(painter, QRectF(box.right() - side, box.center().y() - side / 2, side, side), style.theme.problem)
        box.setRight(box.right() - side - 4)
    with_shape = zoom >= FAR_STEPS[0][0] and bool(shape)
    pixels = next(step for least, step in FAR_STEPS if zoom >= least)
    room = QRectF(box.left(), box.top(), box.width(), box.height() - (SHAPE_ROW if with_shape else 0))
    key = (name, pixels, with_shape, room.width(), room.height())
    if key not in fitted:
        fitted[key] = _far_name(name, style, room, pixels, with_shape)
    font, text, height = fitted[key]
    if with_shape:
        top = box.center().y() - (height + SHAPE_ROW) / 2
        row = QRectF(left, top + height, box.width(), SHAPE_ROW)
        painter.setFont(style.sized(SHAPE_FROM_AFAR, bold=False).font)
        painter.setPen(style.theme.text)
        painter.drawText(row, LEFT, shape)
        box = QRectF(left, top, box.width(), height)
    painter.setFont(font)
    painter.setPen(style.theme.text)
    painter.drawText(box, LEFT, text)


def _far_name(name: str, style: CanvasStyle, room: QRectF, pixels: int, with_shape: bool) -> tuple[QFont, str, float]:
    """The name's font, lines and height."""
    type_ = style.sized(pixels)
    if with_shape and type_.metrics.horizontalAdvance(name) > room.width():
        type_ = style.sized(pixels - 3)
    most = max(1, int((room.height() + 2) // type_.metrics.height()))
    lines = name_from_afar(name, type_.metrics, room.width(), most)
    return type_.font, "\n".join(lines), type_.metrics.height() * len(lines)


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
        for port in range(geometry.outputs):
            _port(painter, item.style, geometry.output(port), True, item.lit_output, zoom)


def _port(painter: QPainter, style: CanvasStyle, centre: QPointF, filled: bool, lit: bool, zoom: float) -> None:
    colour = style.theme.accent if lit else style.theme.wire
    radius = PORT if zoom >= FAR else LIT_PORT
    if lit and zoom >= FAR:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.halo)
        painter.drawEllipse(centre, HALO, HALO)
    painter.setPen(QPen(colour, 1.5))
    painter.setBrush(colour if filled else style.theme.card)
    painter.drawEllipse(centre, radius, radius)
