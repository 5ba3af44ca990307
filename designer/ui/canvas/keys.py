"""What keys do on the canvas: those of its actions, and those that no menu shows."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from designer.ui.action_entry import keys_of, portable
from designer.ui.canvas import commands
from designer.ui.canvas.action_kinds import CanvasAction, Spot
from designer.ui.canvas.actions import BY_ID
from designer.ui.canvas.cards.card import GRID
from designer.ui.canvas.walking import Direction, step_along_wires

if TYPE_CHECKING:
    from designer.ui.canvas.view.canvas_view import CanvasView

Key = Qt.Key
ARROWS: dict[int, tuple[Direction, int, int]] = {
    Key.Key_Left: ("left", -GRID, 0),
    Key.Key_Right: ("right", GRID, 0),
    Key.Key_Up: ("up", 0, -GRID),
    Key.Key_Down: ("down", 0, GRID),
}


@functools.cache
def canvas_keys() -> Mapping[str, CanvasAction]:
    """Keys, as :func:`portable` writes them, and what the canvas does where no menu has taken them."""
    entries = BY_ID.values()
    return {keys: entry for entry in entries for keys in (*entry.more_keys, *map(portable, keys_of(entry, entries)))}


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Do what a key means; whether it means anything here."""
    if event.key() == Key.Key_Escape:
        return _escape(view)
    if view.gesture is not None:
        return False
    if event.key() in ARROWS:
        return _arrow(view, event)
    pressed = QKeyCombination(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier, Key(event.key()))
    entry = canvas_keys().get(portable(QKeySequence(pressed)))
    if entry is None:
        return False
    if entry.when(view.session):
        entry.do(Spot(view))
    return True


def _escape(view: CanvasView) -> bool:
    """Cancel the gesture; without one, select nothing; with nothing selected, leave the group that was entered."""
    if view.gesture is not None:
        view.cancel_gesture()
        return True
    if view.session.selection or view.canvas.looks.chosen is not None:
        view.select([])
        return True
    if view.canvas.shown.inside is not None:
        view.leave_group()
        return True
    return False


def _arrow(view: CanvasView, event: QKeyEvent) -> bool:
    """Nudge the selected nodes; with Alt walk along the wires."""
    direction, dx, dy = ARROWS[event.key()]
    current = view.session.current
    if current is None:
        return False
    if event.modifiers() & Qt.KeyboardModifier.AltModifier:
        shown = view.canvas.shown.node_of([current])
        node = step_along_wires(view.canvas.design, shown, direction) if shown is not None else None
        if node is not None:
            view.session.select(view.canvas.shown.folded.nodes([node]))
    else:
        commands.nudge(view.session, dx, dy)
    return True
