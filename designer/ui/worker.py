"""Threads of the window: the engine's run, and reading and writing files. Everything comes back in the UI thread."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import attrs
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QThreadPool, QTimer, Signal

from designer.engine.execute.runner import LayerStarted
from designer.i18n import _
from designer.kernels.runtime.threads import checkpoint_scope
from designer.session.runs import Job, JobEvent, LayerProgress, RunEnded
from designer.ui.bridge import Bridge

Result = TypeVar("Result")

REST_MS = 120
"""Time without a further edit before a run starts: it feels immediate, and is longer than between two keystrokes."""

BATCH_MS = 30
"""Shortest time between two batches of events handed to the views."""

STEP_MS = 8
"""How long the views may be busy with one batch before the window gets its turn."""

ENGINE_NICENESS = 5

_log = logging.getLogger(__name__)


class Worker(QObject):
    """Runs the session's jobs, one at a time, off the UI thread; the latest wins.

    Parameters
    ----------
    bridge
        A run starts when ``run_wanted`` has been silent for ``REST_MS``, unless :attr:`automatic` is off.

    Signals: ``ended()`` when the latest run is over and the views know all of it.
    """

    ended = Signal()
    _told = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._session = bridge, bridge.session
        self.automatic = True
        self._pool = _OneThread(self)
        self._events = _EventQueue(self._told.emit)
        self._waiting: deque[tuple[Job, JobEvent]] = deque()
        self._rest = _single_shot(self, REST_MS, self.run_now)
        self._next_batch = _single_shot(self, BATCH_MS, self._take_batch)
        self._since_batch = QElapsedTimer()
        self._since_batch.start()
        self._closed = False
        self._told.connect(self._events_came, Qt.ConnectionType.QueuedConnection)
        bridge.run_wanted.connect(self._run_wanted)

    def _run_wanted(self) -> None:
        if self.automatic and not self._closed:
            self._rest.start()

    def run_now(self) -> None:
        """Start a run at once."""
        self._rest.stop()
        if self._closed:
            return
        job = self._session.start_job()
        # Whatever still waits for the thread has been cancelled by start_job().
        self._pool.forget_waiting()
        if job is not None:
            self._pool.then(lambda: self._events.run(job))

    def stop(self) -> None:
        """Cancel the run, and the one that was about to start."""
        self._rest.stop()
        self._session.cancel_run()

    def close(self) -> None:
        """Cancel, and wait until the thread is idle; afterwards nothing starts any more."""
        self._closed = True
        self.stop()
        self._pool.forget_waiting()
        self._pool.waitForDone()
        self._next_batch.stop()
        self._waiting.clear()

    def _events_came(self) -> None:
        """Batches keep a distance: a network of 500 layers must not flood the window with 1000 repaints."""
        if not self._closed and not self._next_batch.isActive():
            self._next_batch.start(max(0, BATCH_MS - self._since_batch.elapsed()))

    def _take_batch(self) -> None:
        self._waiting.extend(self._events.fetch())
        clock = QElapsedTimer()
        clock.start()
        while self._waiting:
            job, event = self._waiting.popleft()
            # Only the last word about progress is worth showing.
            if isinstance(event, LayerStarted | LayerProgress) and self._more_progress_waits():
                continue
            self._session.take(job, event)
            if isinstance(event, RunEnded) and not self._session.run_state.running:
                self.ended.emit()
            if clock.elapsed() >= STEP_MS:
                break
        self._since_batch.restart()
        if self._waiting:
            self._next_batch.start(1)

    def _more_progress_waits(self) -> bool:
        return any(isinstance(event, LayerStarted | LayerProgress | RunEnded) for _job, event in self._waiting)


class _OneThread(QThreadPool):
    """Functions run one after the other in a thread of their own.

    Those that wait are kept here and not by Qt: in PySide6 6.11 ``QThreadPool.clear()`` never gives up the functions it
    drops, and a job holds a design, a picture and maps.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.setMaxThreadCount(1)
        self._functions: deque[Callable[[], None]] = deque()

    def then(self, function: Callable[[], None]) -> None:
        """Run a function after those that wait already."""
        self._functions.append(function)
        self.start(self._next)

    def forget_waiting(self) -> None:
        """Those that have not begun never will."""
        self._functions.clear()

    def _next(self) -> None:
        try:
            function = self._functions.popleft()
        except IndexError:
            return  # it was forgotten
        function()


