"""Column widths of a table for the room there is, until the user sets one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QTableView

LETTERS: Mapping[str, int] = {
    "output": 12,
    "parameters": 12,
    "operations": 14,
    "memory": 10,
    "receptive_field": 10,
}
"""Width of the summary's columns of numbers, in digits."""

NAME, KIND, PROBLEM = "id", "kind", "problem"
NARROWEST = {NAME: 12, KIND: 12, PROBLEM: 16}
WIDEST = {NAME: 24, KIND: 21}


def widths(keys: Sequence[str], room: int, *, with_problems: bool) -> dict[str, int]:
    """Width of every column of the summary in digits; 0 hides it.

    Problems are shown where there are any, and the kind where there is room beside them: its sign stands before the
    name anyway.
    """
    given = {key: LETTERS[key] for key in keys if key in LETTERS}
    rest = room - sum(given.values())
    problem = NARROWEST[PROBLEM] if with_problems else 0
    kind = rest - problem >= NARROWEST[NAME] + NARROWEST[KIND]
    for_words = max(rest - problem, 0)
    share = (for_words + 1) // 2 if kind else for_words
    given[KIND] = min(max(share, NARROWEST[KIND]), WIDEST[KIND]) if kind else 0
    given[NAME] = min(max(for_words - given[KIND], NARROWEST[NAME]), WIDEST[NAME])
    given[PROBLEM] = max(rest - given[NAME] - given[KIND], problem) if with_problems else 0
    return given


class ColumnFit(QObject):
    """Keeps a table's columns fitted to its width; a column dragged by hand ends that.

    A subclass says how :meth:`_shared_out`.
    """

    def __init__(self, table: QTableView, keys: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table, self._keys = table, tuple(keys)
        self._fitting = False
        self.by_hand = False
        table.viewport().installEventFilter(self)
        table.horizontalHeader().sectionResized.connect(self._resized)

    def _shared_out(self, room: int) -> Mapping[str, int]:
        """Width of every column in digits, for ``room`` of them; 0 hides it."""
        raise NotImplementedError

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another width of the table."""
        if event.type() == QEvent.Type.Resize and not self.by_hand:
            self._fit()
        return False

    def _fit(self) -> None:
        letter = self._table.fontMetrics().horizontalAdvance("0")
        room = self._table.viewport().width() // letter
        self._fitting = True
        try:
            for key, width in self._shared_out(room).items():
                section = self._keys.index(key)
                self._table.setColumnHidden(section, width == 0)
                if width:
                    self._table.setColumnWidth(section, width * letter)
        finally:
            self._fitting = False

    def _resized(self, _section: int, _old: int, _new: int) -> None:
        if not self._fitting:
            self.by_hand = True


class SummaryColumns(ColumnFit):
    """The summary's columns: problems have one of their own while there are any."""

    def __init__(self, table: QTableView, keys: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(table, keys, parent)
        self._complete = True

    def fit(self, *, complete: bool) -> None:
        """Fit to the room there is; ``complete``: no problem to show."""
        if complete == self._complete:
            return
        self._complete = complete
        if self.by_hand:
            self._table.setColumnHidden(self._keys.index(PROBLEM), complete)
        else:
            self._fit()

    def _shared_out(self, room: int) -> Mapping[str, int]:
        return widths(self._keys, room, with_problems=not self._complete)
