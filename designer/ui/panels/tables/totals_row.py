"""The sums under the summary, always in view, each below its column."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from designer.analysis.report import Report
from designer.analysis.uncounted import FEW, uncounted_lines
from designer.i18n import _
from designer.interchange.tables.summary import columns
from designer.layer_api.quantities import SPACE, number
from designer.ui.panels.tables.summary_model import COUNTED
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import sized
from designer.ui.widgets.theme import current_theme


class TotalsRow(FollowsTheme, QTableView):
    """One row that takes its column widths from the table above and scrolls with it."""

    def __init__(self, table: QTableView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items = QStandardItemModel(self)
        self._items.appendRow([QStandardItem() for _section in range(table.model().columnCount())])
        self._report: Report | None = None
        self._table = table
        self.setModel(self._items)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(_("Totals"))
        self.setFont(sized(self.font(), 1.0, bold=True))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(24)
        self.horizontalHeader().hide()
        self.horizontalHeader().setMinimumSectionSize(0)
        self.setFixedHeight(26)
        above = table.horizontalHeader()
        above.sectionResized.connect(self._follow_width)
        above.sectionMoved.connect(lambda _section, old, new: self.horizontalHeader().moveSection(old, new))
        table.horizontalScrollBar().valueChanged.connect(self.horizontalScrollBar().setValue)
        for section in range(above.count()):
            self.setColumnWidth(section, above.sectionSize(section))
        self._follow_theme()

    def _follow_width(self, section: int, old: int, new: int) -> None:
        self.setColumnWidth(section, new)
        if self._report is not None and (old == 0) != (new == 0):
            self.show_report(self._report)

    def show_report(self, report: Report) -> None:
        """Show the totals; ``≥`` where they are a lower bound."""
        self._report = report
        theme = current_theme()
        for section, column in enumerate(columns(report)):
            text = "" if column.total is None else column.total(report)
            if column.key == "id" and self._table.isColumnHidden(section + 1):
                text = _("Total, complete") if report.complete else _("Total, partial")
            if not report.layers:
                text = _("Total") if column.key == "id" else "" if column.key == "kind" else text
            item = self._items.item(0, section)
            side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            if item.text() != text:
                item.setText(text)
            if column.key in COUNTED:
                unit = f"{SPACE}B" if column.key == "memory" else ""
                bound = "" if report.complete else "≥" + SPACE
                item.setToolTip(bound + number(getattr(report.totals, COUNTED[column.key])) + unit)
            elif column.key in ("id", "kind"):
                item.setToolTip("\n".join(uncounted_lines(report, FEW)))
            if (column.key == "id" and text != _("Total")) or column.key == "kind":
                item.setForeground(theme.success if report.complete else theme.warning)
            elif column.key == "id":
                item.setForeground(theme.text)

    def _apply_theme(self) -> None:
        if self._report is not None:
            self.show_report(self._report)
