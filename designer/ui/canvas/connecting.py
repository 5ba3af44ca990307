"""What may be wired to what: questions to the design, and the edits that answer a dropped wire or layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from designer.graph.design import Design, Edge, Node, Position
from designer.graph.edits import Connect, Disconnect, Edit, InsertOnEdge, MoveNodes, Several
from designer.graph.layout import COLUMN_GAP, Size
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


def insertion(design: Design, node: Node, edge: Edge, sizes: Mapping[str, Size], size: Size) -> Edit:
    """Place a node on a wire; what would be covered, and all that reads it, moves to the right."""
    insert = InsertOnEdge(node, edge)
    moved = _pushed(design, node.position, edge, sizes, size)
    return Several((insert, MoveNodes(moved)), insert.label()) if moved else insert


def _pushed(design: Design, place: Position, edge: Edge, sizes: Mapping[str, Size], size: Size) -> dict[str, Position]:
    """New positions of what stands in the way of a card on a wire, downstream of it."""
    left, top = place
    later = [key for key in _downstream(design, edge.target) if design.nodes[key].position[0] > left]
    inner = COLUMN_GAP / 2
    lacking = 0.0
    for key in later:
        x, y = design.nodes[key].position
        height = sizes[key][1]
        if y < top + size[1] + inner and y + height > top - inner:
            lacking = max(lacking, left + size[0] + COLUMN_GAP - x)
    if lacking <= 0 or lacking > size[0] + COLUMN_GAP:
        return {}
    return {key: snapped(design.nodes[key].position[0] + lacking, design.nodes[key].position[1]) for key in later}


def place_on(edge: Edge, design: Design, sizes: Mapping[str, Size], size: Size) -> Position:
    """Where a card for the middle of a wire goes: one gap behind the source, level with the wire."""
    source, target = design.nodes[edge.source].position, design.nodes[edge.target].position
    middle = (source[1] + sizes[edge.source][1] / 2 + target[1] + sizes[edge.target][1] / 2) / 2
    gap = target[0] - source[0] - sizes[edge.source][0]
    room = max(COLUMN_GAP, (gap - size[0]) / 2)
    return snapped(source[0] + sizes[edge.source][0] + room, middle - size[1] / 2)
