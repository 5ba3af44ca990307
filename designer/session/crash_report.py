"""Reports of defects: a file in the state folder with what happened, what was done before, and versions.

Nothing is sent anywhere. A report holds names of layers and files, and never an image, weights or the design.
"""

from __future__ import annotations

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

from designer import __version__
from designer.graph.atomic import atomic_write
from designer.session.state_folder import make_private, state_folder

MOST_ACTS = 50
MOST_REPORTS = 20
LONGEST_ACT = 200
LONGEST_REPORT = 200_000
"""Characters of a traceback; a recursion without end repeats itself anyway."""

PREFIX = "report-"
PACKAGES = ("PySide6_Essentials", "numpy", "pyqtgraph", "attrs", "psygnal", "safetensors", "Pillow", "onnx")


class Acts:
    """The last things that were done, with their time; may be told and asked from any thread."""

    def __init__(self) -> None:
        self._acts: deque[str] = deque(maxlen=MOST_ACTS)
        self._lock = threading.Lock()

    def note(self, act: str) -> None:
        """Remember one."""
        line = time.strftime("%H:%M:%S ") + " ".join(act.split())[:LONGEST_ACT]
        with self._lock:
            self._acts.append(line)

    def lines(self) -> list[str]:
        """Oldest first."""
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


def _new_path(folder: Path) -> Path:
    """A name that sorts by time."""
    when = datetime.now().astimezone()
    while (path := folder / f"{PREFIX}{when:%Y%m%d-%H%M%S-%f}-{os.getpid()}.txt").exists():
        when += timedelta(microseconds=1)
    return path


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed as a package)"
