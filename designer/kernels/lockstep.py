"""Threads that go through the same works, each through its own share, and wait for each other in between."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from itertools import count

from designer.kernels.calls import Call, perform
from designer.kernels.threads import run_together

Work = Sequence[Sequence[Call]]
"""Lists of calls that may be performed side by side."""


class Lockstep:
    """Works, one after the other, as often as they are wanted.

    Handing each work to other threads would take two wake-ups: of them, and of the one that waits for them. Here
    whoever is done last goes on at once and wakes the others, so that nobody but these waits for a wake-up; and does
    before that what is to be done by one thread alone.

    Parameters
    ----------
    works
        Those with one list are done by one thread alone.
    """

    def __init__(self, works: Sequence[Work]) -> None:
        self._size = max(map(len, works), default=1)
        self._rounds: list[tuple[list[Call], Work]] = []
        alone: list[Call] = []
        for work in works:
            if len(work) == 1:
                alone += work[0]
            else:
                self._rounds.append((alone, [*work, *[[]] * (self._size - len(work))]))
                alone = []
        self._rest = alone
        self._arrivals = count()
        self._gates = [threading.Lock() for _thread in range(self._size)]
        for gate in self._gates:
            gate.acquire()
        self._failed = False

    def run(self) -> None:
        """Do the works.

        Raises
        ------
        RuntimeError
            They have failed before: somebody may still be writing where they write.
        """
        if self._failed:
            raise RuntimeError("works that have failed once cannot be done again")
        threads = [partial(self._go, index) for index in range(self._size)]
        if self._size > 1 and run_together(threads, self._give_up):
            return
        # No other thread is free.
        for alone, work in self._rounds:
            perform(alone)
            for calls in work:
                perform(calls)
        perform(self._rest)

    def _go(self, index: int) -> None:
        """Go through all works as the thread of this number."""
        try:
            for alone, work in self._rounds:
                self._meet(index, alone)
                if self._failed:
                    return
                perform(work[index])
            self._meet(index, self._rest)
        except BaseException:
            self._give_up()
            raise

    def _meet(self, index: int, alone: Sequence[Call]) -> None:
        """Wait for the others; the last to come does what one thread does alone, and lets them through."""
        if next(self._arrivals) % self._size == self._size - 1:
            if not self._failed:
                perform(alone)
            for other, gate in enumerate(self._gates):
                if other != index and not self._failed:
                    gate.release()
        elif not self._failed:
            self._gates[index].acquire()

    def _give_up(self) -> None:
        """Let whoever waits, or comes to wait, through, to leave."""
        self._failed = True
        for gate in self._gates:
            if gate.locked():
                gate.release()
