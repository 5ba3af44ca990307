"""Renaming in place."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


def retype(editor, text):
    editor.selectAll()
    QTest.keyClicks(editor, text)


def test_f2_renames_and_keeps_the_node_selected(canvas):
    before = canvas.design
    canvas.session.select(["conv1"])
    canvas.key(Qt.Key.Key_F2)
    editor = canvas.view.editor
    assert editor.text() == "conv1"
    assert editor.geometry().contains(canvas.name("conv1"))
    retype(editor, "first")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert canvas.view.editor is None
    assert list(canvas.design.nodes) == ["image", "first", "relu1", "pool1", "add1"]
    assert canvas.session.selection == ("first",)
    assert canvas.scene.nodes["first"].selected
    canvas.session.undo()
    assert canvas.design is before


def test_a_double_click_on_the_name_renames(canvas):
    QTest.mouseDClick(canvas.view.viewport(), Qt.MouseButton.LeftButton, pos=canvas.name("relu1"))
    assert canvas.view.editor.node == "relu1"
    assert canvas.session.selection == ("relu1",)
    QTest.keyClick(canvas.view.editor, Qt.Key.Key_Escape)


def test_escape_keeps_the_name(canvas):
    before = canvas.design
    canvas.session.select(["conv1"])
    canvas.view.rename_current()
    retype(canvas.view.editor, "other")
    QTest.keyClick(canvas.view.editor, Qt.Key.Key_Escape)
    assert canvas.view.editor is None
    assert canvas.design is before
    assert canvas.view.hasFocus()


def test_a_taken_name_is_refused_and_the_editor_stays(canvas):
    before = canvas.design
    canvas.session.select(["conv1"])
    canvas.view.rename_current()
    editor = canvas.view.editor
    retype(editor, "relu1")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert canvas.view.editor is editor
    assert "relu1" in editor.toolTip()
    assert canvas.notices[-1].text == editor.toolTip()
    assert canvas.design is before
    retype(editor, "relu9")
    assert editor.toolTip() == ""
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert "relu9" in canvas.design.nodes


def test_leaving_takes_a_good_name_and_forgets_a_bad_one(canvas):
    canvas.session.select(["conv1"])
    canvas.view.rename_current()
    retype(canvas.view.editor, "good")
    canvas.click(canvas.body("pool1"))
    assert "good" in canvas.design.nodes
    canvas.session.select(["good"])
    canvas.view.rename_current()
    retype(canvas.view.editor, "1 bad")
    canvas.view.setFocus()
    assert canvas.view.editor is None
    assert "good" in canvas.design.nodes


def test_the_editor_follows_the_zoom(canvas):
    canvas.session.select(["conv1"])
    canvas.view.rename_current()
    canvas.view.zoom_to(0.5)
    assert canvas.view.editor.geometry().contains(canvas.name("conv1"))
    canvas.view.editor.close_editor()


def test_nothing_selected_nothing_renamed(canvas):
    canvas.view.rename_current()
    assert canvas.view.editor is None


def test_the_focus_stays_where_the_hand_went(canvas, qtbot):
    window, field = canvas.above_a_field(qtbot)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    canvas.session.select(["conv1"])
    canvas.view.rename_current()
    retype(canvas.view.editor, "renamed")
    field.setFocus()
    assert "renamed" in canvas.design.nodes
    assert window.focusWidget() is field
    canvas.view.setParent(None)
