"""Why totals are lower bounds, in words."""

from __future__ import annotations

from designer.analysis.report import Report
from designer.i18n import ngettext
from designer.layer_api.problems import printable
from designer.layer_api.quantities import number

FEW = 3
"""Problems told in a tooltip: the panel of problems has all of them."""


def uncounted_lines(report: Report, most: int | None = None) -> list[str]:
    """What the totals miss: a line for each layer with a problem, ``most`` of them, and how many wait for those.

    Empty where the report is complete.
    """
    if report.complete:
        # Known of a report once it was asked; several views ask after every edit, of ten thousand layers too.
        return []
    shown = report.problems[:most]
    lines = [f"{layer.id}: {printable(layer.problem.message)}" for layer in shown if layer.problem is not None]
    more = len(report.problems) - len(shown)
    if more:
        lines.append(
            ngettext("{count} more layer with a problem", "{count} more layers with a problem", more).format(
                count=number(more)
            )
        )
    waiting = sum(layer.waiting for layer in report.layers.values())
    if waiting:
        lines.append(
            ngettext(
                "{count} layer that waits for a layer before it",
                "{count} layers that wait for a layer before them",
                waiting,
            ).format(count=number(waiting))
        )
    return lines
