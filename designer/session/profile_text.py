"""Where the time of a run went, as a table for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from designer.engine.profile import RunProfile
from designer.layer_api.problems import printable
from designer.session.profile_table import columns, total_text

WIDTH = 100_000
"""Columns: nothing is cut, whatever the names."""

COLUMNS = ("id", "algorithm", "time", "speed", "share")


def profile_lines(profile: RunProfile) -> list[str]:
    """A line for each step, aligned, and the totals."""
    shown = [column for column in columns(profile) if column.key in COLUMNS]
    table = Table(box=None, pad_edge=False)
    for column in shown:
        table.add_column(column.title, justify="right" if column.numeric else "left", no_wrap=True)
    for step in profile.steps:
        table.add_row(*(printable(column.text(step)) for column in shown))
    console = Console(width=WIDTH, highlight=False, markup=False, emoji=False, color_system=None)
    with console.capture() as captured:
        console.print(table)
    return [*(line.rstrip() for line in captured.get().splitlines()), total_text(profile)]
