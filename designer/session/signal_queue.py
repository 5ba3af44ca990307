"""Signals held back until a change is complete, so that no listener sees half of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psygnal import SignalInstance


class SignalQueue:
    """Sends signals in order, after the outermost change is complete.

    A change made by a listener while signals are sent takes effect at once; its signals join the end of the queue.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[SignalInstance, tuple[Any, ...]]] = deque()
        self._held = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold signals back until this block is left, or the block or the sending that it is part of.

        Where a listener raises, the signals left over are sent after the next change.
        """
        if self._held:
            yield
            return
        self._held = True
        try:
            yield
            while self._waiting:
                signal, arguments = self._waiting.popleft()
                signal.emit(*arguments)
        finally:
            self._held = False

    def send(self, signal: SignalInstance, *arguments: Any) -> None:
        """Queue a signal; one without arguments that waits already is not queued twice."""
        with self.held():
            if arguments or (signal, ()) not in self._waiting:
                self._waiting.append((signal, arguments))
