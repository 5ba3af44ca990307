"""Columns of a table for people, whatever its rows are, and the table as Markdown and as comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import attrs

UNKNOWN = "—"
"""Stands where a number is not known or has no meaning."""

Value = int | float | str | tuple[int, ...] | None

Row = TypeVar("Row")
Whole = TypeVar("Whole")


@attrs.frozen
class Column(Generic[Row, Whole]):
    """One column for people: how a row's value is found, sorted and written.

    ``value`` gives what is sorted by (None where not known), ``text`` what is shown, ``total`` what stands under the
    column. ``title`` and ``explanation`` are translated.
    """

    key: str
    title: str
    explanation: str
    value: Callable[[Row], Value]
    text: Callable[[Row], str]
    total: Callable[[Whole], str] | None = None
    numeric: bool = True
    short_title: str = ""
    """Where room is dear; empty: the title."""


def text_column(
    key: str,
    title: str,
    explanation: str,
    text: Callable[[Row], str],
    total: Callable[[Whole], str] | None = None,
) -> Column[Row, Whole]:
    """A column of words, which are sorted by as they are shown."""
    return Column(key, title, explanation, text, text, total, numeric=False)


def total_texts(columns: Sequence[Column[Row, Whole]], whole: Whole) -> tuple[str, ...]:
    """What stands under each column, empty where nothing is summed up."""
    return tuple("" if column.total is None else column.total(whole) for column in columns)


def markdown_table(columns: Sequence[Column[Row, Whole]], rows: Iterable[Row], whole: Whole) -> list[str]:
    """The lines of a Markdown table with numbers to the right and the totals last, bold."""
    cells = [
        [column.title for column in columns],
        *([column.text(row) for column in columns] for row in rows),
        [f"**{text}**" if text else "" for text in total_texts(columns, whole)],
    ]
    escaped = [[text.replace("|", "\\|") for text in row] for row in cells]
    widths = [max(3, *(len(row[index]) for row in escaped)) for index in range(len(columns))]
    numeric = [column.numeric for column in columns]
    lines = [_markdown_line(row, widths, numeric) for row in escaped]
    rule = ("-" * (width - 1) + ":" if right else "-" * width for width, right in zip(widths, numeric, strict=True))
    lines.insert(1, "| " + " | ".join(rule) + " |")
    return lines


def _markdown_line(row: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = (
        text.rjust(width) if right else text.ljust(width)
        for text, width, right in zip(row, widths, numeric, strict=True)
    )
    return "| " + " | ".join(padded) + " |"


def csv_table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated values (RFC 4180, lines end in a line feed): a header and one line per row."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return written.getvalue()
