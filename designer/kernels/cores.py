"""Which core each thread computes on, where the system lets a program say so (Linux).

Left to themselves, a thread and the helper it wakes may share one core for some fifty milliseconds while another is
idle: all the time that a run after an edit takes. So while kernels share their work, each thread has its own core.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable


class Cores:
    """The cores of this process, handed out to its threads."""

    def __init__(self) -> None:
        self._all = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
        self._lock = threading.Lock()
        self._caller: int | None = None
        self._before: set[int] = set()

    def place_helper(self, number: int) -> None:
        """Keep the calling thread, the helper of this number (from 0), on a core of its own."""
        if len(self._all) > 1:
            _restrict((self._all[1 + number % (len(self._all) - 1)],))

    def place_caller(self) -> None:
        """Keep the calling thread on the core that no helper has, until `release_caller`; one thread at a time."""
        if len(self._all) < 2 or self._caller is not None:
            return
        with self._lock:
            if self._caller is None:
                self._before = os.sched_getaffinity(0)
                # First: were it interrupted by the keyboard now, it would be released with the next work it does.
                self._caller = threading.get_ident()
                _restrict(self._all[:1])

    def release_caller(self) -> None:
        """Let the calling thread compute where it might before."""
        if self._caller == threading.get_ident():
            _restrict(self._before)
            self._caller = None


def _restrict(cores: Iterable[int]) -> None:
    # A core may have been taken from the process since: it then computes wherever it may.
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, cores)
