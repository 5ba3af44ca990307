"""The summary as a table model: rows follow the report one by one, never all anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from designer.analysis.report import LayerReport, Report
from designer.i18n import _
from designer.interchange.table import Column, columns
from designer.layer_api.layer import Category
from designer.layer_api.quantities import SPACE, number
from designer.layer_api.registry import layer_class
from designer.ui.panels.row_changes import insertions, removals, runs

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()

CELL_ROLE = Qt.ItemDataRole.UserRole + 1
"""All that is painted of a cell, as a :class:`Cell`."""


@attrs.frozen
class Cell:
    """What a cell shows.

    ``colour`` names a colour of the theme; ``share`` (0 to 1) is that of the column's largest value, None in columns
    that are not summed up; ``category`` stands in the first column only.
    """

    text: str
    numeric: bool
    colour: str = "text"
    share: float | None = None
    category: Category | None = None


COUNTED: Mapping[str, str] = {
    "parameters": "parameters",
    "operations": "operations",
    "memory": "activation_bytes",
}
"""Columns with shares → attribute of the layer's report."""

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class SummaryModel(QAbstractTableModel):
    """One row per layer, in execution order or sorted by a column; layers that do not match a filter are left out."""

    def __init__(self, report: Report, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._report = report
        self._columns = columns(report)
        self._ids: list[str] = list(report.layers)
        self._rows: dict[str, int] = {node: row for row, node in enumerate(self._ids)}
        self._largest = self._largest_values()
        self._sorted: tuple[int, bool] | None = None
        self._filter = ""

    # -- what the panel asks ---------------------------------------------------------------------------------------

    @property
    def report(self) -> Report:
        """The report in sight."""
        return self._report

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids from the first row to the last."""
        return tuple(self._ids)

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        """The columns in order."""
        return self._columns

    def row_of(self, node_id: str) -> int | None:
        """Row of a node; None where it is filtered out."""
        return self._rows.get(node_id)

    def show_report(self, report: Report) -> None:
        """Follow to another report: rows go and come, changed rows are told, the rest is left alone."""
        old = self._report
        self._report = report
        if (old.convention, old.dtype, old.batch) != (report.convention, report.dtype, report.batch):
            self._columns = columns(report)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._columns) - 1)
        largest, self._largest = self._largest, self._largest_values()
        self._bring_rows(self._wanted_ids())
        layers = report.layers
        changed = [row for row, node in enumerate(self._ids) if layers[node] is not old.layers.get(node)]
        for run in runs(changed):
            self.dataChanged.emit(self.index(run.first, 0), self.index(run.last, len(self._columns) - 1))
        if largest != self._largest and self._ids:
            last = self.index(len(self._ids) - 1, len(self._columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [CELL_ROLE])

    def set_filter(self, text: str) -> None:
        """Leave out layers whose name and kind contain none of it; empty: none."""
        self._filter = text.strip().casefold()
        self._bring_rows(self._wanted_ids())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by real values, layers without one last; column -1: execution order."""
        self._sorted = None if column < 0 else (column, order == Qt.SortOrder.DescendingOrder)
        self._bring_rows(self._wanted_ids())

    # -- rows ------------------------------------------------------------------------------------------------------

    def _largest_values(self) -> dict[str, int]:
        layers = self._report.layers.values()
        return {
            key: max((getattr(layer, attribute) for layer in layers), default=0) for key, attribute in COUNTED.items()
        }

    def _wanted_ids(self) -> list[str]:
        layers: Iterable[LayerReport] = self._report.layers.values()
        if self._filter:
            layers = [layer for layer in layers if self._matches(layer)]
        if self._sorted is None:
            return [layer.id for layer in layers]
        index, descending = self._sorted
        value = self._columns[index].value
        known = [(value(layer), layer.id) for layer in layers]
        ordered = sorted(
            (entry for entry in known if entry[0] not in (None, "")),
            key=lambda entry: entry[0],  # type: ignore[arg-type, return-value]
            reverse=descending,
        )
        return [node for _value, node in ordered] + [node for value, node in known if value in (None, "")]

    def _matches(self, layer: LayerReport) -> bool:
        return self._filter in layer.id.casefold() or self._filter in self._columns[1].text(layer).casefold()

    def _bring_rows(self, wanted: list[str]) -> None:
        if wanted == self._ids:
            return
        present = set(wanted)
        for run in removals(self._ids, present):
            self.beginRemoveRows(NO_INDEX, run.first, run.last)
            del self._ids[run.first : run.last + 1]
            self.endRemoveRows()
        here = set(self._ids)
        staying = [node for node in wanted if node in here]
        if staying != self._ids:
            self._reorder(staying)
        for run in insertions(wanted, here):
            self.beginInsertRows(NO_INDEX, run.first, run.last)
            self._ids[run.first : run.first] = wanted[run.first : run.last + 1]
            self.endInsertRows()
        self._rows = {node: row for row, node in enumerate(self._ids)}

    def _reorder(self, ids: list[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        nodes = [self._ids[index.row()] for index in before]
        self._ids = ids
        rows = {node: row for row, node in enumerate(ids)}
        self.changePersistentIndexList(
            before, [self.index(rows[node], index.column()) for node, index in zip(nodes, before, strict=True)]
        )
        self.layoutChanged.emit()

    # -- QAbstractTableModel ---------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Layers in sight."""
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = NO_INDEX) -> int:
        """Always the same."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles; what a column means in its tooltip."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.short_title or column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.explanation
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.numeric else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, alignment, tooltip with the exact figure, and what is painted."""
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        column = self._columns[index.column()]
        layer = self._report.layers[self._ids[index.row()]]
        if role == CELL_ROLE:
            return self._cell(column, layer)
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(layer)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.numeric else _LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(column, layer)
        return None

    def _cell(self, column: Column, layer: LayerReport) -> Cell:
        if column.key in COUNTED and layer.output_shape is not None:
            value, largest = getattr(layer, COUNTED[column.key]), self._largest[column.key]
            share = value / largest if largest else None
            return Cell(column.text(layer), True, "text" if value else "muted", share)
        category = layer_class(layer.kind).category if column.key == "id" else None
        return Cell(column.text(layer), column.numeric, self._colour(column, layer), None, category)

    def _colour(self, column: Column, layer: LayerReport) -> str:
        if column.key == "problem":
            return "problem" if layer.problem is not None else "muted"
        quiet = column.key == "kind" or (column.key != "id" and layer.output_shape is None)
        return "muted" if quiet else "text"

    def _tool_tip(self, column: Column, layer: LayerReport) -> str | None:
        if column.key == "problem":
            return column.text(layer) or None
        if layer.output_shape is None or column.key not in COUNTED:
            return None
        exact = number(getattr(layer, COUNTED[column.key])) + (f"{SPACE}B" if column.key == "memory" else "")
        if column.key == "parameters" and layer.buffers:
            exact += "\n" + _("and {count} that are not learned").format(count=number(layer.buffers))
        return exact
