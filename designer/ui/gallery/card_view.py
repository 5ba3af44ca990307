"""The cards of the gallery in columns as wide as the view allows; arrows walk, Enter and a double click open."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from designer.i18n import _
from designer.ui.gallery.card_delegate import NARROWEST, CardDelegate
from designer.ui.gallery.gallery_rows import GalleryRow
from designer.ui.gallery.thumbnails import Thumbnails

AnyIndex = QModelIndex | QPersistentModelIndex


class GalleryModel(QAbstractListModel):
    """The networks shown, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[GalleryRow] = []

    def show_rows(self, rows: list[GalleryRow]) -> None:
        """Have these in the list."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def row_of(self, name: str | None) -> int | None:
        """Where a network is in the list; None where it is not."""
        return next((number for number, row in enumerate(self.rows) if row.entry.name == name), None)

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The title; the tooltip; what screen readers say; for the delegate the row itself."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.entry.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tooltip
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join((row.entry.title, str(row.entry.year or ""), *row.lines))
        return row if role == Qt.ItemDataRole.UserRole else None


class CardView(QListView):
    """Signals: ``opened(str)`` with the name of the network that was asked for; ``left()`` upwards from the first row.

    Letters typed go to :attr:`typed`, so that a search can be begun from here.
    """

    opened = Signal(str)
    left = Signal()
    typed = Signal(str)

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown = GalleryModel()
        self.shown.setParent(self)
        self._cards = CardDelegate(thumbnails)
        self._cards.setParent(self)
        self.setModel(self.shown)
        self.setItemDelegate(self._cards)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setDragEnabled(False)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(_("Networks of the gallery"))
        self.doubleClicked.connect(lambda _index: self.open_current())
        thumbnails.arrived.connect(self._repaint_card)

    @property
    def current(self) -> str | None:
        """Name of the chosen network."""
        index = self.currentIndex()
        return self.shown.rows[index.row()].entry.name if index.isValid() else None

    def choose(self, name: str | None) -> None:
        """Make a network the chosen one; the first where it is not in the list."""
        row = self.shown.row_of(name) or 0
        if self.shown.rows:
            index = self.shown.index(row)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def open_current(self) -> None:
        """Ask for the chosen network."""
        if self.current is not None:
            self.opened.emit(self.current)

    def _repaint_card(self, name: str) -> None:
        row = self.shown.row_of(name)
        if row is not None:
            self.update(self.shown.index(row))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens; up from the first row, and letters, lead to the search."""
        columns = max(1, self.viewport().width() // max(1, self.gridSize().width()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_current()
        elif event.key() == Qt.Key.Key_Up and self.currentIndex().row() < columns:
            self.left.emit()
        elif event.text().isprintable() and event.text().strip() and not event.modifiers() & _COMMANDS:
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Spread the columns over the width."""
        width = self.viewport().width()
        columns = max(1, width // NARROWEST)
        # One pixel less: a row as wide as the view is broken by rounding.
        grid = QSize((width - 1) // columns, self._cards.height(self.font()))
        if grid != self.gridSize():
            self.setGridSize(grid)
        super().resizeEvent(event)


_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
