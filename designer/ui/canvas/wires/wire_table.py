"""Where all wires run, as arrays: what is asked of ten thousand wires at once is answered here.

A wire's points are those of :func:`~designer.ui.canvas.wires.edge_item.wire_path`, computed for all wires of one
form in one go. They are made when somebody asks for them after a change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from itertools import chain, pairwise
from typing import Any

import attrs
import numpy as np
from PySide6.QtCore import QPointF, QRectF

from designer.graph.design import Edge, Position
from designer.graph.folding import output_of
from designer.graph.wiring import changed_edges
from designer.ui.canvas.cards.card_table import CardTable, Mask, Numbers, Rows
from designer.ui.canvas.wires.edge_item import CORNER, SHORTEST_HANDLE, turns

Way = tuple[Position, ...]
Points = np.ndarray[Any, np.dtype[np.float64]]
"""(wires, points of each, 2)."""

BEND = 12
"""Straight pieces that a bend is taken for."""

MOST_FORMS = 24
"""Few edits make new forms of a few wires each; from so many on they are joined again."""

_T = np.linspace(0.0, 1.0, BEND + 1)[1:, None]


@attrs.frozen(eq=False)
class _Form:
    """Wires of one form: as many way-points, turning or not; ``steps`` picks points for three levels of detail."""

    rows: Rows
    points: Points
    steps: tuple[Sequence[int], ...]
    laned: bool
    """Whether they have way-points at all."""

    def only(self, rows: Rows, chosen: Mask) -> _Form:
        """Some of the wires, with other rows."""
        return attrs.evolve(self, rows=rows, points=self.points[chosen])


class WireTable:
    """One row per wire, in the design's order."""

    def __init__(self, cards: CardTable) -> None:
        self._cards = cards
        self.edges: tuple[Edge, ...] = ()
        self.source: Rows = np.empty(0, np.intp)
        self.target: Rows = np.empty(0, np.intp)
        self._port: Rows = np.empty(0, np.intp)
        self._out: Rows = np.empty(0, np.intp)
        self._row: dict[Edge, int] | None = {}
        self._ways: list[Way] = []
        self._forms: list[_Form] = []
        self._stale: Mask = np.empty(0, bool)
        """Wires that are in no form: their points are made when they are asked for."""
        self._boxes: Numbers = np.empty((0, 4))
        self._inside: Mask = np.empty(0, bool)
        self._joining: Mask = np.empty(0, bool)
        self._way_shift = (0.0, 0.0)

    # -- following -------------------------------------------------------------------------------------------------

    def renew(self, edges: tuple[Edge, ...], card_rows: Rows) -> None:
        """Have rows for these wires; ``card_rows`` are the present rows of the cards by their rows before."""
        drawn, lost = changed_edges(self.edges, edges)
        gone = frozenset(map(id, lost))
        kept = np.array([id(edge) not in gone for edge in self.edges], bool) if gone else np.ones(len(self.edges), bool)
        remaining = tuple([edge for edge in self.edges if id(edge) not in gone]) if gone else self.edges
        ways = dict(zip(self.edges, self._ways, strict=True)) if edges[: len(remaining)] != remaining else {}
        if ways:
            # In another order: the points of all are made anew.
            drawn, remaining, kept = edges, (), np.zeros(len(self.edges), bool)
        count, row = len(remaining), self._cards.row
        self.source = np.append(card_rows[self.source[kept]], np.array([row[edge.source] for edge in drawn], np.intp))
        self.target = np.append(card_rows[self.target[kept]], np.array([row[edge.target] for edge in drawn], np.intp))
        self._port = np.append(self._port[kept], np.array([edge.input for edge in drawn], np.intp))
        self._out = np.append(self._out[kept], np.array([output_of(edge) for edge in drawn], np.intp))
        self._ways = [way for way, stays in zip(self._ways, kept, strict=True) if stays]
        self._ways += [ways.get(edge, ()) for edge in drawn]
        if gone or count < len(self.edges):
            self._row = None
        elif self._row is not None:
            self._row |= {edge: count + number for number, edge in enumerate(drawn)}
        self.edges = edges
        self._stale = np.append(self._stale[kept], np.ones(len(drawn), bool))
        self._boxes = np.append(self._boxes[kept], np.zeros((len(drawn), 4)), axis=0)
        rows = np.cumsum(kept) - 1
        self._forms = [form.only(rows[form.rows[kept[form.rows]]], kept[form.rows]) for form in self._forms]
        self._end_shift()

    def lay(self, ways: Mapping[Edge, Way]) -> None:
        """Let these wires run along these ways, from where the cards' ports are now."""
        if len(ways) == len(self.edges):
            self._ways = [ways[edge] for edge in self.edges]
            self._stale[:] = True
            self._forms = []
        else:
            for edge, way in ways.items():
                row = self.row_of(edge)
                self._ways[row] = way
                self._stale[row] = True
        self._end_shift()

    def adopt(self, table: WireTable) -> None:
        """Run as the same wires do in another table, made among cards that stand like these."""
        self._ways, self._forms, self._boxes = table._ways, table._made(), table._boxes
        self._stale[:] = False
        self._end_shift()

    def copied(self, cards: CardTable) -> WireTable:
        """The wires as they run now, among a copy of the cards; until this table adopts others, both share points."""
        other = copy(self)
        own = {"_cards": cards, "_ways": list(self._ways), "_forms": list(self._forms), "_stale": self._stale.copy()}
        vars(other).update(own)
        return other

    def _end_shift(self) -> None:
        self._inside = self._joining = np.zeros(len(self.edges), bool)
        self._way_shift = (0.0, 0.0)

    def begin_shift(self, moved: Mask) -> None:
        """Some cards will be moved together: what joins them to others runs plainly from now on."""
        ends = moved[self.source].astype(int) + moved[self.target]
        self._inside, self._joining = ends == 2, ends == 1
        for row in np.flatnonzero(self._joining):
            self._ways[row] = ()
        self._stale |= self._joining
        self._made()

    def shift(self, dx: float, dy: float) -> None:
        """The cards have been moved on; what runs between them goes along."""
        self._way_shift = (self._way_shift[0] + dx, self._way_shift[1] + dy)
        for form in self._forms:
            inside = self._inside[form.rows]
            if inside.all():
                np.add(form.points, (dx, dy), out=form.points)
            elif inside.any():
                form.points[inside] += (dx, dy)
        self._boxes[self._inside] += (dx, dy, dx, dy)
        self._stale |= self._joining

    def way(self, row: int) -> Way:
        """Way-points of a wire."""
        dx, dy = self._way_shift
        return tuple((x + dx, y + dy) for x, y in self._ways[row]) if self._inside[row] else self._ways[row]

    def row_of(self, edge: Edge) -> int:
        """Row of a wire."""
        if self._row is None:
            self._row = {edge: row for row, edge in enumerate(self.edges)}
        return self._row[edge]

    def ends_of(self, edge: Edge) -> tuple[QPointF, QPointF]:
        """The ports that a wire joins."""
        row = self.row_of(edge)
        start, end = self._ends(slice(row, row + 1))
        return QPointF(*start[0].tolist()), QPointF(*end[0].tolist())

    # -- asking ----------------------------------------------------------------------------------------------------

    def boxes(self) -> Numbers:
        """Left, top, right and bottom of every wire."""
        self._made()
        return self._boxes

    def within(self, box: QRectF, margin: float = 0.0) -> Rows:
        """Rows of the wires whose bounds touch a box."""
        left, top, right, bottom = self.boxes().T
        return np.flatnonzero(
            (left <= box.right() + margin)
            & (right >= box.left() - margin)
            & (top <= box.bottom() + margin)
            & (bottom >= box.top() - margin)
        )

    def laned_bounds(self) -> QRectF:
        """Around all wires that follow lanes."""
        rows = [form.rows for form in self._made() if form.laned and form.rows.size]
        if not rows:
            return QRectF()
        boxes = self._boxes[np.concatenate(rows)]
        left, top = boxes[:, :2].min(axis=0)
        right, bottom = boxes[:, 2:].max(axis=0)
        return QRectF(QPointF(left, top), QPointF(right, bottom))

    def segments(self, wanted: Mask, level: int) -> Numbers:
        """Straight pieces of the wanted wires, x and y of both ends a row: level 0 for detail, 2 for far away."""
        found = []
        for form in self._made():
            chosen = wanted[form.rows]
            if chosen.any():
                points = form.points[chosen][:, form.steps[level]]
                found.append(np.concatenate([points[:, :-1], points[:, 1:]], axis=2).reshape(-1, 4))
        return np.concatenate(found) if found else np.empty((0, 4))

    def nearest(self, place: QPointF, reach: float, skipped: Edge | None = None) -> Edge | None:
        """The wire that runs nearest to a place, of those within reach but the skipped one."""
        here = np.array([place.x(), place.y()])
        found, least = None, reach
        for row in self.within(QRectF(place, place), reach).tolist():
            if self.edges[row] == skipped:
                continue
            distance = _distance(self._points_of(row), here)
            if distance <= least:
                found, least = self.edges[row], distance
        return found

    def _points_of(self, row: int) -> Numbers:
        for form in self._made():
            found = np.flatnonzero(form.rows == row)
            if found.size:
                points: Numbers = form.points[found[0]]
                return points
        raise KeyError(row)

    def _ends(self, rows: Rows | slice) -> tuple[Numbers, Numbers]:
        return self._cards.outputs(self.source[rows], self._out[rows]), self._cards.inputs(
            self.target[rows], self._port[rows]
        )

    def _made(self) -> list[_Form]:
        """The points of all wires, those made that are not there or not right."""
        if self._stale.any():
            self._forms = [form for form in map(self._without_stale, self._forms) if form.rows.size]
            kinds: dict[tuple[int, bool], list[int]] = {}
            for row in np.flatnonzero(self._stale).tolist():
                way = self._ways[row]
                kinds.setdefault((len(way), turns(way)), []).append(row)
            self._forms += [self._form(*kind, np.array(members, np.intp)) for kind, members in kinds.items()]
            self._stale[:] = False
        if len(self._forms) > MOST_FORMS:
            self._forms = _merged(self._forms)
        return self._forms

    def _without_stale(self, form: _Form) -> _Form:
        right = ~self._stale[form.rows]
        return form if right.all() else form.only(form.rows[right], right)

    def _form(self, count: int, turning: bool, rows: Rows) -> _Form:
        numbers = chain.from_iterable(chain.from_iterable(self._ways[row] for row in rows.tolist()))
        ways = np.fromiter(numbers, float, 2 * count * len(rows)).reshape(len(rows), count, 2)
        points, steps = (_turning if turning else _bending)(*self._ends(rows), ways)
        self._boxes[rows] = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
        return _Form(rows, points, steps, count > 0)


