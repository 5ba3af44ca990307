"""Reports of defects: a file in the state folder with what happened, what was done before, and versions.

Nothing is sent anywhere. A report holds names of layers and files, and never an image, weights or the design.
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import threading
import time
import traceback
from collections import deque
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TextIO

from designer import __version__
from designer.files.atomic import atomic_write
from designer.files.file_lock import FileLock
from designer.session.durability.state_folder import make_private, state_folder

MOST_ACTS = 50
MOST_REPORTS = 20
LONGEST_ACT = 200
LONGEST_REPORT = 200_000
"""Characters of a traceback; a recursion without end repeats itself anyway."""

PREFIX = "report-"
RUNNING = "running-"
FATAL = ("Fatal Python error", "Windows fatal exception")
"""What `faulthandler` writes first."""

PACKAGES = ("PySide6_Essentials", "numpy", "pyqtgraph", "attrs", "psygnal", "safetensors", "Pillow", "onnx")


class Acts:
    """The last things that were done, with their time; may be told and asked from any thread."""

    def __init__(self) -> None:
        self._acts: deque[str] = deque(maxlen=MOST_ACTS)
        self._lock = threading.Lock()

    def note(self, act: str) -> str:
        """Remember one; the line that it has become."""
        line = time.strftime("%H:%M:%S ") + " ".join(act.split())[:LONGEST_ACT]
        with self._lock:
            self._acts.append(line)
        return line

    def lines(self) -> list[str]:
        """The last acts, one line for each, the oldest first."""
        with self._lock:
            return list(self._acts)


def reports_folder() -> Path:
    """Where reports lie."""
    return state_folder() / "reports"


def write_report(error: BaseException, acts: Acts) -> Path:
    """Write a report of an exception and remove the oldest beyond the limit; raises OSError."""
    folder = make_private(reports_folder())
    trace = "".join(traceback.format_exception(error))
    if len(trace) > LONGEST_REPORT:
        trace = trace[: LONGEST_REPORT // 2] + "\n…\n" + trace[-LONGEST_REPORT // 2 :]
    parts = [header(), "Thread: " + threading.current_thread().name, "", trace, "Last acts:", *acts.lines(), ""]
    path = _new_path(folder)
    with atomic_write(path) as stream:
        stream.write("\n".join(parts).encode(errors="backslashreplace"))
    prune()
    return path


def header() -> str:
    """When and where: versions of the program, of what it stands on, and of the system."""
    lines = [f"Netdraft {__version__}", time.strftime("%Y-%m-%d %H:%M:%S %z")]
    lines.append(f"Python {platform.python_version()} ({platform.python_implementation()}), {platform.platform()}")
    lines += [f"{name} {_version(name)}" for name in PACKAGES]
    lines.append(f"Qt platform {os.environ.get('QT_QPA_PLATFORM', 'default')}, {sys.byteorder} endian")
    return "\n".join(lines)


def prune() -> None:
    """Keep the latest reports."""
    reports = sorted(reports_folder().glob(f"{PREFIX}*.txt"))
    for old in reports[:-MOST_REPORTS]:
        old.unlink(missing_ok=True)


class HardCrash:
    """The file that the interpreter writes to when it dies of a signal, and those of processes that did.

    Each process has its own, opened at the start, since nothing can be opened any more when it is needed; acts are
    written as they come, for the same reason. Its lock says whether the process still lives.
    """

    def __init__(self) -> None:
        self._lock: FileLock | None = None
        self._path = Path()
        self._stream: TextIO | None = None
        self._lines: deque[str] = deque(maxlen=MOST_ACTS)
        self._header = ""
        self._count = 0

    def open(self) -> TextIO:
        """The open file of this process, with the versions in it; raises OSError."""
        folder = make_private(reports_folder())
        while self._lock is None:
            self._path = _new_path(folder, RUNNING)
            self._lock = FileLock.take(self._path.with_suffix(".lock"))
        # Appending, so that the interpreter writes behind what is there, however often that is cut off.
        self._stream = self._path.open("a", encoding="utf-8", errors="backslashreplace")
        self._header = header()
        self._begin(self._stream)
        return self._stream

    def note(self, line: str) -> None:
        """Write an act; where that fails, a crash will lack it."""
        self._lines.append(line)
        if self._stream is None:
            return
        self._count += 1
        with contextlib.suppress(OSError):
            if self._count % (10 * MOST_ACTS) == 0:
                self._begin(self._stream)
            else:
                self._stream.write(line + "\n")
                self._stream.flush()

    def _begin(self, stream: TextIO) -> None:
        stream.flush()
        stream.truncate(0)
        stream.write("\n".join([self._header, "Last acts:", *self._lines, ""]))
        stream.flush()

    def take_died(self) -> list[Path]:
        """Make reports of the files of processes that died of a signal, latest first, and remove the others' files."""
        died = []
        for path in sorted(reports_folder().glob(f"{RUNNING}*.txt"), reverse=True):
            lock = FileLock.take(path.with_suffix(".lock"))
            if lock is None:
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            if any(sign in text for sign in FATAL):
                died.append(path.rename(path.with_name(PREFIX + path.name.removeprefix(RUNNING))))
            else:  # killed: there is nothing to report
                path.unlink()
            lock.release()
        prune()
        return died

    def close(self) -> None:
        """Remove the file: the process ends as it should."""
        if self._stream is not None and self._lock is not None:
            self._stream.close()
            self._path.unlink(missing_ok=True)
            self._lock.release()
            self._stream = self._lock = None


def _new_path(folder: Path, prefix: str = PREFIX) -> Path:
    """A name that sorts by time."""
    when = datetime.now().astimezone()
    while (path := folder / f"{prefix}{when:%Y%m%d-%H%M%S-%f}-{os.getpid()}.txt").exists():
        when += timedelta(microseconds=1)
    return path


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed as a package)"
