"""The canvas that is worked on: mouse, keys and drops become gestures and commands."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QWidget

from designer.i18n import _
from designer.ui.bridge import Bridge
from designer.ui.canvas import commands
from designer.ui.canvas.connecting import wire_at
from designer.ui.canvas.drops import LayerDrop
from designer.ui.canvas.gestures import DragNodes, Gesture, Pan, Pointer, RubberBand
from designer.ui.canvas.hits import Hit, OnEdge, OnInput, OnNode, OnOutput, hit_node
from designer.ui.canvas.keys import press
from designer.ui.canvas.menus import context_menu, popup
from designer.ui.canvas.navigation import NavigableView
from designer.ui.canvas.rename_editor import RenameEditor
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.walking import step_in_order
from designer.ui.canvas.wire_gestures import DrawWire, Rewire

BORDER = 24
"""Pixels from the border within which dragging scrolls."""

SCROLL = 12.0
TICK = 16


class CanvasView(NavigableView):
    """The canvas on the screen. Its public methods are what the window's actions call."""

    def __init__(self, scene: CanvasScene, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(scene, bridge, parent)
        self.editor: RenameEditor | None = None
        self.pointer: QPointF | None = None
        """Where the mouse was last seen, in the viewport; None outside."""
        self.gesture: Gesture | None = None
        self._button = Qt.MouseButton.NoButton
        self._space = False
        self._selecting = False
        self._drop = LayerDrop(self)
        self._border = QTimer(self)
        self._border.setInterval(TICK)
        self._border.timeout.connect(self._scroll_at_border)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Canvas"))
        self.setAccessibleDescription(_("The network as cards and wires; Tab goes from layer to layer"))
        self.camera.zoomed.connect(lambda _zoom: self._place_editor())
        bridge.changed.connect(lambda _change: self.cancel_gesture())
        bridge.selection_changed.connect(self._reveal_selection)

    def select(self, ids: Iterable[str]) -> None:
        """Select nodes that are in sight already: nothing scrolls."""
        self.canvas.looks.choose(None)
        self._selecting = True
        self.session.select(ids)
        self._selecting = False

    def select_all(self) -> None:
        """Select every node."""
        self.select(self.session.design.nodes)

    def delete_selection(self) -> None:
        """Remove the chosen wire or the selected nodes."""
        commands.delete(self.session, self.canvas, bridge=False)

    def delete_and_reconnect(self) -> None:
        """Remove the selected nodes and wire their neighbours together."""
        commands.delete(self.session, self.canvas, bridge=True)

    def copy(self) -> None:
        """Put the selected nodes on the clipboard, as text."""
        text = commands.copied(self.session)
        if text is not None:
            QGuiApplication.clipboard().setText(text)

    def cut(self) -> None:
        """Copy and remove."""
        if self.session.selection:
            self.copy()
            commands.delete(self.session, self.canvas, bridge=False)

    def paste(self, at: QPointF | None = None) -> None:
        """Add what is on the clipboard: here, else at the pointer, else beside the original."""
        if at is None and self.pointer is not None:
            at = self.camera.scene_point(self.pointer)
        commands.paste(self.session, QGuiApplication.clipboard().text(), at)

    def duplicate(self) -> None:
        """Add copies of the selected nodes."""
        commands.duplicate(self.session, self.session.selection)

    def auto_layout(self) -> None:
        """Let the network flow from left to right."""
        if commands.lay_out(self.session, self.canvas):
            self.camera.open_on(self.canvas.content_rect())

    # -- following the session -------------------------------------------------------------------------------------

    def _reveal_selection(self, _selection: object) -> None:
        if not self._selecting and self.session.current is not None and self.isVisible():
            self.canvas.looks.choose(None)
            self.reveal(self.session.current)

    # -- gestures --------------------------------------------------------------------------------------------------

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
                edge = wire_at(self.session.design, node, port)
                return DrawWire(self, at, hit) if edge is None else Rewire(self, at, edge)
            case OnNode(node=node):
                return DragNodes(self, at, node)
            case OnEdge(edge=edge):
                self.select([])
                self.canvas.looks.choose(edge)
                return None
        self.canvas.looks.choose(None)
        return RubberBand(self, at)

    def cancel_gesture(self) -> None:
        """Leave everything as it was before the gesture."""
        gesture, self.gesture = self.gesture, None
        self._border.stop()
        if gesture is not None:
            gesture.cancel()
            self._show_cursor()

    def _scroll_at_border(self) -> None:
        if self.gesture is None or self.pointer is None:
            self._border.stop()
            return
        dx, dy = self._push(self.pointer)
        if dx or dy:
            self.camera.pan(dx, dy)
            self.gesture.move(self.pointer_at(self.pointer, QGuiApplication.keyboardModifiers()))

    def _push(self, spot: QPointF) -> tuple[float, float]:
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

    # -- Qt: mouse -------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        event.accept()
        self.camera.finish()
        self._leave_editor()
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
        if self.gesture.scrolls and any(self._push(event.position())):
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

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename by the name; elsewhere it is a press like any other."""
        hit = self.hit_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and isinstance(hit, OnNode) and hit.on_name:
            event.accept()
            self.select([hit.node])
            self.rename_current()
            return
        self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of what is clicked; of the current node for the menu key."""
        event.accept()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and self.session.current is not None:
            item = self.canvas.nodes[self.session.current]
            spot = self.viewportTransform().map(item.card_rect().center())
            popup(context_menu(self, OnNode(item.id), item.card_rect().center()), self.viewport(), spot)
            return
        spot = QPointF(event.pos())
        hit = self.hit_at(spot)
        node = hit_node(hit)
        if node is not None and node not in self.session.selection:
            self.select([node])
        popup(context_menu(self, hit, self.camera.scene_point(spot)), self.viewport(), spot)

    # -- Qt: keys --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the canvas; what the window's menus have goes there first."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self._show_cursor()
            event.accept()
        elif press(self, event):
            event.accept()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space is let go."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._show_cursor()
            event.accept()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Tab walks from node to node in execution order, and leaves behind the last."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            back = event.key() == Qt.Key.Key_Backtab or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            step = (-1 if back else 1) if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) else 0
            node = step_in_order(self.session.design, self.session.current, step) if step else None
            if node is not None and self.gesture is None:
                self.session.select([node])
                event.accept()
                return True
        return super().event(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is elsewhere."""
        super().leaveEvent(event)
        if self.gesture is None:
            self.pointer = None
            self.canvas.hover(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys go elsewhere: what they held is let go, and a row of nudges is over."""
        super().focusOutEvent(event)
        self._space = False
        self.cancel_gesture()
        self.session.document.seal()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing goes on unseen."""
        self.cancel_gesture()
        self._drop.leave()
        super().hideEvent(event)

    # -- Qt: layers dragged from the palette -----------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Show the ghost of a layer; anything else is for the window."""
        if self._drop.enter(event.mimeData(), self.camera.scene_point(event.position())):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Move the ghost."""
        if self._drop.move(self.camera.scene_point(event.position())):
            self.camera.pan(*self._push(event.position()))
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """No ghost."""
        self._drop.leave()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the layer."""
        if self._drop.drop(self.camera.scene_point(event.position())):
            event.acceptProposedAction()
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        else:
            event.ignore()

    # -- renaming in place -----------------------------------------------------------------------------------------

    def rename_current(self) -> None:
        """Edit the current node's name over its card."""
        node = self.session.current
        if node is None:
            return
        self._leave_editor()
        self.reveal(node)
        self.camera.finish()
        self.editor = RenameEditor(self.session, node, self.viewport())
        self.editor.closed.connect(self._editor_closed)
        self._place_editor()
        self.editor.begin()

    def _place_editor(self) -> None:
        if self.editor is not None and self.editor.node in self.canvas.nodes:
            box = self.canvas.nodes[self.editor.node].name_rect()
            self.editor.place(self.viewportTransform().mapRect(box))

    def _leave_editor(self) -> None:
        if self.editor is not None:
            self.editor.leave()

    def _editor_closed(self) -> None:
        self.editor = None
        self.setFocus(Qt.FocusReason.OtherFocusReason)
