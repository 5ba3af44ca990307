"""Everything that may go wrong without a test seeing it: exceptions in slots, words of Qt, logs, standard error."""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
import threading
import traceback
import warnings
from types import TracebackType
from typing import Any

from PySide6.QtCore import QtMsgType, qInstallMessageHandler

# What the offscreen platform says when a window is shown, raised or given a menu; the list of pyproject.toml.
HARMLESS = re.compile(
    r"^This plugin does not support (propagateSizeHints|raise|setting window opacity|grabbing the (keyboard|mouse))"
)
DEFECT = re.compile(r"something went wrong|the run failed|defect of the program")
"""Notices that tell of a fault of the program, and not of something the user gave it."""


class Watch(logging.Handler):
    """While it is entered, ``found`` gathers what went wrong; one text for each."""

    def __init__(self, ignore: str = "") -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []
        self._ignore = re.compile(ignore or r"(?!)", re.DOTALL)
        self._hooks: dict[str, Any] = {}
        self._warnings = warnings.catch_warnings()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._real_stderr = -1

    def __enter__(self) -> Watch:
        self._hooks = {
            "excepthook": sys.excepthook,
            "unraisablehook": sys.unraisablehook,
            "thread": threading.excepthook,
            "qt": qInstallMessageHandler(self._qt),
        }
        sys.excepthook = self.exception
        sys.unraisablehook = lambda what: self.exception(what.exc_type, what.exc_value, what.exc_traceback)
        threading.excepthook = lambda what: self.exception(what.exc_type, what.exc_value, what.exc_traceback)
        self._warnings.__enter__()
        warnings.simplefilter("default")
        warnings.showwarning = self._warning
        logging.getLogger().addHandler(self)
        sys.stderr.flush()
        self._real_stderr = os.dup(2)
        os.dup2(self._stderr.fileno(), 2)
        return self

    def __exit__(self, *_what: object) -> None:
        self.read_stderr()
        os.dup2(self._real_stderr, 2)
        os.close(self._real_stderr)
        self._stderr.close()
        logging.getLogger().removeHandler(self)
        sys.excepthook = self._hooks["excepthook"]
        sys.unraisablehook = self._hooks["unraisablehook"]
        threading.excepthook = self._hooks["thread"]
        self._warnings.__exit__(None, None, None)
        qInstallMessageHandler(self._hooks["qt"])

    def add(self, text: str) -> None:
        """Something has gone wrong."""
        if not self._ignore.search(text):
            self.found.append(text)

    def notice(self, notice: Any) -> None:
        """Listen to the session's notices."""
        if DEFECT.search(notice.text):
            self.add(f"notice: {notice.text}")

    def read_stderr(self) -> None:
        """Take in what libraries have written past Python."""
        self._stderr.seek(0)
        text = self._stderr.read().decode(errors="replace").strip()
        if text:
            self.add(f"standard error: {text}")
        self._stderr.seek(0)
        self._stderr.truncate()

    def emit(self, record: logging.LogRecord) -> None:
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self.add(f"log: {record.getMessage()}\n{trace}")

    def exception(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """An exception that nobody has caught."""
        self.add("exception: " + "".join(traceback.format_exception(kind, error, trace)))

    def _qt(self, kind: QtMsgType, _where: object, text: str) -> None:
        if not HARMLESS.search(text):
            self.add(f"{kind.name}: {text}")

    def _warning(self, message: Warning | str, category: type[Warning], file: str, line: int, *_rest: Any) -> None:
        self.add(f"{category.__name__}: {message} ({file}:{line})")
