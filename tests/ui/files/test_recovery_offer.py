"""What a window that died has left behind is offered at the next start."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton

from designer.files import spec
from designer.gallery.lenet import lenet5
from designer.graph.edits import SetName, SetParameters
from designer.library import files
from designer.session.durability.disk_state import stamp
from designer.session.durability.recovery import NAME, RecoveryCopy, Unsaved, left_behind, recovery_folder
from tests.helpers.windows import answer, asked, open_window

EDITED = SetParameters("conv1", {"filters": 8}).apply(lenet5())
TIME = 1_700_000_000.0


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.netdraft.json"
    spec.write(lenet5(), path)
    return path


def die(unsaved: Unsaved):
    """Leave a copy as a window does that is killed; its folder."""
    copy = RecoveryCopy()
    copy.write(unsaved)
    folder = copy.folder
    copy.leave()
    return folder


@pytest.fixture
def start(qtbot):
    """Start a window and let it look for what others have left."""

    def start():
        window = open_window(qtbot)
        window.recovery.look()
        qtbot.waitUntil(lambda: not window.upkeep.active)
        return window

    return start


def left_on_disk() -> list[str]:
    return sorted(path.name for path in recovery_folder().glob("*") if path.is_dir())


def test_nothing_is_offered_where_nothing_was_left(start):
    assert asked(start()) is None


def test_the_offer_says_what_from_where_and_when(start, file):
    die(Unsaved(EDITED, file, stamp(file), TIME))
    text = asked(start()).notice.text
    assert f"ended without saving mine.netdraft.json ({file.parent})" in text
    assert "23" in text.partition("last change")[2]  # 14 November 2023


def test_recover_opens_it_as_unsaved_under_its_own_path(start, file, qtbot):
    die(Unsaved(EDITED, file, stamp(file), TIME))
    window = start()
    answer(window, "Recover")
    qtbot.waitUntil(lambda: window.session.design == EDITED)
    assert window.session.path == file
    assert window.isWindowModified()
    assert window.windowTitle() == "mine.netdraft.json[*] — Netdraft"
    window.commands["save"].trigger()
    qtbot.waitUntil(lambda: not window.session.document.modified)
    assert files.load(file) == EDITED
    qtbot.waitUntil(lambda: left_on_disk() == [])


def test_what_was_recovered_is_on_disk_all_the_time(start, file, qtbot):
    first = die(Unsaved(EDITED, file, stamp(file), TIME))
    window = start()
    answer(window, "Recover")
    qtbot.waitUntil(lambda: not first.exists())
    (name,) = left_on_disk()
    assert name != first.name
    window.leave_unsaved()
    (left,) = left_behind()
    assert left.load().design == EDITED
    left.discard()


def test_save_asks_where_the_file_has_changed_since(start, file, qtbot):
    die(Unsaved(EDITED, file, stamp(file), TIME))
    theirs = SetName("Theirs").apply(lenet5())
    spec.write(theirs, file)
    window = start()
    answer(window, "Recover")
    qtbot.waitUntil(lambda: asked(window, "changed by another program") is not None)
    assert window.session.design == EDITED
    window.commands["save"].trigger()
    qtbot.waitUntil(lambda: asked(window, "was not saved") is not None)
    assert files.load(file) == theirs


def test_an_untitled_design_stays_untitled(start, qtbot):
    die(Unsaved(SetName("My net").apply(EDITED), time=TIME))
    window = start()
    assert "ended without saving My net;" in asked(window).notice.text
    answer(window, "Recover")
    qtbot.waitUntil(lambda: window.session.design.name == "My net")
    assert window.session.path is None
    assert window.isWindowModified()


def test_discard_removes_it(start):
    die(Unsaved(EDITED))
    answer(start(), "Discard")
    assert left_on_disk() == []


@pytest.mark.parametrize("how", ["Later", "Esc", "dismissed", "closed"])
def test_later_offers_it_again_at_the_next_start(start, how):
    die(Unsaved(EDITED))
    window = start()
    if how == "Later":
        answer(window, "Later")
    elif how == "Esc":
        QTest.keyClick(asked(window), Qt.Key.Key_Escape)
    elif how == "dismissed":
        window.commands["dismiss"].trigger()
    else:
        window.close()
    assert len(left_on_disk()) == 1
    assert asked(start(), "ended without saving") is not None


def test_several_are_offered_one_after_the_other_latest_first(start, qtbot):
    for number in (1, 2, 3):
        die(Unsaved(SetName(f"net {number}").apply(EDITED), time=TIME + number))
    window = start()
    for number, (name, reply) in enumerate([("net 3", "Discard"), ("net 2", "Later"), ("net 1", "Recover")], 1):
        assert name in asked(window).notice.text
        assert f"({number} of 3)" in asked(window).notice.text
        answer(window, reply)
    qtbot.waitUntil(lambda: window.session.design.name == "net 1")
    assert asked(window) is None


def test_a_second_window_is_not_offered_the_same(start):
    die(Unsaved(EDITED))
    start()
    assert asked(start()) is None


def test_unsaved_changes_of_this_window_are_asked_about_first(start, qtbot):
    die(Unsaved(EDITED))
    window = start()
    window.session.do(SetName("work of this window"))
    answer(window, "Recover")
    box = window.findChild(QMessageBox, "ask_save")
    button = next(b for b in box.findChildren(QPushButton) if box.buttonRole(b) == QMessageBox.ButtonRole.RejectRole)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.session.design.name == "work of this window"
    window.close()
    window.session.document.mark_saved()
    window.close()
    assert asked(start(), "ended without saving") is not None


class TestDamage:
    def test_a_damaged_copy_is_one_line_and_does_not_block_the_others(self, start, qtbot):
        folder = die(Unsaved(EDITED, time=TIME))
        (folder / NAME).write_bytes(b"\0" * 100)
        die(Unsaved(SetName("whole").apply(EDITED), time=TIME))
        window = start()
        assert "whole" in asked(window).notice.text
        answer(window, "Later")
        text = asked(window).notice.text
        assert "cannot be recovered" in text
        assert str(folder / NAME) in text
        assert "\n" not in text
        answer(window, "Discard")
        assert not folder.exists()

    def test_a_copy_that_turns_out_damaged_when_it_is_read(self, start, qtbot):
        folder = die(Unsaved(EDITED, time=TIME))
        first = (folder / NAME).read_bytes().partition(b"\n")[0]
        (folder / NAME).write_bytes(first + b"\n{")
        window = start()
        before = window.session.design
        answer(window, "Recover")
        qtbot.waitUntil(lambda: asked(window, "cannot be recovered") is not None)
        assert window.session.design is before
        answer(window, "Later")
        assert folder.exists()

    def test_a_state_folder_that_cannot_be_listed_is_told_in_one_line(self, start, monkeypatch):
        recovery_folder().parent.mkdir(parents=True)
        recovery_folder().mkdir()

        def refuse(_path):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(type(recovery_folder()), "iterdir", refuse)
        window = start()
        (told,) = [notice.text for _time, notice in window.notifications.history]
        assert "Permission denied" in told
