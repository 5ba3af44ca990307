"""What keys do on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from designer.ui.canvas import commands
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


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Do what a key means; whether it means anything here."""
    if event.key() == Key.Key_Escape:
        return _escape(view)
    if view.gesture is not None:
        return False
    if event.key() in ARROWS:
        return _arrow(view, event)
    if event.key() == Key.Key_Delete:
        # Before the standard keys: Shift+Delete also cuts on some platforms.
        return _plain(view, event)
    for sequence, method in (
        (QKeySequence.StandardKey.SelectAll, view.select_all),
        (QKeySequence.StandardKey.Copy, view.copy),
        (QKeySequence.StandardKey.Cut, view.cut),
        (QKeySequence.StandardKey.Paste, view.paste),
    ):
        if event.matches(sequence):
            method()
            return True
    return _plain(view, event)


def _plain(view: CanvasView, event: QKeyEvent) -> bool:
    ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    match event.key(), ctrl:
        case ((Key.Key_Delete | Key.Key_Backspace), False):
            if shift:
                view.delete_and_reconnect()
            else:
                view.delete_selection()
        case Key.Key_F2, False:
            view.rename_current()
        case Key.Key_F, False:
            view.fit()
        case Key.Key_0, True:
            view.zoom_to(1.0)
        case Key.Key_D, True:
            view.duplicate()
        case ((Key.Key_Plus | Key.Key_Equal), True):
            view.zoom_in()
        case Key.Key_Minus, True:
            view.zoom_out()
        case _:
            return False
    return True


def _escape(view: CanvasView) -> bool:
    """Cancel the gesture; without one, select nothing."""
    if view.gesture is not None:
        view.cancel_gesture()
        return True
    if view.session.selection or view.canvas.looks.chosen is not None:
        view.select([])
        return True
    return False


def _arrow(view: CanvasView, event: QKeyEvent) -> bool:
    """Nudge the selected nodes; with Alt walk along the wires."""
    direction, dx, dy = ARROWS[event.key()]
    current = view.session.current
    if current is None:
        return False
    if event.modifiers() & Qt.KeyboardModifier.AltModifier:
        node = step_along_wires(view.session.design, current, direction)
        if node is not None:
            view.session.select([node])
    else:
        commands.nudge(view.session, dx, dy)
    return True
