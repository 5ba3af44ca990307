"""The one place that speaks to the user: notices over the canvas, their history, and the single question asked."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, QTime, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QEnterEvent,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from designer.i18n import N_, _
from designer.session.notices import Choice, Level, Notice
from designer.ui.bridge import Bridge
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import Theme, current_theme, icon, tinted_icon

MOST_SHOWN = 3
REMEMBERED = 200
LIFETIME_MS = {Level.SUCCESS: 4000, Level.HINT: 6000, Level.WARNING: 9000}
"""Errors are not listed: they stay until they are closed, and so do notices with choices."""

WIDTH = 380
MARGIN = 16
GAP = 8

_NAMES = {
    Level.SUCCESS: N_("Done"),
    Level.HINT: N_("Note"),
    Level.WARNING: N_("Warning"),
    Level.ERROR: N_("Error"),
}


def level_colour(theme: Theme, level: Level) -> QColor:
    """The colour of a level's sign; the sign itself differs too."""
    return {
        Level.SUCCESS: theme.success,
        Level.HINT: theme.accent,
        Level.WARNING: theme.warning,
        Level.ERROR: theme.problem,
    }[level]


class Toast(FollowsTheme, QFrame):
    """One notice over the canvas. The pointer or the focus on it stops its clock; Escape closes it.

    Signals: ``closed()`` by the user or the clock, a choice included.
    """

    closed = Signal()

    def __init__(self, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self.repeats = 1
        self.setAccessibleName(f"{_(_NAMES[notice.level])}: {notice.text}")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setText(notice.text)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        self._close.setIconSize(QSize(16, 16))
        self._close.setToolTip(_("Dismiss (Esc)"))
        self._close.setAccessibleName(_("Dismiss"))
        self._close.clicked.connect(self.close_unanswered)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 8, 10)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        if notice.choices:
            column.addLayout(self._buttons(notice.choices))
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._time_is_up)
        self._follow_theme()

    def _buttons(self, choices: tuple[Choice, ...]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        for choice in choices:
            button = QPushButton(choice.label, self)
            button.clicked.connect(lambda _checked, choice=choice: self._choose(choice))
            row.addWidget(button)
        return row

    def _choose(self, choice: Choice) -> None:
        # Closed first: the answer may show another notice, which then finds the corner free.
        self.closed.emit()
        choice.chosen()

    def take_focus(self) -> None:
        """Give the keyboard to the first thing that can be pressed; Tab reaches the others."""
        buttons = self.findChildren(QPushButton)
        (buttons[0] if buttons else self._close).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_unanswered(self) -> None:
        """Close the notice; a question then has the answer that changes nothing."""
        self.closed.emit()
        for choice in self.notice.choices:
            if choice.closing:
                choice.chosen()

    def repeat(self) -> None:
        """The same was said again."""
        self.repeats += 1
        self._text.setText(f"{self.notice.text}  (×{self.repeats})")
        self.start_clock()

    def start_clock(self) -> None:
        """Count down from the beginning; errors and questions have no clock."""
        if not self.stays:
            self._clock.start(LIFETIME_MS[self.notice.level])

    @property
    def stays(self) -> bool:
        """Whether it waits for the user instead of going by itself."""
        return bool(self.notice.choices) or self.notice.level not in LIFETIME_MS

    def height_for(self, width: int) -> int:
        """How high the notice must be to show all of its text."""
        return self._column.totalHeightForWidth(width)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Reading takes the time it takes."""
        self._clock.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer has gone: the clock starts over."""
        self.start_clock()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes the notice that has the focus."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_unanswered()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing ticks unseen."""
        self._clock.stop()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card with a stripe in the level's colour."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.card_border, 1))
        painter.setBrush(theme.card)
        painter.drawRoundedRect(card, 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(level_colour(theme, self.notice.level))
        painter.drawRoundedRect(QRectF(5, 8, 3, self.height() - 16), 1.5, 1.5)

    def _time_is_up(self) -> None:
        if self._text.hasFocus() or self._close.hasFocus():
            self.start_clock()
        else:
            self.closed.emit()

    def _apply_theme(self) -> None:
        colour = level_colour(current_theme(), self.notice.level)
        self._sign.setPixmap(tinted_icon(self.notice.level.value, colour).pixmap(20, 20))
        self._close.setIcon(icon("close"))


class Notifications(QObject):
    """Shows the session's notices at the lower right of ``host`` and remembers them.

    Signals: ``recorded(Notice)``.
    """

    recorded = Signal(object)

    def __init__(self, bridge: Bridge, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._focus_before: QWidget | None = None
        self.quiet = False
        """Hints are only recorded: while the window fills itself at the start, nobody has asked for anything."""
        self.history: deque[tuple[QTime, Notice]] = deque(maxlen=REMEMBERED)
        self.toasts: list[Toast] = []
        host.installEventFilter(self)
        bridge.noticed.connect(self.show_notice)

    def show_notice(self, notice: Notice) -> None:
        """Show a notice and remember it; the same text twice is one notice with a count."""
        self.history.append((QTime.currentTime(), notice))
        self.recorded.emit(notice)
        if self.quiet and notice.level is Level.HINT and not notice.choices:
            return
        self.withdraw(notice.subject)
        for toast in self.toasts:
            if toast.notice == notice:
                toast.repeat()
                self._arrange()
                return
        toast = Toast(notice, self._host)
        toast.closed.connect(lambda: self._remove(toast))
        self.toasts.append(toast)
        # Questions are not counted: they wait for an answer, and their subjects keep them few.
        while len(plain := [toast for toast in self.toasts if not toast.notice.choices]) > MOST_SHOWN:
            self._remove(_least_needed(plain))
        self._arrange()
        toast.show()
        toast.raise_()
        toast.start_clock()
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleEvent(toast, QAccessible.Event.Alert))

    def focus_latest(self) -> None:
        """Give the keyboard to the latest question, else to the latest notice; when it is closed it goes back."""
        if not self.toasts:
            return
        toast = next((toast for toast in reversed(self.toasts) if toast.notice.choices), self.toasts[-1])
        now = QApplication.focusWidget()
        if not any(other.isAncestorOf(now) for other in self.toasts if now is not None):
            self._focus_before = now
        toast.take_focus()

    def withdraw(self, subject: str) -> None:
        """Take away the notice of this subject: what it says is no longer so."""
        for toast in tuple(self.toasts):
            if subject and toast.notice.subject == subject:
                self._remove(toast)

    def dismiss_all(self) -> None:
        """Close every notice; the history keeps them."""
        for toast in tuple(self.toasts):
            toast.close_unanswered()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the canvas changes its size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._arrange()
        return False

    def _remove(self, toast: Toast) -> None:
        if toast in self.toasts:
            self.toasts.remove(toast)
            now, before = QApplication.focusWidget(), self._focus_before
            if now is not None and toast.isAncestorOf(now) and before is not None and isValid(before):
                before.setFocus()
            toast.hide()
            toast.deleteLater()
            self._arrange()

    def _arrange(self) -> None:
        width = max(120, min(WIDTH, self._host.width() - 2 * MARGIN))
        bottom = self._host.height() - MARGIN
        for toast in reversed(self.toasts):
            toast.setFixedWidth(width)
            height = toast.height_for(width)
            toast.setFixedHeight(height)
            toast.move(QPoint(self._host.width() - MARGIN - width, bottom - height))
            bottom -= height + GAP


def _least_needed(toasts: list[Toast]) -> Toast:
    """The oldest that would have gone by itself; else the oldest error."""
    fleeting = [toast for toast in toasts[:-1] if not toast.stays]
    return (fleeting or toasts)[0]


class MessagesWindow(FollowsTheme, QDialog):
    """Every notice so far, latest first. Not modal: it can stay open beside the work."""

    def __init__(self, notifications: Notifications, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Messages"))
        self.resize(560, 320)
        self._notifications = notifications
        self.list = QListWidget(self)
        self.list.setWordWrap(True)
        self.list.setAlternatingRowColors(True)
        self._empty = QLabel(_("Nothing has been said yet. Notes, warnings and errors are kept here."), self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        column = QVBoxLayout(self)
        column.addWidget(self.list)
        column.addWidget(self._empty)
        notifications.recorded.connect(self._fill)
        self._follow_theme()

    def _fill(self) -> None:
        theme = current_theme()
        self.list.clear()
        for time, notice in reversed(self._notifications.history):
            item = QListWidgetItem(f"{time.toString('HH:mm:ss')}   {notice.text}", self.list)
            item.setIcon(tinted_icon(notice.level.value, level_colour(theme, notice.level)))
            item.setToolTip(f"{_(_NAMES[notice.level])}: {notice.text}")
        self.list.setVisible(self.list.count() > 0)
        self._empty.setVisible(self.list.count() == 0)

    def _apply_theme(self) -> None:
        self._fill()


class Answer(enum.Enum):
    """What to do with unsaved changes."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


def ask_save(parent: QWidget, name: str, answered: Callable[[Answer], None]) -> QMessageBox:
    """Ask what to do with unsaved changes; ``answered`` is called when the user has chosen.

    The only question this program asks: everything else can be undone.
    """
    box = QMessageBox(parent)
    box.setObjectName("ask_save")
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.setIconPixmap(tinted_icon("warning", current_theme().warning).pixmap(40, 40))
    box.setWindowTitle(_("Save changes?"))
    box.setText(_("Save the changes to {name}?").format(name=name))
    box.setInformativeText(_("Without saving they are lost."))
    choices = {
        box.addButton(_("&Save"), QMessageBox.ButtonRole.AcceptRole): Answer.SAVE,
        box.addButton(_("&Don't save"), QMessageBox.ButtonRole.DestructiveRole): Answer.DISCARD,
        box.addButton(_("Cancel"), QMessageBox.ButtonRole.RejectRole): Answer.CANCEL,
    }
    buttons = tuple(choices)
    box.setDefaultButton(buttons[0])
    box.setEscapeButton(buttons[2])
    box.finished.connect(lambda _code: answered(choices.get(box.clickedButton(), Answer.CANCEL)))  # type: ignore[call-overload]
    box.open()
    return box
