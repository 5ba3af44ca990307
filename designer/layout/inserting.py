"""A new layer between others: where its card goes, and how what follows makes room, so that nothing covers anything."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import attrs
import numpy as np

from designer.graph.compound_edits import InsertAfter, InsertOnEdge, Several
from designer.graph.design import Design, Edge, Node, Position
from designer.graph.edits import AddNode, Edit, MoveNodes
from designer.graph.folding import Folded, folded, path_of_card
from designer.graph.group_edits import MoveToGroup
from designer.graph.groups import outer_of
from designer.layout.cards import snapped
from designer.layout.layered import COLUMN_GAP, GRID, NODE_SIZE, ROW_GAP, Size
from designer.layout.placing import cards_in_column, free_below

STEP_RIGHT = 216.0
"""From a card to the one that is appended to it."""

NEAR = 208.0
"""Two rows: as far below its place beside a node a branch may stand before others make room for it."""

MOST_MOVED = 1000
"""Cards that move down for a branch; in a larger design it goes to the next free place, however far."""

AIR = 16.0
"""Between a card that makes room and one that does not, in pixels."""


def insertion(design: Design, node: Node, edge: Edge, sizes: Mapping[str, Size], size: Size) -> Edit:
    """Place a node on a wire; what it would cover, and all that follows in that row, moves to the right."""
    insert = InsertOnEdge(node, edge)
    moved = pushed(design, node.position, edge, sizes, size)
    return Several((insert, MoveNodes(moved)), insert.label()) if moved else insert


def landing(design: Design, edge: Edge, wanted: Position, sizes: Mapping[str, Size], size: Size) -> Position:
    """Where a card dropped on a wire comes to stand: not on its source, and below what the wire passes.

    On a wire that runs back to another row it goes to the end of the one row or to the start of the other.
    """
    later = _behind(design, [edge.target], forward=False)
    source, target = design.nodes[edge.source].position, design.nodes[edge.target].position
    if target[0] < source[0] + sizes[edge.source][0]:
        wanted = _in_one_row(wanted, size, (source, sizes[edge.source]), (target, sizes[edge.target]))
    x, y = wanted
    if _level(wanted, size, source, sizes[edge.source]):
        x = max(x, source[0] + sizes[edge.source][0] + COLUMN_GAP)
    for key in sorted(design.nodes, key=lambda key: design.nodes[key].position[1]):
        left, top = design.nodes[key].position
        covers = left < x + size[0] and left + sizes[key][0] > x and _level((x, y), size, (left, top), sizes[key])
        if covers and key not in later:
            y = top + sizes[key][1] + ROW_GAP
    return snapped(x, y)


def _in_one_row(wanted: Position, size: Size, source: tuple[Position, Size], target: tuple[Position, Size]) -> Position:
    """Behind a row's last card or where the other row's first card stands, whichever port is nearer."""
    ((x0, y0), (width, height)), ((x1, y1), (_width, target_height)) = source, target
    middle = (wanted[0] + size[0] / 2, wanted[1] + size[1] / 2)
    start, end = (x0 + width, y0 + height / 2), (x1, y1 + target_height / 2)
    if math.dist(middle, end) < math.dist(middle, start):
        return x1, end[1] - size[1] / 2
    return start[0] + COLUMN_GAP, start[1] - size[1] / 2


def place_on(edge: Edge, design: Design, sizes: Mapping[str, Size], size: Size) -> Position:
    """Where a card for the middle of a wire goes."""
    source, target = design.nodes[edge.source].position, design.nodes[edge.target].position
    left = source[0] + sizes[edge.source][0]
    middle = (source[1] + sizes[edge.source][1] / 2 + target[1] + sizes[edge.target][1] / 2) / 2
    wanted = ((left + target[0] - size[0]) / 2, middle - size[1] / 2)
    return landing(design, edge, wanted, sizes, size)


def _level(one: Position, one_size: Size, other: Position, other_size: Size) -> bool:
    """Whether two cards are so level that they would touch if they stood at one place of the flow."""
    clearance = ROW_GAP / 2
    return one[1] < other[1] + other_size[1] + clearance and one[1] + one_size[1] + clearance > other[1]


def pushed(design: Design, place: Position, edge: Edge, sizes: Mapping[str, Size], size: Size) -> dict[str, Position]:
    """New positions of what stands in the way of a card placed on a wire, and of all that follows it in its row."""
    return make_room(design, place, size, sizes, [edge.target], COLUMN_GAP)


def appended(
    design: Design,
    node: Node,
    after: str | None,
    sizes: Mapping[str, Size],
    *,
    branch: bool = False,
    inside: str | None = None,
) -> Edit:
    """Place a node to the right of another, whose readers now read the new one and make room.

    A ``branch``, an image, and the first node behind another take nothing over and stand where no card is; where that
    would be far away, what stands below makes room. Without ``after`` it goes to the right of everything, or of all
    that is ``inside`` the group of this path where only that is drawn.
    """
    drawn = folded(design, inside)
    if drawn.plain:
        place, moved, between = _place_behind(design, node, after, sizes, branch)
        return _appending(node, after, place, moved, between)
    return _appended_to_cards(drawn, node, after, sizes, branch)


def _appended_to_cards(drawn: Folded, node: Node, after: str | None, sizes: Mapping[str, Size], branch: bool) -> Edit:
    """The same among the cards of collapsed groups: behind a group, and not into it."""
    cards = {card: (NODE_SIZE[0], height) for card, height in drawn.heights().items()}
    shown = next(iter(drawn.shown([after])), None) if after is not None else None
    border = drawn.cards.get(shown) if shown is not None else None
    if border is not None:
        after = border.exits[0]
    branch = branch or (border is not None and len(drawn.whole.outgoing[border.exits[0]]) > len(border.outgoing))
    place, moved, between = _place_behind(drawn.design, node, shown, {**sizes, **cards}, branch)
    edit = _appending(node, after, place, drawn.places(moved), between)
    path = path_of_card(shown) if shown is not None else None
    if path is None:
        return edit
    return Several((edit, MoveToGroup([node.id], outer_of(path))), edit.label())


def _appending(node: Node, after: str | None, place: Position, moved: Mapping[str, Position], between: bool) -> Edit:
    new = attrs.evolve(node, position=place)
    edit = InsertAfter(new, after) if between and after is not None else AddNode(new, after)
    return Several((edit, MoveNodes(moved)), edit.label()) if moved else edit


def _place_behind(
    design: Design, node: Node, after: str | None, sizes: Mapping[str, Size], branch: bool
) -> tuple[Position, dict[str, Position], bool]:
    """Where a node goes behind another, what makes room, and whether it takes over the readers."""
    readers = [] if after is None else [edge.target for edge in design.outgoing[after]]
    if after is None or branch or not readers or node.layer.is_source():
        place = _free_place(design, after, sizes)
        moved: dict[str, Position] = {}
        if after is not None and place[1] > _beside(design, after, sizes)[1] + NEAR:
            place, moved = _room_below(design, after, sizes, place)
        return place, moved, False
    place = _beside(design, after, sizes)
    return place, make_room(design, place, NODE_SIZE, sizes, readers, STEP_RIGHT - NODE_SIZE[0]), True


def _beside(design: Design, after: str, sizes: Mapping[str, Size]) -> Position:
    """The place to the right of a card, their middles level."""
    (x, y), (width, height) = design.nodes[after].position, sizes[after]
    return snapped(x + width + STEP_RIGHT - NODE_SIZE[0], y + (height - NODE_SIZE[1]) / 2)


def _free_place(design: Design, after: str | None, sizes: Mapping[str, Size]) -> Position:
    """To the right of a node (or of everything), below others where it has to be."""
    if not design.nodes:
        return 0.0, 0.0
    if after is not None:
        wanted = _beside(design, after, sizes)
    else:
        right = max(node.position[0] for node in design.nodes.values())
        wanted = right + STEP_RIGHT, design.nodes[list(design.nodes)[-1]].position[1]
    return free_below(cards_in_column(design, sizes, wanted[0], NODE_SIZE[0]), wanted, NODE_SIZE)


def _room_below(
    design: Design, after: str, sizes: Mapping[str, Size], free: Position
) -> tuple[Position, dict[str, Position]]:
    """A place below what stands right of a node, and new positions of all below it; ``free`` where too many move."""
    x, y = _beside(design, after, sizes)
    boxes = [(node.position[0], node.position[1], *sizes[key]) for key, node in design.nodes.items()]
    column = sorted(
        (top, top + height)
        for left, top, width, height in boxes
        if left < x + NODE_SIZE[0] + ROW_GAP and left + width > x - ROW_GAP
    )
    low = y + NODE_SIZE[1]
    for top, bottom in column:
        if top < low and bottom + ROW_GAP > y:
            y = math.ceil((bottom + ROW_GAP) / GRID) * float(GRID)
            low = y
    below = [top for top, _bottom in column if top >= y]
    down = y + NODE_SIZE[1] + ROW_GAP - min(below, default=math.inf)
    moving = [key for key, node in design.nodes.items() if node.position[1] >= y]
    if down <= 0 or len(moving) > MOST_MOVED:
        return free, {}
    down = math.ceil(down / GRID) * float(GRID)
    places = {key: design.nodes[key].position for key in moving}
    return (x, y), {key: (left, top + down) for key, (left, top) in places.items()}


def make_room(
    design: Design, place: Position, size: Size, sizes: Mapping[str, Size], readers: Iterable[str], gap: float
) -> dict[str, Position]:
    """New positions of what a card at a place would cover or crowd, so that no two cards cover each other.

    Parameters
    ----------
    readers
        What will follow the card. It moves to the right together with all that follows it in its row.
    gap
        Between the card and what follows it, in pixels.
    """
    keys = list(design.nodes)
    number = {key: index for index, key in enumerate(keys)}
    left, top = np.array([design.nodes[key].position for key in keys]).T
    width, height = np.array([sizes[key] for key in keys]).T
    right, bottom = left + width, top + height
    (x, y), (own_width, own_height) = place, size
    clearance = ROW_GAP / 2
    level = (top < y + own_height + clearance) & (bottom + clearance > y)
    moving = np.zeros(len(keys), bool)
    moving[[number[key] for key in _behind(design, readers, forward=True)]] = True
    moving &= left >= x
    moving |= level & (left < x + own_width) & (right > x)
    lacking = (x + own_width + gap - left)[moving & level].max(initial=0.0)
    if lacking <= 0:
        return {}
    lacking = math.ceil(lacking / GRID) * float(GRID)
    new = moving.copy()
    while new.any():
        # Whatever a moving card would cover, or come close to, moves along.
        high, low = top[new], bottom[new]
        first, last = left[new] + lacking - AIR, right[new] + lacking + AIR
        near = ~moving & (top < low.max()) & (bottom > high.min()) & (left < last.max()) & (right > first.min())
        new = np.zeros(len(keys), bool)
        for one in np.flatnonzero(near):
            new[one] = ((high < bottom[one]) & (low > top[one]) & (first < right[one]) & (last > left[one])).any()
        moving |= new
    return {keys[index]: snapped(float(left[index]) + lacking, float(top[index])) for index in np.flatnonzero(moving)}


def _behind(design: Design, starts: Iterable[str], *, forward: bool) -> set[str]:
    """Everything that wires lead to from these nodes; ``forward``: without running back to the left."""
    seen = set(starts)
    stack = list(seen)
    while stack:
        key = stack.pop()
        x = design.nodes[key].position[0]
        for edge in design.outgoing[key]:
            if edge.target not in seen and (not forward or design.nodes[edge.target].position[0] > x):
                seen.add(edge.target)
                stack.append(edge.target)
    return seen
