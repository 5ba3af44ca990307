"""The summary: one row per layer, sortable, with the totals always in view."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QPoint, QSize, Qt
from PySide6.QtGui import QAction, QGuiApplication, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.analysis.conventions import CONVENTIONS
from designer.analysis.report import Report
from designer.i18n import _
from designer.interchange.table import to_csv, to_markdown
from designer.layer_api.quantities import byte_text
from designer.ui.bridge import Bridge
from designer.ui.panels.column_fit import ColumnFit
from designer.ui.panels.labels import ElidedLabel
from designer.ui.panels.row_changes import runs
from designer.ui.panels.share_delegate import ShareDelegate
from designer.ui.panels.summary_model import SummaryModel
from designer.ui.panels.totals_row import TotalsRow
from designer.ui.theme import RHYTHM, icon

ROW_HEIGHT = 22


class SummaryPanel(QWidget):
    """A table of the layers; its selection is the session's, both ways."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self._stale = True
        self._following = False
        self.model = SummaryModel(self.session.report, self)
        self.table = SummaryTable(self)
        self.table.setModel(self.model)
        self.columns = ColumnFit(self.table, [column.key for column in self.model.shown_columns], self)
        self.totals = TotalsRow(self.table, self)
        self.totals.show_report(self.session.report)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(_("Filter layers"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(136)
        self.filter.textChanged.connect(self._filtered)
        self.counted = ElidedLabel()
        self.copy_csv = self._copy_button(_("CSV"), _("Copy the table as comma-separated values"), to_csv)
        self.copy_markdown = self._copy_button(_("Markdown"), _("Copy the table as Markdown"), to_markdown)
        self._lay_out()
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.table.selectionModel().selectionChanged.connect(self._rows_selected)
        bridge.analysed.connect(self._analysed)
        bridge.selection_changed.connect(self._selection_changed)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(RHYTHM, 4, RHYTHM, 4)
        bar.setSpacing(RHYTHM)
        bar.addWidget(self.filter)
        bar.addWidget(self.counted, 1)
        bar.addWidget(self.copy_csv)
        bar.addWidget(self.copy_markdown)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.table)
        rule = QFrame(self)
        rule.setFrameShape(QFrame.Shape.HLine)
        rule.setFrameShadow(QFrame.Shadow.Plain)
        rule.setForegroundRole(QPalette.ColorRole.Mid)
        rule.setFixedHeight(1)
        column.addWidget(rule)
        column.addWidget(self.totals)

    def _copy_button(self, text: str, tip: str, write: Callable[[Report], str]) -> QToolButton:
        button = QToolButton(self)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIcon(icon("copy"))
        button.setIconSize(QSize(16, 16))
        button.setAutoRaise(True)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: QGuiApplication.clipboard().setText(write(self.session.report)))
        return button

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.copy_csv.setIcon(icon("copy"))
            self.copy_markdown.setIcon(icon("copy"))

    # -- following the session -------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _analysed(self, _report: object) -> None:
        if self.isVisible():
            self.refresh()
        else:
            self._stale = True

    def _selection_changed(self, _selection: object) -> None:
        if self.isVisible() and not self._stale:
            self._show_selection()

    def refresh(self) -> None:
        """Show the report and the selection as they are now."""
        self._stale = False
        report = self.session.report
        self._following = True
        try:
            self.model.show_report(report)
        finally:
            self._following = False
        self.columns.fit(complete=report.complete)
        self.totals.show_report(report)
        self.counted.show_text(counting_text(report))
        self._show_selection()

    def _show_selection(self) -> None:
        rows = sorted(row for node in self.session.selection if (row := self.model.row_of(node)) is not None)
        model, selected = self.table.selectionModel(), QItemSelection()
        if rows == sorted(index.row() for index in model.selectedRows()):
            return
        last = self.model.columnCount() - 1
        for run in runs(rows):
            selected.select(self.model.index(run.first, 0), self.model.index(run.last, last))
        self._following = True
        try:
            model.select(selected, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            row = self.model.row_of(self.session.current) if self.session.current is not None else None
            if row is not None:
                current = self.model.index(row, 0)
                model.setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
                self.table.scrollTo(current)
        finally:
            self._following = False

    # -- what the user does ----------------------------------------------------------------------------------------

    def _rows_selected(self) -> None:
        if self._following:
            return
        model, ids = self.table.selectionModel(), self.model.ids
        chosen = [ids[row] for row in sorted(index.row() for index in model.selectedRows())]
        current = ids[model.currentIndex().row()] if model.currentIndex().isValid() else None
        if current in chosen:
            chosen = [*(node for node in chosen if node != current), current]
        self.session.select(chosen)

    def _filtered(self, text: str) -> None:
        self._following = True
        try:
            self.model.set_filter(text)
        finally:
            self._following = False
        self._show_selection()

    def menu(self) -> QMenu:
        """What can be done with the table."""
        menu = QMenu(self)
        for text, act in (
            (_("Copy as CSV"), self.copy_csv.click),
            (_("Copy as Markdown"), self.copy_markdown.click),
            (_("Execution order"), self.table.sort_by_execution),
        ):
            action = QAction(text, menu)
            action.triggered.connect(act)
            menu.addAction(action)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _open_menu(self, place: QPoint) -> None:
        self.menu().popup(self.table.viewport().mapToGlobal(place))


def counting_text(report: Report) -> str:
    """How the numbers were counted, and the one that the columns cannot show."""
    batch = f" × {report.batch}" if report.batch > 1 else ""
    return _("{convention} · {dtype}{batch} · peak memory {peak}").format(
        convention=_(CONVENTIONS[report.convention]),
        dtype=report.dtype,
        batch=batch,
        peak=byte_text(report.totals.peak_activation_bytes),
    )


class SummaryTable(QTableView):
    """Whole rows, thin, without a grid; a third click on a header gives execution order back."""

    def __init__(self, parent: QWidget | None = None) -> None:
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
        self.setAccessibleName(_("Summary of the layers"))
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

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._delegate.take_theme()

    def sort_by_execution(self) -> None:
        """In the order in which the layers run."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
