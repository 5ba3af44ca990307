"""What follows from a design's nodes and wires: who feeds whom. An edit changes it at a few nodes, the rest is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import chain, compress, islice
from operator import attrgetter, is_, is_not
from typing import TYPE_CHECKING, TypeVar

import attrs

if TYPE_CHECKING:
    from designer.graph.design import Edge, Node

Wires = Mapping[str, tuple["Edge", ...]]
Sources = tuple[str | None, ...]
T = TypeVar("T")

SHARE = 4
"""Where more than one of so many wires changes, finding everything anew is as quick."""


@attrs.frozen
class Wiring:
    """Wires into every node by input number, wires out of it as drawn, and the source of each of its input ports.

    ``order`` is that of execution, and ``sources`` are the nodes where an image enters, where that is known.
    """

    incoming: Wires
    outgoing: Wires
    inputs: Mapping[str, Sources]
    order: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None


def wires_into(nodes: Iterable[str], edges: Iterable[Edge]) -> Wires:
    """Wires into every node, by input number."""
    found: dict[str, list[Edge]] = {node: [] for node in nodes}
    for edge in edges:
        found[edge.target].append(edge)
    for into in found.values():
        if len(into) > 1:
            into.sort(key=attrgetter("input"))
    return {node: tuple(into) for node, into in found.items()}


def wires_out_of(nodes: Iterable[str], edges: Iterable[Edge]) -> Wires:
    """Wires out of every node."""
    found: dict[str, list[Edge]] = {node: [] for node in nodes}
    for edge in edges:
        found[edge.source].append(edge)
    return {node: tuple(out) for node, out in found.items()}


def ports_of(node: Node, incoming: tuple[Edge, ...]) -> Sources:
    """Source of every input port, None where it is free: the ports the layer needs, or up to the highest connected."""
    if len(incoming) == 1 and incoming[0].input == 0 and node.layer.min_inputs <= 1:
        return (incoming[0].source,)
    sources = {edge.input: edge.source for edge in incoming}
    ports = max(node.layer.min_inputs, max(sources, default=-1) + 1)
    return tuple([sources.get(port) for port in range(ports)])


def _begins_with(after: tuple[Edge, ...], before: tuple[Edge, ...]) -> bool:
    """Whether the first wires are those from before, as objects: equal ones may carry something else along."""
    return len(after) >= len(before) and all(map(is_, before, after))


def changed_nodes(before: Mapping[str, Node], after: Mapping[str, Node]) -> list[str]:
    """Nodes that are new or other objects."""
    if len(after) >= len(before) and all(map(is_, before, after)):
        # As after most edits the nodes stand as before, with new ones behind them: no name has to be looked up.
        new = islice(after, len(before), None)
        return [*compress(after, map(is_not, before.values(), after.values())), *new]
    return [key for key, node in after.items() if before.get(key) is not node]


def changed_edges(before: tuple[Edge, ...], after: tuple[Edge, ...]) -> tuple[tuple[Edge, ...], tuple[Edge, ...]]:
    """Wires that are new, and those that are gone, as objects."""
    if _begins_with(after, before):
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

    Untouched nodes and wires are the same objects.
    """
    drawn, lost = changed_edges(old_edges, edges)
    if SHARE * (len(drawn) + len(lost)) > len(edges) or not _in_one_order(old_edges, edges, lost, drawn):
        return None
    changed = changed_nodes(old_nodes, nodes)
    came = sum(key not in old_nodes for key in changed)
    removed = old_nodes.keys() - nodes.keys() if len(old_nodes) + came > len(nodes) else frozenset()
    into = dict.fromkeys([*changed, *(edge.target for edge in (*drawn, *lost) if edge.target in nodes)])
    out = dict.fromkeys([*changed, *(edge.source for edge in (*drawn, *lost) if edge.source in nodes)])
    touched = [nodes[key] for key in changed] + [old_nodes[key] for key in (*changed, *removed) if key in old_nodes]
    if lost or not _begins_with(edges, old_edges):
        fresh_into = wires_into(into, [edge for edge in edges if edge.target in into])
        fresh_out = wires_out_of(out, [edge for edge in edges if edge.source in out])
    else:
        there, here = before.incoming, before.outgoing
        fresh_into = wires_into(into, [*chain.from_iterable(there.get(key, ()) for key in into), *drawn])
        fresh_out = wires_out_of(out, [*chain.from_iterable(here.get(key, ()) for key in out), *drawn])
    fresh_inputs = {key: ports_of(nodes[key], fresh_into[key]) for key in into}
    return Wiring(
        {**_without(before.incoming, removed), **fresh_into},
        {**_without(before.outgoing, removed), **fresh_out},
        {**_without(before.inputs, removed), **fresh_inputs},
        None if removed or lost else _lengthened(before.order, old_nodes, nodes, drawn),
        None if any(node.layer.is_source() for node in touched) else before.sources,
    )


def _lengthened(
    order: tuple[str, ...] | None, old_nodes: Mapping[str, Node], nodes: Mapping[str, Node], drawn: tuple[Edge, ...]
) -> tuple[str, ...] | None:
    """The order after one node has come last that reads the last in the order, or nothing; None after all else."""
    if order is None or len(nodes) != len(old_nodes) + 1:
        return None
    *kept, new = nodes
    if kept != list(old_nodes) or any(edge.target != new or edge.source != order[-1] for edge in drawn):
        return None
    return (*order, new)


def _in_one_order(
    old: tuple[Edge, ...], new: tuple[Edge, ...], lost: tuple[Edge, ...], drawn: tuple[Edge, ...]
) -> bool:
    """Whether the wires that both have stand in the same order."""
    left_out = frozenset(map(id, (*lost, *drawn)))
    if not lost and _begins_with(new, old):
        return True
    return [edge for edge in old if id(edge) not in left_out] == [edge for edge in new if id(edge) not in left_out]


def _without(known: Mapping[str, T], removed: Collection[str]) -> Mapping[str, T]:
    return {key: value for key, value in known.items() if key not in removed} if removed else known
