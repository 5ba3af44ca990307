"""The wires that cross the border of a group, and what feeds and leaves it."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from designer.graph.design import Design, Edge
from designer.graph.groups import all_members


@attrs.frozen
class Boundary:
    """What is inside a group, and what crosses its border.

    Attributes
    ----------
    nodes : tuple[str, ...]
        Ids of all nodes inside, also of those in groups inside.
    incoming, outgoing : tuple[Edge, ...]
        Wires that come in and that go out, by the node inside and its port.
    sources : tuple[str, ...]
        Nodes outside that feed the group, each once.
    exits : tuple[str, ...]
        Nodes inside that are read outside; where there is none, those that nobody reads: the network ends there.
    """

    nodes: tuple[str, ...]
    incoming: tuple[Edge, ...]
    outgoing: tuple[Edge, ...]
    sources: tuple[str, ...]
    exits: tuple[str, ...]


def boundary(design: Design, path: str) -> Boundary:
    """The border of the group of this path; raises DesignError. It costs what is in the group, not the design."""
    nodes = tuple(all_members(design.group(path)))
    inside = frozenset(nodes)
    incoming = tuple([edge for node in nodes for edge in design.incoming[node] if edge.source not in inside])
    outgoing = tuple([edge for node in nodes for edge in design.outgoing[node] if edge.target not in inside])
    exits = _once(edge.source for edge in outgoing) or tuple([node for node in nodes if not design.outgoing[node]])
    return Boundary(nodes, incoming, outgoing, _once(edge.source for edge in incoming), exits)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
