"""A design held against budgets: what ``netdraft check`` prints."""

from __future__ import annotations

from collections.abc import Mapping

from designer.analysis.report import Report
from designer.analysis.uncounted import uncounted_lines
from designer.i18n import _
from designer.layer_api.quantities import byte_text, number


def budget_lines(report: Report, budgets: Mapping[str, int | None]) -> tuple[list[str], bool]:
    """A line for every budget (``parameters``, ``macs``, ``memory`` in bytes; None: no limit), and whether all hold.

    A design that could not be counted whole does not pass: its totals are lower bounds.
    """
    totals = report.totals
    memory = totals.weight_bytes + totals.peak_activation_bytes
    found = {
        "parameters": (_("parameters"), totals.parameters, number),
        "macs": (_("multiply-adds"), totals.macs, number),
        "memory": (_("memory (weights and peak of the activations)"), memory, byte_text),
    }
    lines, passed = [], True
    for key, (label, value, text) in found.items():
        limit = budgets.get(key)
        if limit is None:
            lines.append(f"{label}: {text(value)}")
            continue
        holds = value <= limit
        passed = passed and holds
        verdict = _("within {limit}") if holds else _("over the budget of {limit}")
        lines.append(f"{label}: {text(value)}, {verdict.format(limit=text(limit))}")
    lines.extend(uncounted_lines(report))
    if not report.complete:
        lines.append(_("partial: not every layer could be counted, so the totals are lower bounds"))
    return lines, passed and report.complete
