"""Worker threads that wait for work: woken in a fifth of the time that an executor with its queue takes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count

import numpy as np


class WorkerPool:
    """The worker threads of a process. Calls that overlap in time get different ones.

    A KeyboardInterrupt can come between any two steps, and may leave a worker that is never called again: a thread that
    sleeps. It counts for nothing, so that there are always as many others.

    Parameters
    ----------
    most
        Workers that are busy at a time.
    name
        What their threads are called.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most, self._name = most, name
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._numbers = count(1)
        self._lock = threading.Lock()

    def work(self, share: Callable[[], None], own: Callable[[], None], wanted: int) -> None:
        """Call `own` here and `share` in up to `wanted` workers; return when all of them are done.

        They do one job together: once `own` returns, workers that have not begun are not waited for.

        Raises
        ------
        BaseException
            What `own` raised, or else one of the workers.
        """
        workers = self._take(wanted)
        try:
            for worker in workers:
                worker.start(share)
            own()
        finally:
            errors = self._gather(workers)
        for error in errors:
            raise error

    def dismiss(self) -> None:
        """End the idle threads; busy ones end with the process."""
        with self._lock:
            idle, self._idle, self._numbers = self._idle, [], count(1)
        for worker in idle:
            worker.dismiss()
        for worker in idle:
            worker.join()

    def _take(self, wanted: int) -> list[_Worker]:
        """Return idle workers: fewer than wanted where the others are busy, and the caller does the rest itself."""
        with self._lock:
            wanted = min(wanted, self._most - len(self._busy))
            taken = [self._idle.pop() for _ in range(min(wanted, len(self._idle)))]
            while len(taken) < wanted:
                taken.append(_Worker(f"{self._name}-{next(self._numbers)}", self._busy))
        return taken

    def _gather(self, workers: list[_Worker]) -> list[BaseException]:
        """Wait for the workers that have begun, and return what they raised; recall the others."""
        errors, waiting = [], [worker for worker in workers if not worker.recall()]
        try:
            while waiting:
                error = waiting[-1].wait()
                waiting.pop()
                if error is not None:
                    errors.append(error)
        finally:
            # A KeyboardInterrupt may end the waiting: a worker that was not waited for is never called again.
            for worker in waiting:
                worker.retire()
            with self._lock:
                self._idle.extend(worker for worker in workers if worker not in waiting)
        return errors


class _Worker:
    """A thread that does one piece of work at a time, handed over by two locks."""

    def __init__(self, name: str, busy: set[_Worker]) -> None:
        self._busy = busy
        self._work: Callable[[], None] | None = None
        self._error: BaseException | None = None
        self._retired = False
        self._called, self._done = threading.Lock(), threading.Lock()
        self._called.acquire()
        self._done.acquire()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def start(self, work: Callable[[], None]) -> None:
        """Wake the thread for a piece of work."""
        self._work = work
        self._called.release()

    def recall(self) -> bool:
        """Take the work back if it has not begun, and tell whether that was so."""
        if not self._called.acquire(blocking=False):
            return False
        self._work = None
        return True

    def wait(self) -> BaseException | None:
        """Wait until the work is done, and return what it raised."""
        self._done.acquire()
        error, self._error = self._error, None
        return error

    def retire(self) -> None:
        """Let the thread end after what it is doing now; another may work in its place meanwhile."""
        self._retired = True
        self._busy.discard(self)

    def dismiss(self) -> None:
        """End the thread, which is idle."""
        self._called.release()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _serve(self) -> None:
        with np.errstate(all="ignore"):  # NumPy's setting is one of the thread, and ends with it
            while True:
                self._called.acquire()
                work, self._work = self._work, None
                if work is None:
                    return
                self._busy.add(self)
                try:
                    work()
                except BaseException as error:  # noqa: BLE001  (raised again by the thread that waits)
                    self._error = error
                del work  # keep no array alive
                self._busy.discard(self)
                self._done.release()
                if self._retired:
                    return
