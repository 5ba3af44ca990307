"""One class per mouse gesture: it begins with a press, moves, and ends in at most one edit, or is cancelled.

While it lasts a gesture only shows things in the scene; the design changes at its end.
"""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, ClassVar

import attrs
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QApplication, QGraphicsRectItem

from designer.graph.design import Position
from designer.graph.edits import MoveNodes
from designer.layout.cards import snapped
from designer.ui.canvas.groups.regrouping import Regrouping

if TYPE_CHECKING:
    from designer.ui.canvas.gestures.gesture_view import GestureView


@attrs.frozen
class Pointer:
    """Where the pointer is: ``place`` in the scene, ``spot`` in the viewport; and the keys that are held."""

    place: QPointF
    spot: QPointF
    ctrl: bool = False
    shift: bool = False


class Gesture(abc.ABC):
    """A press has begun it. Exactly one of :meth:`end` and :meth:`cancel` is its last call."""

    cursor: ClassVar[Qt.CursorShape | None] = None
    scrolls: ClassVar[bool] = True
    """Whether the canvas scrolls when the pointer comes to its border."""

    def __init__(self, view: GestureView, start: Pointer) -> None:
        self.view = view
        self.scene = view.canvas
        self.session = view.session
        self.start = start
        self._moved = False

    def moved(self, at: Pointer) -> bool:
        """Whether the pointer has been moved far enough to mean it; once it has, always."""
        way = at.spot - self.start.spot
        self._moved = self._moved or way.manhattanLength() >= QApplication.startDragDistance()
        return self._moved

    @abc.abstractmethod
    def move(self, at: Pointer) -> None:
        """The pointer has moved, or the canvas below it."""

    @abc.abstractmethod
    def end(self, at: Pointer) -> None:
        """The button is let go: do it."""

    @abc.abstractmethod
    def cancel(self) -> None:
        """Leave everything as it was."""


class DragNodes(Gesture):
    """Select a card, or those in a frame, and drag all selected ones, on the grid.

    Shift keeps to one axis, Ctrl adds to the selection. Into the frame of a group and out of one they change sides.
    """

    def __init__(self, view: GestureView, start: Pointer, pressed: tuple[str, ...]) -> None:
        super().__init__(view, start)
        self._pressed = frozenset(pressed)
        self._before = self.scene.shown.folded.shown(self.session.selection)
        self._was_selected = self._pressed.issubset(self._before)
        self._others = [other for other in self._before if other not in self._pressed]
        self._node = pressed[-1]
        if start.ctrl or self._was_selected:
            view.select([*self._others, *pressed])
        else:
            view.select(pressed)
        self._ids = self.scene.shown.folded.shown(self.session.selection)
        self._alone = pressed
        self._regrouping = Regrouping(self.scene, self._ids)

    def move(self, at: Pointer) -> None:
        """Show the nodes where they would be."""
        if self.moved(at):
            self._regrouping.move(self._places(at))
            self.scene.preview.shift(self._ids, *self._shift(at))

    def _shift(self, at: Pointer) -> Position:
        way = at.place - self.start.place
        if at.shift:
            way = QPointF(way.x(), 0) if abs(way.x()) >= abs(way.y()) else QPointF(0, way.y())
        left, top = self.scene.design.nodes[self._node].position
        x, y = snapped(left + way.x(), top + way.y())
        # On a locked axis a node that stands off the grid stays where it is.
        return (x - left if way.x() else 0.0), (y - top if way.y() else 0.0)

    def _places(self, at: Pointer) -> dict[str, Position]:
        dx, dy = self._shift(at)
        nodes = self.scene.design.nodes
        return {key: (nodes[key].position[0] + dx, nodes[key].position[1] + dy) for key in self._ids}

    def end(self, at: Pointer) -> None:
        """Move them in one step; without a movement, only select."""
        if self.moved(at):
            places = self._places(at)
            self.session.do(self._regrouping.edit(places, MoveNodes(self.scene.shown.folded.places(places))))
            self._regrouping.end()
            self.scene.preview.end()
        elif self.start.ctrl and self._was_selected:
            self.view.select(self._others)
        elif not self.start.ctrl:
            self.view.select(self._alone)

    def cancel(self) -> None:
        """Everything back to its place."""
        self._regrouping.end()
        self.scene.preview.end()


class RubberBand(Gesture):
    """Draw a frame and select what it touches; Ctrl adds. A click on nothing selects nothing."""

    def __init__(self, view: GestureView, start: Pointer) -> None:
        super().__init__(view, start)
        self._before = self.session.selection if start.ctrl else ()
        self._frame = QGraphicsRectItem()
        accent = self.scene.appearance.theme.accent
        pen = QPen(accent, 1.0)
        pen.setCosmetic(True)
        self._frame.setPen(pen)
        inner = QColor(accent)
        inner.setAlpha(28)
        self._frame.setBrush(inner)
        self._frame.setZValue(40)
        self.scene.addItem(self._frame)

    def move(self, at: Pointer) -> None:
        """Show the frame and what it would select."""
        if self.moved(at):
            self._frame.setRect(self._box(at))
            self.scene.show_selection(self._chosen(at))

    def _box(self, at: Pointer) -> QRectF:
        return QRectF(self.start.place, at.place).normalized()

    def _chosen(self, at: Pointer) -> tuple[str, ...]:
        inside = self.scene.nodes_in(self._box(at))
        new = frozenset(inside)
        return (*(node for node in self._before if node not in new), *inside)

    def end(self, at: Pointer) -> None:
        self.scene.removeItem(self._frame)
        self.view.select(self._chosen(at) if self.moved(at) else self._before)
        self.scene.show_selection(self.session.selection)

    def cancel(self) -> None:
        """The selection stays as it was."""
        self.scene.removeItem(self._frame)
        self.scene.show_selection(self.session.selection)


class Pan(Gesture):
    """Move the canvas under the pointer."""

    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def __init__(self, view: GestureView, start: Pointer) -> None:
        super().__init__(view, start)
        self._last = start.spot

    def move(self, at: Pointer) -> None:
        """Keep the point that was pressed under the pointer."""
        self.view.camera.pan(at.spot.x() - self._last.x(), at.spot.y() - self._last.y())
        self._last = at.spot

    def end(self, at: Pointer) -> None:
        """The canvas stays where it was dragged to."""

    def cancel(self) -> None:
        """Back to where it began."""
        way = self.start.spot - self._last
        self.view.camera.pan(way.x(), way.y())
