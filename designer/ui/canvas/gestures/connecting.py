"""What may be wired to what: questions to the design, and the edits that answer a dropped wire or layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from designer.graph.compound_edits import Several
from designer.graph.design import Design, Edge
from designer.graph.edits import Connect, Disconnect, Edit
from designer.i18n import _


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
