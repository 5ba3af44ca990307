from __future__ import annotations

import re
from collections import Counter

import attrs
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMainWindow, QMenu, QWidget

from designer.gallery.lenet import lenet5
from designer.graph.edits import RemoveNodes, SetName, SetParameters
from designer.resources import resource
from designer.session.runs import RunState
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.canvas.action_kinds import CanvasAction
from designer.ui.canvas.keys import canvas_keys
from designer.ui.shell import shortcuts as module
from designer.ui.shell.action_kinds import WindowSetting, always
from designer.ui.shell.actions import ENTRIES
from designer.ui.shell.shortcuts import listed_shortcuts
from designer.ui.shell.window_actions import Actions

OLD_KEYS = {"F14", "F16", "F18", "F20", "Undo", "Redo", "Cut", "Copy", "Paste", "Open", "Save", "New", "Help"}
OLD_KEYS |= {"Zoom In", "Zoom Out"}


@pytest.fixture
def called():
    return Counter()


@pytest.fixture
def window(qtbot):
    window = QMainWindow()
    window.bridge = Bridge(Session(lenet5()), window)
    window.canvas = QWidget()
    window.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.setCentralWidget(window.canvas)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    window.canvas.setFocus()
    return window


def unticked(entry):
    """The entry as it is where no setting is on: this window has none."""
    return attrs.evolve(entry, checked=lambda _window: False) if isinstance(entry, WindowSetting) else entry


@pytest.fixture
def actions(window, called):
    def counted(entry):
        return attrs.evolve(entry, do=lambda *_target: called.update([entry.id]), when=always)

    actions = Actions(window, [counted(unticked(entry)) for entry in ENTRIES])
    actions.named = actions.fill_menu_bar(window.menuBar())
    return actions


def test_ids_are_unique():
    assert [name for name, count in Counter(entry.id for entry in ENTRIES).items() if count > 1] == []


def test_no_two_actions_claim_the_same_keys(actions):
    claims = Counter(keys.toString() for name in actions for keys in actions[name].shortcuts())
    assert {keys: count for keys, count in claims.items() if count > 1} == {}


def test_every_action_is_in_one_menu(actions, window):
    def listed(menu: QMenu):
        for action in menu.actions():
            if action.menu() is not None:
                yield from listed(action.menu())
            elif not action.isSeparator():
                yield action.objectName()

    found = Counter(name for top in window.menuBar().actions() for name in listed(top.menu()))
    assert found == Counter(entry.id for entry in ENTRIES)


def test_mnemonics_of_a_menu_differ(actions, window):
    def check(menu: QMenu):
        letters = [match[1].lower() for action in menu.actions() if (match := re.search(r"&(\w)", action.text()))]
        assert len(letters) == len(set(letters)), (menu.title(), letters)
        for action in menu.actions():
            if action.menu() is not None:
                check(action.menu())

    for top in window.menuBar().actions():
        check(top.menu())


def test_every_entry_has_a_mnemonic():
    assert [entry.id for entry in ENTRIES if "&" not in entry.text] == []


def test_icons_exist():
    assert [entry.icon for entry in ENTRIES if entry.icon and not resource(f"icons/{entry.icon}.svg").exists()] == []


def test_a_tool_tip_says_the_keys(actions):
    assert actions["run"].toolTip() == "Compute the feature maps (F5)"
    assert actions["save"].toolTip().endswith(f"({QKeySequence(QKeySequence.StandardKey.Save).toString()})")


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.keys], ids=lambda entry: entry.id)
def test_the_keys_work(entry, actions, called, window):
    for keys in actions[entry.id].shortcuts():
        if OLD_KEYS & set(keys.toString().split("+")):
            continue  # keys of old keyboards, which QTest cannot press
        before = called[entry.id]
        QTest.keySequence(window.canvas, keys)
        assert called[entry.id] == before + 1, keys.toString()


