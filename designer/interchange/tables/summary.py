"""The summary as a table: one row per layer, for the window, for spreadsheets (CSV) and for documents (Markdown)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from designer.analysis.conventions import CONVENTIONS
from designer.analysis.report import LayerReport, ReceptiveField, Report
from designer.i18n import N_, _
from designer.interchange.tables.columns import UNKNOWN, Column, csv_table, markdown_table, text_column, total_texts
from designer.layer_api.geometry import axes_text, shape_text
from designer.layer_api.quantities import SPACE, byte_text, number
from designer.layer_api.registry import layer_class

OPERATION_TITLES: Mapping[str, str] = {
    "torchvision": N_("MACs"),
    "flops": N_("FLOPs (2 × MACs)"),
    "tf-slim": N_("FLOPs (TF-Slim)"),
}
"""Column title by convention."""

LayerColumn = Column[LayerReport, Report]


def columns(report: Report) -> tuple[LayerColumn, ...]:
    """The columns people read, in order; the one of operations is named after the report's convention."""
    return (
        text_column(
            "id", _("Layer"), _("Name of the layer, in execution order."), lambda layer: layer.id, total=_total_title
        ),
        text_column("kind", _("Kind"), _("What the layer does."), kind_label, total=status_text),
        Column(
            "output",
            _("Output"),
            _("Shape of the output: channels × height × width, without the batch."),
            value=lambda layer: layer.output_shape,
            text=lambda layer: UNKNOWN if layer.output_shape is None else shape_text(layer.output_shape),
        ),
        _count("parameters", _("Parameters"), _("Learned values."), "parameters", number),
        _count(
            "operations",
            _(OPERATION_TITLES[report.convention]),
            _("Operations of one pass, counted as {convention}.").format(convention=_(CONVENTIONS[report.convention])),
            "operations",
            number,
        ),
        _count(
            "memory",
            _("Memory"),
            _("Size of the output as {dtype}, batch of {batch}. The total is the sum; the peak is lower.").format(
                dtype=report.dtype, batch=report.batch
            ),
            "activation_bytes",
            byte_text,
        ),
        Column(
            "receptive_field",
            _("Receptive field"),
            _("Pixels of the image that one output cell sees: height × width."),
            value=lambda layer: None if layer.receptive_field is None else layer.receptive_field.size,
            text=lambda layer: receptive_field_text(layer.receptive_field),
            short_title=_("Field"),
        ),
        text_column("problem", _("Problem"), _("What keeps the layer from being counted."), problem_text),
    )


def _count(key: str, title: str, explanation: str, attribute: str, write: Callable[[int], str]) -> LayerColumn:
    """A column of a number that is summed up."""

    def value(layer: LayerReport) -> int | None:
        return None if layer.output_shape is None else int(getattr(layer, attribute))

    def text(layer: LayerReport) -> str:
        return UNKNOWN if layer.output_shape is None else write(int(getattr(layer, attribute)))

    def total(report: Report) -> str:
        bound = "" if report.complete else "≥" + SPACE
        return bound + write(int(getattr(report.totals, attribute)))

    return Column(key, title, explanation, value, text, total)


def _total_title(report: Report) -> str:
    del report
    return _("Total")


def kind_label(layer: LayerReport) -> str:
    """The layer's kind as the palette writes it, translated."""
    return _(layer_class(layer.kind).label)


def status_text(report: Report) -> str:
    """Whether the totals are exact."""
    return _("complete") if report.complete else _("partial: lower bound")


def receptive_field_text(field: ReceptiveField | None) -> str:
    """``5×5``; with ``~`` where the paths that meet are not aligned."""
    if field is None:
        return UNKNOWN
    return ("" if field.aligned else "~" + SPACE) + axes_text(field.size)


def problem_text(layer: LayerReport) -> str:
    """The problem in words, or that the layer waits for another; empty where all is well."""
    if layer.problem is not None:
        return layer.problem.message
    return _("waits for a layer before it") if layer.waiting else ""


def rows(report: Report) -> tuple[tuple[str, ...], ...]:
    """One row of texts per layer, in execution order and in the order of :func:`columns`."""
    shown = columns(report)
    return tuple(tuple(column.text(layer) for column in shown) for layer in report.layers.values())


def total_row(report: Report) -> tuple[str, ...]:
    """The sums, in the order of :func:`columns`; ``≥`` marks a lower bound."""
    return total_texts(columns(report), report)


def to_markdown(report: Report) -> str:
    """A Markdown table with numbers to the right and the totals last, and a line that says how it was counted."""
    lines = markdown_table(columns(report), report.layers.values(), report)
    return "\n".join([*lines, "", counted_as(report), ""])


def counted_as(report: Report) -> str:
    """Name, convention, data type, batch and status in one line."""
    return _("{name}: {convention}; {dtype}, batch {batch}; {status}; peak activation memory {peak}").format(
        name=report.name,
        convention=_(CONVENTIONS[report.convention]),
        dtype=report.dtype,
        batch=report.batch,
        status=status_text(report),
        peak=byte_text(report.totals.peak_activation_bytes),
    )


CSV_COLUMNS = (
    "id",
    "kind",
    "inputs",
    "output_shape",
    "parameters",
    "buffers",
    "macs",
    "operations",
    "activation_bytes",
    "weight_bytes",
    "receptive_field_size",
    "receptive_field_stride",
    "receptive_field_start",
    "problem",
)
"""Names as in the summary's JSON; numbers plain, so that a spreadsheet counts on."""


def to_csv(report: Report) -> str:
    """Comma-separated values (RFC 4180, lines end in a line feed): a header and one line per layer."""
    return csv_table(CSV_COLUMNS, (_csv_row(layer) for layer in report.to_json()["layers"]))


def _csv_row(layer: Mapping[str, Any]) -> list[object]:
    field = layer["receptive_field"] or {"size": None, "stride": None, "start": None}
    known = layer["output_shape"] is not None
    counts = ("parameters", "buffers", "macs", "operations", "activation_bytes", "weight_bytes")
    return [
        layer["id"],
        layer["kind"],
        " ".join(source or "" for source in layer["inputs"]),
        _joined(layer["output_shape"], "x"),
        *(layer[name] if known else "" for name in counts),
        _joined(field["size"], "x"),
        _joined(field["stride"], "x"),
        _joined(field["start"], " "),
        layer["problem"] or "",
    ]


def _joined(values: list[int] | None, separator: str) -> str:
    return "" if values is None else separator.join(str(value) for value in values)
