"""Where a block goes between other cards, and how what follows makes room for all of it."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from designer.graph.compound_edits import Several
from designer.graph.design import Design, Edge, Position
from designer.graph.edits import Edit, MoveNodes
from designer.graph.part_edits import InsertPart, Part
from designer.layout.cards import snapped
from designer.layout.inserting import landing, make_room, place_on, pushed
from designer.layout.layered import COLUMN_GAP, Size
from designer.layout.placing import cards_in_column, free_below, usual_size


@attrs.frozen
class Spot:
    """Where a part is wanted: on a wire, behind a node (as a branch), or at a place of its own."""

    edge: Edge | None = None
    after: str | None = None
    branch: bool = False
    place: Position | None = None


def part_box(part: Part) -> tuple[Position, Size]:
    """Upper left corner and size of the cards of a part."""
    corners = [(node.position, usual_size(Design(nodes={node.id: node}), node)) for node in part.nodes]
    left, top = min(x for (x, _y), _size in corners), min(y for (_x, y), _size in corners)
    right = max(x + width for (x, _y), (width, _height) in corners)
    bottom = max(y + height for (_x, y), (_width, height) in corners)
    return (left, top), (right - left, bottom - top)


def arranged(design: Design, part: Part, spot: Spot, sizes: Mapping[str, Size]) -> tuple[Part, dict[str, Position]]:
    """The part where it goes, and new positions of what makes room, as for one card: no card covers another."""
    corner, size = part_box(part)
    place, moved = _place(design, spot, sizes, size)
    dx, dy = place[0] - corner[0], place[1] - corner[1]
    nodes = tuple(attrs.evolve(node, position=(node.position[0] + dx, node.position[1] + dy)) for node in part.nodes)
    return attrs.evolve(part, nodes=nodes), moved


def inserted(design: Design, part: Part, text: str, spot: Spot, sizes: Mapping[str, Size]) -> Edit:
    """Insert a part; what follows it in its row moves to the right."""
    there, moved = arranged(design, part, spot, sizes)
    edit = InsertPart(there, text, spot.edge, spot.after, spot.branch)
    return Several((edit, MoveNodes(moved)), edit.label()) if moved else edit


def _place(design: Design, spot: Spot, sizes: Mapping[str, Size], size: Size) -> tuple[Position, dict[str, Position]]:
    if spot.edge is not None:
        if spot.place is None:
            place = place_on(spot.edge, design, sizes, size)
        else:
            place = landing(design, spot.edge, spot.place, sizes, size)
        return place, pushed(design, place, spot.edge, sizes, size)
    wanted = spot.place
    if wanted is None:
        wanted = _behind(design, spot.after, sizes, size)
        readers = [] if spot.after is None or spot.branch else [edge.target for edge in design.outgoing[spot.after]]
        if readers:
            return wanted, make_room(design, wanted, size, sizes, readers, COLUMN_GAP)
    return free_below(cards_in_column(design, sizes, wanted[0], size[0]), wanted, size), {}


def _behind(design: Design, after: str | None, sizes: Mapping[str, Size], size: Size) -> Position:
    """To the right of a node, their middles level; without one to the right of everything."""
    if after is not None:
        (x, y), (width, height) = design.nodes[after].position, sizes[after]
        return snapped(x + width + COLUMN_GAP, y + (height - size[1]) / 2)
    if not design.nodes:
        return 0.0, 0.0
    right = max(node.position[0] + sizes[key][0] for key, node in design.nodes.items())
    return snapped(right + COLUMN_GAP, min(node.position[1] for node in design.nodes.values()))
