"""Rows of cells as aligned lines of text. rich.Table takes 0.7 ms a row, which is a minute for 100,000 layers."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from designer.graph.node_names import is_path

NARROWEST = 8
"""Columns to which a name may be cut where the terminal is narrow."""

GAP = "  "
CUT = "…"


def table_lines(
    rows: Sequence[Sequence[str]], to_the_right: Sequence[bool], longest_line: int | None = None
) -> list[str]:
    """One line for each row, in the cells of a terminal.

    Parameters
    ----------
    to_the_right
        For each column whether it holds numbers: they stand on the right and are never cut.
    longest_line
        Cells of the terminal: words are cut, down to NARROWEST, where the lines would be longer. None: nothing is cut.
        Paths in the first column, the names of layers, lose their beginning, which their neighbours share.
    """
    cells = zip(*rows, strict=True)
    columns = [
        _Column(column, right, named=index == 0)
        for index, (column, right) in enumerate(zip(cells, to_the_right, strict=True))
    ]
    if longest_line is not None:
        _narrow([column for column in columns if not column.right], columns, longest_line)
    return [GAP.join(cells).rstrip() for cells in zip(*(column.aligned() for column in columns), strict=True)]


class _Column:
    def __init__(self, cells: Sequence[str], right: bool, *, named: bool) -> None:
        self._cells, self.right, self._named = cells, right, named
        self._sizes = _sizes(cells)
        self.width = max(self._sizes, default=0)

    def aligned(self) -> list[str]:
        width = self.width
        if self.right:
            return [" " * (width - size) + cell for cell, size in zip(self._cells, self._sizes, strict=True)]
        return [
            cell + " " * (width - size) if size <= width else self._cut(cell, width)
            for cell, size in zip(self._cells, self._sizes, strict=True)
        ]

    def _cut(self, cell: str, width: int) -> str:
        if not (self._named and is_path(cell)):
            return set_cell_size(cell, width - 1) + CUT
        # How far a row of a tree is indented stays.
        name = cell.lstrip(" ")
        indent = min(len(cell) - len(name), width - NARROWEST)
        return " " * indent + CUT + _end(name, width - indent - 1)


def _narrow(words: list[_Column], columns: list[_Column], longest_line: int) -> None:
    """Take from the widest column of words, again and again, until the lines fit or nothing more can be cut."""
    surplus = sum(column.width for column in columns) + len(GAP) * (len(columns) - 1) - longest_line
    while surplus > 0:
        widest = max(words, key=lambda column: column.width, default=None)
        if widest is None or widest.width <= NARROWEST:
            return
        others = max((column.width for column in words if column is not widest), default=NARROWEST)
        cut = min(surplus, widest.width - NARROWEST, max(1, widest.width - others))
        widest.width -= cut
        surplus -= cut


def _sizes(cells: Sequence[str]) -> list[int]:
    """Cells of the terminal that each text takes.

    Of a hundred thousand texts few different letters are the rule: where each takes one cell, counting them is enough.
    """
    text = "".join(set(cells))
    if text.isascii() or all(letter.isascii() or cell_len(letter) == 1 for letter in set(text)):
        return list(map(len, cells))
    return [len(text) if text.isascii() else cell_len(text) for text in cells]


def _end(text: str, width: int) -> str:
    """As many of the last letters as fill so many cells, and blanks where a wide letter does not fit in."""
    taken = used = 0
    for letter in reversed(text):
        if used + cell_len(letter) > width:
            break
        taken, used = taken + 1, used + cell_len(letter)
    return text[len(text) - taken :] + " " * (width - used)
