"""What runs at the moment, in the bar at the bottom: how far it is, and a button that stops it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from designer.i18n import _
from designer.session.runs import RunState
from designer.ui.bridge import Bridge
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import icon
from designer.ui.worker import BackgroundTasks, Task

SHOW_AFTER_MS = 200
"""Shorter waits are not worth a word."""

LOOK_AGAIN_MS = 500
"""Between two looks at how far a task is: each takes up to a millisecond, with the repaint."""

LONGEST_NAME = 150
"""Pixels."""


class Activity(FollowsTheme, QWidget):
    """What runs, how far it is, and a button that stops it; appears only when it takes a while."""

    stop_wanted = Signal()

    def __init__(self, bridge: Bridge, tasks: BackgroundTasks, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._tasks = bridge.session, tasks
        self.text = QLabel(self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedSize(96, 8)
        self.button = QToolButton(self)
        self.button.setAutoRaise(True)
        self.button.setIconSize(QSize(14, 14))
        self.button.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        for widget in (self.text, self.bar, self.button):
            row.addWidget(widget)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(SHOW_AFTER_MS)
        self._patience.timeout.connect(self._appear)
        # A task may tell a thousand times a second how far it is, and a bar that only says "busy" is painted anew
        # at every frame: of a layout that takes 3 s, half a second of this thread.
        self._look = QTimer(self)
        self._look.setInterval(LOOK_AGAIN_MS)
        self._look.timeout.connect(self._show_fraction)
        self.hide()
        bridge.run_changed.connect(self._refresh)
        tasks.changed.connect(self._refresh)
        self._follow_theme()

    def _refresh(self) -> None:
        state = self._session.run_state
        if not state.running and not self._tasks.active:
            self._patience.stop()
            self._look.stop()
            self.hide()
            return
        if state.running:
            self._look.stop()
            self._show_run(state)
        else:
            self._show_task(self._tasks.active[0])
            self._look.start()
        if not self.isVisible() and not self._patience.isActive():
            self._patience.start()

    def _appear(self) -> None:
        if self._look.isActive():
            self._show_fraction()
        self.show()

    def _show_run(self, state: RunState) -> None:
        full = _("running {layer}").format(layer=state.node)
        self._show_text(
            full,
            _("Running {layer}: layer {index} of {count}").format(
                layer=state.node, index=state.index + 1, count=state.count
            ),
        )
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * state.overall))
        self.button.setToolTip(_("Stop the run"))
        self.button.setAccessibleName(_("Stop the run"))

    def _show_task(self, task: Task) -> None:
        self._show_text(task.label, task.label)
        self._show_fraction()
        self.button.setToolTip(_("Stop it: a file stays what it was"))
        self.button.setAccessibleName(_("Stop the task"))

    def _show_fraction(self) -> None:
        fraction = self._tasks.active[0].fraction
        self.bar.setRange(0, 0 if fraction is None else 1000)
        # At 0 the Fusion style goes on with the movement of a bar that says "busy".
        self.bar.setValue(max(1, round(1000 * (fraction or 0.0))))

    def _show_text(self, text: str, explanation: str) -> None:
        self.text.setText(self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, LONGEST_NAME))
        self.setToolTip(explanation)

    def _stop(self) -> None:
        if self._session.run_state.running:
            self.stop_wanted.emit()
        elif self._tasks.active:
            self._tasks.cancel(self._tasks.active[0])

    def _apply_theme(self) -> None:
        self.button.setIcon(icon("close"))