def _merged(forms: Sequence[_Form]) -> list[_Form]:
    """Those of one kind together."""
    kinds: dict[tuple[int, int], list[_Form]] = {}
    for form in forms:
        kinds.setdefault((form.points.shape[1], len(form.steps[-1])), []).append(form)
    return [
        _Form(
            np.concatenate([form.rows for form in members]),
            np.concatenate([form.points for form in members]),
            members[0].steps,
            members[0].laned,
        )
        for members in kinds.values()
    ]


def _bending(starts: Numbers, ends: Numbers, ways: Points) -> tuple[Points, tuple[Sequence[int], ...]]:
    """Bends into and out of each straight piece."""
    stops = [starts, *np.moveaxis(ways, 1, 0), ends]
    pieces, coarse, middling = [starts[:, None]], [0], [0]
    count = 0
    for number, (here, there) in enumerate(pairwise(stops)):
        if number % 2:
            pieces.append(there[:, None])
            count += 1
        else:
            pieces.append(_bend(here, there))
            middling += [count + step for step in range(BEND // 4, BEND, BEND // 4)]
            count += BEND
        coarse.append(count)
        middling.append(count)
    return np.concatenate(pieces, axis=1), (range(count + 1), middling, coarse)


def _bend(start: Numbers, end: Numbers) -> Points:
    reach, rise = (end - start).T
    handle = np.maximum(reach / 2, SHORTEST_HANDLE)
    steep = np.maximum(reach / 2, np.minimum(SHORTEST_HANDLE, np.abs(rise) / 4))
    handle = np.where(reach < 2 * SHORTEST_HANDLE, steep, handle)
    back = np.minimum(SHORTEST_HANDLE - reach * 0.4, 200.0) + np.abs(rise) * 0.1
    handle = np.where(reach < 0, back, handle)
    out = np.stack([handle, np.zeros_like(handle)], axis=1)
    a, b, c, d = (point[:, None] for point in (start, start + out, end - out, end))
    u = 1 - _T
    points: Points = a * u**3 + b * (3 * _T * u**2) + c * (3 * _T**2 * u) + d * _T**3
    return points


def _turning(starts: Numbers, ends: Numbers, ways: Points) -> tuple[Points, tuple[Sequence[int], ...]]:
    """Straight pieces at right angles, their corners cut round."""
    first = np.stack([ways[:, 0, 0], starts[:, 1]], axis=1)
    last = np.stack([ways[:, -1, 0], ends[:, 1]], axis=1)
    corners = np.concatenate([starts[:, None], first[:, None], ways, last[:, None], ends[:, None]], axis=1)
    pieces = np.diff(corners, axis=1)
    lengths = np.sqrt((pieces**2).sum(axis=2))
    radius = np.minimum(CORNER, np.minimum(lengths[:, :-1], lengths[:, 1:]) / 2)[:, :, None]
    along = pieces / np.maximum(lengths, 1e-9)[:, :, None]
    middle = corners[:, 1:-1]
    into, out = middle - along[:, :-1] * radius, middle + along[:, 1:] * radius
    rounded = np.stack([into, (into + 2 * middle + out) / 4, out], axis=2).reshape(len(starts), -1, 2)
    points = np.concatenate([starts[:, None], rounded, ends[:, None]], axis=1)
    count = points.shape[1]
    return points, (range(count), range(count), [0, *range(2, count - 1, 3), count - 1])


def _distance(points: Numbers, place: Numbers) -> float:
    """From a place to a chain of straight pieces."""
    start, step = points[:-1], np.diff(points, axis=0)
    along = ((place - start) * step).sum(axis=1) / np.maximum((step**2).sum(axis=1), 1e-9)
    nearest = start + step * along.clip(0.0, 1.0)[:, None]
    return float(np.sqrt(((nearest - place) ** 2).sum(axis=1).min()))
