"""A network of the gallery as a card: thumbnail, title with year, and four lines of facts."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from designer.ui.gallery.gallery_rows import GalleryRow
from designer.ui.gallery.thumbnails import Thumbnails
from designer.ui.widgets.labels import sized
from designer.ui.widgets.theme import Theme, current_theme, mixed

THUMBNAIL = QSizeF(176.0, 92.0)
GAP, PADDING, RADIUS = 8, 8, 6.0
NARROWEST = round(THUMBNAIL.width()) + 2 * PADDING + GAP
"""Of a card with the gap beside it."""

LINES = 4
SMALL = 0.88

AnyIndex = QModelIndex | QPersistentModelIndex


class CardDelegate(QStyledItemDelegate):
    """Paints the row that an index holds under ``Qt.UserRole``."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._thumbnails = thumbnails

    def height(self, font: QFont) -> int:
        """Of a card with the gap below it."""
        lines = LINES * _line(sized(font, SMALL))
        return round(THUMBNAIL.height()) + _line(sized(font, 1.0, bold=True)) + lines + 3 * PADDING + GAP

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """As wide as the view's columns are."""
        view = option.widget
        width = view.gridSize().width() if isinstance(view, QListView) else NARROWEST
        return QSize(width, self.height(option.font))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row: GalleryRow = index.data(Qt.ItemDataRole.UserRole)
        theme = current_theme()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        font: QFont = option.font
        box = QRectF(rect.adjusted(GAP // 2, GAP // 2, -GAP // 2, -GAP // 2))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_card(painter, box, theme, state)
        picture = QRectF(box.left() + PADDING, box.top() + PADDING, box.width() - 2 * PADDING, THUMBNAIL.height())
        painter.fillRect(picture, theme.canvas)
        ratio = painter.device().devicePixelRatioF()
        image = self._thumbnails.get(row.entry.name, THUMBNAIL, ratio)
        if image is not None:
            at = picture.center() - QRectF(0, 0, THUMBNAIL.width(), THUMBNAIL.height()).center()
            painter.drawImage(at, image)
        text = box.adjusted(PADDING, 2 * PADDING + THUMBNAIL.height(), -PADDING, -PADDING).toRect()
        _paint_text(painter, text, row, font, theme)
        painter.restore()


def _line(font: QFont) -> int:
    return QFontMetrics(font).height() + 1


def _paint_card(painter: QPainter, box: QRectF, theme: Theme, state: QStyle.StateFlag) -> None:
    chosen, under = bool(state & QStyle.StateFlag.State_Selected), bool(state & QStyle.StateFlag.State_MouseOver)
    painter.setBrush(mixed(theme.card, theme.selection, 0.55) if chosen else theme.card)
    painter.setPen(QPen(theme.accent, 2.0) if chosen else QPen(theme.muted if under else theme.card_border, 1.0))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


def _paint_text(painter: QPainter, box: QRect, row: GalleryRow, font: QFont, theme: Theme) -> None:
    bold, small = sized(font, 1.0, bold=True), sized(font, SMALL)
    top = QRect(box.left(), box.top(), box.width(), _line(bold))
    year = str(row.entry.year or "")
    painter.setFont(small)
    painter.setPen(theme.muted)
    painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, year)
    top.setWidth(top.width() - QFontMetrics(small).horizontalAdvance(year) - (PADDING if year else 0))
    painter.setFont(bold)
    painter.setPen(theme.text)
    _draw(painter, top, row.entry.title)
    painter.setFont(small)
    line = QRect(box.left(), top.bottom() + 1, box.width(), _line(small))
    for number, text in enumerate(row.lines):
        painter.setPen(theme.text if number in (1, 2) else theme.muted)
        _draw(painter, line, text)
        line.translate(0, line.height())


def _draw(painter: QPainter, box: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
