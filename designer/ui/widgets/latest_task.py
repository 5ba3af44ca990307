"""Arithmetic that is too long for a repaint, in another thread; only the latest answer counts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot

KeepOn = Callable[[], bool]


class _Teller(QObject):
    told = Signal(object, object)


class LatestTask(QObject):
    """Runs one pure function at a time; starting another makes the answer of the one before stale.

    Signals
    -------
    done(object)
        The answer of the function started last, in the thread of this object.
    """

    done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stop: threading.Event | None = None

    @property
    def running(self) -> bool:
        """Whether an answer is awaited."""
        return self._stop is not None

    def start(self, function: Callable[[KeepOn], Any]) -> None:
        """Call ``function(keep_on)`` in a thread; it should return soon after ``keep_on()`` says no, and not raise."""
        self.cancel()
        stop = self._stop = threading.Event()
        # Without a parent and held by the task alone: it outlives this object, whose connections Qt cuts.
        teller = _Teller()
        teller.told.connect(self._take)

        def run() -> None:
            answer = function(lambda: not stop.is_set())
            if not stop.is_set():
                teller.told.emit(stop, answer)

        QThreadPool.globalInstance().start(run)

    def cancel(self) -> None:
        """Forget the one that runs."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None

    @Slot(object, object)
    def _take(self, stop: threading.Event, answer: Any) -> None:
        if stop is self._stop:
            self._stop = None
            self.done.emit(answer)
