"""The canvas that is worked on: mouse, keys and drops become gestures and commands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QWidget

from designer.graph.folding import path_of_card
from designer.i18n import _
from designer.ui.bridge import Bridge
from designer.ui.canvas import commands
from designer.ui.canvas.gestures.block_drop import BLOCK_MIME, BlockDrop
from designer.ui.canvas.gestures.drops import LayerDrop
from designer.ui.canvas.gestures.hits import OnFrame, OnNode, hit_node
from designer.ui.canvas.groups.group_view import GroupView
from designer.ui.canvas.keys import press
from designer.ui.canvas.laying_out import LayingOut
from designer.ui.canvas.menus import context_menu
from designer.ui.canvas.scene import CanvasScene
from designer.ui.canvas.walking import step_in_order
from designer.ui.widgets.popup import popup
from designer.ui.worker import BackgroundTasks


class CanvasView(GroupView):
    """The canvas on the screen. Its public methods are what the window's actions call."""

    def __init__(
        self,
        scene: CanvasScene,
        bridge: Bridge,
        parent: QWidget | None = None,
        tasks: BackgroundTasks | None = None,
    ) -> None:
        super().__init__(scene, bridge, parent)
        bridge.session.card_sizes = scene.node_sizes
        self.laying_out = LayingOut(bridge.session, scene, tasks, self._show_laid_out, self)
        self.take_clipboard: Callable[[QMimeData | None], bool] = lambda _contents: False
        """Asked first when something is pasted: files and images are for the window."""
        self._drop = LayerDrop(self)
        self.setAcceptDrops(True)
        self.setAccessibleName(_("Canvas"))
        self.setAccessibleDescription(_("The network as cards and wires; Tab goes from layer to layer"))

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
        if self.take_clipboard(QGuiApplication.clipboard().mimeData()):
            return
        if at is None and self.pointer is not None:
            at = self.camera.scene_point(self.pointer)
        commands.paste(self.session, QGuiApplication.clipboard().text(), at)

    def duplicate(self) -> None:
        """Add copies of the selected nodes."""
        commands.duplicate(self.session, self.session.selection)

    def auto_layout(self) -> None:
        """Let the network flow from left to right."""
        self.laying_out.start()

    def _show_laid_out(self) -> None:
        self.camera.open_on(self.canvas.content_rect())

    # -- Qt: mouse -------------------------------------------------------------------------------------------------

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open or collapse a group, rename by the name; elsewhere it is a press like any other."""
        hit = self.hit_at(event.position())
        group = path_of_card(hit.node) if isinstance(hit, OnNode) else None
        if isinstance(hit, OnFrame) and not hit.on_toggle:
            group = hit.path
        if event.button() == Qt.MouseButton.LeftButton and group is not None:
            event.accept()
            self._leave_editor()
            self.toggle_group(group)
            return
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
            shown = self.canvas.shown.node_of([self.session.current])
            if shown is not None:
                middle = self.canvas.cards.rect(shown).center()
                menu = context_menu(self, OnNode(shown), middle)
                popup(menu, self.viewport(), self.viewportTransform().map(middle))
                return
        spot = QPointF(event.pos())
        hit = self.hit_at(spot)
        node = hit_node(hit)
        chosen = self.canvas.frames.nodes(hit.path) if isinstance(hit, OnFrame) else (node,) if node is not None else ()
        if not set(self.canvas.shown.folded.nodes(chosen)).issubset(self.session.selection):
            self.select(chosen)
        popup(context_menu(self, hit, self.camera.scene_point(spot)), self.viewport(), spot)

    # -- Qt: keys --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys of the canvas; what the window's menus have goes there first."""
        super().keyPressEvent(event)
        if not event.isAccepted() and press(self, event):
            event.accept()

    def event(self, event: QEvent) -> bool:
        """Tab walks from node to node in execution order, and leaves behind the last."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            back = event.key() == Qt.Key.Key_Backtab or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            step = (-1 if back else 1) if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) else 0
            node = self._next(step) if step else None
            if node is not None and self.gesture is None:
                self.session.select(self.canvas.shown.folded.nodes([node]))
                event.accept()
                return True
        return super().event(event)

    def _next(self, step: int) -> str | None:
        """What is drawn behind the current node in execution order, or before it."""
        shown = self.canvas.shown
        current = shown.node_of(self.session.selection)
        return step_in_order(shown.folded.shown(self.session.design.order), current, step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What was being typed is done; then a gesture begins."""
        self._leave_editor()
        super().mousePressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing goes on unseen."""
        self._drop.leave()
        super().hideEvent(event)

    # -- Qt: layers dragged from the palette -----------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Show the ghost of a layer or block; anything else is for the window."""
        kind = BlockDrop if event.mimeData().hasFormat(BLOCK_MIME) else LayerDrop
        self._drop.leave()
        self._drop = kind(self)
        if self._drop.enter(event.mimeData(), self.camera.scene_point(event.position())):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Move the ghost."""
        if self._drop.move(self.camera.scene_point(event.position())):
            self.camera.pan(*self.push_at(event.position()))
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.leave()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add the layer."""
        if self._drop.drop(self.camera.scene_point(event.position())):
            event.acceptProposedAction()
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        else:
            event.ignore()
