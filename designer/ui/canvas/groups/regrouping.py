"""Cards that are dragged into the frame of a group or out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF

from designer.graph.compound_edits import Several
from designer.graph.design import Position
from designer.graph.edits import Edit
from designer.graph.group_edits import MoveToGroup
from designer.graph.groups import all_members, outer_of, within
from designer.ui.canvas.cards.card import WIDTH
from designer.ui.canvas.cards.card_table import Mask
from designer.ui.canvas.groups.frames import Frame

if TYPE_CHECKING:
    from designer.ui.canvas.scene import CanvasScene

OUTSIDE = 64.0
"""A card whose middle is further from the frame of its group than this leaves it; nearer, the frame grows."""


class Regrouping:
    """Watches over one drag; the design changes at its end, in the step that moves the cards."""

    def __init__(self, scene: CanvasScene, ids: tuple[str, ...]) -> None:
        self._scene, self._ids = scene, ids
        grouping = scene.shown.whole.grouping
        nodes = scene.shown.folded.nodes(ids)
        self._home = grouping.container(nodes, scene.shown.inside) if grouping.groups else None
        whole = grouping.whole(nodes, self._home) if grouping.groups else ()
        self._groups = whole
        inside = {node for path in whole for node in all_members(grouping.groups[path])}
        self._loose = [node for node in nodes if node not in inside]
        self._wanted = (
            bool(grouping.groups)
            and all(outer_of(path) == self._home for path in whole)
            and all(grouping.path_of(node) == self._home for node in self._loose)
        )
        self._frames: list[Frame] | None = None
        """As they are before anything is shown elsewhere."""

    def move(self, places: Mapping[str, Position]) -> None:
        """Light the frame that the cards would go into; one that they would leave does not reach after them."""
        if not self._wanted or not self._scene.frames:
            return
        target, frames = self.target(places), self._scene.frames
        going = target != self._home
        lit = target if going else None
        if frames.target != lit or going != (frames.leaving is not None):
            frames.target, frames.leaving = lit, self._rows() if going else None
            self._scene.frames_item.refresh()

    def _rows(self) -> Mask:
        cards = self._scene.cards
        rows = np.zeros(len(cards.ids), bool)
        rows[cards.rows_of(self._ids)] = True
        return rows

    def target(self, places: Mapping[str, Position]) -> str | None:
        """The group that the cards are in when they stand so."""
        if self._frames is None:
            around = self._scene.frames.all()
            self._frames = [frame for frame in around if not any(within(frame.path, one) for one in self._groups)]
        spots = [self._middle(key, place) for key, place in places.items()]
        middle = QPointF(sum(x for x, _y in spots) / len(spots), sum(y for _x, y in spots) / len(spots))
        found = self._scene.shown.inside
        for frame in self._frames:
            margin = OUTSIDE if frame.path == self._home or within(self._home, frame.path) else 0.0
            if frame.rect.adjusted(-margin, -margin, margin, margin).contains(middle):
                found = frame.path
        return found

    def _middle(self, key: str, place: Position) -> Position:
        return place[0] + WIDTH / 2, place[1] + float(self._scene.cards.height[self._scene.cards.row[key]]) / 2

    def edit(self, places: Mapping[str, Position], move: Edit) -> Edit:
        """Moving the cards, and where they have changed sides that too."""
        if not self._wanted or not self._scene.frames:
            return move
        target = self.target(places)
        if target == self._home:
            return move
        into = MoveToGroup(frozenset(self._loose), target, frozenset(self._groups))
        return Several((move, into), into.label())

    def end(self) -> None:
        """The drag is over."""
        frames = self._scene.frames
        if frames.target is not None or frames.leaving is not None:
            frames.target = frames.leaving = None
            self._scene.frames_item.refresh()
