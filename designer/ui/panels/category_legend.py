"""Which colour and sign stands for which category."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.i18n import _
from designer.layer_api.layer import Category
from designer.ui.theme import category_colour, category_mark, current_theme


class CategoryLegend(QWidget):
    """The categories that occur, in one line; those without room are left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.categories: tuple[Category, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_categories(self, categories: Iterable[Category]) -> None:
        """Show these, each once, in the palette's order."""
        present = set(categories)
        ordered = tuple(category for category in Category if category in present)
        if ordered != self.categories:
            self.categories = ordered
            self.setAccessibleName(", ".join(_(category.value) for category in ordered))
            self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(200, self.fontMetrics().height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A square, the sign and the name of each."""
        painter = QPainter(self)
        painter.setPen(current_theme().muted)
        metrics, left = self.fontMetrics(), 0
        for category in self.categories:
            text = f"{category_mark(category)} {_(category.value)}"
            width = metrics.horizontalAdvance(text)
            if left + 16 + width > self.width():
                break
            painter.fillRect(QRect(left, self.height() // 2 - 5, 10, 10), category_colour(category))
            painter.drawText(QRect(left + 14, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
            left += 14 + width + 14
        self._draw_line(painter, left)
        painter.end()

    def _draw_line(self, painter: QPainter, left: int) -> None:
        """The line of the memory chart."""
        text = _("alive at once")
        width = self.fontMetrics().horizontalAdvance(text)
        if self.categories and left + 20 + width <= self.width():
            painter.fillRect(QRect(left, self.height() // 2, 14, 2), current_theme().text)
            painter.drawText(QRect(left + 18, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
