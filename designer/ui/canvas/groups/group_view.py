"""What the view does with groups: open, collapse, enter, leave, group, dissolve, rename, repeat."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QInputDialog, QWidget

from designer.graph.folding import path_of_card
from designer.graph.group_repeat import MOST_TIMES, why_not
from designer.graph.groups import outer_of
from designer.i18n import _
from designer.session.group_selection import groups_of_selection, selected_group
from designer.session.notices import Level
from designer.ui.bridge import Bridge
from designer.ui.canvas.cards.card import HEADER
from designer.ui.canvas.cards.rename_editor import GroupName, NodeName, RenameEditor
from designer.ui.canvas.gestures.gesture_view import GestureView
from designer.ui.canvas.groups import group_commands
from designer.ui.canvas.groups.breadcrumbs import Breadcrumbs
from designer.ui.canvas.scene import CanvasScene

USUAL_TIMES = 3


class GroupView(GestureView):
    """A view whose groups can be worked on, and whose nodes and groups can be renamed in place."""

    def __init__(self, scene: CanvasScene, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(scene, bridge, parent)
        self.editor: RenameEditor | None = None
        self.breadcrumbs = Breadcrumbs(self)
        self.breadcrumbs.chosen.connect(self.enter_group)
        self.camera.zoomed.connect(self._place_editor)
        bridge.changed.connect(self._show_breadcrumbs)

    @property
    def inside(self) -> str | None:
        """Path of the group that has been entered."""
        return self.canvas.shown.inside

    # -- open, collapsed, entered ----------------------------------------------------------------------------------

    def toggle_group(self, path: str) -> None:
        """Open a collapsed group, or collapse an open one."""
        group_commands.toggle(self.session, [path])

    def toggle_groups(self) -> None:
        """Open or collapse the selected groups, or the one that the current node is in."""
        group_commands.toggle(self.session, groups_of_selection(self.session))

    def collapse_all(self, collapsed: bool) -> None:
        """Collapse every group that is in sight, or open the collapsed ones."""
        folded = self.canvas.shown.folded
        if collapsed:
            paths: Iterable[str] = self.canvas.frames.structure.paths
        else:
            paths = [path for card in folded.cards if (path := path_of_card(card)) is not None]
        group_commands.set_open(self.session, paths, collapsed=collapsed)

    def enter_group(self, path: str | None = None) -> None:
        """Show only what is in a group; without one everything."""
        self._leave_editor()
        self.canvas.enter(path or None)
        self._show_breadcrumbs()

    def enter_selected(self) -> None:
        """Enter the selected group, or the one that the current node is in."""
        paths = groups_of_selection(self.session)
        if paths:
            self.enter_group(paths[-1])

    def leave_group(self) -> None:
        """Back to what is around the group that was entered, which is selected then."""
        path = self.inside
        if path is not None:
            self.enter_group(outer_of(path))
            self.select(self.canvas.frames.nodes(path))
            if self.session.current is not None:
                self.reveal(self.session.current)

    def _show_breadcrumbs(self, _change: object = None) -> None:
        self.breadcrumbs.show_path(self.inside)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The way to the entered group stays above the canvas."""
        super().resizeEvent(event)
        self.breadcrumbs.place()

    # -- edits -----------------------------------------------------------------------------------------------------

    def group_selection(self) -> None:
        """Make a group of the selected nodes and let its name be typed."""
        path = group_commands.group_selection(self.session)
        if path is not None:
            self.rename_group(path)

    def dissolve_groups(self) -> None:
        """Take the selected groups away and leave their nodes."""
        group_commands.dissolve(self.session)

    def repeat_group(self) -> None:
        """Ask how often the selected group is wanted in series, and have it so."""
        paths = groups_of_selection(self.session)
        if not paths:
            return
        reason = why_not(self.session.design, paths[-1])
        if reason is not None:
            self.session.notice(reason, Level.WARNING)
            return
        times, agreed = QInputDialog.getInt(
            self,
            _("Repeat a group"),
            _("How often {group} is wanted in series, itself included:").format(group=paths[-1]),
            USUAL_TIMES,
            2,
            MOST_TIMES,
        )
        if agreed:
            self.session.repeat_group(paths[-1], times)

    # -- renaming in place -----------------------------------------------------------------------------------------

    def rename_current(self) -> None:
        """Edit the name of the selected group, or else of the current node, over its card."""
        self.rename(None)

    def rename(self, node: str | None) -> None:
        """Edit the name of a node, or of the group that it is the card of; without one that of what is selected."""
        group = path_of_card(node) if node is not None else selected_group(self.session)
        node = node or self.session.current
        if group is not None:
            self.rename_group(group)
        elif node is not None:
            self._edit_name(NodeName(self.session, node), node)

    def rename_group(self, path: str) -> None:
        """Edit a group's name over its title."""
        nodes = self.canvas.frames.nodes(path)
        self._edit_name(GroupName(self.session, path), nodes[0])

    def _edit_name(self, name: NodeName | GroupName, node: str) -> None:
        self._leave_editor()
        self.reveal(node)
        self.camera.finish()
        self.editor = RenameEditor(name, self.viewport())
        self.editor.closed.connect(self._editor_closed)
        self._place_editor()
        self.editor.begin()

    def _place_editor(self, _zoom: float = 1.0) -> None:
        box = None if self.editor is None else self._name_box(self.editor.name)
        if self.editor is not None and box is not None:
            self.editor.place(self.viewportTransform().mapRect(box))

    def _name_box(self, name: NodeName | GroupName) -> QRectF | None:
        """Where the name is on the canvas."""
        if name.group:
            titles = {frame.path: frame.title for frame in self.canvas.frames.all()}
            if name.old in titles:
                return titles[name.old]
        node = self.canvas.shown.node_of([name.node]) if name.node in self.session.design.nodes else None
        if node is None:
            return None
        box = self.canvas.cards.rect(node)
        box.setHeight(HEADER)
        return box

    def _leave_editor(self) -> None:
        if self.editor is not None:
            self.editor.leave()

    def _editor_closed(self) -> None:
        editor, self.editor = self.editor, None
        if editor is not None and editor.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
