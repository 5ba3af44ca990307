"""Rows known by a name, as a table model: they follow what is shown one by one, never all anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from designer.interchange.tables.columns import Column, Value
from designer.layer_api.layer import Category
from designer.ui.widgets.row_changes import insertions, removals, runs

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()

CELL_ROLE = Qt.ItemDataRole.UserRole + 1
"""All that is painted of a cell, as a :class:`Cell`."""


@attrs.frozen
class Cell:
    """What a cell shows.

    ``colour`` names a colour of the theme; ``share`` (0 to 1) is that of the column's largest value, None in columns
    that are not summed up; with ``broad`` the bar stands beside the number rather than under it. ``category`` stands
    in the first column only, as do names: of a ``name`` its end stays where there is no room, and ``shorter`` is shown
    in its place before that.
    """

    text: str
    numeric: bool
    colour: str = "text"
    share: float | None = None
    category: Category | None = None
    broad: bool = False
    name: bool = False
    shorter: str = ""


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class RowModel(QAbstractTableModel):
    """Rows in execution order or sorted by a column.

    A subclass says which rows there are (:meth:`_entries`), what the columns read of one (:meth:`_entry`), and how a
    cell looks (:meth:`_cell`); when they have changed it calls :meth:`_follow`.
    """

    def __init__(self, columns: Sequence[Column[Any, Any]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._sorted: tuple[int, bool] | None = None

    def _entries(self) -> Iterable[tuple[str, Any]]:
        """Name of a row and what the columns read, for every row that is wanted, in execution order."""
        raise NotImplementedError

    def _entry(self, name: str) -> Any:
        """What the columns read of a row."""
        raise NotImplementedError

    def _cell(self, column: Column[Any, Any], entry: Any) -> Cell:
        """How a cell looks."""
        raise NotImplementedError

    def _tool_tip(self, column: Column[Any, Any], entry: Any) -> str | None:
        """What a cell says when it is pointed at."""
        del column, entry
        return None

    # -- what the panel asks ---------------------------------------------------------------------------------------

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the rows from the first to the last."""
        return tuple(self._ids)

    @property
    def shown_columns(self) -> tuple[Column[Any, Any], ...]:
        """The columns in order."""
        return self._columns

    def row_of(self, node_id: str) -> int | None:
        """Row of a node; None where it has none."""
        return self._rows.get(node_id)

    def rows_of(self, selection: Iterable[str]) -> set[int]:
        """Rows that show that these nodes are selected."""
        return {row for node in selection if (row := self.row_of(node)) is not None}

    def nodes_of(self, name: str) -> tuple[str, ...]:
        """The nodes that a row stands for, by its name."""
        return (name,)

    def _text(self, column: Column[Any, Any], entry: Any) -> str:
        """What a cell says."""
        return column.text(entry)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by real values, rows without one last; column -1: execution order."""
        self._sorted = None if column < 0 else (column, order == Qt.SortOrder.DescendingOrder)
        self._follow()

    # -- rows ------------------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Bring the rows that are wanted into the order that is wanted."""
        self._bring_rows(self._wanted_ids())

    def _tell_changed(self, rows: Sequence[int]) -> None:
        """The entries of these rows, ascending, are other ones."""
        for run in runs(rows):
            self.dataChanged.emit(self.index(run.first, 0), self.index(run.last, len(self._columns) - 1))

    def _tell_painted_otherwise(self) -> None:
        """Every cell may look different, though its text is the same."""
        if self._ids:
            last = self.index(len(self._ids) - 1, len(self._columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last, [CELL_ROLE])

    def _wanted_ids(self) -> list[str]:
        entries = self._entries()
        if self._sorted is None:
            return [name for name, _entry in entries]
        index, descending = self._sorted
        value = self._columns[index].value
        values: list[tuple[Value, str]] = [(value(entry), name) for name, entry in entries]
        ordered = sorted(
            (pair for pair in values if pair[0] not in (None, "")),
            key=lambda pair: pair[0],  # type: ignore[arg-type, return-value]
            reverse=descending,
        )
        return [name for _value, name in ordered] + [name for value, name in values if value in (None, "")]

    def _bring_rows(self, wanted: list[str]) -> None:
        if wanted == self._ids:
            return
        present = set(wanted)
        for run in removals(self._ids, present):
            self.beginRemoveRows(NO_INDEX, run.first, run.last)
            del self._ids[run.first : run.last + 1]
            self.endRemoveRows()
        here = set(self._ids)
        staying = [name for name in wanted if name in here]
        if staying != self._ids:
            self._reorder(staying)
        for run in insertions(wanted, here):
            self.beginInsertRows(NO_INDEX, run.first, run.last)
            self._ids[run.first : run.first] = wanted[run.first : run.last + 1]
            self.endInsertRows()
        self._rows = {name: row for row, name in enumerate(self._ids)}

    def _reorder(self, ids: list[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        names = [self._ids[index.row()] for index in before]
        self._ids = ids
        rows = {name: row for row, name in enumerate(ids)}
        self.changePersistentIndexList(
            before, [self.index(rows[name], index.column()) for name, index in zip(names, before, strict=True)]
        )
        self.layoutChanged.emit()

    # -- QAbstractTableModel ---------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Rows in sight."""
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
        entry = self._entry(self._ids[index.row()])
        if role == CELL_ROLE:
            return self._cell(column, entry)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(column, entry)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.numeric else _LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(column, entry)
        return None
