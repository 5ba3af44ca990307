"""The summary as a table model: one row per layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Qt

from designer.analysis.report import LayerReport, Report
from designer.i18n import _
from designer.interchange.tables.columns import Column
from designer.interchange.tables.summary import LayerColumn, columns
from designer.layer_api.quantities import SPACE, number
from designer.layer_api.registry import layer_class
from designer.ui.widgets.row_model import Cell, RowModel

COUNTED: Mapping[str, str] = {
    "parameters": "parameters",
    "operations": "operations",
    "memory": "activation_bytes",
}
"""Columns with shares → attribute of the layer's report."""


class SummaryModel(RowModel):
    """One row per layer, in execution order or sorted by a column; layers that do not match a filter are left out."""

    def __init__(self, report: Report, parent: QObject | None = None) -> None:
        super().__init__(columns(report), parent)
        self._report = report
        self._largest = self._largest_values()
        self._filter = ""
        self._follow()

    @property
    def report(self) -> Report:
        """The report in sight."""
        return self._report

    def show_report(self, report: Report) -> None:
        """Follow to another report: rows go and come, changed rows are told, the rest is left alone."""
        old = self._report
        self._report = report
        if (old.convention, old.dtype, old.batch) != (report.convention, report.dtype, report.batch):
            self._columns = columns(report)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._columns) - 1)
        largest, self._largest = self._largest, self._largest_values()
        self._follow()
        layers = report.layers
        self._tell_changed([row for row, node in enumerate(self._ids) if layers[node] is not old.layers.get(node)])
        if largest != self._largest:
            self._tell_painted_otherwise()

    def set_filter(self, text: str) -> None:
        """Leave out layers whose name and kind contain none of it; empty: none."""
        self._filter = text.strip().casefold()
        self._follow()

    def _largest_values(self) -> dict[str, int]:
        layers = self._report.layers.values()
        return {
            key: max((getattr(layer, attribute) for layer in layers), default=0) for key, attribute in COUNTED.items()
        }

    def _entries(self) -> Iterable[tuple[str, LayerReport]]:
        layers = self._report.layers.items()
        return [entry for entry in layers if self._matches(entry[1])] if self._filter else layers

    def _entry(self, name: str) -> LayerReport:
        return self._report.layers[name]

    def _matches(self, layer: LayerReport) -> bool:
        return self._filter in layer.id.casefold() or self._filter in self._columns[1].text(layer).casefold()

    def _cell(self, column: Column[Any, Any], entry: LayerReport) -> Cell:
        if column.key in COUNTED and entry.output_shape is not None:
            value, largest = getattr(entry, COUNTED[column.key]), self._largest[column.key]
            share = value / largest if largest else None
            return Cell(column.text(entry), True, "text" if value else "muted", share)
        if column.key == "id":
            return Cell(entry.id, False, category=layer_class(entry.kind).category, name=True)
        return Cell(column.text(entry), column.numeric, _colour(column, entry))

    def _tool_tip(self, column: LayerColumn, entry: LayerReport) -> str | None:
        if column.key == "id":
            # It may be cut.
            return entry.id
        if column.key == "problem":
            return column.text(entry) or None
        if entry.output_shape is None or column.key not in COUNTED:
            return None
        exact = number(getattr(entry, COUNTED[column.key])) + (f"{SPACE}B" if column.key == "memory" else "")
        if column.key == "parameters" and entry.buffers:
            exact += "\n" + _("and {count} that are not learned").format(count=number(entry.buffers))
        return exact


def _colour(column: LayerColumn, layer: LayerReport) -> str:
    if column.key == "problem":
        return "problem" if layer.problem is not None else "muted"
    quiet = column.key == "kind" or (column.key != "id" and layer.output_shape is None)
    return "muted" if quiet else "text"
