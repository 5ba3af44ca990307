"""Cards shown elsewhere than the design has them, while they are dragged, their wires following."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from designer.graph.design import Design, Position
from designer.graph.document import Change

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene

EXACT = 64
"""So many dragged cards have the ways of their wires found at every step; more at the end."""


class Preview:
    """The scene's cards on their way; the design changes at the end."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self._ids: Iterable[str] | None = None
        self._shown: Collection[str] = ()
        self._step = (0.0, 0.0)

    @property
    def active(self) -> bool:
        """Whether cards are shown elsewhere than the design has them."""
        return self._ids is not None

    def shift(self, ids: tuple[str, ...], dx: float, dy: float) -> None:
        """Show these nodes so far from where the design has them."""
        if len(ids) <= EXACT:
            nodes = self._scene.design.nodes
            self.places({key: (nodes[key].position[0] + dx, nodes[key].position[1] + dy) for key in ids})
            return
        scene = self._scene
        if self._ids is not ids:
            self._begin(ids)
        step = dx - self._step[0], dy - self._step[1]
        if step == (0.0, 0.0):
            return
        self._step = dx, dy
        scene.cards.left[self._rows] = self._left + dx
        scene.cards.top[self._rows] = self._top + dy
        scene.wires.shift(*step)
        for key, item in scene.nodes.made.items():
            if self._moved[scene.cards.row[key]]:
                item.setPos(scene.cards.corner(key))
        for edge, wire in scene.edges.made.items():
            row = scene.wires.row_of(edge)
            if self._moved[scene.wires.source[row]] or self._moved[scene.wires.target[row]]:
                scene.lay_item(edge, wire, scene.wires.way(row))
        scene.stock()

    def _begin(self, ids: tuple[str, ...]) -> None:
        """Wires between these nodes will move with them, those to others run directly."""
        cards = self._scene.cards
        self.end()
        self._ids, self._step = ids, (0.0, 0.0)
        self._shown = ids
        self._rows = cards.rows_of(ids)
        self._left, self._top = cards.left[self._rows], cards.top[self._rows]
        self._moved = np.zeros(len(cards.ids), bool)
        self._moved[self._rows] = True
        self._scene.wires.begin_shift(self._moved)

    def places(self, places: Mapping[str, Position]) -> None:
        """Show nodes at these places, their wires as they would run then."""
        scene = self._scene
        self._ids = self._ids or ()
        self._shown = places.keys()
        scene.place(places)
        scene.show_ways(scene.ways.preview(places))
        scene.stock()

    def end(self) -> None:
        """Show the nodes and wires where the design has them."""
        if self._ids is None:
            return
        self._forget()
        self._scene.place({key: node.position for key, node in self._scene.design.nodes.items()})
        self._scene.show_ways(self._scene.ways.of)
        self._scene.stock()

    def follow(self, change: Change) -> None:
        """The design is about to change: nothing is to be done where the change is what is shown, as after a drag."""
        if self._ids is None:
            return
        if change.only_moved and self._shown_are(change.moved, change.after):
            self._forget()
        else:
            # The change came from elsewhere, and knows nothing of the cards that are on their way.
            self.end()

    def _shown_are(self, moved: Collection[str], design: Design) -> bool:
        cards = self._scene.cards
        if set(moved) != set(self._shown):
            return False
        rows = cards.rows_of(moved)
        places = np.array([design.nodes[key].position for key in moved], float)
        return np.array_equal(np.stack([cards.left[rows], cards.top[rows]], axis=1), places)

    def _forget(self) -> None:
        self._ids, self._shown = None, ()
