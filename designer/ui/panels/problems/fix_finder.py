"""Looks for fixes while nothing else is to do: each try is one small slice of the window's thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from designer.analysis.fixes import Fix, trials
from designer.session.session import Session


class FixFinder(QObject):
    """Finds the fixes of problems of the current design, one try per turn of the event loop.

    Signals
    -------
    found(node id, tuple of Fix)
        All fixes of a node asked for with :meth:`want` are known; may be none.
    """

    found = Signal(str, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._queue: list[str] = []
        self._known: dict[str, tuple[Fix, ...]] = {}
        self._trials: Iterator[Fix | None] = iter(())
        self._node = ""
        self._so_far: list[Fix] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._try_one)

    def forget(self) -> None:
        """The design is another: nothing found is worth anything, and nothing is wanted yet."""
        self._timer.stop()
        self._queue.clear()
        self._known.clear()
        self._node = ""

    def known(self, node_id: str) -> tuple[Fix, ...] | None:
        """The fixes of a node where they have been found."""
        return self._known.get(node_id)

    def want(self, ids: Iterable[str]) -> None:
        """Look for the fixes of these nodes, in this order, before any others."""
        wanted = [node for node in ids if node not in self._known and node != self._node]
        self._queue = [*wanted, *(node for node in self._queue if node not in wanted)]
        if self._queue and not self._timer.isActive():
            self._timer.start()

    def _try_one(self) -> None:
        if not self._node:
            if not self._queue:
                self._timer.stop()
                return
            self._node = self._queue.pop(0)
            self._so_far = []
            self._trials = trials(self.session.design, self.session.report, self._node)
        try:
            fix = next(self._trials)
        except StopIteration:
            node, self._node = self._node, ""
            self._known[node] = tuple(self._so_far)
            self.found.emit(node, self._known[node])
            return
        if fix is not None:
            self._so_far.append(fix)
