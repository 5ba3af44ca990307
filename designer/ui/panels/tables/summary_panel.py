"""The summary: one row per layer, sortable, with the totals always in view."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from designer.analysis.conventions import CONVENTIONS
from designer.analysis.report import Report
from designer.i18n import N_, _
from designer.interchange.tables.summary import to_csv, to_markdown
from designer.layer_api.quantities import byte_text
from designer.ui.bridge import Bridge
from designer.ui.panels.registry import Area, Panel
from designer.ui.panels.tables.layer_table import CopyActions, LayerTable, RowSelection
from designer.ui.panels.tables.summary_model import SummaryModel
from designer.ui.panels.tables.totals_row import TotalsRow
from designer.ui.widgets.column_fit import SummaryColumns
from designer.ui.widgets.labels import ElidedLabel
from designer.ui.widgets.lazy_panel import LazyPanel
from designer.ui.widgets.theme import RHYTHM


class SummaryPanel(LazyPanel):
    """A table of the layers; its selection is the session's, both ways."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self.model = SummaryModel(self.session.report, self)
        self.table = LayerTable(_("Summary of the layers"), self)
        self.table.setModel(self.model)
        self.columns = SummaryColumns(self.table, [column.key for column in self.model.shown_columns], self)
        self.rows = RowSelection(self.table, self.model, self.session, self)
        self.totals = TotalsRow(self.table, self)
        self.totals.show_report(self.session.report)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(_("Filter layers"))
        self.filter.setAccessibleName(_("Filter layers"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(136)
        self.filter.setMinimumWidth(40)
        self.filter.textChanged.connect(self._filtered)
        self.grouped = QToolButton(self)
        self.grouped.setText(_("Groups"))
        self.grouped.setToolTip(_("Groups with their sums; a click on the triangle, Enter or a double click opens one"))
        self.grouped.setCheckable(True)
        self.grouped.setChecked(True)
        self.grouped.setAutoRaise(True)
        self.grouped.toggled.connect(self._set_grouped)
        self.counted = ElidedLabel()
        self.copying = CopyActions(
            self.table, lambda: to_csv(self.session.report), lambda: to_markdown(self.session.report)
        )
        self._lay_out()
        self.table.fold_wanted.connect(self._fold)
        self.table.horizontalHeader().sortIndicatorChanged.connect(self._sorted)
        bridge.analysed.connect(self._refresh_if_seen)
        bridge.selection_changed.connect(self._mark_if_seen)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(RHYTHM, 4, RHYTHM, 4)
        bar.setSpacing(RHYTHM)
        bar.addWidget(self.filter)
        bar.addWidget(self.grouped)
        bar.addWidget(self.counted, 1)
        for button in self.copying.buttons:
            bar.addWidget(button)
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

    # -- following the session -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the report and the selection as they are now."""
        self._stale = False
        report = self.session.report
        has_groups = bool(self.session.design.groups)
        self.grouped.setVisible(has_groups)
        with self.rows.unheard():
            if (has_groups and self.grouped.isChecked()) != (self.model.tree is not None):
                self._show_tree()
            self.model.show_report(report, self.session.design)
        self.columns.fit(complete=report.complete)
        self.totals.show_report(report)
        self.counted.show_text(counting_text(report))
        self._show_selection()

    def _show_selection(self) -> None:
        self.rows.show()

    def _show_tree(self) -> None:
        tree = self.grouped.isChecked() and bool(self.session.design.groups)
        self.model.show_tree(self.session.design if tree else None)

    def _set_grouped(self, grouped: bool) -> None:
        if grouped:
            # A tree is in execution order.
            self.table.sort_by_execution()
        with self.rows.unheard():
            self._show_tree()
        self._show_selection()

    def _sorted(self, section: int, _order: Qt.SortOrder) -> None:
        """A column to sort by: layers are compared with all others, not within their groups."""
        if section >= 0:
            self.grouped.setChecked(False)

    def _fold(self, row: int) -> None:
        with self.rows.unheard():
            self.model.toggle(row)
        self._show_selection()

    def _filtered(self, text: str) -> None:
        with self.rows.unheard():
            self.model.set_filter(text)
        self._show_selection()


def counting_text(report: Report) -> str:
    """How the numbers were counted, and the one that the columns cannot show."""
    batch = f" × {report.batch}" if report.batch > 1 else ""
    return _("{convention} · {dtype}{batch} · peak memory {peak}").format(
        convention=_(CONVENTIONS[report.convention]),
        dtype=report.dtype,
        batch=batch,
        peak=byte_text(report.totals.peak_activation_bytes),
    )


PANEL = Panel("summary", N_("Summary"), Area.BOTTOM, 20, SummaryPanel)
