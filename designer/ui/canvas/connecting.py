"""What may be wired to what: questions to the design, and the edits that answer a dropped wire or layer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from designer.graph.compound_edits import InsertOnEdge, Several
from designer.graph.design import Design, Edge, Node, Position
from designer.graph.edits import Connect, Disconnect, Edit, MoveNodes
from designer.graph.layout import COLUMN_GAP, ROW_GAP, Size
from designer.i18n import _
from designer.ui.canvas.card import snapped


def may_read(design: Design, source: str) -> frozenset[str]:
    """Nodes that ``source`` may be wired to: those with inputs from which no wire leads back to it."""
    upstream = _upstream(design, source)
    return frozenset(key for key, node in design.nodes.items() if not node.layer.is_source() and key not in upstream)


def may_feed(design: Design, target: str) -> frozenset[str]:
    """Nodes that may be wired to an input of ``target``: all but those that read it, directly or not."""
    return frozenset(design.nodes) - _downstream(design, target)


def _upstream(design: Design, start: str) -> frozenset[str]:
    return _walk(start, {key: [edge.source for edge in edges] for key, edges in design.incoming.items()})


def _downstream(design: Design, start: str) -> frozenset[str]:
    return _walk(start, {key: [edge.target for edge in edges] for key, edges in design.outgoing.items()})


def _walk(start: str, following: Mapping[str, Iterable[str]]) -> frozenset[str]:
    seen, stack = {start}, [start]
    while stack:
        for node in following[stack.pop()]:
            if node not in seen:
                seen.add(node)
                stack.append(node)
    return frozenset(seen)


def without(design: Design, edge: Edge) -> Design:
    """The design without one wire."""
    return design.evolve(edges=tuple(other for other in design.edges if other != edge))


def open_input(design: Design, target: str) -> int | None:
    """The input that a wire dropped on a node goes to: the first free one, else the only one; None without inputs."""
    layer = design.nodes[target].layer
    if layer.is_source():
        return None
    sources = design.inputs_of(target)
    free = [port for port, source in enumerate(sources) if source is None]
    if free:
        return free[0]
    if layer.max_inputs is None or len(sources) < layer.max_inputs:
        return len(sources)
    return 0


def wire_at(design: Design, target: str, port: int) -> Edge | None:
    """The wire that ends at an input."""
    return next((edge for edge in design.incoming.get(target, ()) if edge.input == port), None)


def rewire(edge: Edge, target: str, port: int) -> Edit:
    """Move a wire's end to another input, in one step."""
    return Several(
        (Disconnect([edge]), Connect(edge.source, target, port)),
        _("Move the wire of {source} to {target}").format(source=edge.source, target=target),
    )


def _row_behind(design: Design, start: str) -> frozenset[str]:
    """What follows a node in its row: everything that wires lead to without running back to the left."""
    place = {key: node.position[0] for key, node in design.nodes.items()}
    forward = {
        key: [edge.target for edge in edges if place[edge.target] > place[key]]
        for key, edges in design.outgoing.items()
    }
    return _walk(start, forward)


def insertion(design: Design, node: Node, edge: Edge, sizes: Mapping[str, Size], size: Size) -> Edit:
    """Place a node on a wire; what it would cover, and all that follows in that row, moves to the right."""
    insert = InsertOnEdge(node, edge)
    moved = pushed(design, node.position, edge, sizes, size)
    return Several((insert, MoveNodes(moved)), insert.label()) if moved else insert


def landing(design: Design, edge: Edge, wanted: Position, sizes: Mapping[str, Size], size: Size) -> Position:
    """Where a card dropped on a wire comes to stand: not on its source, and below what the wire passes.

    On a wire that runs back to another row it goes to the end of the one row or to the start of the other.
    """
    later = _downstream(design, edge.target)
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
    later = [key for key in _row_behind(design, edge.target) if design.nodes[key].position[0] >= place[0]]
    right = place[0] + size[0] + COLUMN_GAP
    blocking = [
        right - node.position[0]
        for node in (design.nodes[key] for key in later)
        if _level(place, size, node.position, sizes[node.id])
    ]
    lacking = max(blocking, default=0.0)
    if lacking <= 0:
        return {}
    return {key: snapped(design.nodes[key].position[0] + lacking, design.nodes[key].position[1]) for key in later}
