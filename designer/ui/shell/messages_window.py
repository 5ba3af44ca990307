"""Every notice so far, in a window of its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from designer.i18n import _
from designer.ui.shell.notifications import Notifications
from designer.ui.shell.toast import LEVEL_NAMES, level_colour
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import current_theme, tinted_icon


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
            item.setToolTip(f"{_(LEVEL_NAMES[notice.level])}: {notice.text}")
        self.list.setVisible(self.list.count() > 0)
        self._empty.setVisible(self.list.count() == 0)

    def _apply_theme(self) -> None:
        self._fill()
