"""The actions of the table as Qt's, in the menus and on the toolbar of a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar

from designer.i18n import _
from designer.ui.action_entry import SEPARATOR
from designer.ui.canvas.action_kinds import CanvasAction, Spot
from designer.ui.shell.action_kinds import AnyEntry, Menu, WindowAction, WindowSetting
from designer.ui.shell.actions import ENTRIES, MENUS
from designer.ui.shell.shortcuts import keys_of, tool_tip
from designer.ui.widgets.theme import icon

if TYPE_CHECKING:
    from designer.ui.shell.main_window import MainWindow


class Actions(QObject):
    """The actions by id; each is enabled while its entry says so."""

    def __init__(self, window: MainWindow, entries: Sequence[AnyEntry] = ENTRIES) -> None:
        super().__init__(window)
        self._entries = entries
        self._session = window.bridge.session
        self._groups: dict[str, QActionGroup] = {}
        self._actions = {entry.id: self._build(entry, window) for entry in entries}
        self.refresh_icons()
        bridge = window.bridge
        for signal in (bridge.changed, bridge.selection_changed, bridge.run_changed, bridge.file_changed):
            signal.connect(self._refresh)
        self._refresh()

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def _build(self, entry: AnyEntry, window: MainWindow) -> QAction:
        action = QAction(_(entry.text), window)
        action.setObjectName(entry.id)
        action.setShortcuts(keys_of(entry))
        action.setToolTip(tool_tip(_(entry.help), action.shortcut()))
        focused = isinstance(entry, CanvasAction) and entry.focused
        if focused:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        (window.canvas if focused else window).addAction(action)
        if isinstance(entry, WindowSetting):
            self._tick(action, entry, window)
        else:
            action.triggered.connect(_handler(entry, window))
        # Without it Qt gives an action a role by its text, and moves it to another menu on macOS.
        action.setMenuRole(entry.role if isinstance(entry, WindowAction) else QAction.MenuRole.NoRole)
        return action

    def _tick(self, action: QAction, entry: WindowSetting, window: MainWindow) -> None:
        action.setCheckable(True)
        if entry.group:
            if entry.group not in self._groups:
                self._groups[entry.group] = QActionGroup(window)
            self._groups[entry.group].addAction(action)
        action.setChecked(entry.checked(window))
        action.triggered.connect(lambda on: entry.do(window, on))

    def _refresh(self, *_news: object) -> None:
        """Enable what makes sense now, and say what undo would undo."""
        for entry in self._entries:
            action = self._actions[entry.id]
            action.setEnabled(entry.when(self._session))
            if isinstance(entry, WindowAction) and entry.words is not None:
                text, help_ = entry.words(self._session)
                action.setText(text)
                action.setToolTip(tool_tip(help_, action.shortcut()))

    def refresh_icons(self) -> None:
        """Draw the icons in the theme's colour."""
        for entry in self._entries:
            if entry.icon:
                self._actions[entry.id].setIcon(icon(entry.icon))

    def fill_menu_bar(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Build the menus; the named ones, still empty, are returned."""
        named: dict[str, QMenu] = {}
        for menu in MENUS:
            self._fill(bar.addMenu(_(menu.title)), menu, named)
        return named

    def _fill(self, target: QMenu, menu: Menu, named: dict[str, QMenu]) -> None:
        target.setToolTipsVisible(menu.tips)
        if menu.name:
            named[menu.name] = target
        for item in menu.items:
            if isinstance(item, Menu):
                self._fill(target.addMenu(_(item.title)), item, named)
            elif item == SEPARATOR:
                target.addSeparator()
            else:
                target.addAction(self._actions[item])

    def fill_tool_bar(self, bar: QToolBar, ids: tuple[str, ...]) -> None:
        """Show actions on a toolbar."""
        for action_id in ids:
            if action_id == SEPARATOR:
                bar.addSeparator()
            else:
                bar.addAction(self._actions[action_id])


def _handler(entry: WindowAction | CanvasAction, window: MainWindow) -> Callable[[bool], object]:
    if isinstance(entry, CanvasAction):
        return lambda _checked: entry.do(Spot(window.canvas))
    return lambda _checked: entry.do(window)
