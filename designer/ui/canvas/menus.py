"""Context menus of the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from designer.graph.design import Edge
from designer.graph.edits import Disconnect
from designer.i18n import _
from designer.layer_api.layer import Category, Layer
from designer.layer_api.registry import catalogue
from designer.layout.cards import snapped
from designer.layout.layered import NODE_SIZE
from designer.layout.placing import uncovered
from designer.ui.canvas import commands
from designer.ui.canvas.gestures.hits import Hit, OnEdge, hit_node
from designer.ui.widgets.category_icon import category_icon
from designer.ui.widgets.theme import icon

if TYPE_CHECKING:
    from designer.ui.canvas.view.canvas_view import CanvasView

Keys = QKeySequence.StandardKey | str | None


def context_menu(view: CanvasView, hit: Hit, place: QPointF) -> QMenu:
    """The menu for what the pointer is on: a node (and all selected with it), a wire, or the canvas."""
    menu = QMenu(view)
    # A file that has been read meanwhile may bring a design without what the menu is about.
    view.canvas.bridge.changed.connect(menu.close)
    node = hit_node(hit)
    if node is not None:
        _node_menu(menu, view)
    elif isinstance(hit, OnEdge):
        _edge_menu(menu, view, hit.edge)
    else:
        _canvas_menu(menu, view, place)
    return menu


def _node_menu(menu: QMenu, view: CanvasView) -> None:
    session = view.session
    several = len(session.selection) > 1
    wired = bool(view.canvas.edges_at(session.selection))
    _action(menu, _("Rename"), view.rename_current, "rename", "F2").setEnabled(not several)
    _action(menu, _("Duplicate"), view.duplicate, "duplicate", "Ctrl+D")
    menu.addSeparator()
    _action(menu, _("Cut"), view.cut, "cut", QKeySequence.StandardKey.Cut)
    _action(menu, _("Copy"), view.copy, "copy", QKeySequence.StandardKey.Copy)
    menu.addSeparator()
    _action(menu, _("Disconnect"), lambda: commands.disconnect(session, session.selection)).setEnabled(wired)
    _action(menu, _("Delete"), view.delete_selection, "delete", QKeySequence.StandardKey.Delete)
    _action(menu, _("Delete and reconnect"), view.delete_and_reconnect, None, "Shift+Del").setEnabled(wired)


def _edge_menu(menu: QMenu, view: CanvasView, edge: Edge) -> None:
    session, scene = view.session, view.canvas

    def insert(kind: str) -> None:
        commands.insert_layer(session, scene, kind, edge)

    layer_menu(menu, _("Insert layer"), insert, lambda layer: not layer.is_source())
    menu.addSeparator()
    _action(menu, _("Disconnect"), lambda: session.do(Disconnect([edge])), "delete", QKeySequence.StandardKey.Delete)


def _canvas_menu(menu: QMenu, view: CanvasView, place: QPointF) -> None:
    session = view.session

    def add(kind: str) -> None:
        wanted = snapped(place.x(), place.y())
        session.add_layer(kind, uncovered(session.design, session.card_sizes(), wanted, NODE_SIZE))

    layer_menu(menu, _("Add layer here"), add)
    _action(menu, _("Paste"), lambda: view.paste(at=place), "paste", QKeySequence.StandardKey.Paste)
    menu.addSeparator()
    _action(menu, _("Select all"), view.select_all, "select_all", QKeySequence.StandardKey.SelectAll)
    _action(menu, _("Lay out"), view.auto_layout, "layout")
    menu.addSeparator()
    _action(menu, _("Fit"), view.fit, "fit", "F")
    _action(menu, _("Zoom to 100 %"), lambda: view.zoom_to(1.0), "zoom_actual", "Ctrl+0")


def layer_menu(
    menu: QMenu,
    title: str,
    chosen: Callable[[str], object],
    wanted: Callable[[type[Layer]], bool] = lambda _layer: True,
) -> QMenu:
    """A submenu with every layer by category; ``chosen`` is called with its kind."""
    submenu = menu.addMenu(icon("add"), title)
    by_category: dict[Category, QMenu] = {}
    for kind, layer in catalogue().items():
        if not wanted(layer):
            continue
        if layer.category not in by_category:
            category = submenu.addMenu(category_icon(layer.category), _(layer.category.value))
            by_category[layer.category] = category
        _action(by_category[layer.category], _(layer.label), lambda kind=kind: chosen(kind))  # type: ignore[misc]
    return submenu


def _action(menu: QMenu, text: str, do: Callable[[], object], picture: str | None = None, keys: Keys = None) -> QAction:
    """One entry; the shortcut is shown here and acted upon by the window or the view."""
    action = QAction(text, menu)
    if picture is not None:
        action.setIcon(icon(picture))
    if keys is not None:
        action.setShortcut(QKeySequence(keys))
        action.setShortcutVisibleInContextMenu(True)
    action.triggered.connect(lambda _checked=False: do())
    menu.addAction(action)
    return action


def popup(menu: QMenu, where: QWidget, spot: QPointF) -> None:
    """Show a menu that goes away by itself."""
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(where.mapToGlobal(spot.toPoint()))
