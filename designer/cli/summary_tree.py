"""The summary as a tree: groups with their subtotals, opened down to a level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from designer.analysis.groups import GroupReport, tree
from designer.analysis.report import LayerReport, Report
from designer.graph.groups import Grouping
from designer.i18n import ngettext
from designer.layer_api.geometry import shape_text
from designer.layer_api.quantities import SPACE, byte_text, number

INDENT = "  "

Row = tuple[str, ...]


def tree_rows(
    report: Report,
    groups: Mapping[str, GroupReport],
    grouping: Grouping,
    depth: int,
    layer_row: Callable[[LayerReport], Row],
) -> Iterator[Row]:
    """One row for each layer and group down to level ``depth``; 1 shows what is outermost. In execution order.

    A group stands where its first layer is.
    """
    inside = tree(report.layers, grouping)

    def rows(outer: str | None, level: int) -> Iterator[Row]:
        for entry in inside[outer]:
            if entry.is_group:
                yield _indented(_group_row(groups[entry.name]), level)
                if level + 1 < depth:
                    yield from rows(entry.name, level + 1)
            else:
                yield _indented(layer_row(report.layers[entry.name]), level)

    return rows(None, 0)


def _indented(row: Row, level: int) -> Row:
    return INDENT * level + row[0], *row[1:]


def _group_row(group: GroupReport) -> Row:
    bound = "" if group.complete else "≥" + SPACE
    shapes = [shape_text(shape) for shape in group.output_shapes if shape is not None]
    return (
        group.name,
        ngettext("{count} layer", "{count} layers", group.layers).format(count=number(group.layers)),
        ", ".join(dict.fromkeys(shapes)),
        bound + number(group.parameters),
        bound + number(group.operations),
        bound + byte_text(group.activation_bytes),
        "",
    )
