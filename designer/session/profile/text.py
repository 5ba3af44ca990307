"""Where the time of a run went, as a table for the terminal."""

from __future__ import annotations

from designer.engine.execute.profile import RunProfile
from designer.layer_api.problems import printable
from designer.session.profile.table import columns, total_text
from designer.session.text_table import table_lines

COLUMNS = ("id", "algorithm", "time", "speed", "share")


def profile_lines(profile: RunProfile) -> list[str]:
    """A line for each step, aligned, and the totals."""
    shown = [column for column in columns(profile) if column.key in COLUMNS]
    rows = [[column.title for column in shown]]
    rows += [[printable(column.text(step)) for column in shown] for step in profile.steps]
    return [*table_lines(rows, [column.numeric for column in shown]), total_text(profile)]
