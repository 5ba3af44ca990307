"""What other programs and windows do to the document's file is told, and nothing of theirs is overwritten unasked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from designer.files import spec
from designer.gallery.lenet import lenet5
from designer.graph.edits import RemoveNodes, SetParameters
from designer.library import files
from designer.session.durability.state_folder import state_folder
from designer.ui.files import disk_watch as module
from tests.helpers.windows import answer, asked, open_window, window_on

THEIRS = SetParameters("conv1", {"filters": 20}).apply(RemoveNodes(["tanh1"]).apply(lenet5()))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(module, "SETTLE_MS", 10)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "project" / "mine.netdraft.json"
    path.parent.mkdir()
    spec.write(lenet5(), path)
    return path


@pytest.fixture
def window(qtbot, file):
    return window_on(qtbot, file)


@pytest.fixture
def session(window):
    return window.session


@pytest.fixture
def notices(window):
    told = []
    window.bridge.noticed.connect(lambda notice: told.append(notice.text))
    return told


def edit(session, filters: int = 8) -> None:
    session.do(SetParameters("conv1", {"filters": filters}))


def filters(session) -> int:
    return session.design.nodes["conv1"].layer.filters


def on_disk(path: Path) -> int:
    return files.load(path).nodes["conv1"].layer.filters


def come_back(window) -> None:
    """The user returns to the window from another program."""
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))


def looked(window, qtbot) -> None:
    """The window has looked at the file and told what there is to tell."""
    come_back(window)
    qtbot.waitUntil(lambda: not window.upkeep.active and not window.disk._settle.isActive())


class TestChanged:
    def test_a_change_is_told_by_itself(self, window, file, qtbot):
        spec.write(THEIRS, file)
        qtbot.waitUntil(lambda: asked(window, "mine.netdraft.json was changed by another program") is not None)

    def test_and_so_are_the_second_and_a_change_in_place(self, window, file, qtbot):
        for text in ('{"format": "netdraft", "version": 1}', '{"format": "netdraft", "version": 1, "nodes": []}'):
            file.write_text(text)
            qtbot.waitUntil(lambda: asked(window, "changed by another program") is not None)
            answer(window, "Keep mine")
            qtbot.waitUntil(lambda: not window.upkeep.active)

    def test_it_is_noticed_on_coming_back_where_the_system_tells_nothing(self, window, file, qtbot):
        window.disk._watcher.blockSignals(True)
        spec.write(THEIRS, file)
        looked(window, qtbot)
        assert asked(window, "changed by another program") is not None

    def test_it_is_told_once(self, window, file, qtbot, notices):
        spec.write(THEIRS, file)
        for _time in range(3):
            looked(window, qtbot)
        assert len(notices) == 1

    def test_another_date_is_no_change(self, window, file, qtbot, notices):
        os.utime(file, (1, 2_000_000_000))
        looked(window, qtbot)
        shutil.copy(file, file.with_name("copy"))
        file.with_name("copy").replace(file)
        looked(window, qtbot)
        assert notices == []

    def test_other_files_of_the_folder_are_no_change(self, window, file, qtbot, notices):
        file.with_name("other.txt").write_text("something")
        looked(window, qtbot)
        assert notices == []

    def test_own_saves_are_no_change(self, window, session, file, qtbot, notices):
        for count in (7, 8, 9):
            edit(session, count)
            window.commands["save"].trigger()
            qtbot.waitUntil(lambda: not session.document.modified and not window.tasks.active)
            looked(window, qtbot)
        assert notices == ["saved mine.netdraft.json"] * 3

    def test_two_saves_in_a_row_are_no_change_either(self, window, session, file, qtbot, notices):
        for count in (7, 8):
            edit(session, count)
            window.files.save()
        qtbot.waitUntil(lambda: len(notices) == 2)
        assert notices == ["saved mine.netdraft.json"] * 2
        assert on_disk(file) == 8

    def test_what_was_there_before_a_save_is_a_change_after_it(self, window, session, file, qtbot):
        before = file.read_bytes()
        edit(session)
        window.commands["save"].trigger()
        qtbot.waitUntil(lambda: not session.document.modified)
        file.write_bytes(before)
        qtbot.waitUntil(lambda: asked(window, "changed by another program") is not None)

    def test_the_question_goes_when_the_file_is_as_it_was(self, window, file, qtbot):
        before = file.read_bytes()
        spec.write(THEIRS, file)
        qtbot.waitUntil(lambda: asked(window) is not None)
        file.write_bytes(before)
        qtbot.waitUntil(lambda: asked(window) is None)

    def test_the_question_goes_when_another_design_is_opened(self, window, session, file, qtbot):
        spec.write(THEIRS, file)
        qtbot.waitUntil(lambda: asked(window) is not None)
        window.commands["new"].trigger()
        assert session.path is None
        assert asked(window) is None


class TestAnswers:
    @pytest.fixture(autouse=True)
    def _changed(self, window, session, file, qtbot):
        edit(session)
        spec.write(THEIRS, file)
        qtbot.waitUntil(lambda: asked(window, "changed by another program") is not None)

    def test_reload_takes_theirs_and_can_be_undone(self, window, session, qtbot):
        answer(window, "Reload")
        qtbot.waitUntil(lambda: session.design == THEIRS)
        assert not session.document.modified
        assert asked(window) is None
        window.commands["undo"].trigger()
        assert filters(session) == 8
        assert session.document.modified

    def test_keep_mine_counts_as_unsaved_and_saves_without_asking_again(self, window, session, file, qtbot):
        answer(window, "Keep mine")
        qtbot.waitUntil(lambda: not window.upkeep.active)
        session.undo()
        assert session.document.modified
        window.commands["save"].trigger()
        qtbot.waitUntil(lambda: on_disk(file) == 6)
        assert asked(window) is None

    def test_compare_says_in_words_what_differs(self, window, session, qtbot):
        answer(window, "Compare")
        qtbot.waitUntil(lambda: asked(window, "compared with this window") is not None)
        assert "tanh1 removed; conv1: filters 8 → 20" in asked(window).notice.text
        answer(window, "Reload")
        qtbot.waitUntil(lambda: session.design == THEIRS)

    def test_a_file_that_cannot_be_read_changes_nothing(self, window, session, file, qtbot, notices):
        file.write_text("{")
        answer(window, "Reload")
        qtbot.waitUntil(lambda: any("not JSON" in text for text in notices))
        assert filters(session) == 8
        assert session.document.modified

    def test_saving_asks_instead_of_overwriting(self, window, session, file, qtbot):
        window.commands["save"].trigger()
        qtbot.waitUntil(lambda: asked(window, "was not saved") is not None)
        assert files.load(file) == THEIRS
        assert session.document.modified

    def test_overwrite_writes_mine(self, window, session, file, qtbot):
        window.commands["save"].trigger()
        qtbot.waitUntil(lambda: asked(window, "was not saved") is not None)
        answer(window, "Overwrite")
        qtbot.waitUntil(lambda: on_disk(file) == 8)
        qtbot.waitUntil(lambda: not session.document.modified)

    def test_save_as_leaves_theirs_and_writes_mine_elsewhere(self, window, session, file, qtbot):
        window.commands["save"].trigger()
        qtbot.waitUntil(lambda: asked(window, "was not saved") is not None)
        answer(window, "Save as…")
        other = file.with_name("other.netdraft.json")
        dialog = window.findChild(QFileDialog)
        dialog.fileSelected.emit(str(other))
        dialog.close()
        qtbot.waitUntil(lambda: session.path == other)
        assert files.load(file) == THEIRS
        assert on_disk(other) == 8

    def test_reload_instead_of_saving(self, window, session, qtbot):
        window.commands["save"].trigger()
        qtbot.waitUntil(lambda: asked(window, "was not saved") is not None)
        answer(window, "Reload")
        qtbot.waitUntil(lambda: session.design == THEIRS)


def test_a_change_is_noticed_by_saving_even_if_nothing_has_told_of_it(window, session, file, qtbot):
    window.disk._watcher.blockSignals(True)
    edit(session)
    spec.write(THEIRS, file)
    window.commands["save"].trigger()
    qtbot.waitUntil(lambda: asked(window, "was not saved") is not None)
    assert files.load(file) == THEIRS


class TestGone:
    @pytest.mark.parametrize("how", ["deleted", "moved", "folder moved"])
    def test_it_is_told_and_the_design_counts_as_unsaved(self, window, session, file, qtbot, how):
        if how == "deleted":
            file.unlink()
        elif how == "moved":
            file.rename(file.with_name("elsewhere.json"))
        else:
            file.parent.rename(file.parent.with_name("elsewhere"))
            come_back(window)
        qtbot.waitUntil(lambda: asked(window, "deleted or moved") is not None)
        assert window.isWindowModified()

    def test_save_writes_it_again(self, window, session, file, qtbot):
        file.unlink()
        qtbot.waitUntil(lambda: asked(window, "deleted or moved") is not None)
        answer(window, "Save")
        qtbot.waitUntil(file.exists)
        qtbot.waitUntil(lambda: not session.document.modified)
        assert files.load(file) == lenet5()

    def test_one_that_comes_back_is_saved_again(self, window, session, file, qtbot):
        before = file.read_bytes()
        file.unlink()
        qtbot.waitUntil(lambda: asked(window, "deleted or moved") is not None)
        file.write_bytes(before)
        qtbot.waitUntil(lambda: not session.document.modified)
        assert asked(window) is None

    def test_one_that_comes_back_as_another_is_told(self, window, session, file, qtbot):
        file.unlink()
        qtbot.waitUntil(lambda: asked(window, "deleted or moved") is not None)
        spec.write(THEIRS, file)
        qtbot.waitUntil(lambda: asked(window, "changed by another program") is not None)


class TestTwoWindows:
    @pytest.fixture
    def other(self, window, file, qtbot):
        other = open_window(qtbot)
        other.files.open_path(file)
        qtbot.waitUntil(lambda: other.session.path == file)
        return other

    def told(self, window) -> list[str]:
        return [notice.text for _time, notice in window.notifications.history]

    def test_the_second_is_told_and_the_first_is_not(self, window, other):
        assert any("open in another window too" in text for text in self.told(other))
        assert not any("open in another window too" in text for text in self.told(window))

    def test_a_save_in_one_is_told_in_the_other(self, window, other, qtbot):
        edit(other.session, 9)
        other.commands["save"].trigger()
        qtbot.waitUntil(lambda: asked(window, "changed by another program") is not None)
        assert asked(other) is None

    def test_a_file_that_the_other_has_left_is_nobody_s(self, window, other, file, qtbot):
        window.commands["new"].trigger()
        other.commands["new"].trigger()
        window.files.open_path(file)
        qtbot.waitUntil(lambda: window.session.path == file)
        assert not any("open in another window too" in text for text in self.told(window))

    def test_closing_leaves_no_lock(self, window, other):
        other.close()
        window.close()
        assert list((state_folder() / "open").iterdir()) == []
