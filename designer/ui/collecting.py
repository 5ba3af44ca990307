"""Python's full search for cycles of garbage, kept out of what the user does.

Among the objects of a design of 10,000 layers a full search takes 0.1 s, and Python makes one in the middle of an edit
or a repaint, whenever enough objects have come. The searches among new objects take a millisecond and stay as they are.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 1_000
"""Between two looks whether there is something to do, and a moment to do it in."""

AT_REST = 0.05
"""Share of the time between two looks that a processor may have been busy: with the window, the engine, a layout."""

DUE, OVERDUE = 10, 1_000
"""Searches among new objects before a full one: as Python has it, and without waiting any longer. Between two of them
7,000 objects come; a layout of 10,000 layers makes a hundred, and hardly any object of it stays."""

NEVER = 2**30


class IdleCollection(QObject):
    """Makes full searches when the program has had nothing to do for a second; for as long as it lives."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        young, middle, old = gc.get_threshold()
        gc.set_threshold(young, middle, NEVER)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self._worked = time.process_time()
        # What lets the thresholds go must not keep this alive.
        self.destroyed.connect(lambda: gc.set_threshold(young, middle, old))

    def look(self) -> None:
        """Search, where it is due and no thread has been busy since the last look."""
        before, self._worked = self._worked, time.process_time()
        waiting = gc.get_count()[2]
        idle = self._worked - before < AT_REST * LOOK_MS / 1000
        if waiting > OVERDUE or (waiting > DUE and idle):
            gc.collect()
            self._worked = time.process_time()
