"""The summary as a table for the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, TextIO

from rich.console import Console

from designer.analysis.conventions import UNITS
from designer.analysis.report import LayerReport, Report
from designer.analysis.uncounted import uncounted_lines
from designer.cli.summary_tree import tree_rows
from designer.i18n import _
from designer.layer_api.geometry import Shape, axes_text, shape_text
from designer.layer_api.problems import printable
from designer.layer_api.quantities import byte_text, number
from designer.session.text_table import table_lines

if TYPE_CHECKING:
    from designer.graph.groups import Grouping
    from designer.library.model import Report as ReportWithGroups


MOST_KNOWN = 4096
"""Different lines of counts kept in words: the largest network of the gallery has some hundred."""


def print_summary(report: Report, stream: TextIO | None = None) -> None:
    """Print one row for each layer and the totals under it; problems in words at the end."""
    _print(report, map(_row, report.layers.values()), stream)


def print_tree(report: ReportWithGroups, grouping: Grouping, depth: int, stream: TextIO | None = None) -> None:
    """Print the same with groups and their subtotals as a tree, opened down to level ``depth``."""
    _print(report, tree_rows(report, report.groups, grouping, depth, _row), stream)


def _print(report: Report, shown: Iterable[tuple[str, ...]], stream: TextIO | None) -> None:
    target = stream or sys.stdout
    console = Console(file=target, highlight=False, markup=False, emoji=False)
    headings = (
        _("layer"),
        _("kind"),
        _("output"),
        _("parameters"),
        UNITS[report.convention],
        _("memory"),
        _("receptive field"),
    )
    rows = [headings, *shown]
    # Nothing is cut where the output goes to a file or another program.
    header, *lines = table_lines(rows, (False, False, *(True,) * 5), console.width if target.isatty() else None)
    lines += total_lines(report)
    lines += uncounted_lines(report)
    # Captured and written at once: rich would end the program itself where the reader of a pipe has gone.
    with console.capture() as captured:
        console.print(printable(report.name), style="bold", soft_wrap=True)
        console.print(header, style="bold", soft_wrap=True)
    head = [line.rstrip() for line in captured.get().splitlines()]
    target.write("\n".join([*head, *lines, ""]))


def _row(layer: LayerReport) -> tuple[str, ...]:
    if layer.output_shape is None:
        return layer.id, layer.kind, _("problem") if layer.problem is not None else _("waiting"), "", "", "", ""
    field = layer.receptive_field
    seen = "—" if field is None else axes_text(field.size) + ("" if field.aligned else " " + _("(unaligned)"))
    counts = _counts(layer.output_shape, layer.parameters, layer.operations, layer.activation_bytes)
    return (layer.id, layer.kind, *counts, seen)


@lru_cache(MOST_KNOWN)
def _counts(shape: Shape, parameters: int, operations: int, activation_bytes: int) -> tuple[str, str, str, str]:
    """In words; the layers of a large network have few different ones."""
    return shape_text(shape), number(parameters), number(operations), byte_text(activation_bytes)


def total_lines(report: Report) -> tuple[str, ...]:
    """The totals in words, with the convention they follow."""
    totals = report.totals
    state = _("complete") if report.complete else _("partial: totals are lower bounds")
    lines = [
        _("{layers} layers, {parameters} parameters, {operations} {unit} ({convention})").format(
            layers=totals.layers,
            parameters=number(totals.parameters),
            operations=number(totals.operations),
            unit=UNITS[report.convention],
            convention=report.convention,
        ),
        _("activations {sum}, at most {peak} at once; weights {weights} ({dtype}, batch {batch})").format(
            sum=byte_text(totals.activation_bytes),
            peak=byte_text(totals.peak_activation_bytes),
            weights=byte_text(totals.weight_bytes),
            dtype=report.dtype,
            batch=report.batch,
        ),
        state,
    ]
    if totals.buffers:
        lines.insert(1, _("{buffers} values of running statistics beside them").format(buffers=number(totals.buffers)))
    return tuple(lines)
