"""At the start: what other windows have left behind that ended without saving, one notice after the other."""

from __future__ import annotations

import logging

from PySide6.QtCore import QDateTime, QLocale, QObject

from designer.files.regular_file import printable_path
from designer.i18n import _
from designer.layer_api.problems import UserError
from designer.session.durability.recovery import LeftBehind, Unsaved, left_behind
from designer.session.notices import Choice, Level
from designer.session.session import Session
from designer.ui.files.autosave import Autosave
from designer.ui.files.file_commands import FileCommands
from designer.ui.worker import BackgroundTasks

SUBJECT = "recovery"

_log = logging.getLogger(__name__)


class RecoveryOffer(QObject):
    """Offers recovery copies whose process has ended.

    Parameters
    ----------
    tasks
        Looks for copies in the background.
    autosave
        Keeps what was recovered from then on.
    """

    def __init__(
        self, session: Session, tasks: BackgroundTasks, files: FileCommands, autosave: Autosave, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._tasks, self._files, self._autosave = session, tasks, files, autosave
        self._waiting: list[LeftBehind] = []
        self._count = 0
        self._closed = False

    def look(self) -> None:
        """Look for copies, and offer them latest first."""
        self._tasks.start(left_behind, self._found, self._failed, _("looking for unsaved designs"))

    def close(self) -> None:
        """Leave what was not answered for the next start."""
        self._closed = True
        for left in self._waiting:
            left.let_go()
        self._waiting = []

    def _found(self, found: tuple[LeftBehind, ...]) -> None:
        if self._closed:
            for left in found:
                left.let_go()
            return
        self._waiting, self._count = list(found), len(found)
        self._offer_next()

    def _offer_next(self) -> None:
        if not self._waiting:
            return
        left = self._waiting[0]
        if left.problem:
            self._offer_damaged(left, left.problem)
            return
        text = _("Netdraft ended without saving {name}; last change {time}").format(name=_named(left), time=_when(left))
        if self._count > 1:
            number = self._count - len(self._waiting) + 1
            text = _("{text} ({number} of {count})").format(text=text, number=number, count=self._count)
        choices = (
            Choice(_("Recover"), lambda: self._recover(left)),
            Choice(_("Discard"), lambda: self._discard(left)),
            Choice(_("Later"), lambda: self._later(left), closing=True),
        )
        self._session.notice(text, Level.WARNING, choices, SUBJECT)

    def _offer_damaged(self, left: LeftBehind, problem: str) -> None:
        choices = (
            Choice(_("Discard"), lambda: self._discard(left)),
            Choice(_("Later"), lambda: self._later(left), closing=True),
        )
        text = _("an unsaved design cannot be recovered: {problem}").format(problem=problem)
        self._session.notice(text, Level.WARNING, choices, SUBJECT)

    def _recover(self, left: LeftBehind) -> None:
        def recover() -> None:
            label = _("recovering {name}").format(name=printable_path(left.name))
            self._tasks.start(left.load, lambda unsaved: self._adopt(left, unsaved), failed, label)

        def failed(error: Exception) -> None:
            if not isinstance(error, UserError | OSError | MemoryError):
                _log.error("a recovery copy could not be read", exc_info=error)
            self._offer_damaged(left, str(error) or type(error).__name__)

        # Where the user cancels, the copy stays for the next start.
        self._files.when_saved(recover)

    def _adopt(self, left: LeftBehind, unsaved: Unsaved) -> None:
        self._done_with(left)
        self._files.adopt_unsaved(unsaved.design, unsaved.path, unsaved.on_disk)
        self._autosave.take_over(left)
        self._offer_next()

    def _discard(self, left: LeftBehind) -> None:
        self._done_with(left)
        try:
            left.discard()
        except OSError as error:
            self._session.notice(str(error), Level.ERROR)
        self._offer_next()

    def _later(self, left: LeftBehind) -> None:
        self._done_with(left)
        left.let_go()
        self._offer_next()

    def _done_with(self, left: LeftBehind) -> None:
        if left in self._waiting:
            self._waiting.remove(left)

    def _failed(self, error: Exception) -> None:
        text = _("unsaved designs of earlier windows cannot be looked for ({reason})")
        self._session.notice(text.format(reason=error), Level.WARNING)


def _named(left: LeftBehind) -> str:
    if left.path is None:
        return printable_path(left.name)
    return _("{name} ({path})").format(name=printable_path(left.name), path=printable_path(left.path.parent))


def _when(left: LeftBehind) -> str:
    when = QDateTime.fromSecsSinceEpoch(int(left.time))
    return QLocale().toString(when, QLocale.FormatType.ShortFormat)
