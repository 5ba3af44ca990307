"""What an action of the canvas may say, what its handler is given, and what a context menu may hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
from PySide6.QtCore import QPointF

from designer.graph.design import Edge
from designer.layer_api.layer import Layer
from designer.ui.action_entry import Entry
from designer.ui.canvas.gestures.hits import Hit, OnEdge, hit_node

if TYPE_CHECKING:
    from designer.ui.canvas.view.canvas_view import CanvasView


@attrs.frozen
class Spot:
    """Where an action of the canvas acts: on what, and at which place of the scene, where the mouse has said so."""

    view: CanvasView
    hit: Hit = None
    place: QPointF | None = None

    @property
    def node(self) -> str | None:
        """The node that was hit, else the current one."""
        return hit_node(self.hit) or self.view.session.current

    @property
    def edge(self) -> Edge:
        """The wire that was hit; only the menu of a wire asks."""
        assert isinstance(self.hit, OnEdge)
        return self.hit.edge


@attrs.frozen
class CanvasAction(Entry):
    """An action of the canvas: in the window's menus, in context menus, and by keys also where there is no window.

    Parameters
    ----------
    context_text
        The text in context menus, where it is not that of the window's menus.
    focused
        Whether the keys mean this only while the canvas has the focus; a table or a text has its own copy and delete.
    more_keys
        What the canvas takes for the same while it has the focus; shown nowhere.
    """

    do: Callable[[Spot], object] = attrs.field(kw_only=True)
    context_text: str = attrs.field(default="", kw_only=True)
    focused: bool = attrs.field(default=False, kw_only=True)
    more_keys: tuple[str, ...] = attrs.field(default=(), kw_only=True)


@attrs.frozen
class LayerMenu:
    """Every wanted layer by category; ``chosen`` is given its kind."""

    title: str
    chosen: Callable[[Spot, str], object]
    wanted: Callable[[type[Layer]], bool] = lambda _layer: True


ContextItem = str | CanvasAction | LayerMenu
"""The id of an action of the canvas, a separator, or what stands in this menu only."""
