"""Renaming a node or a group in place, over its card."""

from __future__ import annotations

import attrs
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from designer.graph.design import DesignError
from designer.graph.edits import LONGEST_ID, Edit, Rename
from designer.graph.group_edits import RenameGroup
from designer.graph.groups import all_members, name_of
from designer.i18n import _
from designer.session.session import Session
from designer.ui.widgets.theme import current_theme

LEAST_WIDTH, LEAST_HEIGHT = 152, 26


@attrs.frozen
class NodeName:
    """The name of a node, which is to be another."""

    session: Session
    old: str
    group = False

    @property
    def node(self) -> str:
        """The node it is about."""
        return self.old

    @property
    def shown(self) -> str:
        """What is edited."""
        return self.old

    def edit(self, name: str) -> Edit:
        """What renaming is."""
        return Rename(self.old, name)


@attrs.frozen
class GroupName:
    """The name of a group, the last part of its path."""

    session: Session
    old: str
    group = True

    @property
    def node(self) -> str:
        """A node inside."""
        found = self.session.design.grouping.groups.get(self.old)
        return next(all_members(found)) if found is not None else ""

    @property
    def shown(self) -> str:
        """What is edited."""
        return name_of(self.old)

    def edit(self, name: str) -> Edit:
        """What renaming is."""
        return RenameGroup(self.old, name)


class RenameEditor(QLineEdit):
    """A line over the card: Enter renames, Escape leaves the name; a name that cannot be keeps it open and says why."""

    closed = Signal()

    def __init__(self, name: NodeName | GroupName, parent: QWidget) -> None:
        super().__init__(name.shown, parent)
        self.name = name
        self._session = name.session
        self._open = True
        self.setMaxLength(LONGEST_ID)
        self.setAccessibleName(_("Name of {node}").format(node=name.old))
        self.textEdited.connect(self._check)
        self._show_reason("")

    @property
    def node(self) -> str:
        """The node that is renamed, or one inside the group that is."""
        return self.name.node

    def place(self, box: QRectF) -> None:
        """Cover a rectangle of the viewport, but stay large enough to type in."""
        width, height = max(int(box.width()), LEAST_WIDTH), max(int(box.height()), LEAST_HEIGHT)
        self.setGeometry(int(box.left()), int(box.center().y() - height / 2), width, height)

    def begin(self) -> None:
        """Show up with the name selected."""
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()

    def reason(self, name: str) -> str:
        """Why a name cannot be; empty where it can."""
        try:
            self.name.edit(name).apply(self._session.design)
        except DesignError as problem:
            return str(problem)
        return ""

    def _check(self, name: str) -> None:
        self._show_reason(self.reason(name))

    def _show_reason(self, reason: str) -> None:
        theme = current_theme()
        border = theme.problem if reason else theme.accent
        self.setStyleSheet(
            f"QLineEdit {{ background: {theme.card.name()}; color: {theme.text.name()}; font-size: 13px;"
            f" border: 2px solid {border.name()}; border-radius: 5px; padding: 0 6px; }}"
        )
        self.setToolTip(reason)

    def commit(self) -> bool:
        """Rename; False where that was refused, with a notice, and the editor stays."""
        name = self.text().strip()
        if name == self.name.shown:
            self.close_editor()
            return True
        reason = self.reason(name)
        if reason:
            self._session.do(self.name.edit(name))
            self._show_reason(reason)
            return False
        # Closed first: the node's item goes with its old name.
        self.close_editor()
        return self._session.do(self.name.edit(name))

    def close_editor(self) -> None:
        """Go away and give the focus back."""
        if self._open:
            self._open = False
            # First the focus goes back: hiding the widget that has it would send it on as the Tab key does.
            self.closed.emit()
            self.hide()
            self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Escape."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.commit()
        elif event.key() == Qt.Key.Key_Escape:
            self.close_editor()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Losing the focus takes the name, unless the editor's own context menu has it for a while."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.leave()

    def leave(self) -> None:
        """End editing: a name that may be given is taken, another is dropped."""
        if not self._open:
            return
        name = self.text().strip()
        if name == self.name.shown or self.reason(name):
            self.close_editor()
        else:
            self.commit()
