"""Threads that wait for work: woken in a fifth of the time that an executor with its queue takes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count

import numpy as np


class Crew:
    """The helpers of a process. Calls that overlap in time get different ones.

    An interrupt from the keyboard can come between any two steps, and may leave a helper that is never called again:
    a thread that sleeps. It counts for nothing, so that there are always as many others.

    Parameters
    ----------
    most
        Helpers at work at a time.
    name
        What their threads are called.
    begin
        Called by each of them with its number when it begins.
    """

    def __init__(self, most: int, name: str, begin: Callable[[int], object] = lambda _number: None) -> None:
        self._most, self._name, self._begin = most, name, begin
        self._idle: list[_Hand] = []
        self._at_work: set[_Hand] = set()
        self._numbers = count()
        self._lock = threading.Lock()

    def work(self, help_: Callable[[], None], own: Callable[[], None], wanted: int) -> None:
        """Call `own` here and `help_` in up to `wanted` other threads; return when all of them are done.

        They share one work: when `own` is done with it, helpers who have not begun yet are not needed any more.

        Raises
        ------
        BaseException
            What `own` raised, or else one of the helpers.
        """
        helpers = self._take(wanted)
        try:
            for helper in helpers:
                helper.start(help_)
            own()
        finally:
            errors = self._gather(helpers)
        for error in errors:
            raise error

    def together(
        self, parts: Sequence[Callable[[], None]], own: Callable[[], None], give_up: Callable[[], None]
    ) -> bool:
        """Call `own` here and each of the others in a thread of its own; return when all of them are done.

        They may wait for each other: nothing is called, and the answer is False, where there are not enough helpers;
        and where `own` fails, or an interrupt comes before it begins, `give_up` is to let the others through.

        Raises
        ------
        BaseException
            What `own` raised, or else one of the others.
        """
        helpers = self._take(len(parts))
        if len(helpers) < len(parts):
            with self._lock:
                self._idle.extend(helpers)
            return False
        try:
            for helper, part in zip(helpers, parts, strict=True):
                helper.start(part)
            own()
        except BaseException:
            give_up()
            raise
        finally:
            errors = self._gather(helpers)
        for error in errors:
            raise error
        return True

    def dismiss(self) -> None:
        """End the threads that have nothing to do; those at work end with the process."""
        with self._lock:
            idle, self._idle, self._numbers = self._idle, [], count()
        for helper in idle:
            helper.dismiss()
        for helper in idle:
            helper.join()

    def _take(self, wanted: int) -> list[_Hand]:
        """Return idle helpers: fewer than wanted when the others are busy, the caller then does the rest itself."""
        with self._lock:
            wanted = min(wanted, self._most - len(self._at_work))
            taken = [self._idle.pop() for _ in range(min(wanted, len(self._idle)))]
            while len(taken) < wanted:
                number = next(self._numbers)
                taken.append(_Hand(f"{self._name}-{number + 1}", partial(self._begin, number), self._at_work))
        return taken

    def _gather(self, helpers: list[_Hand]) -> list[BaseException]:
        """Wait for helpers at work, and return what they raised; who has not begun yet is not needed any more."""
        errors, waiting = [], [helper for helper in helpers if not helper.recall()]
        try:
            while waiting:
                error = waiting[-1].wait()
                waiting.pop()
                if error is not None:
                    errors.append(error)
        finally:
            # An interrupt from the keyboard may end the waiting: who has not been met is never called again.
            for helper in waiting:
                helper.retire()
            with self._lock:
                self._idle.extend(helper for helper in helpers if helper not in waiting)
        return errors


class _Hand:
    """A thread that does one piece of work at a time, handed over by two locks."""

    def __init__(self, name: str, begin: Callable[[], object], at_work: set[_Hand]) -> None:
        self._begin, self._at_work = begin, at_work
        self._work: Callable[[], None] | None = None
        self._error: BaseException | None = None
        self._retired = False
        self._called, self._done = threading.Lock(), threading.Lock()
        self._called.acquire()
        self._done.acquire()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def start(self, work: Callable[[], None]) -> None:
        """Begin."""
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
        self._at_work.discard(self)

    def dismiss(self) -> None:
        """End the thread, which has nothing to do."""
        self._called.release()

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _serve(self) -> None:
        self._begin()
        with np.errstate(all="ignore"):  # it holds for one thread
            while True:
                self._called.acquire()
                work, self._work = self._work, None
                if work is None:
                    return
                self._at_work.add(self)
                try:
                    work()
                except BaseException as error:  # noqa: BLE001  (raised again by whoever waits)
                    self._error = error
                del work  # keep no array alive
                self._at_work.discard(self)
                self._done.release()
                if self._retired:
                    return
