"""One tile of a mosaic on the screen: its picture, its caption, and what marks it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from designer.i18n import _
from designer.interchange.figures.mosaic import GAP_COLOR
from designer.ui.panels.maps.tile_pictures import Tile
from designer.ui.widgets.theme import Theme


def paint_picture(painter: QPainter, theme: Theme, picture: QRectF, tile: Tile | None) -> None:
    """The map in its frame, hatched where all of it is zero; a plain card while there is no picture."""
    if tile is None:
        painter.fillRect(picture, theme.card)
    else:
        painter.drawImage(picture, tile.image)
        if tile.dead:
            painter.fillRect(picture, QBrush(QColor(*GAP_COLOR), Qt.BrushStyle.BDiagPattern))
    painter.setPen(QPen(theme.card_border, 1))
    painter.drawRect(picture.adjusted(-0.5, -0.5, 0.5, 0.5))


def paint_caption(painter: QPainter, colour: QColor, caption: QRectF, channel: int, *, dead: bool) -> None:
    """The channel's number, and that it is dead: as a word where there is room."""
    painter.setPen(colour)
    painter.drawText(caption, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, str(channel))
    if dead:
        word = _("dead")
        fits = painter.fontMetrics().horizontalAdvance(f"{channel} {word}") <= caption.width()
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(caption, flags, word if fits else "✕")


def paint_current(painter: QPainter, theme: Theme, picture: QRectF, *, focused: bool) -> None:
    """The frame of the current tile."""
    painter.setPen(QPen(theme.accent, 2) if focused else QPen(theme.wire, 1))
    painter.drawRect(picture.adjusted(-2.0, -2.0, 2.0, 2.0))


def paint_cell(painter: QPainter, cell: QRectF) -> None:
    """A frame around one cell, large enough to be seen: white within black shows on every colour."""
    grown = QRectF(0, 0, max(cell.width(), 4.0), max(cell.height(), 4.0))
    grown.moveCenter(cell.center())
    painter.setPen(QPen(QColor("black"), 1))
    painter.drawRect(grown.adjusted(-1.5, -1.5, 1.5, 1.5))
    painter.setPen(QPen(QColor("white"), 1))
    painter.drawRect(grown.adjusted(-0.5, -0.5, 0.5, 0.5))
