"""Unsaved work is on disk shortly after every edit, and goes from there when it is saved or given up."""

from __future__ import annotations

import errno
import os
import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.files import spec
from designer.gallery.lenet import lenet5
from designer.graph.design import Design
from designer.graph.edits import SetParameters, SetWeights
from designer.library import files
from designer.session.durability.recovery import NAME, RecoveryCopy, Unsaved, left_behind, recovery_folder
from designer.session.durability.snapshots import read_snapshot
from designer.session.durability.state_folder import state_folder
from designer.session.notices import Level
from designer.ui.files import autosave as module
from tests.helpers.windows import open_window


@pytest.fixture
def window(qtbot):
    return open_window(qtbot)


@pytest.fixture
def session(window):
    return window.session


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.netdraft.json"
    spec.write(lenet5(), path)
    return path


def edit(session, filters: int = 8) -> None:
    session.do(SetParameters("conv1", {"filters": filters}))


def copies() -> list[Design]:
    """The designs of every copy on disk."""
    return [read_snapshot(path).design() for path in recovery_folder().glob(f"*/{NAME}")]


def filters() -> list[int]:
    return [design.nodes["conv1"].layer.filters for design in copies()]


def settled(window) -> bool:
    return not window.upkeep.active


class TestCopies:
    def test_a_design_that_is_saved_has_none(self, window, qtbot):
        QApplication.sendPostedEvents()
        assert settled(window)
        assert not state_folder().exists()

    def test_an_edit_by_keyboard_reaches_the_disk(self, window, qtbot):
        window.session.select(["tanh1"])
        QTest.keySequence(window.canvas, QKeySequence(Qt.Key.Key_Delete))
        qtbot.waitUntil(lambda: ["tanh1" in design.nodes for design in copies()] == [False])

    def test_every_edit_follows(self, window, session, qtbot):
        for count in (7, 8, 9):
            edit(session, count)
            qtbot.waitUntil(lambda count=count: filters() == [count])

    def test_it_is_written_although_edits_never_pause(self, window, session, qtbot):
        window.autosave.set_intervals(3_600_000, 20)
        edit(session)
        qtbot.waitUntil(lambda: filters() == [8])

    def test_five_seconds_are_kept_with_room_for_the_writing(self):
        assert module.REST_MS <= module.MOST_MS <= 4_000

    def test_many_edits_at_once_are_one_copy(self, window, session, qtbot, monkeypatch):
        written = []
        start = window.upkeep.start
        monkeypatch.setattr(window.upkeep, "start", lambda *given: (written.append(given[-1]), start(*given))[1])
        for count in range(2, 60):
            edit(session, count)
        qtbot.waitUntil(lambda: filters() == [59] and settled(window))
        assert len(written) <= 2

    def test_the_user_s_own_file_is_left_alone(self, window, session, file, qtbot):
        before = file.read_bytes(), file.stat().st_mtime_ns
        window.files.open_path(file)
        qtbot.waitUntil(lambda: session.path == file)
        edit(session)
        qtbot.waitUntil(lambda: filters() == [8])
        assert (file.read_bytes(), file.stat().st_mtime_ns) == before
        assert [path.name for path in file.parent.iterdir()] == [file.name]

    def test_undo_to_what_is_saved_removes_it(self, window, session, qtbot):
        edit(session)
        qtbot.waitUntil(lambda: filters() == [8])
        session.undo()
        qtbot.waitUntil(lambda: list(recovery_folder().iterdir()) == [])

    def test_saving_removes_it_and_the_next_edit_brings_it_back(self, window, session, file, qtbot):
        window.files.open_path(file)
        qtbot.waitUntil(lambda: session.path == file)
        edit(session)
        qtbot.waitUntil(lambda: filters() == [8])
        window.commands["save"].trigger()
        qtbot.waitUntil(lambda: list(recovery_folder().iterdir()) == [])
        assert files.load(file).nodes["conv1"].layer.filters == 8
        edit(session, 9)
        qtbot.waitUntil(lambda: filters() == [9])

    def test_two_windows_have_one_each(self, window, session, qtbot):
        other = open_window(qtbot)
        edit(session, 7)
        edit(other.session, 9)
        qtbot.waitUntil(lambda: sorted(filters()) == [7, 9])

    def test_weights_are_not_written_again(self, window, session, qtbot):
        session.do(SetWeights({"conv1": {"bias": np.ones(6)}}))
        qtbot.waitUntil(lambda: len(list(recovery_folder().glob("*/*.safetensors"))) == 1)
        (weights,) = recovery_folder().glob("*/*.safetensors")
        before = weights.stat()
        session.do(SetParameters("conv2", {"filters": 3}))
        qtbot.waitUntil(lambda: [design.nodes["conv2"].layer.filters for design in copies()] == [3])
        after = weights.stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


