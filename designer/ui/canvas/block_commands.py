"""Saving the selected layers as a block of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog, QLineEdit

from designer.graph.group_edits import group_name
from designer.i18n import _
from designer.session.blocks import save_selection_as_block

if TYPE_CHECKING:
    from designer.ui.canvas.view.canvas_view import CanvasView


def save_as_block(view: CanvasView) -> None:
    """Ask for a name, the group's where the selection is one, and save the selected layers under it."""
    session = view.session
    groups = list(session.design.grouping.whole(frozenset(session.selection), None))
    proposed = groups[0].rpartition(".")[2] if len(groups) == 1 else group_name(session.design, session.selection)
    name, agreed = QInputDialog.getText(
        view, _("Save as block"), _("Name of the block in the palette:"), QLineEdit.EchoMode.Normal, proposed
    )
    if agreed and name.strip():
        save_selection_as_block(session, name.strip())