class _EventQueue:
    """What the running thread has told and the UI thread has not yet fetched."""

    def __init__(self, notify: Callable[[], None]) -> None:
        self._notify = notify
        self._events: list[tuple[Job, JobEvent]] = []
        self._lock = threading.Lock()

    def run(self, job: Job) -> None:
        """Run a job in this thread, and keep what it tells."""

        def tell(event: JobEvent) -> None:
            with self._lock:
                first = not self._events
                self._events.append((job, event))
            if first:
                self._notify()

        _let_the_window_go_first()
        try:
            job.run(tell)
        except Exception as error:  # noqa: BLE001
            # A defect in a layer must neither end the program nor leave the status bar "running" for ever.
            _log.exception("the run failed")
            tell(RunEnded(problem=_("the run failed: {reason}").format(reason=repr(error))))

    def fetch(self) -> list[tuple[Job, JobEvent]]:
        """Take everything out."""
        with self._lock:
            events, self._events = self._events, []
        return events


@attrs.define(eq=False)
class Task:
    """One function at work in the background.

    Parameters
    ----------
    label
        What it does: "Opening cat.jpg".
    writes
        Whether a file of the user's is to come of it: the window does not close before it has.
    fraction
        How much of it is done, 0 to 1; None as long as it has not said.
    """

    label: str
    function: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[Exception], None]
    writes: bool = False
    stopped: threading.Event = attrs.field(factory=threading.Event)
    fraction: float | None = None

    def checkpoint(self, fraction: float) -> None:
        """Note how far the function is, and end it where it has been cancelled: it calls this as it goes on."""
        if self.stopped.is_set():
            raise TaskStopped
        self.fraction = max(fraction, self.fraction or 0.0)


class TaskStopped(Exception):
    """The user no longer wants what a task would bring."""


class BackgroundTasks(QObject):
    """Functions of snapshots, run one after the other off the UI thread: opening, saving, exporting.

    Signals: ``changed()`` when :attr:`active` has.
    """

    changed = Signal()
    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = _OneThread(self)
        self.active: tuple[Task, ...] = ()
        self._finished.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def start(
        self,
        function: Callable[[], Result],
        done: Callable[[Result], None],
        failed: Callable[[Exception], None],
        label: str,
        *,
        writes: bool = False,
    ) -> Task:
        """Run ``function()`` in the background, then ``done(result)`` or ``failed(exception)`` in the UI thread."""
        task = Task(label, function, done, failed, writes)
        self.active = (*self.active, task)
        self.changed.emit()
        self._pool.then(lambda: self._run(task))
        return task

    def cancel(self, task: Task) -> None:
        """Stop a task at its next checkpoint: nothing more is heard of it. What it has written whole stays written."""
        if task in self.active:
            task.stopped.set()
            self.active = tuple(other for other in self.active if other is not task)
            self.changed.emit()

    @property
    def writing(self) -> tuple[Task, ...]:
        """The tasks of which a file of the user's is to come."""
        return tuple(task for task in self.active if task.writes)

    def close(self) -> None:
        """Write what is to be written, to the end; forget everything else."""
        for task in self.active:
            if not task.writes:
                self.cancel(task)
        if not self.writing:
            self._pool.forget_waiting()
        self._pool.waitForDone()

    def _run(self, task: Task) -> None:
        if task.stopped.is_set():
            return
        try:
            with checkpoint_scope(task.checkpoint):
                outcome: tuple[Any, Exception | None] = (task.function(), None)
        except Exception as error:  # noqa: BLE001
            # What is the user's is told by failed(); what is a defect can be looked up in the log.
            _log.debug("%s failed", task.label, exc_info=True)
            outcome = (None, error)
        # Where the window was destroyed meanwhile nobody is left to be told.
        with suppress(RuntimeError):
            self._finished.emit((task, *outcome))

    def _take(self, finished: tuple[Task, Any, Exception | None]) -> None:
        task, result, error = finished
        if task not in self.active:
            return
        self.cancel(task)
        if error is not None:
            task.failed(error)
        else:
            task.done(result)


def _let_the_window_go_first() -> None:
    """Give this thread, and the kernel threads it starts, less of a busy processor than the window gets.

    Only Linux has a niceness for each thread; elsewhere it belongs to the process, or Qt's priorities work.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), ENGINE_NICENESS)


def _single_shot(parent: QObject, interval: int, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(interval)
    timer.timeout.connect(slot)
    return timer