class TestLeaving:
    def test_closing_without_saving_leaves_nothing(self, window, session, qtbot):
        edit(session)
        qtbot.waitUntil(lambda: filters() == [8])
        window._leave()
        assert list(recovery_folder().iterdir()) == []

    def test_a_copy_that_is_being_written_at_that_moment_is_removed_too(self, window, session, qtbot, monkeypatch):
        begun, write = threading.Event(), RecoveryCopy.write

        def noted(copy, unsaved):
            begun.set()
            write(copy, unsaved)

        monkeypatch.setattr(RecoveryCopy, "write", noted)
        edit(session)
        qtbot.waitUntil(begun.is_set)
        window._leave()
        assert list(recovery_folder().iterdir()) == []

    def test_a_copy_taken_over_is_removed_even_if_nobody_has_heard_of_it(self, window, session):
        copy = RecoveryCopy()
        copy.write(Unsaved(lenet5()))
        copy.leave()
        (left,) = left_behind()
        edit(session)
        window.autosave.take_over(left)
        window._leave()
        assert list(recovery_folder().iterdir()) == []

    def test_leaving_without_a_question_keeps_the_last_edit(self, window, session):
        window.autosave.set_intervals(3_600_000, 3_600_000)
        edit(session)
        window.leave_unsaved()
        assert not window.isVisible()
        (left,) = left_behind()
        assert left.load().design == session.design
        left.discard()

    def test_and_leaves_nothing_where_all_is_saved(self, window):
        window.leave_unsaved()
        assert left_behind() == ()
        assert not recovery_folder().exists()


class TestTrouble:
    @pytest.fixture
    def full(self, monkeypatch):
        """A disk without room, until the context is undone."""

        def full(_descriptor):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as context:
            context.setattr(os, "fsync", full)
            yield context

    def test_a_full_disk_is_told_once_and_editing_goes_on(self, window, session, qtbot, full):
        told = []
        window.bridge.noticed.connect(told.append)
        for count in (7, 8, 9):
            edit(session, count)
            qtbot.waitUntil(lambda: settled(window) and not window.autosave._rest.isActive())
        assert [notice.level for notice in told] == [Level.WARNING]
        assert "No space left on device" in told[0].text
        assert session.design.nodes["conv1"].layer.filters == 9

    def test_it_tries_again_and_says_when_it_works(self, window, session, qtbot, full):
        told = []
        window.bridge.noticed.connect(told.append)
        edit(session)
        qtbot.waitUntil(lambda: len(told) == 1)
        assert window.autosave._retry.isActive()
        full.undo()
        window.autosave._retry.setInterval(1)
        qtbot.waitUntil(lambda: filters() == [8])
        qtbot.waitUntil(lambda: [notice.level for notice in told] == [Level.WARNING, Level.SUCCESS])

    def test_a_state_folder_that_cannot_be_written_is_told_too(self, window, session, qtbot):
        told = []
        window.bridge.noticed.connect(told.append)
        state_folder().parent.mkdir(parents=True, exist_ok=True)
        state_folder().write_text("a file, no folder")
        edit(session)
        qtbot.waitUntil(lambda: len(told) == 1)
        assert str(state_folder()) in told[0].text
        window._leave()
        assert not window.isVisible()


def test_history_survives_a_save(window, session, file, qtbot):
    window.files.open_path(file)
    qtbot.waitUntil(lambda: session.path == file)
    edit(session, 8)
    window.commands["save"].trigger()
    qtbot.waitUntil(lambda: not session.document.modified)
    edit(session, 9)
    for wanted in (8, 6):
        window.commands["undo"].trigger()
        assert session.design.nodes["conv1"].layer.filters == wanted
    assert window.isWindowModified()
    window.commands["redo"].trigger()
    assert not window.isWindowModified()
