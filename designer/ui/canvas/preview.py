"""Cards shown elsewhere than the design has them, while they are dragged, their wires following."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from designer.graph.design import Position
from designer.graph.edge_routes import edge_routes

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene

EXACT = 600
"""In a design of so many nodes the ways of dragged wires are found at every step; in a larger one at the end."""


class Preview:
    """The scene's cards on their way; the design changes at the end."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._ids: Iterable[str] | None = None
        self._shift = (0.0, 0.0)

    def shift(self, ids: tuple[str, ...], dx: float, dy: float) -> None:
        """Show these nodes so far from where the design has them."""
        scene = self._scene
        if self._ids is not ids:
            self._begin(ids)
        step = dx - self._shift[0], dy - self._shift[1]
        if step == (0.0, 0.0):
            return
        self._shift = dx, dy
        scene.cards.left[self._rows] = self._left + dx
        scene.cards.top[self._rows] = self._top + dy
        moved = self._moved
        for key, item in scene.nodes.made.items():
            if moved[scene.cards.row[key]]:
                item.setPos(scene.cards.corner(key))
        if len(scene.design.nodes) <= EXACT:
            self._route(ids)
        else:
            scene.wires.shift(*step)
            self._follow()
        scene.stock()

    def _begin(self, ids: tuple[str, ...]) -> None:
        cards = self._scene.cards
        self.end()
        self._ids, self._shift = ids, (0.0, 0.0)
        self._rows = cards.rows_of(ids)
        self._left, self._top = cards.left[self._rows], cards.top[self._rows]
        self._moved = np.zeros(len(cards.ids), bool)
        self._moved[self._rows] = True
        if len(cards.ids) > EXACT:
            self._scene.wires.begin_shift(self._moved)

    def _follow(self) -> None:
        """Lay the items of the wires that have been moved."""
        scene, moved = self._scene, self._moved
        for edge, item in scene.edges.made.items():
            row = scene.wires.row_of(edge)
            if moved[scene.wires.source[row]] or moved[scene.wires.target[row]]:
                scene.lay_item(edge, item, scene.wires.way(row))

    def places(self, places: Mapping[str, Position]) -> None:
        """Show nodes at these places."""
        self._ids = ()
        for key, place in places.items():
            self._scene.place(key, place)
        self._route(places)

    def _route(self, ids: Iterable[str]) -> None:
        """Find the ways of the wires at these nodes."""
        scene = self._scene
        touched = scene.edges_at(ids)
        lefts, tops = scene.cards.left.tolist(), scene.cards.top.tolist()
        positions = dict(zip(scene.cards.ids, zip(lefts, tops, strict=True), strict=True))
        ways = edge_routes(scene.design, positions, scene.node_sizes(), touched)
        for edge in touched:
            if edge in scene.edges.made:
                scene.lay_item(edge, scene.edges[edge], ways[edge])
        scene.wires.lay({**scene.ways, **ways})

    def end(self) -> None:
        """Show the nodes and wires where the design has them."""
        if self._ids is None:
            return
        for key, node in self._scene.design.nodes.items():
            if self._scene.cards.corner(key).toTuple() != node.position:
                self._scene.place(key, node.position)
        self._scene.show_ways()
        self._scene.stock()

    def forget(self) -> None:
        """The scene shows the design."""
        self._ids = None