def test_a_text_field_keeps_its_own_keys(actions, called, window, qtbot):
    field = QLineEdit("conv1", window)
    field.show()
    field.setFocus()
    for keys in ("Ctrl+A", "Ctrl+C", "Del", "F"):
        QTest.keySequence(field, QKeySequence(keys))
    assert called == Counter()
    assert field.text().lower() == "f"


def test_a_list_keeps_copy_and_delete(actions, called, window):
    other = QWidget(window)
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    other.show()
    other.setFocus()
    for keys in ("Ctrl+C", "Del", "Ctrl+A", "F"):
        QTest.keySequence(other, QKeySequence(keys))
    assert called == Counter()
    QTest.keySequence(other, QKeySequence("Ctrl+S"))
    assert called == Counter(["save"])


def test_the_overview_lists_every_action_with_keys(actions):
    with_keys = [entry for entry in ENTRIES if module.keys_of(entry)]
    rows = dict(listed_shortcuts())
    assert len(rows) == len(with_keys) > 20
    assert rows["Compute the feature maps"] == "F5"


def test_the_canvas_answers_the_keys_that_the_menus_show(qapp):
    """It does not know the window, so no action of the window may claim what a platform gives to one of its own."""
    shown = {
        keys.toString(): entry.id
        for entry in ENTRIES
        if isinstance(entry, CanvasAction)
        for keys in module.keys_of(entry)
    }
    assert shown["F2"] == "rename"
    more = {keys: entry.id for keys, entry in canvas_keys().items() if keys in entry.more_keys}
    assert {keys: entry.id for keys, entry in canvas_keys().items()} == more | shown


class TestStates:
    @pytest.fixture
    def session(self, window):
        return window.bridge.session

    @pytest.fixture
    def actions(self, window):
        return Actions(window, [unticked(entry) for entry in ENTRIES])

    def enabled(self, actions, *names):
        return [actions[name].isEnabled() for name in names]

    def test_at_first_there_is_nothing_to_undo(self, actions):
        assert self.enabled(actions, "undo", "redo", "stop", "cut", "rename") == [False] * 5
        assert self.enabled(actions, "select_all", "fit", "lay_out", "run", "paste") == [True] * 5

    def test_undo_and_redo_name_the_step(self, actions, session):
        edit = SetParameters("conv1", {"filters": 8})
        session.do(edit)
        assert actions["undo"].text() == f"&Undo: {edit.label()}"
        assert edit.label() in actions["undo"].toolTip()
        session.undo()
        assert actions["redo"].text() == f"&Redo: {edit.label()}"
        assert self.enabled(actions, "undo", "redo") == [False, True]

    def test_an_ampersand_in_a_name_is_no_mnemonic(self, actions, session):
        session.do(SetName("R&D"))
        assert actions["undo"].text() == "&Undo: Name the design R&&D"

    def test_a_selection_can_be_cut(self, actions, session):
        session.select(["conv1"])
        assert self.enabled(actions, "cut", "copy", "duplicate", "delete_reconnect", "rename") == [True] * 5

    def test_an_empty_design_has_nothing_to_fit(self, actions, session):
        session.do(RemoveNodes(session.design.nodes))
        assert self.enabled(actions, "select_all", "fit", "lay_out", "export_png") == [False] * 4

    def test_a_run_can_be_stopped(self, actions, session):
        session._set_run_state(RunState(True, "conv1", 0, 3))
        assert self.enabled(actions, "stop") == [True]
        session._set_run_state(RunState())
        assert self.enabled(actions, "stop") == [False]

    def test_what_is_saved_need_not_be_saved(self, actions, session, tmp_path):
        assert self.enabled(actions, "save") == [True]
        session.saved_as(tmp_path / "x.netdraft.json", session.design)
        assert self.enabled(actions, "save") == [False]
        session.do(SetParameters("conv1", {"filters": 8}))
        assert self.enabled(actions, "save") == [True]
