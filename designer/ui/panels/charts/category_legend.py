"""Which colour and sign stands for which category."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.i18n import _
from designer.layer_api.layer import Category
from designer.ui.widgets.theme import category_colour, category_mark, current_theme

SQUARE = 10
GAP = 12


class CategoryLegend(QWidget):
    """The categories that occur and the line of the memory chart, on as many lines as it takes."""

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
            self.updateGeometry()
            self.update()

    def _entries(self) -> Iterator[tuple[Category | None, str, QPoint]]:
        """Category (None: the line), text and place of each entry."""
        metrics, place = self.fontMetrics(), QPoint(0, 0)
        entries: list[tuple[Category | None, str]] = [
            (category, f"{category_mark(category)} {_(category.value)}") for category in self.categories
        ]
        if entries:
            entries.append((None, _("alive at once")))
        for category, text in entries:
            width = SQUARE + 4 + metrics.horizontalAdvance(text)
            if place.x() and place.x() + width > self.width():
                place = QPoint(0, place.y() + self._line_height())
            yield category, text, QPoint(place)
            place.setX(place.x() + width + GAP)

    def _line_height(self) -> int:
        return self.fontMetrics().height() + 2

    def sizeHint(self) -> QSize:
        """As many lines as the width asks for."""
        lowest = max((place.y() for _category, _text, place in self._entries()), default=0)
        return QSize(200, lowest + self._line_height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may ask for more lines or fewer."""
        super().resizeEvent(event)
        if event.oldSize().width() != self.width():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A square, the sign and the name of each."""
        theme, height = current_theme(), self._line_height()
        painter = QPainter(self)
        painter.setPen(theme.muted)
        for category, text, place in self._entries():
            middle = place.y() + height // 2
            if category is None:
                painter.fillRect(QRect(place.x(), middle, SQUARE, 2), theme.text)
            else:
                square = QRect(place.x(), middle - SQUARE // 2, SQUARE, SQUARE)
                painter.fillRect(square, category_colour(category))
            room = QRect(place.x() + SQUARE + 4, place.y(), self.width(), height)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()
