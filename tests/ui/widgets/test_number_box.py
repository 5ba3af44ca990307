from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QMainWindow, QStyle, QStyleOptionSpinBox, QWidget

from designer.ui.widgets.number_box import RealNumberBox, WholeNumberBox


@pytest.fixture
def heard():
    return []


@pytest.fixture
def window(qtbot):
    """A window with a line beside the box, which can take its focus."""
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    window.line = QLineEdit(window)
    row.addWidget(window.line)
    return window


def put(qtbot, window, box, value, heard):
    window.layout().insertWidget(0, box)
    box.set_value(value)
    box.entered.connect(heard.append)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    box.selectAll()
    return box


@pytest.fixture
def whole(qtbot, window, heard):
    return put(qtbot, window, WholeNumberBox(1, 100_000), 16, heard)


@pytest.fixture
def real(qtbot, window, heard):
    return put(qtbot, window, RealNumberBox(0.0, 1.0), 0.5, heard)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def wheel(widget, steps):
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_setting_a_value_is_not_told(whole, heard):
    whole.set_value(10_240)
    assert plain(whole.text()) == "10 240"
    assert heard == []


def test_typing_is_told_as_it_goes(qtbot, whole, heard):
    qtbot.keyClicks(whole, "64")
    assert heard == [6, 64]


@pytest.mark.parametrize("typed", ["10 240", "10,240", "10_240"])
def test_thousands_may_be_typed(whole, typed):
    assert whole.parse(typed) == 10_240


def test_what_is_no_number_is_told_as_text(qtbot, whole, heard):
    qtbot.keyClicks(whole, "x")
    assert heard == ["x"]


def test_an_empty_line_is_not_told(qtbot, whole, heard):
    qtbot.keyClick(whole, Qt.Key.Key_Backspace)
    assert whole.text() == ""
    assert heard == []


def test_arrow_keys_step(qtbot, whole, heard):
    qtbot.keyClick(whole, Qt.Key.Key_Up)
    assert heard == [17]


def test_steps_stop_at_the_bounds(qtbot, whole, heard):
    whole.set_value(3)
    qtbot.keyClick(whole, Qt.Key.Key_PageDown)
    assert heard == [1]
    whole.set_value(1)
    qtbot.keyClick(whole, Qt.Key.Key_Down)
    assert heard == [1]


def test_a_wheel_turns_it_with_the_focus(whole, heard):
    assert wheel(whole, 1)
    assert heard == [17]


def test_a_wheel_without_the_focus_scrolls_the_form_instead(qtbot, window, whole, heard):
    window.line.setFocus()
    qtbot.waitUntil(lambda: not whole.hasFocus())
    assert not wheel(whole, 1)
    assert heard == []


def test_escape_gives_up_what_was_typed(qtbot, whole, heard):
    qtbot.keyClicks(whole, "0")
    qtbot.keyClick(whole, Qt.Key.Key_Escape)
    assert whole.text() == "16"
    assert heard == [0, 16]


def test_leaving_puts_the_value_back(qtbot, whole):
    qtbot.keyClicks(whole, "0")
    qtbot.keyClick(whole, Qt.Key.Key_Tab)
    assert whole.text() == "16"


def test_several_values_are_a_dash_and_cannot_be_stepped(qtbot, whole, heard):
    whole.set_value(None)
    assert whole.lineEdit().placeholderText() == "—"
    qtbot.keyClick(whole, Qt.Key.Key_Up)
    assert heard == []
    qtbot.keyClicks(whole, "8")
    assert heard == [8]


def test_undo_is_left_to_the_window(qtbot, heard):
    window = QMainWindow()
    qtbot.addWidget(window)
    box = WholeNumberBox(1, 100)
    box.set_value(16)
    window.setCentralWidget(box)
    undo = QAction(window)
    undo.setShortcut(Qt.Modifier.CTRL | Qt.Key.Key_Z)
    undo.triggered.connect(lambda: heard.append("undo"))
    window.addAction(undo)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    qtbot.keyClicks(box, "8")
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert heard == ["undo"]


def test_small_numbers_are_written_and_read_with_an_exponent(qtbot, real, heard):
    real.set_value(1e-5)
    assert real.text() == "1e-5"
    real.selectAll()
    qtbot.keyClicks(real, "1e-3")
    assert heard[-1] == 0.001


def test_a_decimal_comma_is_read(real):
    assert real.parse("0,25") == 0.25


@pytest.mark.parametrize(
    ("value", "steps", "result"),
    [
        (0.5, 1, 0.6),
        (0.5, -1, 0.4),
        (0.1, -1, 0.09),
        (1e-5, 1, 2e-5),
        (1e-5, -1, 9e-6),
        (0.0, 1, 0.01),
        (-0.1, 1, -0.09),
    ],
)
def test_a_step_changes_the_leading_digit(real, value, steps, result):
    assert real.stepped(value, steps) == pytest.approx(result, rel=1e-12)


@pytest.mark.parametrize(("button", "value"), [("Up", 17), ("Down", 15)])
def test_the_arrows_can_be_clicked(qtbot, whole, heard, button, value):
    option = QStyleOptionSpinBox()
    whole.initStyleOption(option)
    arrow = getattr(QStyle.SubControl, f"SC_SpinBox{button}")
    place = whole.style().subControlRect(QStyle.ComplexControl.CC_SpinBox, option, arrow, whole).center()
    qtbot.mouseClick(whole, Qt.MouseButton.LeftButton, pos=place)
    assert heard == [value]
    assert whole.text() == str(value)
