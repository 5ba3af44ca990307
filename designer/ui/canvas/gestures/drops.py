"""Layers dragged from the palette: a ghost of the card where it would stand, the wire below it lit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF

from designer.graph.design import Edge, Node, Position
from designer.i18n import _
from designer.layer_api.layer import Layer
from designer.layer_api.problems import FieldError
from designer.layer_api.registry import make_layer
from designer.layout.cards import snapped
from designer.layout.inserting import landing, pushed
from designer.layout.placing import uncovered
from designer.ui.canvas.cards.card import Card
from designer.ui.canvas.cards.node_item import NodeItem, ghost
from designer.ui.canvas.commands import inserted

if TYPE_CHECKING:
    from designer.ui.canvas.view.canvas_view import CanvasView

LAYER_MIME = "application/x-netdraft-layer"
"""The kind of the dragged layer, UTF-8."""


def layer_card(name: str, layer: Layer) -> Card:
    """The card of a layer that is in no design yet."""
    return Card(
        name=name,
        kind=_(layer.label),
        category=layer.category,
        caption=layer.caption(),
        inputs=(False,) * layer.min_inputs,
        open_ended=layer.max_inputs is None,
    )


def dragged_layer(mime: QMimeData) -> Layer | None:
    """The layer that is being dragged; None where it is something else."""
    if not mime.hasFormat(LAYER_MIME):
        return None
    try:
        return make_layer(bytes(mime.data(LAYER_MIME).data()).decode("utf-8", "replace"))
    except FieldError:
        return None


class LayerDrop:
    """A layer over the canvas, from its entry until it is dropped or leaves."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._layer: Layer | None = None
        self._ghost: NodeItem | None = None
        self._edge: Edge | None = None
        self._pushed: dict[str, Position] = {}

    def enter(self, mime: QMimeData, place: QPointF) -> bool:
        """Show the ghost; False where this is nothing for the canvas."""
        self.leave()
        self._layer = dragged_layer(mime)
        if self._layer is None:
            return False
        name = self._view.session.design.new_id(self._layer.prefix)
        self._ghost = ghost(layer_card(name, self._layer), self._view.canvas.appearance)
        self._view.canvas.addItem(self._ghost)
        self.move(place)
        return True

    def move(self, place: QPointF) -> bool:
        """Move the ghost to the pointer; a wire below it takes it in."""
        if self._ghost is None:
            return False
        self._edge = None
        if self._takes_wires() and self._view.canvas.node_hit(place) is None:
            hit = self._view.canvas.edge_hit(place, self._view.camera.zoom, reach=16.0)
            self._edge = hit.edge if hit is not None else None
        self._view.canvas.looks.point_at(self._edge)
        corner = self._corner(place)
        self._ghost.setPos(*corner)
        self._make_room(corner)
        return True

    def _takes_wires(self) -> bool:
        return self._layer is not None and not self._layer.is_source()

    def _make_room(self, corner: Position) -> None:
        """Show how the nodes behind the wire would move."""
        scene = self._view.canvas
        places = {}
        if self._edge is not None:
            places = pushed(scene.design, corner, self._edge, scene.node_sizes(), self._size())
        if places != self._pushed:
            scene.preview.end()
            self._pushed = places
            scene.preview.places(places)

    def _corner(self, place: QPointF) -> Position:
        """Where the card's upper left corner comes to stand."""
        size = self._size()
        corner = snapped(place.x() - size[0] / 2, place.y() - size[1] / 2)
        design, sizes = self._view.canvas.design, self._view.canvas.node_sizes()
        if self._edge is None:
            return uncovered(design, sizes, corner, size)
        return landing(design, self._edge, corner, sizes, size)

    def _size(self) -> tuple[float, float]:
        assert self._ghost is not None
        return self._ghost.geometry.width, self._ghost.geometry.height

    def drop(self, place: QPointF) -> bool:
        """Add the layer here, or on the wire below."""
        if not self.move(place) or self._layer is None:
            return False
        layer, edge, corner, size = self._layer, self._edge, self._corner(place), self._size()
        self.leave()
        session = self._view.session
        if edge is None:
            frames = self._view.canvas.frames
            into = frames.innermost_at(place) if frames else None
            return session.add_layer(layer.kind, corner, into=into) is not None
        node = Node(session.design.new_id(layer.prefix), layer, corner)
        done = session.do(inserted(self._view.canvas, node, edge, size))
        if done:
            self._view.select([node.id])
        return done

    def leave(self) -> None:
        """Remove the ghost: what was dragged has left the canvas, or was dropped."""
        if self._ghost is not None:
            self._view.canvas.removeItem(self._ghost)
            self._view.canvas.looks.point_at(None)
            self._view.canvas.preview.end()
        self._ghost = self._layer = self._edge = None
        self._pushed = {}
