"""A single card as a picture: what is dragged from the palette."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QPainter, QPixmap
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from designer.ui.canvas.cards.card import Card
from designer.ui.canvas.cards.node_item import NodeItem
from designer.ui.canvas.style import canvas_style

OPACITY = 0.75


def card_pixmap(card: Card, font: QFont, ratio: float) -> QPixmap:
    """The card with its ports, half transparent, for a screen of this device pixel ratio."""
    item = NodeItem(card, canvas_style(font))
    box = item.boundingRect()
    pixmap = QPixmap(math.ceil(box.width() * ratio), math.ceil(box.height() * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(OPACITY)
    painter.translate(-box.topLeft())
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    return pixmap
