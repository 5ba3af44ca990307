"""The entries of a spec for nodes and wires: JSON to values of the design, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from designer.files.spec_values import NOTHING, SpecError, cut, typed, unknown, wrong
from designer.graph.design import DesignError, Edge, Node, Position, default_seed
from designer.graph.edits import MOST_INPUTS, check_id, check_port, is_id
from designer.i18n import N_, _
from designer.layer_api.layer import Layer
from designer.layer_api.problems import FieldError
from designer.layer_api.registry import make_layer

FARTHEST = 1e7
"""Largest coordinate on the canvas, in pixels."""

_NODE_KEYS = {"id", "kind", "params", "position", "seed"}
_EDGE_KEYS = {"from", "to", "input"}


def read_nodes(entries: list[Any]) -> dict[str, Node]:
    """The nodes by id; raises SpecError."""
    nodes: dict[str, Node] = {}
    made: dict[str, Layer] = {}
    for index, entry in enumerate(entries):
        node = _ordinary_node(entry, made) or _node(entry, index, made)
        if node.id in nodes:
            raise SpecError(
                _("nodes[{index}]: the id {node} is taken; ids are unique").format(index=index, node=node.id)
            )
        nodes[node.id] = node
    return nodes


def _ordinary_node(entry: Any, made: Mapping[str, Layer]) -> Node | None:
    """The node of an entry that is right, holds nothing else and has a layer made before: what nearly all are."""
    try:
        node_id, params, place = entry["id"], entry.get("params", {}), entry.get("position")
        layer = made[f"{entry['kind']} {params}"]
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    if (
        type(node_id) is not str
        or type(params) is not dict
        or len(entry) != 2 + ("params" in entry) + (place is not None)
        or not (place is None or _is_place(place))
        or not is_id(node_id)
    ):
        return None
    position = None if place is None else (float(place[0]), float(place[1]))
    return Node(node_id, layer, position, default_seed(node_id), NOTHING)


def _node(entry: Any, index: int, made: dict[str, Layer]) -> Node:
    """The node of an entry; ``made`` holds the layers so far, for those that are the same again."""
    typed(entry, dict, ("nodes[", index, "]"), N_("an object with id and kind"))
    try:
        node_id = check_id(typed(entry.get("id"), str, ("nodes[", index, "].id"), N_("a text")))
        kind = typed(entry.get("kind"), str, ("nodes[", index, "].kind"), N_("the name of a layer kind"))
        params = typed(entry.get("params", {}), dict, ("nodes[", index, "].params"), N_("an object"))
        layer = _layer(kind, params, made)
    except (FieldError, DesignError) as problem:
        named, where = entry.get("id"), f"nodes[{index}]"
        label = f"{where} ({cut(named)})" if isinstance(named, str) else where
        raise SpecError(f"{label}: {problem}") from None
    except TypeError:
        raise wrong(("nodes[", index, "].params"), entry.get("params"), N_("an object of parameters")) from None
    position = _position(entry["position"], index) if "position" in entry else None
    seed = entry["seed"] if "seed" in entry else default_seed(node_id)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise wrong(("nodes[", index, "].seed"), seed, N_("a whole number from 0 to 2⁶⁴ − 1"))
    extra = unknown(entry, _NODE_KEYS, ("nodes[", index, "]"))
    return Node(node_id, layer, position, seed, extra)


def _position(value: Any, index: int) -> Position:
    position = typed(value, list, ("nodes[", index, "].position"), N_("two numbers"))
    if not _is_place(position):
        wanted = _("two numbers up to {limit:g}").format(limit=FARTHEST)
        raise wrong(("nodes[", index, "].position"), position, wanted)
    return float(position[0]), float(position[1])


def _layer(kind: str, params: dict[str, Any], made: dict[str, Layer]) -> Layer:
    try:
        written = f"{kind} {params}"
    except ValueError:
        # A number of more digits than are converted; the layer's field says what is wrong with it.
        return make_layer(kind, **params)
    layer = made.get(written)
    if layer is None:
        layer = made[written] = make_layer(kind, **params)
    return layer


def _is_place(value: Any) -> bool:
    return type(value) is list and len(value) == 2 and _is_coordinate(value[0]) and _is_coordinate(value[1])


def _is_coordinate(value: Any) -> bool:
    # NaN compares as false.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST


def read_edges(nodes: Mapping[str, Node], entries: list[Any]) -> tuple[Edge, ...]:
    """The wires between these nodes; raises SpecError."""
    edges: list[Edge] = []
    taken: defaultdict[str, set[int]] = defaultdict(set)
    for index, entry in enumerate(entries):
        edge = _ordinary_edge(nodes, entry) or _edge(nodes, entry, index)
        ports = taken[edge.target]
        if edge.input in ports:
            raise SpecError(
                _("edges[{index}]: input {input} of {node} has a wire already").format(
                    index=index, input=edge.input, node=edge.target
                )
            )
        ports.add(edge.input)
        edges.append(edge)
    return tuple(edges)


def _ordinary_edge(nodes: Mapping[str, Node], entry: Any) -> Edge | None:
    """The wire of an entry that is right and holds nothing else: what nearly all are, without asking more than that."""
    try:
        source, target, port = nodes[entry["from"]], nodes[entry["to"]], entry.get("input", 0)
    except (KeyError, TypeError, AttributeError):
        return None
    ports = target.layer.max_inputs
    if (
        type(port) is not int
        or len(entry) != 2 + ("input" in entry)
        or not 0 <= port < (MOST_INPUTS if ports is None else ports)
    ):
        return None
    # The names of the nodes, not the equal texts that were read: each name is in memory once.
    return Edge(source.id, target.id, port, NOTHING)


def _edge(nodes: Mapping[str, Node], entry: Any, index: int) -> Edge:
    typed(entry, dict, ("edges[", index, "]"), N_("an object with from, to and input"))
    source = typed(entry.get("from"), str, ("edges[", index, "].from"), N_("the id of a node"))
    target = typed(entry.get("to"), str, ("edges[", index, "].to"), N_("the id of a node"))
    port = typed(entry.get("input", 0), int, ("edges[", index, "].input"), N_("the number of an input"))
    if not 0 <= port <= MOST_INPUTS:
        raise wrong(("edges[", index, "].input"), port, N_("the number of an input"))
    for end in (source, target):
        if end not in nodes:
            text = _("edges[{index}]: there is no node {node}")
            raise SpecError(text.format(index=index, node=cut(end)))
    try:
        check_port(nodes[target], port)
    except DesignError as problem:
        raise SpecError(f"edges[{index}]: {problem}") from None
    return Edge(source, target, port, unknown(entry, _EDGE_KEYS, ("edges[", index, "]")))


def node_to_json(node: Node) -> dict[str, Any]:
    """A node as the spec holds it; parameters and seed at their default, and a place it has not, are left out."""
    entry: dict[str, Any] = {"id": node.id, "kind": node.layer.kind}
    params = node.layer.to_json()
    if params:
        entry["params"] = params
    if node.place is not None:
        entry["position"] = [_plain(value) for value in node.place]
    if node.seed != default_seed(node.id):
        entry["seed"] = node.seed
    return {**entry, **node.extra}


def _plain(value: float) -> int | float:
    return int(value) if value == int(value) else value


def edge_to_json(edge: Edge) -> dict[str, Any]:
    """A wire as the spec holds it."""
    return {"from": edge.source, "to": edge.target, "input": edge.input, **edge.extra}
