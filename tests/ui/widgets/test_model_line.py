from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMainWindow, QWidget

from designer.ui.widgets.model_line import ModelLine


@pytest.fixture
def window(qtbot):
    """A window with an undo action, a line that shows "conv1", and another that can take its focus."""
    window = QMainWindow()
    qtbot.addWidget(window)
    inside = QWidget()
    row = QHBoxLayout(inside)
    window.line, window.other = ModelLine(), QLineEdit()
    row.addWidget(window.line)
    row.addWidget(window.other)
    window.setCentralWidget(inside)
    window.undone = []
    undo = QAction(window)
    undo.setShortcut(Qt.Modifier.CTRL | Qt.Key.Key_Z)
    undo.triggered.connect(lambda: window.undone.append(True))
    window.addAction(undo)
    window.line.set_model_text("conv1")
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    window.line.setFocus()
    qtbot.waitUntil(window.line.hasFocus)
    window.line.selectAll()
    return window


def undo(qtbot, widget):
    qtbot.keyClick(widget, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def test_what_is_typed_is_wanted(qtbot, window):
    assert window.line.typed() is None
    qtbot.keyClicks(window.line, " stem ")
    assert window.line.typed() == "stem"


def test_an_empty_line_wants_nothing(qtbot, window):
    qtbot.keyClick(window.line, Qt.Key.Key_Backspace)
    assert window.line.typed() is None


def test_leaving_puts_the_models_text_back(qtbot, window):
    qtbot.keyClicks(window.line, "stem")
    window.other.setFocus()
    qtbot.waitUntil(lambda: window.line.text() == "conv1")


def test_escape_puts_it_back(qtbot, window):
    qtbot.keyClicks(window.line, "stem")
    qtbot.keyClick(window.line, Qt.Key.Key_Escape)
    assert window.line.text() == "conv1"


def test_what_is_being_typed_stays_while_the_model_keeps_its_text(qtbot, window):
    qtbot.keyClicks(window.line, "stem")
    window.line.set_model_text("conv1")
    assert window.line.text() == "stem"
    window.line.set_model_text("conv2")
    assert window.line.text() == "conv2"


def test_undo_is_the_windows_while_nothing_is_typed(qtbot, window):
    undo(qtbot, window.line)
    assert window.undone == [True]


def test_undo_is_the_lines_own_while_something_is_typed(qtbot, window):
    qtbot.keyClicks(window.line, "x")
    undo(qtbot, window.line)
    assert window.undone == []
    assert window.line.text() == "conv1"
