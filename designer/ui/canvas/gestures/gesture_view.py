"""A view that gestures work in: what a press begins, what moves it on, and all that cancels it."""

from __future__ import annotations

import abc
from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QGuiApplication, QHideEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from designer.ui.bridge import Bridge
from designer.ui.canvas.gestures.connecting import wire_at
from designer.ui.canvas.gestures.gestures import DragNodes, Gesture, Pan, Pointer, RubberBand
from designer.ui.canvas.gestures.hits import Hit, OnEdge, OnFrame, OnInput, OnNode, OnOutput
from designer.ui.canvas.gestures.wire_gestures import DrawWire, Rewire
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.view.navigation import NavigableView

BORDER = 24
"""Pixels from the border within which dragging scrolls."""

SCROLL = 12.0
TICK = 16


class GestureView(NavigableView):
    """Runs one gesture at a time, and shows what the pointer is on while there is none."""

    def __init__(self, scene: CanvasScene, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(scene, bridge, parent)
        self.pointer: QPointF | None = None
        """Where the mouse was last seen, in the viewport; None outside."""
        self.gesture: Gesture | None = None
        self._button = Qt.MouseButton.NoButton
        self._space = False
        self._selecting = False
        self._border = QTimer(self)
        self._border.setInterval(TICK)
        self._border.timeout.connect(self._scroll_at_border)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        bridge.changed.connect(self.cancel_gesture)
        bridge.selection_changed.connect(self._reveal_selection)

    @abc.abstractmethod
    def toggle_group(self, path: str) -> None:
        """Open a collapsed group, or collapse an open one."""

    def select(self, ids: Iterable[str]) -> None:
        """Select nodes, or those of groups' cards, that are in sight already: nothing scrolls."""
        self.canvas.looks.choose(None)
        self._selecting = True
        self.session.select(self.canvas.shown.folded.nodes(ids))
        self._selecting = False

    def _reveal_selection(self, _selection: object) -> None:
        if not self._selecting and self.session.current is not None and self.isVisible():
            self.canvas.looks.choose(None)
            self.reveal(self.session.current)

    def pointer_at(self, spot: QPointF, modifiers: Qt.KeyboardModifier) -> Pointer:
        """The pointer at a pixel of the viewport."""
        return Pointer(
            self.camera.scene_point(spot),
            spot,
            bool(modifiers & Qt.KeyboardModifier.ControlModifier),
            bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
        )

    def _begin(self, event: QMouseEvent) -> Gesture | None:
        at = self.pointer_at(event.position(), event.modifiers())
        if event.button() == Qt.MouseButton.MiddleButton or (
            self._space and event.button() == Qt.MouseButton.LeftButton
        ):
            return Pan(self, at)
        if event.button() != Qt.MouseButton.LeftButton:
            return None
        hit = self.hit_at(event.position())
        match hit:
            case OnOutput():
                return DrawWire(self, at, hit)
            case OnInput(node=node, port=port):
                edge = wire_at(self.canvas.design, node, port)
                return DrawWire(self, at, hit) if edge is None else Rewire(self, at, edge)
            case OnNode(node=node):
                return DragNodes(self, at, (node,))
            case OnFrame(path=path, on_toggle=True):
                self.toggle_group(path)
                return None
            case OnFrame(path=path):
                return DragNodes(self, at, self.canvas.shown.folded.shown(self.canvas.frames.nodes(path)))
            case OnEdge(edge=edge):
                self.select([])
                self.canvas.looks.choose(edge)
                return None
        self.canvas.looks.choose(None)
        return RubberBand(self, at)

    def cancel_gesture(self, _change: object = None) -> None:
        """Leave everything as it was before the gesture; a change from elsewhere does so too."""
        gesture, self.gesture = self.gesture, None
        self._border.stop()
        if gesture is not None:
            gesture.cancel()
            self._show_cursor()

    def _scroll_at_border(self) -> None:
        if self.gesture is None or self.pointer is None:
            self._border.stop()
            return
        dx, dy = self.push_at(self.pointer)
        if dx or dy:
            self.camera.pan(dx, dy)
            self.gesture.move(self.pointer_at(self.pointer, QGuiApplication.keyboardModifiers()))

    def push_at(self, spot: QPointF) -> tuple[float, float]:
        """How far to scroll for a pointer at the border."""
        box = self.viewport().rect()

        def along(value: float, size: int) -> float:
            if value < BORDER:
                return SCROLL * min((BORDER - value) / BORDER, 2.0)
            if value > size - BORDER:
                return -SCROLL * min((value - size + BORDER) / BORDER, 2.0)
            return 0.0

        return along(spot.x(), box.width()), along(spot.y(), box.height())

    def _show_cursor(self, hit: Hit = None) -> None:
        cursor = Qt.CursorShape.ArrowCursor
        if self.gesture is not None and self.gesture.cursor is not None:
            cursor = self.gesture.cursor
        elif self._space:
            cursor = Qt.CursorShape.OpenHandCursor
        elif isinstance(hit, OnInput | OnOutput):
            cursor = Qt.CursorShape.CrossCursor
        self.viewport().setCursor(cursor)

    # -- Qt ----------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        event.accept()
        self.camera.finish()
        if self.gesture is not None:
            return
        self.canvas.hover(None)
        self.session.document.seal()
        self.pointer = event.position()
        self.gesture = self._begin(event)
        self._button = event.button()
        self._show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue the gesture, or show what the pointer is on."""
        event.accept()
        self.pointer = event.position()
        if self.gesture is None:
            hit = self.hit_at(event.position())
            self.canvas.hover(hit)
            self._show_cursor(hit)
            return
        if not event.buttons() & self._button:
            # The release went elsewhere: to a window that opened meanwhile.
            self.cancel_gesture()
            return
        self.gesture.move(self.pointer_at(event.position(), event.modifiers()))
        if self.gesture.scrolls and any(self.push_at(event.position())):
            self._border.start()
        else:
            self._border.stop()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        event.accept()
        if self.gesture is None or event.button() != self._button:
            return
        gesture, self.gesture = self.gesture, None
        self._border.stop()
        gesture.end(self.pointer_at(event.position(), event.modifiers()))
        self._show_cursor()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        super().leaveEvent(event)
        if self.gesture is None:
            self.pointer = None
            self.canvas.hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """While Space is held, dragging moves the canvas."""
        self._hold_space(event, True)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is let go."""
        self._hold_space(event, False)

    def _hold_space(self, event: QKeyEvent, held: bool) -> None:
        event.setAccepted(event.key() == Qt.Key.Key_Space)
        if event.isAccepted() and not event.isAutoRepeat():
            self._space = held
            self._show_cursor()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys go elsewhere: what they held is let go, and a row of nudges is over."""
        super().focusOutEvent(event)
        self._space = False
        self.cancel_gesture()
        self.session.document.seal()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing goes on unseen."""
        self.cancel_gesture()
        super().hideEvent(event)
