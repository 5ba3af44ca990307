"""Which actions make sense at the moment, and what undo would undo."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from designer.i18n import _
from designer.ui.bridge import Bridge
from designer.ui.shell.actions import Actions, tool_tip

NEED_SELECTION = ("cut", "copy", "duplicate", "delete_reconnect", "rename")
NEED_NODES = ("select_all", "fit", "lay_out", "run", "save_weights", "export_png", "export_npz", "delete")


class ActionStates(QObject):
    """Keeps the actions' states with the session."""

    def __init__(self, bridge: Bridge, actions: Actions, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._actions = bridge.session, actions
        bridge.file_changed.connect(self._history)
        bridge.selection_changed.connect(self._selection)
        bridge.changed.connect(self._design)
        bridge.run_changed.connect(self._run)
        self._history()
        self._selection()
        self._design()
        self._run()

    def _enable(self, names: tuple[str, ...], enabled: bool) -> None:
        for name in names:
            self._actions[name].setEnabled(enabled)

    def _history(self, *_news: object) -> None:
        document = self._session.document
        undo, redo = document.undo_label, document.redo_label
        name_step(self._actions["undo"], _("&Undo"), _("&Undo: {step}"), _("Nothing to undo"), undo)
        name_step(self._actions["redo"], _("&Redo"), _("&Redo: {step}"), _("Nothing to redo"), redo)
        self._enable(("save",), document.modified or self._session.path is None)

    def _selection(self, *_news: object) -> None:
        self._enable(NEED_SELECTION, bool(self._session.selection))

    def _design(self, *_news: object) -> None:
        self._enable(NEED_NODES, bool(self._session.design.nodes))

    def _run(self, *_news: object) -> None:
        self._enable(("stop",), self._session.run_state.running)


def name_step(action: QAction, plain: str, named: str, nothing: str, step: str | None) -> None:
    """Put the step's name into an action's text; without a step it is disabled."""
    action.setEnabled(step is not None)
    action.setText(plain if step is None else named.format(step=step.replace("&", "&&")))
    action.setToolTip(tool_tip(nothing if step is None else named.replace("&", "").format(step=step), action))
