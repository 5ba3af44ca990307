"""Paints a cell of the summary: a thin bar for its share under the number, strip and sign of the category."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from designer.ui.panels.summary_model import CATEGORY_ROLE, SHARE_ROLE
from designer.ui.theme import category_colour, category_mark, current_theme, mixed

MARK = QSize(18, 16)


class ShareDelegate(QStyledItemDelegate):
    """The usual cell, and under a number a bar as long as its share of the column's largest."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Whole rows are current, not cells; leave room for the category's sign."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if index.data(CATEGORY_ROLE) is not None:
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = MARK

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Cell first, bar and sign on top."""
        super().paint(painter, option, index)
        rect = option.rect
        share = index.data(SHARE_ROLE)
        if share:
            theme = current_theme()
            length = max(1.0, (rect.width() - 8) * share)
            bar = QRectF(rect.right() - 3 - length, rect.bottom() - 2, length, 2)
            painter.fillRect(bar, mixed(theme.accent, theme.card, 0.3))
        category = index.data(CATEGORY_ROLE)
        if category is not None:
            painter.fillRect(QRectF(rect.left(), rect.top() + 2, 3, rect.height() - 4), category_colour(category))
            painter.setPen(option.palette.text().color())
            place = QRect(rect.left() + 4, rect.top(), MARK.width(), rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, category_mark(category))
