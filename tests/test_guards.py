"""The guards of ``conftest.py`` and the pytest configuration fail what they are there to fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CULPRITS = """
import logging
import sys
import warnings

import pytest
from PySide6.QtCore import QObject, QThread, QTimer, Signal, qWarning
from PySide6.QtWidgets import QWidget

kept = []


def test_widget(qtbot):
    kept.append(QWidget())
    kept[-1].show()


def test_timer(qtbot):
    kept.append(QTimer())
    kept[-1].start(60_000)


def test_thread(qtbot):
    kept.append(QThread())
    kept[-1].start()


def test_qt_warning(qapp):
    qWarning("something is wrong")


class Sender(QObject):
    sent = Signal()


def test_raising_slot(qtbot):
    sender = Sender()
    sender.sent.connect(lambda: {}["missing"])
    sender.sent.emit()


def test_defect_that_is_survived(qtbot):
    sender = Sender()
    sender.sent.connect(lambda: {}["missing"])
    before, sys.excepthook = sys.excepthook, lambda kind, error, trace: logging.getLogger("designer.app").error(
        "a defect", exc_info=(kind, error, trace)
    )
    sender.sent.emit()
    sys.excepthook = before


def test_stderr_from_slot(qtbot):
    sender = Sender()
    sender.sent.connect(lambda: print("RuntimeError: already deleted", file=sys.stderr))
    sender.sent.emit()


def test_defect_provoked(qtbot, provoked_defects):
    logging.getLogger("designer.app").error("on purpose")


def test_defect_announced_that_never_comes(qtbot, provoked_defects):
    pass


def test_python_warning():
    warnings.warn("something is old", DeprecationWarning)


def test_tidy(qtbot):
    window = QWidget()
    window.itself = window  # a cycle is no leak
    timer = QTimer(window)
    timer.start(60_000)
    qtbot.addWidget(window)
    window.show()


def test_stop_the_thread_so_that_the_process_can_end():
    thread = kept[-1]
    thread.quit()
    assert thread.wait(2000)
"""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("culprits")
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "tests")
    (folder / "tests" / "test_culprits.py").write_text(CULPRITS, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-v"]
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("culprit", "said"),
    [
        ("test_widget", "left behind: QWidget"),
        ("test_timer", "left behind: QTimer"),
        ("test_thread", "left behind: QThread"),
        ("test_qt_warning", "something is wrong"),
        ("test_python_warning", "something is old"),
        ("test_raising_slot", "KeyError: 'missing'"),
        ("test_defect_that_is_survived", "a defect was met: designer.app: a defect (KeyError('missing'))"),
        ("test_stderr_from_slot", "written to stderr during call"),
        ("test_defect_announced_that_never_comes", "no defect was provoked"),
    ],
)
def test_a_culprit_fails(outcome, culprit, said):
    verdicts = re.findall(rf"::{culprit} (\w+)", outcome)
    assert {"ERROR", "FAILED"} & set(verdicts), outcome
    assert said in outcome


@pytest.mark.parametrize("tidy", ["test_tidy", "test_defect_provoked"])
def test_a_tidy_test_passes(outcome, tidy):
    assert set(re.findall(rf"::{tidy} (\w+)", outcome)) == {"PASSED"}, outcome


def test_settings_of_a_gui_test_are_its_own(qapp, tmp_path_factory):
    from platformdirs import user_config_path
    from PySide6.QtCore import QSettings

    base = tmp_path_factory.getbasetemp()
    assert Path(QSettings("somebody", "something").fileName()).is_relative_to(base)
    assert user_config_path("something").is_relative_to(base)


def test_gui_tests_are_marked(request, qapp):
    assert request.node.get_closest_marker("gui") is not None


def test_other_tests_are_not(request):
    assert request.node.get_closest_marker("gui") is None
