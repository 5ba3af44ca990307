"""The spec file ``*.netdraft.json``: a design as JSON that reads well in a diff, and back.

Reading trusts nothing: size, nesting, types, names, wires are checked, and the first thing wrong is told in one line.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import attrs

from designer.files.atomic import atomic_write
from designer.files.json_text import JsonRefused, parse_json
from designer.files.regular_file import FileRefused, printable_path, read_regular_file
from designer.files.spec_entries import edge_to_json, node_to_json, read_edges, read_nodes
from designer.files.spec_groups import group_to_json, read_groups
from designer.files.spec_values import SpecError, kept, shown, typed, unknown, wrong
from designer.graph.design import Design
from designer.i18n import N_, _

FORMAT = "netdraft"
VERSION = 1
SUFFIX = ".netdraft.json"
WEIGHTS_SUFFIX = ".safetensors"
LARGEST_FILE = 64_000_000


@attrs.frozen
class Spec:
    """A design as a file holds it.

    ``weights`` names the safetensors file beside it, ``weights_sha256`` is the digest of that file's contents; a spec
    written by hand need not give it.
    """

    design: Design
    weights: str | None = None
    weights_sha256: str | None = None


def parse(text: str) -> Spec:
    """The design that a spec describes; raises SpecError."""
    try:
        tree = parse_json(text)
    except JsonRefused as problem:
        raise SpecError(str(problem)) from None
    return from_json(tree)


def from_json(tree: Any) -> Spec:
    """The design that a parsed spec describes; raises SpecError."""
    typed(tree, dict, _("spec"), N_("a JSON object"))
    if tree.get("format") != FORMAT:
        raise wrong("format", tree.get("format"), f'"{FORMAT}"')
    version = tree.get("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise wrong("version", version, str(VERSION))
    if version > VERSION:
        raise SpecError(
            _("version {came} is newer than this program reads ({known}); update Netdraft").format(
                came=shown(version), known=VERSION
            )
        )
    nodes = read_nodes(typed(tree.get("nodes", []), list, "nodes", N_("a list")))
    design = Design(
        name=kept(typed(tree.get("name", "Untitled"), str, "name", N_("a text")), "name"),
        nodes=nodes,
        edges=read_edges(nodes, typed(tree.get("edges", []), list, "edges", N_("a list"))),
        groups=read_groups(typed(tree.get("groups", []), list, "groups", N_("a list")), nodes),
        notes=tuple(kept(typed(tree.get("notes", []), list, "notes", N_("a list")), "notes")),
        extra=unknown(tree, _SPEC_KEYS, _("spec")),
    )
    if len(design.order) < len(nodes):
        names = ", ".join(sorted(nodes.keys() - set(design.order))[:5])
        raise SpecError(_("edges: there is a cycle through {nodes}; data only flows forward").format(nodes=names))
    return Spec(design, *_weights_named(tree))


_SPEC_KEYS = {"format", "version", "name", "nodes", "edges", "groups", "notes", "weights", "weights_sha256"}


def is_weights_name(name: str) -> bool:
    """Whether a spec may name its weights so: a safetensors file of the same folder, on any system."""
    outside = name != Path(name).name or any(sign in name for sign in "\\/:")
    return not outside and name.isprintable() and name.endswith(WEIGHTS_SUFFIX)


def _weights_named(tree: dict[str, Any]) -> tuple[str | None, str | None]:
    """Name and digest of the weights file."""
    name, digest = tree.get("weights"), tree.get("weights_sha256")
    if name is not None and not is_weights_name(typed(name, str, "weights", N_("the name of a safetensors file"))):
        raise wrong("weights", name, N_("the name of a safetensors file in the same folder"))
    wanted = N_("64 hexadecimal digits")
    if digest is not None and not re.fullmatch(r"[0-9a-f]{64}", typed(digest, str, "weights_sha256", wanted)):
        raise wrong("weights_sha256", digest, wanted)
    return name, digest if name is not None else None


def to_json(design: Design, weights: str | None = None, weights_sha256: str | None = None) -> dict[str, Any]:
    """A design as the tree that :func:`from_json` reads."""
    tree: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "name": design.name,
        "nodes": [node_to_json(node) for node in design.nodes.values()],
        "edges": [edge_to_json(edge) for edge in design.edges],
        "groups": [group_to_json(group) for group in design.groups],
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
