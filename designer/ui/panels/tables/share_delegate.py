"""Paints a cell of a table of layers: text, a bar for its share under or beside the number, sign of the category.

Cells are painted here from end to end: Qt's own way asks the model eight questions for each cell, and a summary is
painted anew at every keystroke.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from designer.ui.widgets.labels import short_name
from designer.ui.widgets.row_model import CELL_ROLE, Cell
from designer.ui.widgets.theme import category_colour, category_mark, current_theme, mixed, tabular

MARGIN = 5
MARK_WIDTH = 22

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ShareDelegate(QStyledItemDelegate):
    """Text in the colour its cell asks for; by a number a bar as long as its share of the column's largest."""

    def __init__(self, font: QFont, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._font = tabular(font)
        self._metrics = QFontMetrics(self._font)
        self._widest = self._metrics.horizontalAdvance("W")
        self._number_width = self._metrics.horizontalAdvance("100.0 %") + MARGIN
        self.take_theme()

    def take_theme(self) -> None:
        """Use the colours of the theme in force."""
        theme = current_theme()
        self._colours = {name: getattr(theme, name) for name in ("text", "muted", "problem")}
        self._selection = theme.selection
        self._bar = mixed(theme.accent, theme.card, 0.3)
        self._quiet_bar = mixed(theme.muted, theme.card, 0.5)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Background, text, bar, sign."""
        cell: Cell = index.data(CELL_ROLE)
        rect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, self._selection)
        painter.setFont(self._font)
        painter.setPen(self._colours["text" if selected else cell.colour])
        place = rect.adjusted(MARGIN, 0, -MARGIN, 0)
        if cell.category is not None:
            painter.fillRect(QRect(rect.left(), rect.top() + 2, 3, rect.height() - 4), category_colour(cell.category))
            sign = QRect(rect.left() + 4, rect.top(), MARK_WIDTH - 4, rect.height())
            painter.drawText(sign, Qt.AlignmentFlag.AlignCenter, category_mark(cell.category))
            place.setLeft(rect.left() + MARK_WIDTH + 2)
        painter.drawText(place, _RIGHT if cell.numeric else _LEFT, self.fitted(cell, place.width()))
        if cell.share and cell.broad:
            self._paint_broad(painter, place, cell)
        elif cell.share:
            length = max(1.0, place.width() * cell.share)
            painter.fillRect(QRectF(place.right() + 1 - length, rect.bottom() - 2, length, 2), self._bar)

    def _paint_broad(self, painter: QPainter, place: QRect, cell: Cell) -> None:
        """The bar to the left of its number, as high as a letter."""
        room = place.width() - self._number_width
        if room <= 0:
            return
        bar = QRectF(place.left(), place.center().y() - 4, max(1.0, room * cell.share if cell.share else 0.0), 9)
        painter.fillRect(bar, self._quiet_bar if cell.colour == "muted" else self._bar)

    def fitted(self, cell: Cell, width: int) -> str:
        """As much of a cell's text as so many pixels have room for."""
        text = cell.text
        if len(text) * self._widest <= width:
            return text
        if not cell.name:
            return self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        if cell.shorter and self._metrics.horizontalAdvance(text) > width:
            text = cell.shorter
        return short_name(text, self._metrics, width)
