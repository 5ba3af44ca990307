from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMessageBox, QPushButton, QToolButton, QWidget

from designer.session.notices import Choice, Level, Notice
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell import notifications as module
from designer.ui.shell.messages_window import MessagesWindow
from designer.ui.shell.notifications import Answer, Notifications, ask_save
from designer.ui.shell.toast import LIFETIME_MS, Toast


@pytest.fixture
def host(qtbot):
    host = QWidget()
    host.resize(900, 600)
    qtbot.addWidget(host)
    host.show()
    return host


@pytest.fixture
def session():
    return Session()


@pytest.fixture
def hub(host, session):
    hub = Notifications(Bridge(session, host), host)
    yield hub
    hub.dismiss_all()


def texts(hub: Notifications) -> list[str]:
    return [toast.notice.text for toast in hub.toasts if toast.isVisible()]


def clock(toast: Toast):
    return toast._clock


def test_a_notice_of_the_session_is_shown_over_the_canvas(hub, session, host):
    session.notice("kernel 7 is larger than the image", Level.WARNING)
    toast = host.findChild(Toast)
    assert toast.isVisible()
    assert "kernel 7 is larger than the image" in [label.text() for label in toast.findChildren(QLabel)]


def test_notices_sit_in_the_lower_right_corner(hub, session, host):
    session.notice("one")
    session.notice("two")
    lower, upper = (hub.toasts[index].geometry() for index in (1, 0))
    assert (900 - lower.right() - 1, 600 - lower.bottom() - 1) == (module.MARGIN, module.MARGIN)
    assert upper.bottom() < lower.top()


def test_they_stay_there_when_the_window_grows(hub, session, host, qtbot):
    session.notice("one")
    host.resize(1200, 700)
    qtbot.waitUntil(lambda: hub.toasts[0].geometry().right() == 1200 - module.MARGIN - 1)
    assert hub.toasts[0].geometry().bottom() == 700 - module.MARGIN - 1


def test_a_long_notice_is_wrapped_and_readable_whole(hub, session):
    session.notice("word " * 60)
    label = next(label for label in hub.toasts[0].findChildren(QLabel) if label.text().startswith("word"))
    assert label.height() >= label.heightForWidth(label.width())


@pytest.mark.parametrize("level", [Level.SUCCESS, Level.HINT, Level.WARNING])
def test_what_is_no_error_goes_by_itself(hub, session, level, monkeypatch, qtbot):
    monkeypatch.setitem(LIFETIME_MS, level, 20)
    session.notice("saved", level)
    assert texts(hub) == ["saved"]
    qtbot.waitUntil(lambda: texts(hub) == [])


def test_an_error_has_no_clock(hub, session):
    session.notice("disk full", Level.ERROR)
    assert not clock(hub.toasts[0]).isActive()


def test_the_pointer_stops_the_clock(hub, session):
    session.notice("one")
    toast = hub.toasts[0]
    assert clock(toast).isActive()
    point = QPointF(5, 5)
    QApplication.sendEvent(toast, QEnterEvent(point, point, point))
    assert not clock(toast).isActive()
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert clock(toast).isActive()


def test_at_most_three_are_shown_and_errors_outlive_hints(hub, session):
    session.notice("error", Level.ERROR)
    for text in ("one", "two", "three"):
        session.notice(text)
    assert texts(hub) == ["error", "two", "three"]


def test_three_errors_make_room_for_a_fourth(hub, session):
    for text in ("a", "b", "c", "d"):
        session.notice(text, Level.ERROR)
    assert texts(hub) == ["b", "c", "d"]


def test_a_hint_is_seen_beside_three_errors(hub, session):
    for text in ("a", "b", "c"):
        session.notice(text, Level.ERROR)
    session.notice("saved", Level.SUCCESS)
    assert texts(hub) == ["b", "c", "saved"]


def test_the_same_words_again_are_counted(hub, session):
    session.notice("no picture")
    session.notice("no picture")
    assert texts(hub) == ["no picture"]
    assert any("×2" in label.text() for label in hub.toasts[0].findChildren(QLabel))
    assert len(hub.history) == 2


def test_the_button_closes(hub, session, qtbot):
    session.notice("disk full", Level.ERROR)
    qtbot.mouseClick(hub.toasts[0].findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert texts(hub) == []


def test_escape_closes_the_one_with_the_focus(hub, session, host, qtbot):
    session.notice("disk full", Level.ERROR)
    session.notice("bad image", Level.ERROR)
    button = hub.toasts[0].findChild(QToolButton)
    host.activateWindow()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Escape)
    assert texts(hub) == ["bad image"]


def test_the_text_can_be_selected(hub, session):
    session.notice("conv1.weight")
    label = next(label for label in hub.toasts[0].findChildren(QLabel) if label.text() == "conv1.weight")
    wanted = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    assert label.textInteractionFlags() & wanted == wanted


def test_markup_is_shown_as_it_is(hub, session):
    """A file may be called anything."""
    session.notice("<b>x</b>.png: no such file", Level.ERROR)
    label = next(label for label in hub.toasts[0].findChildren(QLabel) if "x" in label.text())
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_a_reader_hears_the_level_and_the_text(hub, session):
    session.notice("disk full", Level.ERROR)
    assert hub.toasts[0].accessibleName() == "Error: disk full"


def test_the_history_keeps_what_was_dismissed(hub, session, host, qtbot):
    session.notice("one")
    hub.dismiss_all()
    session.notice("two", Level.ERROR)
    window = MessagesWindow(hub, host)
    window.show()
    rows = [window.list.item(row).text() for row in range(window.list.count())]
    assert [row.split(maxsplit=1)[1] for row in rows] == ["two", "one"]
    session.notice("three")
    assert window.list.count() == 3
    assert not window.isModal()


