"""One notice over the canvas, with buttons where there is something to choose."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QEnterEvent, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from designer.i18n import N_, _
from designer.session.notices import Choice, Level, Notice
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import Theme, current_theme, icon, tinted_icon

LIFETIME_MS = {Level.SUCCESS: 4000, Level.HINT: 6000, Level.WARNING: 9000}
"""Errors are not listed: they stay until they are closed, and so do notices with choices."""

LEVEL_NAMES = {
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
        self.setAccessibleName(f"{_(LEVEL_NAMES[notice.level])}: {notice.text}")
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
