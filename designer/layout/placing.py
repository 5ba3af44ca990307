"""Places for nodes that have none, and free places among cards: nothing is ever put on another card."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Iterable, Iterator, Mapping

import attrs

from designer.graph.compound_edits import wires_among
from designer.graph.design import Design, Node, Position
from designer.kernels.runtime.threads import checkpoint_part
from designer.layout.cards import CardIndex, snapped
from designer.layout.layered import COLUMN_GAP, GRID, NODE_SIZE, ROW_GAP, Size, layout, parts
from designer.layout.wire_lanes import nearest_free

SHIFT = 4.0 * GRID
"""How far a copy lies from what it was copied from, and how much further where that is not free."""

RINGS = 8
"""So many shifts to each side are tried one by one; further out they double, because a large part has to go far."""

PROBLEM_LINE = 16.0
"""A card grows by a second line where its problem has two: a copy may lack the input that its original has."""

PORT_GAP = 16.0
PORTS_MARGIN = 40.0
"""Between two ports on a card, and above and below them all; as the canvas draws them."""


def usual_size(design: Design, node: Node) -> Size:
    """About what a node's card takes on the canvas: more inputs make it taller."""
    width, height = NODE_SIZE
    if node.layer.max_inputs is None:
        height = max(height, PORT_GAP * len(design.inputs_of(node.id)) + PORTS_MARGIN)
    return width, height


def usual_sizes(design: Design) -> dict[str, Size]:
    """About what all cards take."""
    return {key: usual_size(design, node) for key, node in design.nodes.items()}


def placed(design: Design) -> Design:
    """The design with a place for every node; those that have one keep it, and the design itself where all have.

    Where none has a place, all are laid out. Else each group of wired nodes without places is laid out to the right
    of what feeds it, or below everything, where no card stands.
    """
    lacking = [key for key, node in design.nodes.items() if node.place is None]
    if not lacking:
        return design
    sizes = usual_sizes(design)
    places = layout(design, sizes) if len(lacking) == len(design.nodes) else _places_beside(design, lacking, sizes)
    return design.evolve(
        nodes={
            key: node if node.place is not None else attrs.evolve(node, position=places[key])
            for key, node in design.nodes.items()
        }
    )


def _places_beside(design: Design, lacking: Iterable[str], sizes: Mapping[str, Size]) -> dict[str, Position]:
    chosen = set(lacking)
    rest = Design(
        nodes={key: node for key, node in design.nodes.items() if key in chosen}, edges=wires_among(design, chosen)
    )
    stand = {key: (node.position, sizes[key]) for key, node in design.nodes.items() if key not in chosen}
    cards = cards_of(stand.values())
    left = min(x for (x, _y), _size in stand.values())
    low = max(y + height for (_x, y), (_width, height) in stand.values())
    places: dict[str, Position] = {}
    found = parts(rest)
    for number, part in enumerate(found):
        group = Design(nodes={key: rest.nodes[key] for key in part}, edges=wires_among(rest, part))
        with checkpoint_part(number, len(found)):
            inside = layout(group, sizes)
        width = max(x + sizes[key][0] for key, (x, _y) in inside.items())
        height = max(y + sizes[key][1] for key, (_x, y) in inside.items())
        feeding = [stand[edge.source] for key in part for edge in design.incoming[key] if edge.source in stand]
        wanted = (left, low + 2 * ROW_GAP)
        if feeding:
            (x, y), size = max(feeding)
            wanted = (x + size[0] + COLUMN_GAP, y)
        x, y = free_below(cards, wanted, (width, height))
        for key, (dx, dy) in inside.items():
            places[key] = (x + dx, y + dy)
            cards.add(places[key], sizes[key])
    return places


def cards_of(boxes: Iterable[tuple[Position, Size]]) -> CardIndex:
    """An index that looks at as many cards as there are."""
    cards = CardIndex(sys.maxsize)
    for place, size in boxes:
        cards.add(place, size)
    return cards


def uncovered(design: Design, sizes: Mapping[str, Size], wanted: Position, size: Size) -> Position:
    """The wanted place on the grid, or the nearest below it, where a card of this size covers no other."""
    return free_below(cards_in_column(design, sizes, wanted[0], size[0]), wanted, size, 0.0)


def cards_in_column(design: Design, sizes: Mapping[str, Size], x: float, width: float) -> CardIndex:
    """An index of the cards that can be in the way of one of this width at ``x``: of ten thousand there are few."""
    first, last = x - 2 * ROW_GAP, x + width + 2 * ROW_GAP
    # Of ten thousand nodes, asking for ``position`` two times each takes longer than all else here.
    lefts = {key: node.place[0] if node.place else 0.0 for key, node in design.nodes.items()}
    near = [key for key, left in lefts.items() if left < last and left + sizes[key][0] > first]
    return cards_of((design.nodes[key].position, sizes[key]) for key in near)


def free_below(cards: CardIndex, wanted: Position, size: Size, apart: float = ROW_GAP) -> Position:
    """The wanted place on the grid, or the nearest below it, where a card of this size stands apart from all others."""
    x, y = snapped(*wanted)
    bands = cards.bands(x - apart, x + size[0] + apart, y - apart, math.inf) or set()
    taken = [
        (math.floor((top - size[1] - apart) / GRID) * float(GRID), math.ceil((bottom + apart) / GRID) * float(GRID))
        for top, bottom in bands
    ]
    found = nearest_free(y, (y, math.inf), taken)
    assert found is not None, "there is room below everything"
    return x, found


def diagonal() -> Iterator[Position]:
    """Shifts right and down, for a copy beside its original."""
    for number in itertools.count(1):
        yield number * SHIFT, number * SHIFT


def around() -> Iterator[Position]:
    """No shift, then those to all sides, the nearest first."""
    step, inner = SHIFT, -1
    while True:
        sides = range(-RINGS, RINGS + 1)
        ring = [(x * step, y * step) for x in sides for y in sides if max(abs(x), abs(y)) > inner]
        yield from sorted(ring, key=lambda shift: (math.hypot(*shift), -shift[1], -shift[0]))
        step, inner = 2 * step, RINGS // 2


def free_shift(design: Design, sizes: Mapping[str, Size], part: Design, shifts: Iterator[Position]) -> Position:
    """The first of these shifts with which no node of a part touches a card of the design."""
    cards = cards_of((node.position, sizes[key]) for key, node in design.nodes.items())
    boxes = [(*node.position, *usual_size(part, node)) for node in part.nodes.values()]
    for dx, dy in shifts:
        for number, (x, y, width, height) in enumerate(boxes):
            left, top = x + dx - GRID, y + dy - GRID
            if cards.bands(left, left + width + 2 * GRID, top, top + height + PROBLEM_LINE + 2 * GRID):
                # What is in the way of a box now is often in its way after the next shift too: it is asked first.
                boxes.insert(0, boxes.pop(number))
                break
        else:
            return dx, dy
    raise AssertionError("shifts end nowhere")