def test_an_empty_history_says_so(hub, host):
    window = MessagesWindow(hub, host)
    window.show()
    assert any("Nothing has been said" in label.text() for label in window.findChildren(QLabel) if label.isVisible())


def test_the_history_is_bounded(hub, session):
    for number in range(module.REMEMBERED + 5):
        session.notice(str(number))
    assert [hub.history[0][1], len(hub.history)] == [Notice("5"), module.REMEMBERED]


def test_while_quiet_hints_are_only_recorded(hub, session):
    hub.quiet = True
    session.notice("resized from 451×300 to 64×64")
    session.notice("disk full", Level.ERROR)
    assert texts(hub) == ["disk full"]
    assert [notice.text for _time, notice in hub.history] == ["resized from 451×300 to 64×64", "disk full"]


class TestAskSave:
    @pytest.fixture
    def answers(self):
        return []

    @pytest.fixture
    def box(self, host, answers):
        return ask_save(host, "net.netdraft.json", answers.append)

    @pytest.mark.parametrize(
        ("role", "answer"),
        [
            (QMessageBox.ButtonRole.AcceptRole, Answer.SAVE),
            (QMessageBox.ButtonRole.DestructiveRole, Answer.DISCARD),
            (QMessageBox.ButtonRole.RejectRole, Answer.CANCEL),
        ],
    )
    def test_each_button_answers(self, box, answers, role, answer, qtbot):
        button = next(button for button in box.findChildren(QPushButton) if box.buttonRole(button) == role)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert answers == [answer]

    def test_escape_cancels(self, box, answers):
        QTest.keyClick(box, Qt.Key.Key_Escape)
        assert answers == [Answer.CANCEL]

    def test_return_saves(self, box, answers):
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert answers == [Answer.SAVE]

    def test_it_names_the_file(self, box):
        assert "net.netdraft.json" in box.text()
        QTest.keyClick(box, Qt.Key.Key_Escape)


class TestChoices:
    @pytest.fixture
    def answers(self):
        return []

    @pytest.fixture
    def ask(self, session, answers):
        def ask(text="changed on disk", subject="", level=Level.HINT):
            choices = (
                Choice("Reload", lambda: answers.append("reload")),
                Choice("Later", lambda: answers.append("later"), closing=True),
            )
            session.notice(text, level, choices, subject)

        return ask

    def button(self, toast, text):
        return next(button for button in toast.findChildren(QPushButton) if button.text() == text)

    def test_a_button_answers_and_closes(self, hub, ask, answers):
        ask()
        QTest.mouseClick(self.button(hub.toasts[0], "Reload"), Qt.MouseButton.LeftButton)
        assert answers == ["reload"]
        assert texts(hub) == []

    def test_a_button_can_be_reached_and_pressed_by_key(self, hub, ask, answers, host):
        ask()
        button = self.button(hub.toasts[0], "Reload")
        host.activateWindow()
        button.setFocus()
        QTest.keyClick(button, Qt.Key.Key_Space)
        assert answers == ["reload"]

    def test_the_keyboard_goes_to_the_question_and_back(self, hub, ask, answers, host, session, qtbot):
        before = QLineEdit(host)
        before.show()
        host.activateWindow()
        before.setFocus()
        ask()
        session.notice("saved")
        hub.focus_latest()
        hub.focus_latest()
        assert QApplication.focusWidget() is self.button(hub.toasts[0], "Reload")
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is self.button(hub.toasts[0], "Later")
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
        assert answers == ["later"]
        assert QApplication.focusWidget() is before

    def test_without_a_question_it_goes_to_the_button_that_closes(self, hub, session, host):
        hub.focus_latest()
        host.activateWindow()
        session.notice("broken", Level.ERROR)
        hub.focus_latest()
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
        assert texts(hub) == []

    def test_closing_it_means_the_answer_that_changes_nothing(self, hub, ask, answers):
        ask()
        QTest.keyClick(hub.toasts[0], Qt.Key.Key_Escape)
        ask()
        hub.dismiss_all()
        assert answers == ["later", "later"]
        assert texts(hub) == []

    def test_it_stays_until_it_is_answered(self, hub, ask):
        ask(level=Level.HINT)
        assert not clock(hub.toasts[0]).isActive()

    def test_it_is_shown_even_while_hints_are_only_recorded(self, hub, ask):
        hub.quiet = True
        ask()
        assert texts(hub) == ["changed on disk"]

    def test_other_notices_do_not_push_it_out(self, hub, ask, session):
        ask()
        for number in range(6):
            session.notice(f"error {number}", Level.ERROR)
        assert texts(hub) == ["changed on disk", "error 3", "error 4", "error 5"]

    def test_the_same_subject_again_takes_its_place(self, hub, ask, answers):
        ask("changed by a", "disk")
        ask("changed by b", "disk")
        assert texts(hub) == ["changed by b"]
        assert answers == []

    def test_what_is_no_longer_so_is_withdrawn(self, hub, ask, answers):
        ask(subject="disk")
        ask("something else", "other")
        hub.withdraw("disk")
        assert texts(hub) == ["something else"]
        assert answers == []

    def test_the_buttons_fit_below_the_text(self, hub, ask):
        ask("word " * 40)
        toast = hub.toasts[0]
        label = next(label for label in toast.findChildren(QLabel) if label.text().startswith("word"))
        assert label.height() >= label.heightForWidth(label.width())
        assert self.button(toast, "Reload").geometry().top() >= label.geometry().bottom()
        assert toast.rect().contains(self.button(toast, "Later").geometry())
