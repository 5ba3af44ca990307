"""What follows from a design's nodes and wires: who feeds whom. An edit changes it at a few nodes, the rest is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from designer.graph.design import Edge, Node

Wires = Mapping[str, tuple["Edge", ...]]
Sources = tuple[str | None, ...]

SHARE = 4
"""Where more than one of so many wires changes, finding everything anew is as quick."""


@attrs.frozen
class Wiring:
    """Wires into every node by input number, wires out of it as drawn, and the source of each of its input ports."""

    incoming: Wires
    outgoing: Wires
    inputs: Mapping[str, Sources]


def wires_into(nodes: Iterable[str], edges: Iterable[Edge]) -> Wires:
    """Wires into every node, by input number."""
    found: dict[str, list[Edge]] = {node: [] for node in nodes}
    for edge in edges:
        found[edge.target].append(edge)
    return {node: tuple(sorted(into, key=attrgetter("input"))) for node, into in found.items()}


def wires_out_of(nodes: Iterable[str], edges: Iterable[Edge]) -> Wires:
    """Wires out of every node."""
    found: dict[str, list[Edge]] = {node: [] for node in nodes}
    for edge in edges:
        found[edge.source].append(edge)
    return {node: tuple(out) for node, out in found.items()}


def ports_of(node: Node, incoming: tuple[Edge, ...]) -> Sources:
    """Source of every input port, None where it is free: the ports the layer needs, or up to the highest connected."""
    sources = {edge.input: edge.source for edge in incoming}
    ports = max(node.layer.min_inputs, max(sources, default=-1) + 1)
    return tuple([sources.get(port) for port in range(ports)])


def changed_edges(before: tuple[Edge, ...], after: tuple[Edge, ...]) -> tuple[tuple[Edge, ...], tuple[Edge, ...]]:
    """Wires that are new, and those that are gone, as objects."""
    if after[: len(before)] == before:
        return after[len(before) :], ()
    old, new = set(map(id, before)), set(map(id, after))
    return (
        tuple([edge for edge in after if id(edge) not in old]),
        tuple([edge for edge in before if id(edge) not in new]),
    )


def followed(
    before: Wiring,
    old_nodes: Mapping[str, Node],
    nodes: Mapping[str, Node],
    old_edges: tuple[Edge, ...],
    edges: tuple[Edge, ...],
) -> Wiring | None:
    """The wiring after an edit, from that before; None where too much is different.

    Untouched nodes and wires are the same objects, and new wires stand behind the others.
    """
    drawn, lost = changed_edges(old_edges, edges)
    gone = frozenset(map(id, lost))
    taken = frozenset(lost)
    kept = tuple([edge for edge in old_edges if id(edge) not in gone]) if gone else old_edges
    if SHARE * (len(drawn) + len(taken)) > len(edges) or edges[: len(kept)] != kept:
        return None
    changed = [key for key, node in nodes.items() if old_nodes.get(key) is not node]
    removed = old_nodes.keys() - nodes.keys()
    into, out = dict.fromkeys(changed), dict.fromkeys(changed)
    into |= dict.fromkeys(edge.target for edge in (*drawn, *taken) if edge.target in nodes)
    out |= dict.fromkeys(edge.source for edge in (*drawn, *taken) if edge.source in nodes)

    def patched(known: Wires, touched: Iterable[str], fresh: Wires) -> dict[str, tuple[Edge, ...]]:
        found = dict(known)
        for key in removed:
            del found[key]
        for key in touched:
            # By value: a wire taken away and drawn again last is the same wire and another object.
            found[key] = (*(edge for edge in found.get(key, ()) if edge not in taken), *fresh[key])
        return found

    incoming = patched(before.incoming, into, wires_into(into, drawn))
    outgoing = patched(before.outgoing, out, wires_out_of(out, drawn))
    inputs = {key: before.inputs[key] for key in before.inputs if key in nodes} if removed else dict(before.inputs)
    for key in into:
        incoming[key] = tuple(sorted(incoming[key], key=attrgetter("input")))
        inputs[key] = ports_of(nodes[key], incoming[key])
    return Wiring(incoming, outgoing, inputs)
