"""The spec file ``*.netdraft.json``: a design as JSON that reads well in a diff, and back.

Reading trusts nothing: size, nesting, types, names, wires are checked, and the first thing wrong is told in one line.
"""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any

import attrs

from designer.graph.atomic import atomic_write
from designer.graph.design import Design, DesignError, Edge, Node, default_seed
from designer.graph.edits import MOST_INPUTS, check_edge, check_id
from designer.graph.json_text import JsonRefused, parse_json
from designer.graph.regular_file import FileRefused, printable_path, read_regular_file
from designer.i18n import _
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


def _wrong(where: str, came: Any, wanted: str) -> SpecError:
    return SpecError(
        _("{where}: {came} came, {wanted} is wanted").format(where=where, came=_shown(came), wanted=wanted)
    )


def _typed(value: Any, kind: type | tuple[type, ...], where: str, wanted: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, kind):
        raise _wrong(where, value, wanted)
    return value


def _kept(value: Any, where: str) -> Any:
    """The value itself, which is carried along and written again; raises SpecError where it could not be written."""
    level, depth = [value], 0
    while level:
        if depth > DEEPEST:
            raise SpecError(_("{where}: nested too deep; at most {limit} levels").format(where=where, limit=DEEPEST))
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


def _check_writable(value: Any, where: str) -> None:
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise SpecError(_("{where}: a text holds half of a character").format(where=where))
    elif (isinstance(value, float) and not math.isfinite(value)) or (
        isinstance(value, int) and value.bit_length() > LARGEST_BITS
    ):
        raise SpecError(_("{where}: a number is too large").format(where=where))


def parse(text: str) -> Spec:
    """The design that a spec describes; raises SpecError."""
    try:
        tree = parse_json(text)
    except JsonRefused as problem:
        raise SpecError(str(problem)) from None
    return from_json(tree)


def from_json(tree: Any) -> Spec:
    """The design that a parsed spec describes; raises SpecError."""
    _typed(tree, dict, _("spec"), _("a JSON object"))
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
    nodes: dict[str, Node] = {}
    for index, entry in enumerate(_typed(tree.get("nodes", []), list, "nodes", _("a list"))):
        node = _node(entry, f"nodes[{index}]")
        if node.id in nodes:
            raise SpecError(
                _("nodes[{index}]: the id {node} is taken; ids are unique").format(index=index, node=node.id)
            )
        nodes[node.id] = node
    design = _wired(Design(nodes=nodes), _typed(tree.get("edges", []), list, "edges", _("a list")))
    known = {"format", "version", "name", "nodes", "edges", "groups", "notes", "weights", "weights_sha256"}
    design = design.evolve(
        name=_kept(_typed(tree.get("name", "Untitled"), str, "name", _("a text")), "name"),
        groups=tuple(_kept(_typed(tree.get("groups", []), list, "groups", _("a list")), "groups")),
        notes=tuple(_kept(_typed(tree.get("notes", []), list, "notes", _("a list")), "notes")),
        extra=_unknown(tree, known, _("spec")),
    )
    return Spec(design, *_weights_named(tree))


def _unknown(entry: dict[str, Any], known: set[str], where: str) -> dict[str, Any]:
    """What a later program wrote."""
    unknown: dict[str, Any] = _kept({key: value for key, value in entry.items() if key not in known}, where)
    return unknown


def is_weights_name(name: str) -> bool:
    """Whether a spec may name its weights so: a safetensors file of the same folder, on any system."""
    outside = name != Path(name).name or any(sign in name for sign in "\\/:")
    return not outside and name.isprintable() and name.endswith(WEIGHTS_SUFFIX)


