"""Context menus of the canvas, from what `actions.py` lists for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from designer.i18n import _
from designer.layer_api.layer import Category
from designer.layer_api.registry import catalogue
from designer.ui.action_entry import SEPARATOR, keys_of
from designer.ui.canvas.action_kinds import CanvasAction, LayerMenu, Spot
from designer.ui.canvas.actions import BY_ID, CANVAS_MENU, EDGE_MENU, GROUP_MENU, NODE_MENU, in_group
from designer.ui.canvas.gestures.hits import Hit, OnEdge, OnFrame, hit_node
from designer.ui.widgets.category_icon import category_icon
from designer.ui.widgets.theme import icon

if TYPE_CHECKING:
    from designer.ui.canvas.view.canvas_view import CanvasView


def context_menu(view: CanvasView, hit: Hit, place: QPointF) -> QMenu:
    """The menu for what the pointer is on: a node (and all selected with it), a wire, or the canvas."""
    menu, spot = QMenu(view), Spot(view, hit, place)
    # A file that has been read meanwhile may bring a design without what the menu is about.
    view.canvas.bridge.changed.connect(menu.close)
    if hit_node(hit) is not None or isinstance(hit, OnFrame):
        items = GROUP_MENU if in_group(view.session) else NODE_MENU
    elif isinstance(hit, OnEdge):
        items = EDGE_MENU
    else:
        items = CANVAS_MENU
    for item in items:
        if isinstance(item, LayerMenu):
            _add_layers(menu, item, spot)
        elif item == SEPARATOR:
            menu.addSeparator()
        else:
            _add_entry(menu, BY_ID[item] if isinstance(item, str) else item, spot)
    return menu


def _add_entry(menu: QMenu, entry: CanvasAction, spot: Spot) -> None:
    """The shortcut is shown here and acted upon by the window or the view."""
    action = _add(menu, _(entry.context_text or entry.text).replace("&", ""), lambda: entry.do(spot))
    action.setObjectName(entry.id)
    action.setEnabled(entry.when(spot.view.session))
    if entry.icon:
        action.setIcon(icon(entry.icon))
    keys = keys_of(entry, BY_ID.values())
    if keys:
        action.setShortcut(keys[0])
        action.setShortcutVisibleInContextMenu(True)


def _add_layers(menu: QMenu, layers: LayerMenu, spot: Spot) -> None:
    submenu = menu.addMenu(icon("add"), _(layers.title))
    by_category: dict[Category, QMenu] = {}
    for kind, layer in catalogue().items():
        if not layers.wanted(layer):
            continue
        if layer.category not in by_category:
            category = submenu.addMenu(category_icon(layer.category), _(layer.category.value))
            by_category[layer.category] = category
        _add(by_category[layer.category], _(layer.label), lambda kind=kind: layers.chosen(spot, kind))  # type: ignore[misc]


def _add(menu: QMenu, text: str, do: Callable[[], object]) -> QAction:
    action = QAction(text, menu)
    action.triggered.connect(lambda _checked=False: do())
    menu.addAction(action)
    return action
