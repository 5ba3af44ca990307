"""How groups open and close: what stands around a group makes room for it, and comes back when it closes.

Everything to the right of it in its row moves right, everything below moves down, by as much as it grows. Each of the
two keeps the order of sides, so what did not cover anything before covers nothing after.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs
import numpy as np

from designer.graph.compound_edits import Several
from designer.graph.design import Design, Position
from designer.graph.edits import Edit, MoveNodes
from designer.graph.folding import LEAST_HEIGHT, PORT_GAP, PORT_MARGIN, card_id, card_place, path_of_card
from designer.graph.group_boundary import boundary
from designer.graph.group_edits import CollapseGroups, GroupNodes
from designer.graph.groups import all_members, joined, outer_of
from designer.layout.grouped import FRAME_BOTTOM, FRAME_SIDE, FRAME_TOP
from designer.layout.layered import COLUMN_GAP, GRID, NODE_SIZE, Size

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""

Sides = np.ndarray[Any, np.dtype[np.float64]]

APART = 16.0
"""What comes back keeps so far from what it comes near, in pixels."""

MOST_PAIRS = 4_000_000
"""Pairs of cards that are compared before anything comes back; where there are more, all keep their places."""


@attrs.frozen
class _Places:
    """Where cards are, and how large; the places may change."""

    design: Design
    sizes: Mapping[str, Size]
    at: dict[str, Position]

    def units(self, container: str | None) -> list[str]:
        """What stands directly in a group, or in none: nodes, and groups by the id of their card."""
        grouping = self.design.grouping
        groups = [card_id(joined(container, group.name)) for group in grouping.beside(container)]
        if container is None:
            return [key for key in self.design.nodes if key not in grouping.of_node] + groups
        return [*grouping.groups[container].members, *groups]

    def nodes(self, unit: str) -> Iterable[str]:
        """The nodes of a unit."""
        path = path_of_card(unit)
        return (unit,) if path is None else all_members(self.design.grouping.groups[path])

    def rect(self, unit: str) -> Rect:
        """A node's card, or a group's card or frame."""
        path = path_of_card(unit)
        if path is None:
            (x, y), (width, height) = self.at[unit], self.sizes.get(unit, NODE_SIZE)
            return x, y, x + width, y + height
        if self.design.grouping.groups[path].collapsed:
            return self._card(path)
        left, top, right, bottom = zip(*map(self.rect, self.units(path)), strict=True)
        return min(left) - FRAME_SIDE, min(top) - FRAME_TOP, max(right) + FRAME_SIDE, max(bottom) + FRAME_BOTTOM

    def _card(self, path: str) -> Rect:
        border = boundary(self.design, path)
        height = max(LEAST_HEIGHT, PORT_GAP * max(len(border.incoming), len(border.exits)) + PORT_MARGIN)
        x, y = card_place((self.at[node] for node in border.nodes), height)
        return x, y, x + NODE_SIZE[0], y + height

    def shift(self, unit: str, dx: float, dy: float) -> None:
        """Move all nodes of a unit."""
        for node in self.nodes(unit):
            x, y = self.at[node]
            self.at[node] = (x + dx, y + dy)


def opened(design: Design, paths: Iterable[str], sizes: Mapping[str, Size], *, collapsed: bool) -> Edit:
    """Open these groups, or collapse them, in one step; raises DesignError for an unknown group."""
    wanted = frozenset(paths)
    change = CollapseGroups(wanted, collapsed)
    at = {key: node.position for key, node in design.nodes.items()}
    # From inside outwards: what a frame has to hold is known before it is opened, and after it is closed.
    for path in sorted(wanted, key=lambda one: (one.count("."), one), reverse=True):
        if design.group(path).collapsed != collapsed:
            after = CollapseGroups([path], collapsed).apply(design)
            at = _made_room(_Places(design, sizes, at), _Places(after, sizes, dict(at)), path)
            design = after
    return _with_moves(change, design, at)


def grouped(design: Design, edit: GroupNodes, sizes: Mapping[str, Size]) -> Edit:
    """Make a group; where its frame would cover a card beside it, that makes room. Raises DesignError."""
    path, after = edit.path(design), edit.apply(design)
    at = {key: node.position for key, node in design.nodes.items()}
    old, new = _Places(design, sizes, dict(at)), _Places(after, sizes, at)
    outer = outer_of(path)
    inside = [old.rect(unit) for unit in old.units(outer) if unit not in set(new.units(outer))]
    if not inside:
        # What is grouped was outside of the group that has been entered: there is nothing here to make room for.
        return edit
    left, top, right, bottom = zip(*inside, strict=True)
    bounds = min(left), min(top), max(right), max(bottom)
    frame, unit = new.rect(card_id(path)), card_id(path)
    beside = {other: rect for other in new.units(outer) if other != unit and not _meet(rect := new.rect(other), bounds)}
    if any(_meet(rect, frame) for rect in beside.values()):
        for other, (dx, dy) in _make_way(beside, bounds, frame).items():
            new.shift(other, dx, dy)
    return _with_moves(edit, design, at)


def stands_alone(design: Design, path: str, sizes: Mapping[str, Size]) -> bool:
    """Whether nothing beside a group lies on its card or frame."""
    places = _Places(design, sizes, {key: node.position for key, node in design.nodes.items()})
    rect, unit = places.rect(card_id(path)), card_id(path)
    return not any(_meet(places.rect(other), rect) for other in places.units(outer_of(path)) if other != unit)


def room_for_copies(
    design: Design, path: str, repeat: Callable[[float], Edit], times: int, sizes: Mapping[str, Size]
) -> Edit:
    """Have a group several times, each copy to the right of the one before; ``repeat`` is given how far apart."""
    unit, outer = card_id(path), outer_of(path)
    before = _Places(design, sizes, {key: node.position for key, node in design.nodes.items()})
    old = before.rect(unit)
    step = math.ceil((old[2] - old[0] + COLUMN_GAP) / GRID) * float(GRID)
    edit = repeat(step)
    after = edit.apply(design)
    places = _Places(after, sizes, {key: node.position for key, node in after.nodes.items()})
    beside = {other: before.rect(other) for other in before.units(outer) if other != unit}
    for other, shift in _make_way(beside, old, (*old[:2], old[2] + step * (times - 1), old[3])).items():
        places.shift(other, *shift)
    if outer is not None:
        places = attrs.evolve(places, at=_made_room(before, places, outer))
    moved = {key: place for key, place in places.at.items() if place != after.nodes[key].position}
    return Several((edit, MoveNodes(moved)), edit.label()) if moved else edit


def _with_moves(edit: Edit, design: Design, at: Mapping[str, Position]) -> Edit:
    moved = {key: place for key, place in at.items() if place != design.nodes[key].position}
    return Several((edit, MoveNodes(moved)), edit.label()) if moved else edit


def _made_room(before: _Places, after: _Places, path: str) -> dict[str, Position]:
    """Places with room for a group as it is after the change, made in every group around it too."""
    current: str | None = path
    while current is not None:
        outer, unit = outer_of(current), card_id(current)
        groups = before.design.grouping.groups
        if groups[current].collapsed and after.design.grouping.groups[current].collapsed:
            # It is on a card, which keeps its place.
            (x, y), (new_x, new_y) = (min(one.at[node] for node in one.nodes(unit)) for one in (before, after))
            after.shift(unit, x - new_x, y - new_y)
            break
        beside = {other: after.rect(other) for other in after.units(outer) if other != unit}
        for other, (dx, dy) in _make_way(beside, before.rect(unit), after.rect(unit)).items():
            after.shift(other, dx, dy)
        current = outer
    return after.at


def _meet(one: Rect, other: Rect) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def _make_way(beside: Mapping[str, Rect], old: Rect, new: Rect) -> dict[str, Position]:
    """How far each of these moves when what stood in ``old`` takes ``new``."""
    if not beside or old == new:
        return {}
    sides = np.array(list(beside.values()), float)
    start = sides.copy()
    row = _row(sides, old)
    for axis in (0, 1):
        ahead, behind = sides[:, axis] >= old[axis + 2], sides[:, axis + 2] <= old[axis]
        if axis == 0:
            ahead, behind = ahead & row, behind & row
        for moving, sign, growth in ((ahead, 1, new[axis + 2] - old[axis + 2]), (behind, -1, old[axis] - new[axis])):
            if moving.any():
                way = growth if growth >= 0 else -_room(sides, moving, new, axis, sign, -growth)
                sides[moving, axis] += sign * way
                sides[moving, axis + 2] += sign * way
    shifts = (sides - start)[:, :2]
    return {key: (dx, dy) for key, (dx, dy) in zip(beside, shifts.tolist(), strict=True) if dx or dy}


def _row(sides: Sides, old: Rect) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """What stands in one row with it: level with it, or with what is level with it, and so on."""
    top, bottom = old[1], old[3]
    while True:
        row = (sides[:, 1] < bottom) & (sides[:, 3] > top)
        higher, lower = min(top, sides[row, 1].min(initial=top)), max(bottom, sides[row, 3].max(initial=bottom))
        if (higher, lower) == (top, bottom):
            return row
        top, bottom = higher, lower


def _room(
    sides: Sides, moving: np.ndarray[Any, np.dtype[np.bool_]], new: Rect, axis: int, sign: int, wanted: float
) -> float:
    """How far these may come back, up to as far as wanted, without coming near anything."""
    standing = np.concatenate([sides[~moving], [new]])
    if int(moving.sum()) * len(standing) > MOST_PAIRS:
        return 0.0
    movers, other = sides[moving][:, None], 1 - axis
    level = (movers[..., other] < standing[:, other + 2] + APART) & (
        movers[..., other + 2] + APART > standing[:, other]
    )
    if sign > 0:
        free = movers[..., axis] - standing[:, axis + 2] - APART
    else:
        free = standing[:, axis] - movers[..., axis + 2] - APART
    # What lies the other way is not in the way.
    free = free[level & (free > -APART)]
    least = float(free.min(initial=wanted))
    return max(0.0, math.floor(least / GRID) * float(GRID)) if least < wanted else wanted
