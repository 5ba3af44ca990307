"""File ▸ Versions: the last saves of the document's file, each brought back as a new design."""

from __future__ import annotations

import logging

from PySide6.QtCore import QDateTime, QLocale, QObject
from PySide6.QtWidgets import QMenu

from designer.graph.design import Design
from designer.i18n import _, ngettext
from designer.layer_api.problems import UserError
from designer.session.durability.versions import Version, forget, kept
from designer.session.notices import Level
from designer.session.session import Session
from designer.ui.files.file_commands import FileCommands
from designer.ui.worker import BackgroundTasks

_log = logging.getLogger(__name__)


class VersionsMenu(QObject):
    """Fills the menu whenever it is shown."""

    def __init__(self, menu: QMenu, session: Session, tasks: BackgroundTasks, files: FileCommands) -> None:
        super().__init__(files)
        self._menu, self._session, self._tasks, self._files = menu, session, tasks, files
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        self._menu.clear()
        path = self._session.path
        found = kept(path) if path is not None else ()
        for version in found:
            action = self._menu.addAction(_label(version).replace("&", "&&"))
            action.setToolTip(_("Open this version as a new design"))
            action.triggered.connect(lambda _checked, version=version: self._open(version))
        if not found:
            self._menu.addAction(_("Nothing saved yet")).setEnabled(False)
            return
        self._menu.addSeparator()
        self._menu.addAction(_("&Forget These Versions"), self._forget)

    def _open(self, version: Version) -> None:
        """Show an earlier save as a new design: the file stays as it is until the user saves over it."""

        def adopt(design: Design) -> None:
            self._files.adopt_unsaved(design)
            if version.left_out:
                self._session.notice(_("this version was kept without its weights, which were too large"))

        def start() -> None:
            self._tasks.start(version.design, adopt, self._failed, _("opening an earlier version"))

        self._files.when_saved(start)

    def _forget(self) -> None:
        path = self._session.path
        if path is not None:
            self._tasks.start(lambda: forget(path), lambda _nothing: None, self._failed, _("removing versions"))

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, UserError | OSError | MemoryError):
            _log.error("a version could not be opened or removed", exc_info=error)
        self._session.notice(str(error) or type(error).__name__, Level.ERROR)


def _label(version: Version) -> str:
    """When it was saved, and what had changed."""
    when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(version.time)), QLocale.FormatType.ShortFormat)
    layers = ngettext("{count} layer", "{count} layers", version.layers).format(count=version.layers)
    parts = [when, layers, version.changes]
    if version.left_out:
        parts.append(_("without its weights ({size} MB)").format(size=f"{version.left_out / 1e6:,.0f}"))
    return "   ".join(part for part in parts if part)
