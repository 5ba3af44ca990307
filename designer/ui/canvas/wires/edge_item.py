"""Wires on the canvas: smooth curves that Qt paints, so that hundreds cost nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QStyleOptionGraphicsItem, QWidget

from designer.graph.design import Edge, Position
from designer.ui.canvas.style import CanvasStyle

EDGE_Z = 1.0
LIT_EDGE_Z = 2.0
DRAG_Z = 20.0
PILL_Z = 30.0
SHORTEST_HANDLE = 24.0
CORNER = 16.0
"""Radius of the corners of a wire that runs back."""

ABOVE = 6.0
"""Gap between a wire and its pill, which would cover a short wire altogether."""

_STEPS = np.linspace(0.0, 1.0, 13)[1:]


def turns(lane: Sequence[Position]) -> bool:
    """Whether a wire along this lane turns round corners instead of swinging."""
    return len(lane) > 2 or (bool(lane) and lane[1][0] < lane[0][0])


def wire_path(start: QPointF, end: QPointF, lane: Sequence[Position] = ()) -> QPainterPath:
    """A curve that leaves to the right and arrives from the left; ``lane`` are the ends of straight pieces between.

    Into and out of a piece that runs on to the right the wire swings; where one runs back it turns round corners.
    """
    path = QPainterPath(start)
    if turns(lane):
        _turn(path, start, end, lane)
        return path
    here = start
    for number, (x, y) in enumerate(lane):
        there = QPointF(x, y)
        if number % 2:
            path.lineTo(there)
        else:
            _bend(path, here, there)
        here = there
    _bend(path, here, end)
    return path


def _turn(path: QPainterPath, start: QPointF, end: QPointF, lane: Sequence[Position]) -> None:
    """Straight pieces at right angles with round corners between them."""
    ways = [QPointF(lane[0][0], start.y()), *(QPointF(x, y) for x, y in lane), QPointF(lane[-1][0], end.y())]
    for before, corner, after in zip([start, *ways], ways, [*ways[1:], end], strict=False):
        into, out = corner - before, after - corner
        near, far = math.hypot(into.x(), into.y()), math.hypot(out.x(), out.y())
        radius = min(CORNER, near / 2, far / 2)
        if radius < 0.5:
            path.lineTo(corner)
            continue
        path.lineTo(corner - into * (radius / near))
        path.quadTo(corner, corner + out * (radius / far))
    path.lineTo(end)


def _bend(path: QPainterPath, start: QPointF, end: QPointF) -> None:
    reach = end.x() - start.x()
    handle = max(reach / 2, SHORTEST_HANDLE)
    if reach < 0:
        # Backwards: out to the right, around, and in from the left.
        handle = min(SHORTEST_HANDLE + -reach * 0.4, 200.0) + abs(end.y() - start.y()) * 0.1
    elif reach < SHORTEST_HANDLE * 2:
        handle = max(reach / 2, min(SHORTEST_HANDLE, abs(end.y() - start.y()) / 4))
    path.cubicTo(QPointF(start.x() + handle, start.y()), QPointF(end.x() - handle, end.y()), end)


class EdgeItem(QGraphicsPathItem):
    """The wire of one edge."""

    def __init__(self, edge: Edge) -> None:
        super().__init__()
        self.edge = edge
        self.lane: tuple[Position, ...] = ()
        self._ends = (QPointF(), QPointF())
        self.setZValue(EDGE_Z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def lay(self, start: QPointF, end: QPointF, lane: tuple[Position, ...]) -> None:
        """Run from an output to an input."""
        if (start, end) == self._ends and lane == self.lane:
            return
        self._ends, self.lane = (start, end), lane
        self.setPath(wire_path(start, end, lane))

    def set_pen(self, pen: QPen, lit: bool) -> None:
        """Draw with another pen; a lit wire lies above the others."""
        if self.pen() != pen:
            self.setPen(pen)
        self.setZValue(LIT_EDGE_Z if lit else EDGE_Z)

    def middle(self) -> QPointF:
        """Half way along."""
        return self.path().pointAtPercent(0.5)

    def distance(self, point: QPointF) -> float:
        """Shortest distance from a point to the curve, in scene pixels."""
        corners = self._corners()
        start, step = corners[:-1], np.diff(corners, axis=0)
        wanted = np.array([point.x(), point.y()])
        along = ((wanted - start) * step).sum(axis=1) / np.maximum((step**2).sum(axis=1), 1e-9)
        nearest = start + step * along.clip(0.0, 1.0)[:, None]
        return float(np.sqrt(((nearest - wanted) ** 2).sum(axis=1).min()))

    def _corners(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """The curve as a chain of short straight pieces."""
        path = self.path()
        points = [(e.x, e.y) for e in (path.elementAt(i) for i in range(path.elementCount()))]
        kinds = [path.elementAt(i).type for i in range(path.elementCount())]
        chain = [np.array([points[0]])]
        index = 1
        while index < len(points):
            if kinds[index] == QPainterPath.ElementType.CurveToElement:
                a, b, c, d = (np.array(points[i]) for i in (index - 1, index, index + 1, index + 2))
                t = _STEPS[:, None]
                u = 1 - t
                chain.append(a * u**3 + b * 3 * t * u**2 + c * 3 * t**2 * u + d * t**3)
                index += 3
            else:
                chain.append(np.array([points[index]]))
                index += 1
        return np.concatenate(chain)


class WireItem(QGraphicsPathItem):
    """The wire being drawn: follows the pointer until it is let go."""

    def __init__(self, style: CanvasStyle) -> None:
        super().__init__()
        self.setPen(QPen(style.theme.accent, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        self.setZValue(DRAG_Z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def run(self, start: QPointF, end: QPointF, settled: bool) -> None:
        """From an output to an input; dashed while it would end nowhere."""
        pen = self.pen()
        pen.setStyle(Qt.PenStyle.SolidLine if settled else Qt.PenStyle.DashLine)
        self.setPen(pen)
        self.setPath(wire_path(start, end))


class WirePill(QGraphicsItem):
    """The tensor's shape on the wire under the pointer, of one size at any zoom."""

    def __init__(self, style: CanvasStyle) -> None:
        super().__init__()
        self.style = style
        self.text = ""
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(PILL_Z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def show_at(self, place: QPointF, text: str) -> None:
        """Say this here; nothing where the text is empty."""
        self.prepareGeometryChange()
        self.text = text
        self.setPos(place)
        self.setVisible(bool(text))

    def boundingRect(self) -> QRectF:
        """Around the text."""
        width = math.ceil(self.style.small.metrics.horizontalAdvance(self.text)) + 18.0
        return QRectF(-width / 2, -22.0 - ABOVE, width, 22.0)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """A small rounded label."""
        box = self.boundingRect().adjusted(1, 1, -1, -1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.style.theme.accent, 1.0))
        painter.setBrush(self.style.theme.card)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(self.style.theme.text)
        painter.setFont(self.style.small.font)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.text)
