"""How far a command is, on a terminal: what is being made and a bar, gone when all is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from designer.engine.execute.runner import Progress as Told
from designer.engine.execute.runner import ignore_progress
from designer.layer_api.problems import printable


@contextmanager
def shown_progress() -> Iterator[Told]:
    """What is told of progress is shown on standard error where that is a terminal, and nowhere else."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield ignore_progress
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    # Lines on standard output go above the bar where both are on one terminal, and past it where they are not.
    both = sys.stdout is not None and sys.stdout.isatty()
    bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=both, redirect_stderr=False)
    with bar:
        task = bar.add_task("", total=1.0)

        def show(what: str, fraction: float) -> None:
            bar.update(task, description=escape(printable(what)), completed=fraction)

        yield show
