"""A defect becomes a report in the state folder and a notice that names it; nothing leaves the machine."""

from __future__ import annotations

import faulthandler
import logging
import traceback
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication

from designer.files.regular_file import printable_path
from designer.i18n import _
from designer.session.durability.crash_report import Acts, HardCrash, write_report
from designer.session.notices import Choice, Level, Notice
from designer.ui.bridge import Bridge

SUBJECT = "defect"

_log = logging.getLogger(__name__)


class DefectReports(QObject):
    """Writes a report of every exception that is logged as an error, from whatever thread.

    Parameters
    ----------
    actions
        Their names are among the acts of a report.
    """

    _told = Signal(object, object)

    def __init__(self, bridge: Bridge, actions: Iterable[QAction], parent: QObject) -> None:
        super().__init__(parent)
        self._bridge, self._session = bridge, bridge.session
        self._acts = Acts()
        self._written: dict[tuple[str, ...], Path] = {}
        self._handler = _ErrorHandler(self)
        self._logger = logging.getLogger("designer")
        self._logger.addHandler(self._handler)
        self._told.connect(self._tell)
        bridge.changed.connect(self._design_changed)
        bridge.noticed.connect(self._noticed)
        for action in actions:
            action.triggered.connect(lambda _checked, action=action: self._note(f"action: {action.objectName()}"))
        self._hard = HardCrash()
        self._enabled = self._telling = False

    def watch_hard_crashes(self) -> None:
        """Let the interpreter write where it was when it dies of a signal; tell of the one that died so before."""
        try:
            died = self._hard.take_died()
            stream = self._hard.open()
        except OSError as error:
            _log.warning("hard crashes cannot be noted: %s", error)
            return
        if not faulthandler.is_enabled():  # somebody (a test run) may have chosen another file already
            faulthandler.enable(stream)
            self._enabled = True
        for path in died[:1]:
            text = _("Netdraft crashed the last time; a report is in {file}")
            self._show(text.format(file=printable_path(path)), path)

    def close(self) -> None:
        """Write no more reports."""
        self._logger.removeHandler(self._handler)
        if self._enabled:
            faulthandler.disable()
        self._hard.close()

    def report(self, error: BaseException) -> None:
        """Write a report, once for each place in the program, and tell of it."""
        if self._telling:  # telling of a defect is what fails
            return
        frames = traceback.extract_tb(error.__traceback__)
        key = (type(error).__name__, *(f"{frame.filename}:{frame.lineno}" for frame in frames[-3:]))
        path = self._written.get(key)
        if path is None:
            try:
                path = self._written[key] = write_report(error, self._acts)
            except OSError as problem:
                _log.warning("no report was written: %s", problem)
        self._told.emit(error, path)

    def _tell(self, error: BaseException, path: Path | None) -> None:
        text = _("something went wrong: {reason}. The design is as it was; save it under another name.")
        text = text.format(reason=" ".join(f"{type(error).__name__}: {error}".split())[:300])
        self._telling = True
        try:
            if path is None:
                self._session.notice(text, Level.ERROR, subject=SUBJECT)
            else:
                self._show(_("{text} A report is in {file}").format(text=text, file=printable_path(path)), path)
        finally:
            self._telling = False

    def _show(self, text: str, path: Path) -> None:
        choices = (
            Choice(_("Open folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))),
            Choice(_("Copy report"), lambda: self._copy(path)),
        )
        self._session.notice(text, Level.ERROR, choices, SUBJECT)

    def _copy(self, path: Path) -> None:
        try:
            QGuiApplication.clipboard().setText(path.read_text(encoding="utf-8", errors="replace"))
        except OSError as error:
            self._session.notice(str(error), Level.ERROR)

    def _design_changed(self, _change: object) -> None:
        label = self._session.document.undo_label
        self._note(f"design: {label or 'without history'}")

    def _noticed(self, notice: Notice) -> None:
        self._note(f"notice: {notice.text}")

    def _note(self, act: str) -> None:
        self._hard.note(self._acts.note(act))


class _ErrorHandler(logging.Handler):
    def __init__(self, reports: DefectReports) -> None:
        super().__init__(logging.ERROR)
        self._reports = reports

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        # An interrupt is no defect.
        if isinstance(error, Exception):
            self._reports.report(error)
