"""A window that edits by itself until it is killed, and tells of every edit: ``python -m tests.helpers.editing FILE``.

The n-th edit names the design n, so what is on disk says how many edits it holds. Now and then it saves, takes a step
back, or gives a layer other weights.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer

from designer import app
from designer.graph.compound_edits import Several
from designer.graph.edits import SetName, SetParameters, SetWeights
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.main_window import MainWindow

REST_MS, MOST_MS = 40, 160
"""A twenty-fifth of what a user has, so that a second of editing has some ten copies."""


class Editing:
    """Edits of a window, as many as the event loop lets through."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        self.window, self.count, self.random = window, 0, random.Random(seed)
        self.timer = QTimer(window)  # its connection keeps this object
        self.timer.timeout.connect(self.edit)
        window.files.adopted.connect(lambda: self.timer.start(0))

    def edit(self) -> None:
        """Make the next edit and tell of it; nothing is told of what has not been done."""
        if not self.window.isVisible():
            return
        self.count += 1
        session, draw = self.window.session, self.random.random()
        if draw < 0.05:
            session.undo()
        edits = [SetName(str(self.count)), SetParameters("conv1", {"filters": 1 + self.count % 50})]
        if draw > 0.98:
            edits.append(SetWeights({"conv2": {"bias": np.full(16, self.count)}}))
        assert session.do(Several(edits, "an edit"))
        sys.stdout.write(f"{self.count} {time.monotonic()}\n")
        sys.stdout.flush()
        if 0.5 < draw < 0.52 and not self.window.tasks.active:
            self.window.files.save()


def main(file: str, seed: str) -> int:
    """Open the file and edit it for ever."""
    application = app.make_application()
    window = MainWindow(Bridge(Session()))
    window.worker.automatic = False
    window.autosave.set_intervals(REST_MS, MOST_MS)
    Editing(window, int(seed))
    with app._survive(application, window):
        window.show()
        window.files.open_path(Path(file))
        return application.exec()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
