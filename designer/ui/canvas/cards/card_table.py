"""Place, size and looks of all cards as arrays: what is asked of ten thousand cards at once is answered here.

Whether a card also has an item on the canvas is of no concern. Rows are in order of creation, as in the design.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from itertools import chain, count, repeat
from operator import is_
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from designer.graph.design import Position
from designer.graph.folding import FoldedLayer
from designer.layer_api.layer import Category, Layer
from designer.ui.canvas.cards.card import PORT_GAP, WIDTH, height_of
from designer.ui.canvas.style import CanvasStyle

Numbers = np.ndarray[Any, np.dtype[np.float64]]
Rows = np.ndarray[Any, np.dtype[np.intp]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Picked = Rows | Sequence[int] | int
"""Some rows, or one."""

CATEGORIES = tuple(Category)
_COLUMNS = ("left", "top", "height", "ports", "category", "open_ended", "problem", "selected", "outs")
_NUMBER = {category: index for index, category in enumerate(CATEGORIES)}


class CardTable:
    """One row per node."""

    def __init__(self) -> None:
        self.ids: tuple[str, ...] = ()
        self.row: Mapping[str, int] = {}
        self.left: Numbers = np.empty(0)
        self.top: Numbers = np.empty(0)
        self.height: Numbers = np.empty(0)
        self.ports: Rows = np.empty(0, np.intp)
        """Input ports."""
        self.category: Rows = np.empty(0, np.intp)
        """Index in ``CATEGORIES``."""
        self.open_ended: Mask = np.empty(0, bool)
        """Takes as many inputs as are connected."""
        self.problem: Mask = np.empty(0, bool)
        self.selected: Mask = np.empty(0, bool)
        self.outs: Rows = np.empty(0, np.intp)
        """Output ports of groups' cards; 0 for all others, which have one."""

    # -- following the design --------------------------------------------------------------------------------------

    def renew(self, ids: Iterable[str]) -> Rows:
        """Have rows for these nodes; those that were there keep what they say. The new rows by the old, -1 if gone."""
        before, stood = self.row, self.ids
        self.ids = tuple(ids)
        self.row = dict(zip(self.ids, count(), strict=False))
        if len(self.ids) >= len(stood) and all(map(is_, stood, self.ids)):
            origin = np.arange(len(self.ids))
            origin[len(stood) :] = -1
        else:
            origin = np.array([before.get(key, -1) for key in self.ids], np.intp)
        known = np.flatnonzero(origin >= 0)
        for name in _COLUMNS:
            old = getattr(self, name)
            new = np.zeros(len(self.ids), old.dtype)
            new[known] = old[origin[known]]
            setattr(self, name, new)
        rows = np.full(len(before), -1, np.intp)
        rows[origin[known]] = known
        return rows

    def place(self, places: Mapping[str, Position]) -> None:
        """Show these cards at these places."""
        if places:
            rows = np.array([self.row[key] for key in places], np.intp)
            numbers = np.fromiter(chain.from_iterable(places.values()), float, 2 * len(places))
            self.left[rows], self.top[rows] = numbers.reshape(-1, 2).T

    def stand_as(self, other: CardTable) -> None:
        """Show all cards where they are in another table, of the same nodes."""
        self.left, self.top = other.left.copy(), other.top.copy()

    def copied(self) -> CardTable:
        """The cards as they are now: what another thread may ask while these change."""
        other = copy(self)
        for name in _COLUMNS:
            setattr(other, name, getattr(self, name).copy())
        return other

    def stands_as(self, other: CardTable) -> bool:
        """Whether all cards and their ports are where those of another table are."""
        geometry = ("left", "top", "height", "ports")
        return self.ids == other.ids and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in geometry
        )

    def measure(self, key: str, layer: Layer, ports: int, problem: str, style: CanvasStyle) -> bool:
        """Note what a card looks like; whether its size or a port's place has changed."""
        row, open_ended = self.row[key], layer.max_inputs is None
        height, _lines = height_of(ports, open_ended, problem, style)
        same = self.height[row] == height and self.ports[row] == ports
        self.height[row], self.ports[row], self.problem[row] = height, ports, bool(problem)
        self.category[row], self.open_ended[row] = _NUMBER[layer.category], open_ended
        return not same

    def measure_group(self, key: str, layer: FoldedLayer, problem: bool) -> bool:
        """Note what the card of a group looks like; whether its size or a port's place has changed."""
        row = self.row[key]
        known = self.height[row], self.ports[row], self.outs[row]
        self.height[row], self.ports[row], self.outs[row] = layer.height, layer.inputs, layer.outputs
        self.problem[row], self.category[row] = problem, _NUMBER[layer.category]
        return bool(known != (layer.height, layer.inputs, layer.outputs))

    def select(self, ids: Iterable[str]) -> None:
        """Exactly these are selected."""
        self.selected[:] = False
        self.selected[self.rows_of(ids)] = True

    def rows_of(self, ids: Iterable[str]) -> Rows:
        """Rows of those nodes that are here."""
        return np.array([row for row in map(self.row.get, ids) if row is not None], np.intp)

    def sizes(self) -> dict[str, tuple[float, float]]:
        """Width and height of every card."""
        return dict(zip(self.ids, zip(repeat(WIDTH), self.height.tolist(), strict=False), strict=True))

    # -- one card --------------------------------------------------------------------------------------------------

    def rect(self, key: str) -> QRectF:
        """A card in scene coordinates."""
        row = self.row[key]
        return QRectF(float(self.left[row]), float(self.top[row]), WIDTH, float(self.height[row]))

    def corner(self, key: str) -> QPointF:
        """Upper left corner of a card."""
        row = self.row[key]
        return QPointF(float(self.left[row]), float(self.top[row]))

    # -- all cards -------------------------------------------------------------------------------------------------

    def rects(self, rows: Rows) -> Numbers:
        """Left, top, width and height, a row each: as QRectF lies in memory."""
        return np.stack([self.left[rows], self.top[rows], np.full(len(rows), WIDTH), self.height[rows]], axis=1)

    def within(self, box: QRectF, margin: float = 0.0) -> Rows:
        """Rows of the cards that come nearer to a box than the margin."""
        return np.flatnonzero(
            (self.left < box.right() + margin)
            & (self.left > box.left() - WIDTH - margin)
            & (self.top < box.bottom() + margin)
            & (self.top + self.height > box.top() - margin)
        )

    def near(self, place: QPointF, reach: float) -> Rows:
        """Rows of the cards within reach of a place, their borders included."""
        x, y = place.x() - self.left, place.y() - self.top
        return np.flatnonzero((x >= -reach) & (x <= WIDTH + reach) & (y >= -reach) & (y <= self.height + reach))

    def top_at(self, place: QPointF) -> int | None:
        """Row of the topmost card at a place: of the selected ones, which lie above, the one created last."""
        rows = self.near(place, 0.0)
        if not rows.size:
            return None
        chosen = rows[self.selected[rows]]
        return int((chosen if chosen.size else rows)[-1])

    def above(self, one: int, other: int) -> bool:
        """Whether the first of two rows' cards lies above the other."""
        return bool((self.selected[one], one) > (self.selected[other], other))

    def bounds(self, rows: Rows | None = None) -> QRectF:
        """Around these cards, or all."""
        left, top, height = (side if rows is None else side[rows] for side in (self.left, self.top, self.height))
        if not left.size:
            return QRectF()
        corner = QPointF(float(left.min()), float(top.min()))
        return QRectF(corner, QPointF(float(left.max()) + WIDTH, float((top + height).max())))

    # -- ports -----------------------------------------------------------------------------------------------------

    def outputs(self, rows: Picked, ports: Rows | Sequence[int] | int = 0) -> Numbers:
        """Output ports, x and y."""
        offset = (np.asarray(ports) - (np.maximum(self.outs[rows], 1) - 1) / 2) * PORT_GAP
        return np.stack([self.left[rows] + WIDTH, self.top[rows] + self.height[rows] / 2 + offset], axis=-1)

    def inputs(self, rows: Picked, ports: Rows | Sequence[int] | int) -> Numbers:
        """Input ports, x and y; also those after the last, where the next ones would be."""
        count = np.maximum(self.ports[rows], 1)
        offset = (np.asarray(ports) - (count - 1) / 2) * PORT_GAP
        return np.stack([self.left[rows], self.top[rows] + self.height[rows] / 2 + offset], axis=-1)
