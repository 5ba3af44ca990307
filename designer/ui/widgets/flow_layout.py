"""A layout that sets widgets in a row and breaks it where the panel is narrow, as words break in a paragraph."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Rows of widgets, each as wide as it wants to be, centred on the height of its row.

    Parameters
    ----------
    spacing, row_spacing
        Pixels between the widgets of a row, and between rows.
    centred
        Rows stand in the middle rather than at the left.
    """

    def __init__(
        self, parent: QWidget | None = None, *, spacing: int = 8, row_spacing: int = 4, centred: bool = False
    ) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._row_spacing = row_spacing
        self._centred = centred
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        """Append an item; Qt calls it from ``addWidget``."""
        self._items.append(item)

    def count(self) -> int:
        """Number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """The item at a place, None beyond the end."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Remove and return the item at a place, None beyond the end."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """True: the narrower, the more rows."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of all rows at a width."""
        return self._arrange(QRect(0, 0, width, 0), place=False)

    def sizeHint(self) -> QSize:
        """All in one row."""
        hints = [item.sizeHint() for item in self._shown()]
        margins = self.contentsMargins()
        width = sum(hint.width() for hint in hints) + self.spacing() * max(0, len(hints) - 1)
        height = max((hint.height() for hint in hints), default=0)
        return QSize(width + margins.left() + margins.right(), height + margins.top() + margins.bottom())

    def minimumSize(self) -> QSize:
        """The widest widget alone."""
        margins = self.contentsMargins()
        size = QSize()
        for item in self._shown():
            size = size.expandedTo(item.minimumSize())
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def setGeometry(self, rect: QRect) -> None:
        """Place every widget."""
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        margins = self.contentsMargins()
        area = rect.adjusted(margins.left(), margins.top(), -margins.right(), -margins.bottom())
        rows: list[list[QLayoutItem]] = []
        x = 0
        for item in self._shown():
            width = item.sizeHint().width()
            if not rows or x + width > area.width():
                rows.append([])
                x = 0
            rows[-1].append(item)
            x += width + self.spacing()
        y = area.top()
        for row in rows:
            height = max(item.sizeHint().height() for item in row)
            if place:
                self._place(row, QPoint(area.left(), y), height, area.width())
            y += height + self._row_spacing
        bottom = y - self._row_spacing if rows else y
        return bottom - rect.top() + margins.bottom()

    def _place(self, row: list[QLayoutItem], start: QPoint, height: int, width: int) -> None:
        x = start.x()
        if self._centred:
            taken = sum(item.sizeHint().width() for item in row) + self.spacing() * (len(row) - 1)
            x += max(0, width - taken) // 2
        for item in row:
            hint = item.sizeHint()
            size = QSize(min(hint.width(), width), hint.height())
            item.setGeometry(QRect(QPoint(x, start.y() + (height - size.height()) // 2), size))
            x += size.width() + self.spacing()
