"""The spec file ``*.netdraft.json``: a design as JSON that reads well in a diff, and back.

Reading trusts nothing: size, nesting, types, names, wires are checked, and the first thing wrong is told in one line.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs

from designer.files.atomic import atomic_write
from designer.files.json_text import JsonRefused, parse_json
from designer.files.regular_file import FileRefused, printable_path, read_regular_file
from designer.graph.design import Design, DesignError, Edge, Node, Position, default_seed
from designer.graph.edits import MOST_INPUTS, check_id, check_port
from designer.i18n import N_, _
from designer.layer_api.layer import Layer
from designer.layer_api.problems import FieldError, UserError
from designer.layer_api.registry import make_layer

FORMAT = "netdraft"
VERSION = 1
SUFFIX = ".netdraft.json"
WEIGHTS_SUFFIX = ".safetensors"
LARGEST_FILE = 64_000_000
FARTHEST = 1e7
"""Largest coordinate on the canvas, in pixels."""

DEEPEST = 50
"""Levels of nesting in what is carried along without being understood."""

MOST_KEPT = 1_000_000
"""Values in what is carried along without being understood; ten times as many take seconds to look through."""

LARGEST_BITS = 1024
"""Of a number that is carried along."""


class SpecError(UserError):
    """A spec that cannot be read or written; the message is one line: where, what came, what was wanted."""


@attrs.frozen
class Spec:
    """A design as a file holds it.

    ``weights`` names the safetensors file beside it, ``weights_sha256`` is the digest of that file's contents; a spec
    written by hand need not give it.
    """

    design: Design
    weights: str | None = None
    weights_sha256: str | None = None


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= 50 else text[:49] + "…"


Where = str | tuple[object, ...]
"""A place in the tree, whole or in parts: a million wires are not given names that nobody reads."""


def _place(where: Where) -> str:
    return where if isinstance(where, str) else "".join(map(str, where))


def _wrong(where: Where, came: Any, wanted: str) -> SpecError:
    """The error; ``wanted`` is marked with N_() where it is given, and translated here."""
    return SpecError(
        _("{where}: {came} came, {wanted} is wanted").format(where=_place(where), came=_shown(came), wanted=_(wanted))
    )


def _typed(value: Any, kind: type, where: Where, wanted: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise _wrong(where, value, wanted)
    return value


def _kept(value: Any, where: Where) -> Any:
    """The value itself, which is carried along and written again; raises SpecError where it could not be written."""
    level, depth, seen = [value], 0, 0
    while level:
        seen += len(level)
        if seen > MOST_KEPT:
            raise SpecError(_("{where}: more than {limit} values").format(where=where, limit=MOST_KEPT))
        if depth > DEEPEST:
            text = _("{where}: nested too deep; at most {limit} levels")
            raise SpecError(text.format(where=_place(where), limit=DEEPEST))
        inner: list[Any] = []
        for entry in level:
            if isinstance(entry, dict):
                inner += [*entry, *entry.values()]
            elif isinstance(entry, list):
                inner += entry
            else:
                _check_writable(entry, where)
        level, depth = inner, depth + 1
    return value


def _check_writable(value: Any, where: Where) -> None:
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise SpecError(_("{where}: a text holds half of a character").format(where=_place(where)))
    elif (isinstance(value, float) and not math.isfinite(value)) or (
        isinstance(value, int) and value.bit_length() > LARGEST_BITS
    ):
        raise SpecError(_("{where}: a number is too large").format(where=_place(where)))


def parse(text: str) -> Spec:
    """The design that a spec describes; raises SpecError."""
    try:
        tree = parse_json(text)
    except JsonRefused as problem:
        raise SpecError(str(problem)) from None
    return from_json(tree)


def from_json(tree: Any) -> Spec:
    """The design that a parsed spec describes; raises SpecError."""
    _typed(tree, dict, _("spec"), N_("a JSON object"))
    if tree.get("format") != FORMAT:
        raise _wrong("format", tree.get("format"), f'"{FORMAT}"')
    version = tree.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise _wrong("version", version, str(VERSION))
    if version > VERSION:
        raise SpecError(
            _("version {came} is newer than this program reads ({known}); update Netdraft").format(
                came=_shown(version), known=VERSION
            )
        )
    nodes = _nodes(_typed(tree.get("nodes", []), list, "nodes", N_("a list")))
    design = Design(
        name=_kept(_typed(tree.get("name", "Untitled"), str, "name", N_("a text")), "name"),
        nodes=nodes,
        edges=_edges(nodes, _typed(tree.get("edges", []), list, "edges", N_("a list"))),
        groups=tuple(_kept(_typed(tree.get("groups", []), list, "groups", N_("a list")), "groups")),
        notes=tuple(_kept(_typed(tree.get("notes", []), list, "notes", N_("a list")), "notes")),
        extra=_unknown(tree, _SPEC_KEYS, _("spec")),
    )
    if len(design.order) < len(nodes):
        names = ", ".join(sorted(nodes.keys() - set(design.order))[:5])
        raise SpecError(_("edges: there is a cycle through {nodes}; data only flows forward").format(nodes=names))
    return Spec(design, *_weights_named(tree))


_SPEC_KEYS = {"format", "version", "name", "nodes", "edges", "groups", "notes", "weights", "weights_sha256"}
_NODE_KEYS = {"id", "kind", "params", "position", "seed"}
_EDGE_KEYS = {"from", "to", "input"}
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _unknown(entry: dict[str, Any], known: set[str], where: Where) -> Mapping[str, Any]:
    """What a later program wrote."""
    if entry.keys() <= known:
        return _NOTHING
    unknown: Mapping[str, Any] = _kept({key: value for key, value in entry.items() if key not in known}, where)
    return unknown


def is_weights_name(name: str) -> bool:
    """Whether a spec may name its weights so: a safetensors file of the same folder, on any system."""
    outside = name != Path(name).name or any(sign in name for sign in "\\/:")
    return not outside and name.isprintable() and name.endswith(WEIGHTS_SUFFIX)


def _weights_named(tree: dict[str, Any]) -> tuple[str | None, str | None]:
    """Name and digest of the weights file."""
    name, digest = tree.get("weights"), tree.get("weights_sha256")
    if name is not None and not is_weights_name(_typed(name, str, "weights", N_("the name of a safetensors file"))):
        raise _wrong("weights", name, N_("the name of a safetensors file in the same folder"))
    wanted = N_("64 hexadecimal digits")
    if digest is not None and not re.fullmatch(r"[0-9a-f]{64}", _typed(digest, str, "weights_sha256", wanted)):
        raise _wrong("weights_sha256", digest, wanted)
    return name, digest if name is not None else None


def _nodes(entries: list[Any]) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    made: dict[str, Layer] = {}
    for index, entry in enumerate(entries):
        node = _node(entry, index, made)
        if node.id in nodes:
            raise SpecError(
                _("nodes[{index}]: the id {node} is taken; ids are unique").format(index=index, node=node.id)
            )
        nodes[node.id] = node
    return nodes


def _node(entry: Any, index: int, made: dict[str, Layer]) -> Node:
    """The node of an entry; ``made`` holds the layers so far, for those that are the same again."""
    _typed(entry, dict, ("nodes[", index, "]"), N_("an object with id and kind"))
    try:
        node_id = check_id(_typed(entry.get("id"), str, ("nodes[", index, "].id"), N_("a text")))
        kind = _typed(entry.get("kind"), str, ("nodes[", index, "].kind"), N_("the name of a layer kind"))
        params = _typed(entry.get("params", {}), dict, ("nodes[", index, "].params"), N_("an object"))
        layer = _layer(kind, params, made)
    except (FieldError, DesignError) as problem:
        named, where = entry.get("id"), f"nodes[{index}]"
        label = f"{where} ({_cut(named)})" if isinstance(named, str) else where
        raise SpecError(f"{label}: {problem}") from None
    except TypeError:
        raise _wrong(("nodes[", index, "].params"), entry.get("params"), N_("an object of parameters")) from None
    position = _position(entry["position"], index) if "position" in entry else None
    seed = entry["seed"] if "seed" in entry else default_seed(node_id)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise _wrong(("nodes[", index, "].seed"), seed, N_("a whole number from 0 to 2⁶⁴ − 1"))
    extra = _unknown(entry, _NODE_KEYS, ("nodes[", index, "]"))
    return Node(node_id, layer, position, seed, extra)


def _position(value: Any, index: int) -> Position:
    position = _typed(value, list, ("nodes[", index, "].position"), N_("two numbers"))
    if len(position) != 2 or not all(map(_is_coordinate, position)):
        wanted = _("two numbers up to {limit:g}").format(limit=FARTHEST)
        raise _wrong(("nodes[", index, "].position"), position, wanted)
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


def _is_coordinate(value: Any) -> bool:
    # NaN compares as false.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST


def _edges(nodes: Mapping[str, Node], entries: list[Any]) -> tuple[Edge, ...]:
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
        source, target, port = nodes[entry["from"]], nodes[entry["to"]], entry["input"]
    except (KeyError, TypeError):
        return None
    ports = target.layer.max_inputs
    if type(port) is not int or len(entry) != 3 or not 0 <= port < (MOST_INPUTS if ports is None else ports):
        return None
    # The names of the nodes, not the equal texts that were read: each name is in memory once.
    return Edge(source.id, target.id, port, _NOTHING)


def _edge(nodes: Mapping[str, Node], entry: Any, index: int) -> Edge:
    _typed(entry, dict, ("edges[", index, "]"), N_("an object with from, to and input"))
    source = _typed(entry.get("from"), str, ("edges[", index, "].from"), N_("the id of a node"))
    target = _typed(entry.get("to"), str, ("edges[", index, "].to"), N_("the id of a node"))
    port = _typed(entry.get("input", 0), int, ("edges[", index, "].input"), N_("the number of an input"))
    if not 0 <= port <= MOST_INPUTS:
        raise _wrong(("edges[", index, "].input"), port, N_("the number of an input"))
    for end in (source, target):
        if end not in nodes:
            text = _("edges[{index}]: there is no node {node}")
            raise SpecError(text.format(index=index, node=_cut(end)))
    try:
        check_port(nodes[target], port)
    except DesignError as problem:
        raise SpecError(f"edges[{index}]: {problem}") from None
    return Edge(source, target, port, _unknown(entry, _EDGE_KEYS, ("edges[", index, "]")))


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


def to_json(design: Design, weights: str | None = None, weights_sha256: str | None = None) -> dict[str, Any]:
    """A design as the tree that :func:`from_json` reads."""
    tree: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": design.name,
        "nodes": [node_to_json(node) for node in design.nodes.values()],
        "edges": [{"from": e.source, "to": e.target, "input": e.input, **e.extra} for e in design.edges],
        "groups": list(design.groups),
        "notes": list(design.notes),
    }
    if weights is not None:
        tree["weights"] = weights
    if weights_sha256 is not None:
        tree["weights_sha256"] = weights_sha256
    return {**tree, **design.extra}


def dump(design: Design, weights: str | None = None, weights_sha256: str | None = None) -> str:
    """The spec as text: one line for each node and wire."""
    parts = []
    for key, value in to_json(design, weights, weights_sha256).items():
        if key in ("nodes", "edges", "groups", "notes") and value:
            lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in value)
            text = f"[\n{lines}\n  ]"
        else:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        parts.append(f"  {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def encode(design: Design, weights: str | None = None, weights_sha256: str | None = None) -> bytes:
    """The spec as the bytes of a file."""
    # Half a character, which a name typed in a window may hold, must not keep a network from being saved.
    return dump(design, weights, weights_sha256).encode(errors="replace")


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Contents of a regular file of bounded size; raises SpecError and never blocks on a pipe."""
    try:
        return read_regular_file(path, limit=LARGEST_FILE)
    except FileRefused as problem:
        raise SpecError(str(problem)) from None


def decode(contents: bytes, path: str | os.PathLike[str]) -> Spec:
    """What the bytes of a spec file describe; raises SpecError naming the file."""
    where = printable_path(path)
    try:
        return parse(contents.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SpecError(_("{path}: not text in UTF-8; a spec file is JSON").format(path=where)) from None
    except SpecError as problem:
        raise SpecError(f"{where}: {problem}") from None


def read(path: str | os.PathLike[str]) -> Spec:
    """Read a spec file; raises SpecError naming the file."""
    return decode(read_bytes(path), path)


def write(design: Design, path: str | os.PathLike[str], weights: str | None = None) -> None:
    """Write a spec file, replacing an old one in one step; raises SpecError and leaves the old one as it was."""
    try:
        with atomic_write(path) as stream:
            stream.write(encode(design, weights))
    except OSError as problem:
        where = printable_path(path)
        raise SpecError(_("{path}: cannot be written ({reason})").format(path=where, reason=problem.strerror)) from None
