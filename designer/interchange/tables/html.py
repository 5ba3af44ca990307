"""The summary as an HTML table, for notebooks: no style sheet, no script, readable on light and on dark paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from designer.analysis.report import Report
from designer.analysis.uncounted import uncounted_lines
from designer.i18n import _
from designer.interchange.tables.columns import total_texts
from designer.interchange.tables.summary import LayerColumn, columns, counted_as
from designer.layer_api.problems import printable
from designer.layer_api.quantities import number

MOST_ROWS = 200
"""A notebook keeps what it shows: ten thousand rows would be two megabytes of it."""

MOST_MISSED = 10
"""Layers named as missing from the totals."""

LAST_ROWS = 5
"""Where rows are left out, so many at the end stay: the outputs are there."""


def report_html(report: Report) -> str:
    """One row for each layer, the totals in bold, and a line that says how it was counted."""
    shown = columns(report)
    if report.complete:
        shown = tuple(column for column in shown if column.key != "problem")
    layers = list(report.layers.values())
    left_out = len(layers) - MOST_ROWS
    rows = [_row("td", [column.text(layer) for column in shown], shown) for layer in layers]
    if left_out > 0:
        text = _("… {count} more layers …").format(count=number(left_out))
        rows[MOST_ROWS - LAST_ROWS : -LAST_ROWS] = [f'<tr><td colspan="{len(shown)}">{escape(text)}</td></tr>']
    head = _row("th", [column.title for column in shown], shown)
    foot = _row("th", list(total_texts(shown, report)), shown)
    # Rows that are left out may be those with the problems.
    said = [counted_as(report), *uncounted_lines(report, MOST_MISSED)]
    counted = "<br/>".join(escape(printable(line)) for line in said)
    return (
        f"<table><caption>{escape(printable(report.name))}</caption><thead>{head}</thead>"
        f"<tbody>{''.join(rows)}</tbody><tfoot>{foot}</tfoot></table><p>{counted}</p>"
    )


def _row(tag: str, texts: Sequence[str], shown: Sequence[LayerColumn]) -> str:
    cells = (
        f'<{tag} style="text-align:{"right" if column.numeric else "left"}">{escape(printable(text))}</{tag}>'
        for text, column in zip(texts, shown, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"
