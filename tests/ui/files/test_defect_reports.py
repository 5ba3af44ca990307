"""A defect leaves a report with what was done before, and a notice names it."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest

from designer import app
from designer.graph.edits import RemoveNodes
from designer.session.durability.crash_report import reports_folder
from tests.helpers.windows import answer, asked, open_window


@pytest.fixture
def window(qtbot):
    return open_window(qtbot)


@pytest.fixture(autouse=True)
def _reporting(window, qapp):
    with app._survive(qapp, window):
        yield
        window.session.document.mark_saved()


def reports() -> list[str]:
    return [path.read_text() for path in sorted(reports_folder().glob("report-*.txt"))]


def fail(text: str = "by hand") -> None:
    raise ZeroDivisionError(text)


def in_a_slot(qtbot, text: str = "by hand") -> None:
    """Raise as a slot does that has a defect."""
    try:
        fail(text)
    except ZeroDivisionError:
        sys.excepthook(*sys.exc_info())


def test_the_notice_names_the_report(window, qtbot, provoked_defects):
    in_a_slot(qtbot)
    (path,) = reports_folder().glob("report-*.txt")
    assert str(path) in asked(window, "something went wrong: ZeroDivisionError: by hand").notice.text


def test_the_report_tells_the_last_edits_actions_and_notices(window, qtbot, provoked_defects):
    window.session.do(RemoveNodes(["tanh1"]))
    window.session.select(["conv1"])
    QTest.keySequence(window.canvas, QKeySequence(Qt.Key.Key_Delete))
    window.commands["undo"].trigger()
    window.session.notice("something was told")
    in_a_slot(qtbot)
    (text,) = reports()
    assert "Traceback" in text
    acts = text.partition("Last acts:")[2]
    for part in ("design: Delete tanh1", "action: delete", "action: undo", "notice: something was told"):
        assert part in acts


def test_a_defect_again_is_told_but_not_written_again(window, qtbot, provoked_defects):
    for _time in range(3):
        in_a_slot(qtbot)
    assert len(reports()) == 1


def test_a_thread_s_defect_is_reported_too(window, qtbot, provoked_defects):
    thread = threading.Thread(target=fail, args=["in a thread"], name="a thread of the test")
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: asked(window, "in a thread") is not None)
    assert "a thread of the test" in reports()[0]


def test_and_a_defect_of_a_background_task(window, qtbot, provoked_defects):
    window.files._tasks.start(fail, lambda _nothing: None, "failing")
    qtbot.waitUntil(lambda: len(reports()) == 1)
    assert "ZeroDivisionError: by hand" in reports()[0]


def test_and_of_a_run(window, qtbot, provoked_defects, monkeypatch):
    from designer.session.runs import Job
    from tests.helpers.sessions import grey_ramp

    monkeypatch.setattr(Job, "run", lambda _self, _tell: fail("in the engine"))
    window.session.set_picture(grey_ramp())
    window.worker.run_now()
    qtbot.waitUntil(lambda: asked(window, "in the engine") is not None)
    assert "in the engine" in reports()[0]


def test_what_is_the_user_s_leaves_no_report(window, qtbot, tmp_path):
    window.files.open_path(tmp_path / "missing.json")
    qtbot.waitUntil(lambda: not window.tasks.active)
    assert reports() == []


def test_the_report_can_be_copied_and_its_folder_opened(window, qtbot, provoked_defects, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    in_a_slot(qtbot)
    answer(window, "Copy report")
    assert QGuiApplication.clipboard().text() == reports()[0]
    in_a_slot(qtbot)
    answer(window, "Open folder")
    assert [Path(folder) for folder in opened] == [reports_folder()]


def test_a_state_folder_that_cannot_be_written_does_not_hide_the_defect(
    window, qtbot, provoked_defects, monkeypatch, tmp_path
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NETDRAFT_STATE", str(tmp_path / "file"))
    in_a_slot(qtbot)
    assert any("ZeroDivisionError: by hand" in toast.notice.text for toast in window.notifications.toasts)
