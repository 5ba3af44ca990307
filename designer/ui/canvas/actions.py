"""Every action of the canvas, and its context menus.

The window puts these entries into the table of all actions (`shell/actions.py`), the canvas itself answers their keys.
A new one stands in the tuple whose place in that table it shall have; one that only a context menu shows stands there.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QKeySequence

from designer.graph.edits import Disconnect
from designer.i18n import N_
from designer.session.group_selection import groups_of_selection, selected_groups
from designer.session.session import Session
from designer.ui.action_entry import SEPARATOR, populated
from designer.ui.canvas import block_commands, commands
from designer.ui.canvas.action_kinds import CanvasAction, ContextItem, LayerMenu
from designer.ui.canvas.gestures.hits import hit_node

Keys = QKeySequence.StandardKey


def selected(session: Session) -> bool:
    """A node is selected."""
    return bool(session.selection)


def wired(session: Session) -> bool:
    """A selected node has a wire."""
    chosen = set(session.selection)
    return any(edge.source in chosen or edge.target in chosen for edge in session.design.edges)


def group_selected(session: Session) -> bool:
    """Every node of a group is selected."""
    return bool(selected_groups(session))


def in_group(session: Session) -> bool:
    """A group is selected, or the current node is in one."""
    return bool(groups_of_selection(session))


def has_groups(session: Session) -> bool:
    """There is a group."""
    return bool(session.design.groups)


# -- actions -----------------------------------------------------------------------------------------------------------

EDITING: tuple[CanvasAction, ...] = (
    CanvasAction(
        "cut", N_("Cu&t"), N_("Move the selected layers to the clipboard"), Keys.Cut, "cut",
        when=selected, do=lambda spot: spot.view.cut(), focused=True,
    ),
    CanvasAction(
        "copy", N_("&Copy"), N_("Copy the selected layers, as text"), Keys.Copy, "copy",
        when=selected, do=lambda spot: spot.view.copy(), focused=True,
    ),
    CanvasAction(
        "paste", N_("&Paste"), N_("Insert layers, or feed an image, from the clipboard"), Keys.Paste, "paste",
        do=lambda spot: spot.view.paste(spot.place),
    ),
    CanvasAction(
        "duplicate", N_("Dup&licate"), N_("Copy the selected layers beside themselves"), "Ctrl+D", "duplicate",
        when=selected, do=lambda spot: spot.view.duplicate(),
    ),
    CanvasAction(
        "delete", N_("&Delete"), N_("Delete the selected layers and their wires"), Keys.Delete, "delete",
        when=populated, do=lambda spot: spot.view.delete_selection(), focused=True, more_keys=("Backspace",),
    ),
    CanvasAction(
        "delete_reconnect", N_("Delete and Reconn&ect"), N_("Delete the selected layers and close the gap"),
        "Shift+Del", when=selected, do=lambda spot: spot.view.delete_and_reconnect(),
        context_text=N_("Delete and reconnect"), more_keys=("Shift+Backspace",),
    ),
    CanvasAction(
        "select_all", N_("Select &All"), N_("Select every layer"), Keys.SelectAll, "select_all",
        when=populated, do=lambda spot: spot.view.select_all(), focused=True, context_text=N_("Select all"),
    ),
    CanvasAction(
        "rename", N_("Re&name"), N_("Give the selected layer another name"), "F2", "rename",
        when=selected, do=lambda spot: spot.view.rename(hit_node(spot.hit)),
    ),
    CanvasAction(
        "group", N_("&Group"), N_("Put the selected layers into a group, a block with a name"), "Ctrl+G",
        when=selected, do=lambda spot: spot.view.group_selection(),
    ),
    CanvasAction(
        "ungroup", N_("Ungr&oup"), N_("Take the selected groups away and leave their layers"), "Ctrl+Shift+G",
        when=group_selected, do=lambda spot: spot.view.dissolve_groups(),
    ),
    CanvasAction(
        "repeat_group", N_("Repeat ×N in &Series…"), N_("Have the selected group several times in series"),
        "Ctrl+Shift+R", when=in_group, do=lambda spot: spot.view.repeat_group(),
    ),
    CanvasAction(
        "save_block", N_("Save as &Block…"), N_("Put the selected layers into the palette, as a block of your own"),
        "Ctrl+Shift+B", when=selected, do=lambda spot: block_commands.save_as_block(spot.view),
        context_text=N_("Save as block…"),
    ),
)  # fmt: skip

GROUPS: tuple[CanvasAction, ...] = (
    CanvasAction(
        "toggle_group", N_("&Collapse or Expand"), N_("Show the selected group as one card, or with all its layers"),
        "E", when=in_group, do=lambda spot: spot.view.toggle_groups(), focused=True,
        context_text=N_("Collapse or expand"),
    ),
    CanvasAction(
        "enter_group", N_("&Enter Group"), N_("Show only what is in the group; Esc leaves it"), "Return",
        when=in_group, do=lambda spot: spot.view.enter_selected(), focused=True, context_text=N_("Enter group"),
        more_keys=("Enter",),
    ),
    CanvasAction(
        "collapse_all", N_("Collapse A&ll Groups"), N_("Show every group in sight as one card"), "Ctrl+Alt+C",
        when=has_groups, do=lambda spot: spot.view.collapse_all(True), context_text=N_("Collapse all groups"),
    ),
    CanvasAction(
        "expand_all", N_("E&xpand One Level"), N_("Open every collapsed group in sight"), "Ctrl+Alt+E",
        when=has_groups, do=lambda spot: spot.view.collapse_all(False), context_text=N_("Expand one level"),
    ),
)  # fmt: skip

VIEWING: tuple[CanvasAction, ...] = (
    CanvasAction(
        "zoom_in", N_("Zoom &In"), N_("Show the canvas larger"), Keys.ZoomIn, "zoom_in",
        do=lambda spot: spot.view.zoom_in(), more_keys=("Ctrl+=",),
    ),
    CanvasAction(
        "zoom_out", N_("Zoom &Out"), N_("Show the canvas smaller"), Keys.ZoomOut, "zoom_out",
        do=lambda spot: spot.view.zoom_out(),
    ),
    CanvasAction(
        "zoom_actual", N_("&100 %"), N_("Show the canvas in its own size"), "Ctrl+0", "zoom_actual",
        do=lambda spot: spot.view.zoom_to(1.0), context_text=N_("Zoom to 100 %"),
    ),
    CanvasAction(
        "fit", N_("&Fit"), N_("Show the whole design"), "F", "fit",
        when=populated, do=lambda spot: spot.view.fit(), focused=True,
    ),
)  # fmt: skip

ARRANGING: tuple[CanvasAction, ...] = (
    CanvasAction(
        "lay_out", N_("&Lay Out"), N_("Arrange the layers from left to right"), "Ctrl+L", "layout",
        when=populated, do=lambda spot: spot.view.auto_layout(), context_text=N_("Lay out"),
    ),
)  # fmt: skip

BY_ID: Mapping[str, CanvasAction] = {entry.id: entry for entry in (*EDITING, *GROUPS, *VIEWING, *ARRANGING)}

# -- context menus -----------------------------------------------------------------------------------------------------

NODE_MENU: tuple[ContextItem, ...] = (
    "rename", "duplicate", "group", SEPARATOR, "cut", "copy", SEPARATOR,
    CanvasAction(
        "disconnect", N_("Disconnect"), N_("Delete the wires of the selected layers"),
        when=wired, do=lambda spot: commands.disconnect(spot.view.session, spot.view.session.selection),
    ),
    "delete", "delete_reconnect",
)  # fmt: skip

GROUP_MENU: tuple[ContextItem, ...] = (
    "toggle_group", "enter_group", "repeat_group", "save_block", "ungroup", SEPARATOR, *NODE_MENU,
)  # fmt: skip
"""Of a group, and of a node in one."""

EDGE_MENU: tuple[ContextItem, ...] = (
    LayerMenu(
        N_("Insert layer"),
        lambda spot, kind: commands.insert_layer(spot.view.session, spot.view.canvas, kind, spot.edge),
        lambda layer: not layer.is_source(),
    ),
    SEPARATOR,
    CanvasAction(
        "disconnect_wire", N_("Disconnect"), N_("Delete the wire"), Keys.Delete, "delete",
        do=lambda spot: spot.view.session.do(Disconnect([spot.edge])),
    ),
)  # fmt: skip

CANVAS_MENU: tuple[ContextItem, ...] = (
    LayerMenu(N_("Add layer here"), lambda spot, kind: commands.add_layer(spot.view.session, kind, spot.place)),
    "paste", SEPARATOR, "select_all", "lay_out", SEPARATOR, "fit", "zoom_actual",
)  # fmt: skip
