"""What an entry of the action table may say about an action of the window, and how menus are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
from PySide6.QtGui import QAction

from designer.session.session import Session
from designer.ui.action_entry import Entry, always
from designer.ui.canvas.action_kinds import CanvasAction

if TYPE_CHECKING:
    from designer.ui.shell.main_window import MainWindow

__all__ = ["AnyEntry", "Menu", "WindowAction", "WindowSetting", "always"]


@attrs.frozen
class WindowAction(Entry):
    """An action of the window.

    Parameters
    ----------
    words
        Text and help where they change with the session: what undo would undo.
    """

    do: Callable[[MainWindow], object] = attrs.field(kw_only=True)
    words: Callable[[Session], tuple[str, str]] | None = attrs.field(default=None, kw_only=True)
    role: QAction.MenuRole = attrs.field(default=QAction.MenuRole.NoRole, kw_only=True)


@attrs.frozen
class WindowSetting(Entry):
    """What is on or off, and shown with a tick.

    Parameters
    ----------
    do
        Called with the new state.
    checked
        Whether it is on when the window opens.
    group
        Name of settings of which one is on.
    """

    do: Callable[[MainWindow, bool], object] = attrs.field(kw_only=True)
    checked: Callable[[MainWindow], bool] = attrs.field(kw_only=True)
    group: str = attrs.field(default="", kw_only=True)


AnyEntry = WindowAction | WindowSetting | CanvasAction


@attrs.frozen
class Menu:
    """A menu of the menu bar: ids of actions, separators, further menus, and by ``name`` menus that others fill.

    With ``tips`` an entry says more when the cursor rests on it.
    """

    title: str
    items: tuple[str | Menu, ...] = ()
    name: str = ""
    tips: bool = False
