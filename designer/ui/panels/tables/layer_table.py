"""A table of layers as the summary and the profile show it, its selection being the session's, both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QToolButton, QWidget

from designer.i18n import _
from designer.layer_api.quantities import SPACE
from designer.session.session import Session
from designer.ui.panels.tables.share_delegate import MARGIN, ShareDelegate
from designer.ui.panels.tables.summary_tree import FOLDED, OPEN
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.row_changes import runs
from designer.ui.widgets.row_model import RowModel
from designer.ui.widgets.theme import icon

ROW_HEIGHT = 22
TRIANGLES = (OPEN, FOLDED)


class LayerTable(FollowsTheme, QTableView):
    """Whole rows, thin, without a grid; a third click on a header gives execution order back.

    Signals
    -------
    fold_wanted(int)
        A row whose first cell begins with a triangle was clicked there, double-clicked, or Enter was pressed on it.
    """

    fold_wanted = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._delegate = ShareDelegate(self.font(), self)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(name)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self._follow_theme()

    def _apply_theme(self) -> None:
        self._delegate.take_theme()

    def _folds(self, index: QModelIndex) -> str:
        """The beginning of a row's first cell up to its triangle; empty where there is none."""
        text = str(self.model().index(index.row(), 0).data() or "") if index.isValid() else ""
        found = text.lstrip(SPACE)[:1]
        return text[: text.index(found) + 2] if found in TRIANGLES and found else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open or fold where the triangle is."""
        index = self.indexAt(event.position().toPoint())
        beginning = self._folds(index)
        end = MARGIN + self.fontMetrics().horizontalAdvance(beginning)
        if beginning and index.column() == 0 and event.position().x() - self.visualRect(index).left() < end:
            self.fold_wanted.emit(index.row())
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open or fold a row that has a triangle."""
        index = self.indexAt(event.position().toPoint())
        if self._folds(index):
            self.fold_wanted.emit(index.row())
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens or folds a row that has a triangle."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._folds(self.currentIndex()):
            self.fold_wanted.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def sort_by_execution(self) -> None:
        """In the order in which the layers run."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)


class RowSelection(QObject):
    """Keeps the rows selected in a table and the nodes selected in the session the same.

    The owner calls :meth:`show` when either side is another, and changes the model's rows inside :meth:`unheard`: Qt
    moves the selection along with them, which is nobody's wish.
    """

    def __init__(self, table: LayerTable, model: RowModel, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._table, self._model, self._session = table, model, session
        self._deaf = False
        table.selectionModel().selectionChanged.connect(self._rows_selected)

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """What happens to the table's selection in here is not the user's doing."""
        before, self._deaf = self._deaf, True
        try:
            yield
        finally:
            self._deaf = before

    def show(self) -> None:
        """Select the rows of the session's nodes, and bring the current one into sight."""
        rows = sorted(self._model.rows_of(self._session.selection))
        model, selected = self._table.selectionModel(), QItemSelection()
        if rows == sorted(index.row() for index in model.selectedRows()):
            return
        last = self._model.columnCount() - 1
        for run in runs(rows):
            selected.select(self._model.index(run.first, 0), self._model.index(run.last, last))
        with self.unheard():
            model.select(selected, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            row = self._model.row_of(self._session.current) if self._session.current is not None else None
            if row is not None:
                current = self._model.index(row, 0)
                model.setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
                self._table.scrollTo(current)

    def _rows_selected(self) -> None:
        if self._deaf:
            return
        model, ids = self._table.selectionModel(), self._model.ids
        rows = sorted(index.row() for index in model.selectedRows())
        chosen = list(dict.fromkeys(node for row in rows for node in self._model.nodes_of(ids[row])))
        row = model.currentIndex().row()
        current = self._model.nodes_of(ids[row])[-1] if model.currentIndex().isValid() else None
        if current in chosen:
            chosen = [*(node for node in chosen if node != current), current]
        self._session.select(chosen)


class CopyButton(FollowsTheme, QToolButton):
    """Puts a text into the clipboard that is written when it is asked for."""

    def __init__(self, text: str, tip: str, write: Callable[[], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.setAutoRaise(True)
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.clicked.connect(lambda: QGuiApplication.clipboard().setText(write()))
        self._follow_theme()

    def _apply_theme(self) -> None:
        self.setIcon(icon("copy"))


class CopyActions:
    """The two buttons and the menu by which a table leaves the window."""

    def __init__(self, table: LayerTable, to_csv: Callable[[], str], to_markdown: Callable[[], str]) -> None:
        self._table = table
        self.csv = CopyButton(_("CSV"), _("Copy the table as comma-separated values"), to_csv)
        self.markdown = CopyButton(_("Markdown"), _("Copy the table as Markdown"), to_markdown)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._open_menu)

    @property
    def buttons(self) -> Iterable[CopyButton]:
        """Left to right."""
        return self.csv, self.markdown

    def menu(self) -> QMenu:
        """What can be done with the table."""
        menu = QMenu(self._table)
        for text, act in (
            (_("Copy as CSV"), self.csv.click),
            (_("Copy as Markdown"), self.markdown.click),
            (_("Execution order"), self._table.sort_by_execution),
        ):
            action = QAction(text, menu)
            action.triggered.connect(act)
            menu.addAction(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _open_menu(self, place: QPoint) -> None:
        self.menu().popup(self._table.viewport().mapToGlobal(place))
