"""What every test relies on: no display, no user settings, nothing left behind.

GUI tests are those under ``tests/ui`` and ``tests/end_to_end`` and any that ask for Qt; they carry the marker
``gui`` without being told to, so ``pytest -m "not gui"`` runs the rest.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything imports Qt or asks where settings live; xdist workers run this file each on its own.
_HOME_OF_THIS_RUN = tempfile.TemporaryDirectory(prefix="netdraft-tests-")
# Its own screen has 800×800 pixels, less than the window's first size.
_SCREEN = Path(_HOME_OF_THIS_RUN.name) / "screen.json"
_SCREEN.write_text(
    json.dumps(
        {
            "screens": [
                {
                    "name": "tests",
                    "x": 0,
                    "y": 0,
                    "width": 1920,
                    "height": 1080,
                    "logicalDpi": 96,
                    "logicalBaseDpi": 96,
                    "dpr": 1,
                }
            ]
        }
    ),
    encoding="utf-8",
)
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={_SCREEN}")
_SETTINGS_VARIABLES = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
for _variable in _SETTINGS_VARIABLES:
    os.environ[_variable] = os.path.join(_HOME_OF_THIS_RUN.name, _variable.lower())  # noqa: PTH118
# Messages are compared with their English text.
os.environ["LANGUAGE"] = "en"

# The gate gives the same answer twice; HYPOTHESIS_PROFILE=explore goes hunting for new examples.
settings.register_profile("gate", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))

_TESTS = Path(__file__).parent
_GUI_FOLDERS = tuple(f"{_TESTS / folder}{os.sep}" for folder in ("ui", "end_to_end"))
_GUI_FIXTURES = {"qtbot", "qapp", "qtmodeltester"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the GUI tests."""
    for item in items:
        if str(item.path).startswith(_GUI_FOLDERS) or _GUI_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.gui)


@pytest.fixture(autouse=True)
def _own_settings(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Give each GUI test settings of its own, so a remembered layout or file cannot reach the next test."""
    if request.node.get_closest_marker("gui") is None:
        return
    from PySide6.QtCore import QSettings

    from designer.library import machine

    # What the machine can do is measured on a crumb: each test would do it anew.
    for name, value in (("SIDE", 8), ("READ_VALUES", 1024), ("LONGEST", 0.0)):
        monkeypatch.setattr(machine, name, value)
    folder = tmp_path_factory.mktemp("settings")
    for variable in _SETTINGS_VARIABLES:
        monkeypatch.setenv(variable, str(folder / variable.lower()))
    for file_format in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(file_format, QSettings.Scope.UserScope, str(folder / "xdg_config_home"))


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a GUI test that leaves a running thread, an active timer or a top-level widget.

    pytest-qt has closed the widgets given to ``qtbot.addWidget`` before this looks.
    """
    if request.node.get_closest_marker("gui") is None:
        yield
        return
    from PySide6.QtCore import QThread, QTimer
    from PySide6.QtWidgets import QApplication

    started: list[QThread | QTimer] = []
    for kind in (QThread, QTimer):
        monkeypatch.setattr(kind, "start", _noting(kind.start, started))
    before = QApplication.topLevelWidgets()
    yield
    leaks = _leaks(started, before)
    if leaks:
        # A reference cycle is no leak: what only the cycle kept alive goes now. Rare enough to be affordable.
        gc.collect()
        leaks = _leaks(started, before)
    if leaks:
        pytest.fail("left behind: " + "; ".join(leaks), pytrace=False)


@pytest.fixture(autouse=True)
def _no_defects(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a GUI test in which the program met a defect of its own, whatever else the test looked at.

    The window survives a defect: it logs an error and tells the user "something went wrong". A test that looks at
    something else would pass; one that provokes a defect on purpose asks for the fixture ``provoked_defects``.
    """
    if request.node.get_closest_marker("gui") is None or "provoked_defects" in request.fixturenames:
        yield
        return
    defects = _Defects()
    with defects.collected():
        yield
    if defects.records:
        said = "; ".join(f"{record.name}: {defects.describe(record)}" for record in defects.records)
        pytest.fail(f"a defect was met: {said}", pytrace=False)


@pytest.fixture
def provoked_defects() -> Iterator[list[logging.LogRecord]]:
    """The defects that a test provokes on purpose, as the program logs them; there must be one."""
    defects = _Defects()
    with defects.collected():
        yield defects.records
    assert defects.records, "no defect was provoked: this test needs no leave for one"


class _Defects(logging.Handler):
    """Errors that the program logs: what is the user's is a notice, so an error is always a defect."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []
        self.emit = self.records.append  # type: ignore[method-assign]

    @contextmanager
    def collected(self) -> Iterator[None]:
        logger = logging.getLogger("designer")
        logger.addHandler(self)
        try:
            yield
        finally:
            logger.removeHandler(self)

    @staticmethod
    def describe(record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        return record.getMessage() if error is None else f"{record.getMessage()} ({error!r})"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a GUI test during which anything was written to stderr: Qt's bindings report some faults only there.

    A test that reads stderr itself (``capfd``, ``capsys``) is left to judge it.
    """
    report = yield
    if item.get_closest_marker("gui") is not None and report.passed:
        # Between tests Qt's own remarks are not caught by pytest-qt, which leaves these out as well.
        ignored = [re.compile(pattern) for pattern in item.config.getini("qt_log_ignore")]
        said = [line for line in report.capstderr.splitlines() if not any(each.search(line) for each in ignored)]
        if any(said):
            report.outcome = "failed"
            report.longrepr = f"written to stderr during {report.when}:\n" + "\n".join(said)
    return report


def _noting(start: Callable[..., None], started: list[object]) -> Callable[..., None]:
    def noting(self: object, *arguments: object) -> None:
        started.append(self)
        start(self, *arguments)

    return noting


def _leaks(started: list[object], before: list[object]) -> list[str]:
    from PySide6.QtCore import QCoreApplication, QEvent, QThread, QThreadPool
    from PySide6.QtWidgets import QApplication
    from shiboken6 import isValid

    # deleteLater() is carried out by an event loop; no loop runs between tests.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    leaks = []
    for thing in filter(isValid, started):
        running = thing.isRunning() if isinstance(thing, QThread) else thing.isActive()
        if running:
            leaks.append(f"{type(thing).__name__} {thing.objectName()!r} still running")
    # Popups and tool tips hang on a parent or belong to Qt; what counts is a window somebody opened.
    leaks += [
        f"{type(widget).__name__} {widget.objectName()!r} still open"
        for widget in QApplication.topLevelWidgets()
        if widget not in before and widget.parent() is None and type(widget).__name__ != "QTipLabel"
    ]
    if not QThreadPool.globalInstance().waitForDone(2000):
        leaks.append("the global QThreadPool still works")
    return leaks


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own; nothing is in it yet."""
    folder = tmp_path / "state"
    monkeypatch.setenv("NETDRAFT_STATE", str(folder))
    return folder


@pytest.fixture(scope="module")
def no_waiting_for_the_disk() -> Iterator[None]:
    """For hundreds of saves: nothing here tells whether a file has reached the disk."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _descriptor: None)
        yield
