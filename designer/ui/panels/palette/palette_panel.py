"""The palette: every layer of the catalogue by category, searched as you type, dragged onto the canvas."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from designer.i18n import N_, _
from designer.library.blocks import BlockEntry
from designer.session.blocks import append_block, delete_block
from designer.ui.bridge import Bridge
from designer.ui.panels.palette.layer_tree import BRANCH, LayerTree
from designer.ui.panels.registry import Area, Panel
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.model_line import asks_for_undo
from designer.ui.widgets.theme import RHYTHM, icon


class SearchField(QLineEdit):
    """What is searched; Up and Down go through the list below, Enter takes the current entry, Escape clears.

    Once an entry was taken, the next word replaces the text, and undo and redo are the window's until something is
    typed: what was done last is what Ctrl+Z takes back.
    """

    stepped = Signal(int)
    entered = Signal(bool)
    """Enter was pressed; with Shift or Alt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._typed = False
        self.textEdited.connect(self._note_typing)

    def _note_typing(self) -> None:
        self._typed = True

    def start_anew(self) -> None:
        """Let the next word replace the text."""
        self._typed = False
        self.selectAll()

    def event(self, event: QEvent) -> bool:
        """Keep undo and redo only for what was typed here last."""
        if asks_for_undo(event) and not self._typed:
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that are for the list."""
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit(bool(event.modifiers() & BRANCH))
        elif key == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class PalettePanel(FollowsTheme, QWidget):
    """The dock with the layers; double-click or Enter inserts one behind the current node, Alt or Shift branches."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = bridge.session
        self.search = SearchField(self)
        self.search.setPlaceholderText(_("Search layers"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(_("Search layers"))
        self.search.setToolTip(
            _("Search by name, kind or what it does; Enter inserts after the selected layer, Shift+Enter as a branch")
        )
        self._glass = self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.tree = LayerTree(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, RHYTHM, 0, 0)
        column.setSpacing(RHYTHM)
        field = QVBoxLayout()
        field.setContentsMargins(RHYTHM, 0, RHYTHM, 0)
        field.addWidget(self.search)
        column.addLayout(field)
        column.addWidget(self.tree)
        self.search.textChanged.connect(self._find)
        self.search.stepped.connect(self.tree.step)
        self.search.entered.connect(self._append_current)
        self.tree.wanted.connect(self._append)
        self.tree.block_wanted.connect(self._append_block)
        self.tree.block_deleted.connect(self._delete_block)
        bridge.blocks_changed.connect(self.show_blocks)
        self.tree.show_categories()
        self._follow_theme()

    def _apply_theme(self) -> None:
        self._glass.setIcon(icon("search"))
        self.tree.viewport().update()

    def focus_search(self) -> None:
        """Put the cursor into the search field, its text selected."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.start_anew()

    def _find(self, text: str) -> None:
        if text.strip():
            self.tree.show_found(text.strip())
        else:
            self.tree.show_categories()

    def _append_current(self, branch: bool) -> None:
        self.tree.take_current(branch)

    def _append(self, kind: str, branch: bool) -> None:
        self._session.append_layer(kind, branch=branch)
        self.search.start_anew()

    def _append_block(self, block: BlockEntry, branch: bool) -> None:
        append_block(self._session, block, branch=branch)
        self.search.start_anew()

    def _delete_block(self, block: BlockEntry) -> None:
        delete_block(self._session, block)

    def show_blocks(self) -> None:
        """Show what is found, or everything, anew: one's own blocks are others."""
        self._find(self.search.text())

    def sizeHint(self) -> QSize:
        """Wide enough for the longest label."""
        return QSize(232, 480)


PANEL = Panel("palette", N_("Palette"), Area.LEFT, 10, PalettePanel)
