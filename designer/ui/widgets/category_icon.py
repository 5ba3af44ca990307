"""The sign of a category as an icon: in the palette, in menus, in tables."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap

from designer.layer_api.layer import Category
from designer.ui.widgets.theme import category_colour, category_mark

SIZES = (16, 32, 48)


def ink(colour: QColor) -> QColor:
    """Black or white, whichever reads better on a colour (WCAG 2.2, relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]  # type: ignore[index]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    bright, dim = 1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05
    return QColor("#ffffff") if bright > dim else QColor("#14171a")


def paint_badge(painter: QPainter, category: Category, box: QRectF, font: QFont) -> None:
    """The category's sign on its colour, in a rounded square."""
    colour = category_colour(category)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(box, box.width() * 3 / 16, box.width() * 3 / 16)
    painter.setPen(ink(colour))
    painter.setFont(font)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, category_mark(category))


@cache
def category_icon(category: Category) -> QIcon:
    """The badge as an icon; the same in both themes."""
    drawn = QIcon()
    for size in SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont()
        font.setPixelSize(size * 3 // 4)
        font.setWeight(QFont.Weight.DemiBold)
        paint_badge(painter, category, QRectF(0, 0, size, size), font)
        painter.end()
        drawn.addPixmap(pixmap)
    return drawn
