"""Which core each thread computes on, where the system lets a program say so (Linux).

Left to themselves, a thread and the helper it wakes may share one core for some fifty milliseconds while another is
idle: all the time that a run after an edit takes. So while kernels share their work, each thread has its own core.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable

Mask = frozenset[int]


class Cores:
    """The cores of this process, handed out to its threads."""

    def __init__(self) -> None:
        self._all = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
        self._lock = threading.Lock()
        self._taken = False

    def place_helper(self, number: int) -> None:
        """Keep the calling thread, the helper of this number (from 0), on a core of its own."""
        if len(self._all) > 1:
            _restrict((self._all[1 + number % (len(self._all) - 1)],))

    def place_caller(self) -> Mask | None:
        """Keep the calling thread on the core that no helper has.

        Returns
        -------
        Where it might compute before, for `release_caller`; None where nothing was changed: one caller has the core.
        """
        if len(self._all) < 2:
            return None
        with self._lock:
            if self._taken:
                return None
            self._taken = True
        before = frozenset(os.sched_getaffinity(0))
        _restrict(self._all[:1])
        return before

    def release_caller(self, before: Mask) -> None:
        """Let the calling thread compute where it might before."""
        _restrict(before)
        with self._lock:
            self._taken = False


def _restrict(cores: Iterable[int]) -> None:
    # A core may have been taken from the process since: it then computes wherever it may.
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, cores)
