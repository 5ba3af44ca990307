"""The dots behind the design: a calm hint of the grid that fades when it would become noise."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.ui.widgets.theme import Theme

SPACING = 24.0
"""Three steps of the snapping grid."""

GONE, THERE = 0.3, 0.7
"""Zoom below which there are no dots, and from which on they are full."""


def paint_dots(painter: QPainter, box: QRectF, zoom: float, theme: Theme) -> None:
    """Fill a part of the background."""
    painter.fillRect(box, theme.canvas)
    strength = min(max((zoom - GONE) / (THERE - GONE), 0.0), 1.0)
    if strength <= 0:
        return
    colour = QColor(theme.dots)
    colour.setAlphaF(strength)
    size = 1.6 / min(max(zoom, 0.7), 1.6)
    pen = QPen(colour, size, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.RoundCap)
    # A dash of no length with round caps is a dot; Qt walks the row, not Python.
    pen.setDashPattern([0.001, SPACING / size - 0.001])
    left = math.floor(box.left() / SPACING) * SPACING
    first, last = math.floor(box.top() / SPACING), math.ceil(box.bottom() / SPACING)
    painter.setPen(pen)
    right = box.right() + SPACING
    painter.drawLines([QLineF(left, row * SPACING, right, row * SPACING) for row in range(first, last + 1)])
