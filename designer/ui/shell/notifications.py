"""The one place that speaks to the user: notices over the canvas, their history, and the single question asked."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTime, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from shiboken6 import isValid

from designer.i18n import _
from designer.session.notices import Level, Notice
from designer.ui.bridge import Bridge
from designer.ui.shell.toast import Toast
from designer.ui.widgets.theme import current_theme, tinted_icon

MOST_SHOWN = 3
REMEMBERED = 200
WIDTH = 380
MARGIN = 16
GAP = 8


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
