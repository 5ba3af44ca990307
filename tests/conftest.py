"""What every test relies on: no display, no user settings, nothing left behind.

GUI tests are those under ``tests/ui`` and ``tests/end_to_end`` and any that ask for Qt; they carry the marker
``gui`` without being told to, so ``pytest -m "not gui"`` runs the rest.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything imports Qt or asks where settings live; xdist workers run this file each on its own.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_HOME_OF_THIS_RUN = tempfile.TemporaryDirectory(prefix="netdraft-tests-")
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
_GUI_FOLDERS = (_TESTS / "ui", _TESTS / "end_to_end")
_GUI_FIXTURES = {"qtbot", "qapp", "qtmodeltester"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the GUI tests."""
    for item in items:
        in_gui_folder = any(folder in item.path.parents for folder in _GUI_FOLDERS)
        if in_gui_folder or _GUI_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.gui)


@pytest.fixture(autouse=True)
def _own_settings(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Give each GUI test settings of its own, so a remembered layout or file cannot reach the next test."""
    if request.node.get_closest_marker("gui") is None:
        return
    from PySide6.QtCore import QSettings

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
