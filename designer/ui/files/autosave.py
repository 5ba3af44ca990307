"""Writes the recovery copy of a window: in the background, shortly after every edit, until the design is saved."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from time import time

from PySide6.QtCore import QObject, QTimer

from designer.graph.design import Design
from designer.i18n import _
from designer.session.durability.disk_state import FileStamp
from designer.session.durability.recovery import LeftBehind, RecoveryCopy, Unsaved
from designer.session.notices import Level
from designer.ui.bridge import Bridge
from designer.ui.worker import BackgroundTasks

REST_MS = 1_000
"""A copy is written when no edit has come for so long."""

MOST_MS = 4_000
"""And at the latest so long after the first edit that is in no copy: with the writing itself, 5 s."""

RETRY_MS = 30_000
"""After a copy could not be written."""

_log = logging.getLogger(__name__)


class Autosave(QObject):
    """Keeps the recovery copy with the document.

    Parameters
    ----------
    bridge
        A design that is unsaved gets a copy; one that is saved loses it.
    tasks
        Copies are written there, one after the other.
    on_disk
        How the document's file was when it was opened or saved: recovering asks whether it still is.
    """

    def __init__(
        self, bridge: Bridge, tasks: BackgroundTasks, on_disk: Callable[[], FileStamp | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._tasks, self._on_disk = bridge.session, tasks, on_disk
        self._copy = RecoveryCopy()
        self._replaced: list[LeftBehind] = []
        self._seen: tuple[Design | None, Path | None] = (None, None)
        self._edited_at = 0.0
        self._writing = self._again = self._failing = self._closed = False
        self._rest, self._latest, self._retry = (self._timer(ms) for ms in (REST_MS, MOST_MS, RETRY_MS))
        bridge.file_changed.connect(self._document_changed)
        self._document_changed()

    def set_intervals(self, rest_ms: int, most_ms: int) -> None:
        """Write sooner or later than usual after an edit."""
        self._rest.setInterval(rest_ms)
        self._latest.setInterval(most_ms)

    def take_over(self, left: LeftBehind) -> None:
        """The document is this copy of a dead process: write it as this window's own at once, then remove the other."""
        self._replaced.append(left)
        self.write_now()

    def write_now(self) -> None:
        """Bring the copy up to date without waiting."""
        self._rest.stop()
        self._latest.stop()
        self._retry.stop()
        if self._closed:
            return
        if self._writing:
            self._again = True
            return
        self._writing = True
        unsaved, replaced = self._unsaved(), tuple(self._replaced)
        self._tasks.start(
            lambda: self._bring_up_to_date(unsaved, replaced),
            lambda _nothing: self._written(replaced),
            self._failed,
            _("keeping a copy"),
        )

    def close(self, *, keep: bool) -> None:
        """Stop, and remove the copy; or with ``keep`` write what is unsaved and leave it for the next start."""
        if self._closed:
            return
        self._closed = True
        for timer in (self._rest, self._latest, self._retry):
            timer.stop()
        self._tasks.close()
        try:
            self._bring_up_to_date(self._unsaved() if keep else None, self._replaced)
        except OSError as error:
            _log.warning("the recovery copy could not be written: %s", error)
            for left in self._replaced:
                left.let_go()
        self._copy.leave()

    def _timer(self, interval: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(self.write_now)
        return timer

    def _document_changed(self) -> None:
        if self._closed:
            return
        if not self._session.document.modified:
            self._seen = (None, None)
            if self._copy.folder is not None or self._writing or self._replaced:
                self.write_now()
            else:
                self._rest.stop()
                self._latest.stop()
            return
        design, path = self._session.design, self._session.path
        # file_changed comes for more than edits, and comparing two designs takes long.
        if self._seen[0] is design and self._seen[1] == path:
            return
        self._seen, self._edited_at = (design, path), time()
        self._rest.start()
        if not self._latest.isActive():
            self._latest.start()

    def _unsaved(self) -> Unsaved | None:
        if not self._session.document.modified:
            return None
        return Unsaved(self._session.design, self._session.path, self._on_disk(), self._edited_at)

    def _bring_up_to_date(self, unsaved: Unsaved | None, replaced: list[LeftBehind] | tuple[LeftBehind, ...]) -> None:
        if unsaved is None:
            self._copy.clear()
        else:
            self._copy.write(unsaved)
        for left in replaced:
            left.discard()

    def _written(self, replaced: tuple[LeftBehind, ...]) -> None:
        self._writing = False
        self._replaced = [left for left in self._replaced if left not in replaced]
        if self._failing and not self._closed:
            self._failing = False
            self._session.notice(_("unsaved changes are kept for a crash again"), Level.SUCCESS)
        self._go_on()

    def _failed(self, error: Exception) -> None:
        self._writing = False
        if self._closed:
            return
        if not isinstance(error, OSError):
            _log.error("the recovery copy could not be written", exc_info=error)
        if not self._failing:
            self._failing = True
            text = _("unsaved changes cannot be kept for a crash ({reason}); save the design itself")
            self._session.notice(text.format(reason=_reason(error)), Level.WARNING)
        self._go_on()
        self._retry.start()

    def _go_on(self) -> None:
        if self._again:
            self._again = False
            self.write_now()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__