def _weights_named(tree: dict[str, Any]) -> tuple[str | None, str | None]:
    """Name and digest of the weights file."""
    name, digest = tree.get("weights"), tree.get("weights_sha256")
    if name is not None and not is_weights_name(_typed(name, str, "weights", _("the name of a safetensors file"))):
        raise _wrong("weights", name, _("the name of a safetensors file in the same folder"))
    wanted = _("64 hexadecimal digits")
    if digest is not None and not re.fullmatch(r"[0-9a-f]{64}", _typed(digest, str, "weights_sha256", wanted)):
        raise _wrong("weights_sha256", digest, wanted)
    return name, digest if name is not None else None


def _node(entry: Any, where: str) -> Node:
    _typed(entry, dict, where, _("an object with id and kind"))
    try:
        node_id = check_id(_typed(entry.get("id"), str, f"{where}.id", _("a text")))
        kind = _typed(entry.get("kind"), str, f"{where}.kind", _("the name of a layer kind"))
        params = _typed(entry.get("params", {}), dict, f"{where}.params", _("an object"))
        layer = make_layer(kind, **params)
    except (FieldError, DesignError) as problem:
        named = entry.get("id")
        label = f"{where} ({_cut(named)})" if isinstance(named, str) else where
        raise SpecError(f"{label}: {problem}") from None
    except TypeError:
        raise _wrong(f"{where}.params", entry.get("params"), _("an object of parameters")) from None
    position = _typed(entry.get("position", [0, 0]), list, f"{where}.position", _("two numbers"))
    numbers = [v for v in position if isinstance(v, int | float) and not isinstance(v, bool) and abs(v) <= FARTHEST]
    if len(position) != 2 or len(numbers) != 2 or not all(math.isfinite(v) for v in numbers):
        raise _wrong(f"{where}.position", position, _("two numbers up to {limit:g}").format(limit=FARTHEST))
    seed = entry.get("seed", default_seed(node_id))
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**64:
        raise _wrong(f"{where}.seed", seed, _("a whole number from 0 to 2⁶⁴ − 1"))
    known = {"id", "kind", "params", "position", "seed"}
    extra = _unknown(entry, known, where)
    return Node(node_id, layer, (float(numbers[0]), float(numbers[1])), seed, extra)


def _wired(design: Design, entries: list[Any]) -> Design:
    edges: list[Edge] = []
    taken: set[tuple[str, int]] = set()
    for index, entry in enumerate(entries):
        where = f"edges[{index}]"
        _typed(entry, dict, where, _("an object with from, to and input"))
        ends = [_typed(entry.get(key), str, f"{where}.{key}", _("the id of a node")) for key in ("from", "to")]
        port = _typed(entry.get("input", 0), int, f"{where}.input", _("the number of an input"))
        if not 0 <= port <= MOST_INPUTS:
            raise _wrong(f"{where}.input", port, _("the number of an input"))
        for end in ends:
            if end not in design.nodes:
                raise SpecError(_("{where}: there is no node {node}").format(where=where, node=_cut(end)))
        extra = _unknown(entry, {"from", "to", "input"}, where)
        edge = Edge(ends[0], ends[1], port, extra)
        try:
            check_edge(design, edge)
        except DesignError as problem:
            raise SpecError(f"{where}: {problem}") from None
        if (edge.target, edge.input) in taken:
            raise SpecError(
                _("{where}: input {input} of {node} has a wire already").format(
                    where=where, input=edge.input, node=edge.target
                )
            )
        taken.add((edge.target, edge.input))
        edges.append(edge)
    wired = design.evolve(edges=tuple(edges))
    stuck = set(wired.nodes) - set(wired.order)
    if stuck:
        names = ", ".join(sorted(stuck)[:5])
        raise SpecError(_("edges: there is a cycle through {nodes}; data only flows forward").format(nodes=names))
    return wired


def node_to_json(node: Node) -> dict[str, Any]:
    """A node as the spec holds it; parameters and seed at their default are left out."""
    entry: dict[str, Any] = {"id": node.id, "kind": node.layer.kind}
    params = node.layer.to_json()
    if params:
        entry["params"] = params
    entry["position"] = [_plain(value) for value in node.position]
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
