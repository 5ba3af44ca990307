"""The document's file on disk: whether another program or window has changed, moved or opened it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QFileSystemWatcher, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from designer.files import spec
from designer.files.file_lock import FileLock
from designer.files.regular_file import printable_path
from designer.graph.compound_edits import Become
from designer.graph.design import Design
from designer.i18n import _
from designer.layer_api.problems import UserError
from designer.library import files
from designer.session.durability.design_difference import design_difference, in_words
from designer.session.durability.disk_state import FileStamp, OnDisk, compare, stamp, untouched
from designer.session.durability.state_folder import make_private, name_for, state_folder
from designer.session.notices import Choice, Level
from designer.ui.bridge import Bridge
from designer.ui.worker import BackgroundTasks

SETTLE_MS = 200
"""Between word of a change and a look at the file: a program that replaces a file touches it several times."""

SUBJECT = "disk"

_log = logging.getLogger(__name__)


class ChangedOnDisk(UserError):
    """A file was not written because it is no longer what this window has read or written."""


class DiskWatch(QObject):
    """Watches the document's file; asks what to do where it has changed.

    Signals: ``settled()`` when a question about the file has answered itself, ``save_wanted()``.
    """

    settled = Signal()
    save_wanted = Signal()
    _wrote = Signal()

    def __init__(self, bridge: Bridge, tasks: BackgroundTasks, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._tasks = bridge.session, tasks
        self.path: Path | None = None
        self._stamps: tuple[FileStamp | None, FileStamp | None] = (None, None)
        """As the session knows the file, and as this window has written it since; replaced at once, for any thread."""
        self._told: FileStamp | OnDisk | None = None
        self._lost: Design | None = None
        """What was saved in the file that is gone."""
        self._lock: FileLock | None = None
        self._writing = self._closed = False
        self._watcher = QFileSystemWatcher(self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.check)
        self._watcher.fileChanged.connect(self._check_soon)
        self._watcher.directoryChanged.connect(self._check_soon)
        self._wrote.connect(self._check_soon)
        bridge.file_changed.connect(self._document_changed)
        window.installEventFilter(self)
        self._document_changed()

    # -- what is watched -------------------------------------------------------------------------------------------

    def follow(self, path: Path | None, known: FileStamp | None) -> None:
        """Watch another file, or the same one as it is now: it was opened or saved. Call it before the session changes.

        Parameters
        ----------
        known
            Its stamp, taken before it was read or after it was written.
        """
        if path != self.path:
            self._release()
            self.path = path
            if path is not None:
                self._claim(path)
        self._stamps, self._told, self._lost = (known, None), None, None
        self.settled.emit()
        self._watch()

    @contextmanager
    def own_writing(self, path: Path) -> Iterator[None]:
        """Write the file in this block, in any thread: what it holds afterwards is no change by others."""
        self._writing = True
        try:
            yield
        finally:
            if path == self.path:
                self._stamps = (self.known, stamp(path))
            self._writing = False
            self._wrote.emit()

    @property
    def known(self) -> FileStamp | None:
        """How the file was when it was opened or saved."""
        return self._stamps[0]

    def close(self) -> None:
        """Watch nothing any more."""
        self._closed = True
        self._settle.stop()
        self._unwatch(set(self._watcher.files() + self._watcher.directories()))
        self._release()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at the file whenever the user comes back to the window: not every change is told by the system."""
        if event.type() == QEvent.Type.WindowActivate:
            self.check()
        return False

    def _document_changed(self) -> None:
        path = self._session.path
        if path != self.path and not self._closed:
            self.follow(path, None if path is None else stamp(path))

    def _watch(self) -> None:
        """The file itself and its folder: where a file is replaced, the watch on the file goes with the old one."""
        wanted = {str(self.path), str(self.path.parent)} if self.path is not None else set()
        now = set(self._watcher.files() + self._watcher.directories())
        self._unwatch(now - wanted)
        missing = sorted(name for name in wanted - now if Path(name).exists())
        if missing:
            self._watcher.addPaths(missing)

    def _unwatch(self, names: set[str]) -> None:
        if names:  # Qt warns of an empty list
            self._watcher.removePaths(sorted(names))

    def _claim(self, path: Path) -> None:
        try:
            folder = make_private(state_folder() / "open")
            self._lock = FileLock.take(folder / f"{name_for(path)}.lock")
        except OSError as error:
            _log.warning("whether a file is open elsewhere cannot be known: %s", error)
            return
        if self._lock is None:
            text = _("{name} is open in another window too; what is saved there is told here, and the other way round")
            self._session.notice(text.format(name=printable_path(path.name)), Level.WARNING)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @property
    def _name(self) -> str:
        return printable_path(self.path.name) if self.path is not None else ""

    def _check_soon(self, *_where: str) -> None:
        if not self._closed:
            self._settle.start()

    # -- looking at it ---------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Look at the file, and tell what has become of it."""
        path, known = self.path, self.known
        if path is None or self._writing or self._closed:
            return

        def look() -> tuple[bool, FileStamp | None]:
            if untouched(path, known):
                return False, known
            return True, stamp(path)

        def seen(found: tuple[bool, FileStamp | None]) -> None:
            if (path, known) == (self.path, self.known) and not self._writing and not self._closed:
                self._take(*found)

        self._tasks.start(look, seen, self._failed, _("looking at {name}").format(name=path.name))

    def refuse_changed(self, path: Path) -> None:
        """Raise ChangedOnDisk where the document's file is another than it was; to be called where it is written."""
        if path == self.path and self._outcome(stamp(path)) is OnDisk.CHANGED:
            text = _("{name} was changed by another program since it was opened; it was not saved")
            raise ChangedOnDisk(text.format(name=printable_path(path.name)))

    def _outcome(self, now: FileStamp | None) -> OnDisk:
        known, written = self._stamps
        ours = written is not None and now is not None and written.same_contents(now)
        return OnDisk.SAME if ours else compare(known, now)

    def _take(self, touched: bool, now: FileStamp | None) -> None:
        self._watch()
        outcome = self._outcome(now)
        if outcome is OnDisk.SAME:
            if self._lost is not None:
                self._session.document.mark_saved(self._lost)
                self._lost = None
            if touched:
                self._stamps = (now, None)
            if self._told is not None:
                self._told = None
                self.settled.emit()
        elif outcome is OnDisk.GONE:
            self._tell_gone()
        elif now != self._told:
            self._told = now
            self._ask(_("{name} was changed by another program").format(name=self._name), compare_too=True)

    def _tell_gone(self) -> None:
        if self._told is OnDisk.GONE or self.path is None:
            return
        self._told = OnDisk.GONE
        if self._lost is None and not self._session.document.modified:
            self._lost = self._session.design
        self._session.document.mark_unsaved()
        text = _("{name} was deleted or moved; the design is only in this window").format(name=self._name)
        self._session.notice(text, Level.WARNING, (Choice(_("Save"), self.save_wanted.emit),), SUBJECT)

    # -- what to do about it ---------------------------------------------------------------------------------------

    def _ask(self, text: str, *, compare_too: bool) -> None:
        choices = [Choice(_("Reload"), self.reload), Choice(_("Keep mine"), self._keep)]
        if compare_too:
            choices.append(Choice(_("Compare"), self._compare))
        self._session.notice(text, Level.WARNING, tuple(choices), SUBJECT)

    def reload(self) -> None:
        """Take over what the file holds, as one step that can be undone."""
        path = self.path
        if path is None:
            return

        def take(found: tuple[FileStamp | None, Design]) -> None:
            known, design = found
            if path != self.path:
                return
            self._session.do(Become(design, _("Reload {name}").format(name=printable_path(path.name))))
            self.follow(path, known)
            self._session.saved_as(path, self._session.design)

        self._tasks.start(
            lambda: (stamp(path), files.load(path)), take, self._failed, _("opening {name}").format(name=path.name)
        )

    def _keep(self) -> None:
        """The window's design is the right one: the next save writes it without asking again."""
        path = self.path
        if path is None:
            return

        def take(now: FileStamp | None) -> None:
            if path == self.path:
                self.follow(path, now)
                self._session.document.mark_unsaved()

        self._tasks.start(lambda: stamp(path), take, self._failed, _("looking at {name}").format(name=path.name))

    def _compare(self) -> None:
        path, mine = self.path, self._session.design
        if path is None:
            return

        def differ() -> str:
            return in_words(design_difference(mine, spec.read(path).design, weights=False))

        def tell(words: str) -> None:
            text = _("{name} on disk, compared with this window: {changes}; weights were not compared")
            self._ask(text.format(name=self._name, changes=words), compare_too=False)

        self._tasks.start(differ, tell, self._failed, _("looking at {name}").format(name=path.name))

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, UserError | OSError):
            _log.error("the file on disk could not be looked at", exc_info=error)
        self._session.notice(str(error), Level.ERROR)
        # The question has been taken away by its answer; it is still open.
        self._told = None
