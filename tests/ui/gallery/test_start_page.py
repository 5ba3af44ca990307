"""What an empty document shows, when it comes and goes, and that the canvas is not in its way."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.graph.design import Design
from designer.graph.edits import RemoveNodes
from designer.resources import resource
from designer.ui.canvas.gestures.drops import LAYER_MIME
from designer.ui.gallery.recent_files import what_it_is
from designer.ui.gallery.start_page import NARROW
from tests.helpers.windows import open_window


@pytest.fixture
def window(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("NETDRAFT_CACHE", str(tmp_path / "cache"))
    shown = open_window(qtbot, Design(name="Untitled"))
    qtbot.waitExposed(shown)
    return shown


def _enter(widget, mime):
    event = QDragEnterEvent(
        QPoint(20, 20), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(widget, event)
    return event


def test_it_covers_an_empty_canvas_and_goes_with_the_first_layer(qtbot, window):
    page = window.gallery.page
    assert page.isVisible()
    assert page.size() == window.canvas.size()
    assert window.canvas.hasFocus()  # what comes next may be a paste
    other = open_window(qtbot)
    assert other.gallery.page is None
    other.canvas.select(["conv1"])
    other.canvas.copy()
    window.canvas.paste(QPointF())
    assert list(window.session.design.nodes) == ["conv1"]
    assert not page.isVisible()
    window.session.do(RemoveNodes(["conv1"]))
    assert page.isVisible()
    window.session.undo()
    assert not page.isVisible()


def test_new_leaves_the_canvas_free_until_another_document_comes(window):
    page = window.gallery.page
    QTest.mouseClick(page.new_button, Qt.MouseButton.LeftButton)
    assert not page.isVisible()
    assert window.canvas.hasFocus()
    window.files.new()
    assert page.isVisible()
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()


def test_a_layer_from_the_palette_finds_the_canvas_and_a_file_the_window(window):
    page, mime = window.gallery.page, QMimeData()
    mime.setData(LAYER_MIME, b"conv2d")
    assert not _enter(page, mime).isAccepted()
    assert not page.isVisible()
    assert _enter(window.canvas.viewport(), mime).isAccepted()
    QApplication.sendEvent(window.canvas.viewport(), QDragLeaveEvent())
    assert page.isVisible()
    # A file is taken by the window behind both.
    mime = QMimeData()
    mime.setUrls(["file:///nowhere/net.netdraft.json"])
    assert _enter(page, mime).isAccepted()
    assert page.isVisible()
    # A narrow canvas leaves the gallery to its window.
    page.fit(NARROW - 1, 400)
    assert not page.gallery.isVisible()
    page.fit(NARROW, 400)
    assert page.gallery.isVisible()


def test_recent_files_say_what_they_are_and_open(qtbot, window, tmp_path):
    path = tmp_path / "mine.netdraft.json"
    shutil.copy(resource("examples/ten_filters.netdraft.json"), path)
    window.preferences.add_recent(path)
    window.files.new()
    window.gallery.page.hide()
    window.files.new()
    (row,) = window.gallery.page.recent.values()
    qtbot.waitUntil(lambda: row.subtitle == "Ten filters · 2 layers")
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.path == path)
    assert not window.gallery.page.isVisible()


def test_an_example_and_a_network_open(qtbot, window):
    page = window.gallery.page
    QTest.mouseClick(page.findChild(object, "example_residual_block"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.design.name == "Residual block")
    window.files.new()
    page.gallery.cards.choose("lenet5")
    QTest.keyClick(page.gallery.cards, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.design.name == "LeNet-5")


def test_what_files_are(tmp_path):
    broken = tmp_path / "broken.netdraft.json"
    broken.write_text("{")
    assert what_it_is(broken) == "cannot be opened"
    assert what_it_is(resource("examples/lenet5.netdraft.json")) == "LeNet-5 · 13 layers"
    assert what_it_is(tmp_path / "gone.json") == "cannot be read"
    assert what_it_is(tmp_path / "net.onnx") == "ONNX models"
