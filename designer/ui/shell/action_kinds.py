"""What an entry of the action table may say, and what its handler is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
from PySide6.QtCore import QPointF
from PySide6.QtGui import QAction, QKeySequence

from designer.graph.design import Edge
from designer.layer_api.layer import Layer
from designer.session.session import Session
from designer.ui.canvas.gestures.hits import Hit, OnEdge, hit_node

if TYPE_CHECKING:
    from designer.ui.canvas.view.canvas_view import CanvasView
    from designer.ui.shell.main_window import MainWindow

SEPARATOR = "—"


def always(_session: Session) -> bool:
    """The condition of an action that makes sense at any time."""
    return True


@attrs.frozen
class Entry:
    """One action, without what it does.

    Parameters
    ----------
    text, help
        Marked for translation; the text has its mnemonic.
    keys
        The platform's own where it has some, else as written here.
    when
        Whether the action makes sense in the state of the session.
    """

    id: str
    text: str
    help: str
    keys: QKeySequence.StandardKey | str = ""
    icon: str = ""
    when: Callable[[Session], bool] = attrs.field(default=always, kw_only=True)


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


@attrs.frozen
class Spot:
    """Where an action of the canvas acts: on what, and at which place of the scene, where the mouse has said so."""

    view: CanvasView
    hit: Hit = None
    place: QPointF | None = None

    @property
    def node(self) -> str | None:
        """The node that was hit, else the current one."""
        return hit_node(self.hit) or self.view.session.current

    @property
    def edge(self) -> Edge:
        """The wire that was hit; only the menu of a wire asks."""
        assert isinstance(self.hit, OnEdge)
        return self.hit.edge


@attrs.frozen
class CanvasAction(Entry):
    """An action of the canvas: in the window's menus, in context menus, and by keys also where there is no window.

    Parameters
    ----------
    context_text
        The text in context menus, where it is not that of the window's menus.
    focused
        Whether the keys mean this only while the canvas has the focus; a table or a text has its own copy and delete.
    more_keys
        What the canvas takes for the same while it has the focus; shown nowhere.
    """

    do: Callable[[Spot], object] = attrs.field(kw_only=True)
    context_text: str = attrs.field(default="", kw_only=True)
    focused: bool = attrs.field(default=False, kw_only=True)
    more_keys: tuple[str, ...] = attrs.field(default=(), kw_only=True)


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


@attrs.frozen
class LayerMenu:
    """Every wanted layer by category; ``chosen`` is given its kind."""

    title: str
    chosen: Callable[[Spot, str], object]
    wanted: Callable[[type[Layer]], bool] = lambda _layer: True


ContextItem = str | CanvasAction | LayerMenu
"""An id of the table, a separator, or what stands in this menu only."""
