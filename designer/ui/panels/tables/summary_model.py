"""The summary as a table model: one row per layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Qt

from designer.analysis.report import LayerReport, Report
from designer.graph.design import Design
from designer.i18n import _
from designer.interchange.tables.columns import Column
from designer.interchange.tables.summary import LayerColumn, columns
from designer.layer_api.quantities import SPACE, number
from designer.layer_api.registry import layer_class
from designer.ui.panels.tables.summary_tree import MARK, GroupRow, SummaryTree
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
        self.tree: SummaryTree | None = None
        self._follow()

    @property
    def report(self) -> Report:
        """The report in sight."""
        return self._report

    def show_tree(self, design: Design | None) -> None:
        """Show groups with what is in them, folded at first; without a design, layers alone."""
        self.tree = None if design is None else SummaryTree()
        if self.tree is not None and design is not None:
            self.tree.follow(design, self._report)
        self._follow()

    def toggle(self, row: int) -> None:
        """Open or fold the group of a row."""
        if self.tree is not None and self.is_group(row):
            name = self._ids[row]
            self.tree.toggle(name.removesuffix(MARK))
            self._follow()
            self._tell_changed([self._rows[name]])

    def is_group(self, row: int) -> bool:
        """Whether a row is that of a group."""
        return self._ids[row].endswith(MARK)

    def show_report(self, report: Report, design: Design | None = None) -> None:
        """Follow to another report: rows go and come, changed rows are told, the rest is left alone."""
        old = self._report
        self._report = report
        if (old.convention, old.dtype, old.batch) != (report.convention, report.dtype, report.batch):
            self._columns = columns(report)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self._columns) - 1)
        largest, self._largest = self._largest, self._largest_values()
        if self.tree is not None and design is not None:
            self.tree.follow(design, report)
        self._follow()
        layers, before = report.layers, old.layers
        # The name of a group is none of a layer, so that its row is always told: its sums may be others.
        changed = [
            row for row, name in enumerate(self._ids) if name not in layers or layers[name] is not before.get(name)
        ]
        self._tell_changed(changed)
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

    def _entry(self, name: str) -> LayerReport | GroupRow:
        if self.tree is not None and name.endswith(MARK):
            return self.tree.group(name)
        return self._report.layers[name]

    def _wanted_ids(self) -> list[str]:
        if self.tree is None or self._filter:
            return super()._wanted_ids()
        return self.tree.names()

    def row_of(self, node_id: str) -> int | None:
        """Row of a node, or of the folded group that it is in."""
        row = super().row_of(node_id)
        if row is None and self.tree is not None and node_id in self._report.layers:
            return super().row_of(self.tree.shown_for(node_id))
        return row

    def rows_of(self, selection: Iterable[str]) -> set[int]:
        """Rows of nodes, of folded groups around them, and of groups of which all is selected."""
        chosen = tuple(selection)
        rows = super().rows_of(chosen)
        if self.tree is not None:
            rows |= {row for name in self.tree.whole(chosen) if (row := self._rows.get(name)) is not None}
        return rows

    def nodes_of(self, name: str) -> tuple[str, ...]:
        """The node of a row, or all that are in its group."""
        return (name,) if self.tree is None else self.tree.nodes(name)

    def _text(self, column: Column[Any, Any], entry: LayerReport | GroupRow) -> str:
        if isinstance(entry, GroupRow):
            return entry.text(column.key)
        if column.key == "id" and self.tree is not None and not self._filter:
            return self.tree.layer_name(entry)
        return column.text(entry)

    def _matches(self, layer: LayerReport) -> bool:
        return self._filter in layer.id.casefold() or self._filter in self._columns[1].text(layer).casefold()

    def _cell(self, column: Column[Any, Any], entry: LayerReport | GroupRow) -> Cell:
        if isinstance(entry, GroupRow):
            colour = "problem" if column.key == "problem" else "muted" if column.key == "kind" else "text"
            return Cell(entry.text(column.key), column.numeric, colour)
        if column.key in COUNTED and entry.output_shape is not None:
            value, largest = getattr(entry, COUNTED[column.key]), self._largest[column.key]
            share = value / largest if largest else None
            return Cell(column.text(entry), True, "text" if value else "muted", share)
        if column.key == "id":
            text, plain = self._text(column, entry), self.tree is None
            return Cell(text, False, category=layer_class(entry.kind).category, name=plain)
        return Cell(column.text(entry), column.numeric, _colour(column, entry))

    def _tool_tip(self, column: LayerColumn, entry: LayerReport | GroupRow) -> str | None:
        if isinstance(entry, GroupRow):
            return entry.report.path if column.key == "id" else entry.text(column.key) or None
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
