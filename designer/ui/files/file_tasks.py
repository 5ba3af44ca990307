"""Reading and writing in the background, with word of what became of it in a notice."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from designer.files.regular_file import printable_path
from designer.i18n import _
from designer.layer_api.problems import UserError
from designer.session.notices import Level
from designer.session.session import Session
from designer.ui.worker import BackgroundTasks

Result = TypeVar("Result")

_log = logging.getLogger(__name__)


class FileTasks:
    """What everything that reads or writes files has in common."""

    def __init__(self, session: Session, tasks: BackgroundTasks) -> None:
        self._session, self._tasks = session, tasks

    def start(
        self,
        function: Callable[[], Result],
        done: Callable[[Result], None],
        label: str,
        *,
        failed: Callable[[Exception], None] | None = None,
        writes: bool = False,
    ) -> None:
        """Call a function in the background, and ``done`` with its result; an error is told, unless ``failed`` is."""
        self._tasks.start(function, done, failed or self.tell, label, writes=writes)

    def write(self, function: Callable[[Path], object], path: Path) -> None:
        """Write a file in the background, and say so."""

        def written(_nothing: object) -> None:
            self._session.notice(_("wrote {path}").format(path=printable_path(path.name)), Level.SUCCESS)

        self.start(lambda: function(path), written, _("saving {name}").format(name=path.name), writes=True)

    def tell(self, error: Exception) -> None:
        """Say why something failed; what is no fault of the user or the disk is a defect, and logged as one."""
        known = isinstance(error, UserError | OSError | MemoryError)
        if not known:
            _log.error("a defect", exc_info=error)
        text = str(error) if known else _("something went wrong: {reason}").format(reason=repr(error))
        self._session.notice(text or type(error).__name__, Level.ERROR)

    def warn(self, notes: Iterable[str]) -> None:
        """Say each of these."""
        for note in notes:
            self._session.notice(note, Level.WARNING)
