"""JSON Schema of the spec file, generated from the catalogue: ``make schema`` writes it anew.

It describes what a person or a program may write. What no schema can say (ids are unique, wires lead to nodes and
close no cycle) is checked by :mod:`designer.files.spec`.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from designer.files.atomic import atomic_write
from designer.files.spec import FORMAT, VERSION
from designer.files.spec_entries import FARTHEST
from designer.graph.edits import LONGEST_ID, MOST_INPUTS
from designer.graph.group_rules import COLOUR
from designer.layer_api.layer import Layer
from designer.layer_api.registry import catalogue
from designer.resources import resource

DIALECT = "https://json-schema.org/draft/2020-12/schema"

ID = r"^[^\s\d.\-/]\S*$"
"""Wider than what is a name: validators do not agree on how to write the letters of all scripts."""


def schema() -> dict[str, Any]:
    """The schema as a tree; a new layer or field is in it as soon as it is declared."""
    return {
        "$schema": DIALECT,
        "title": "Netdraft spec",
        "description": "A convolutional network as Netdraft draws it. Unknown keys are allowed and kept.",
        "type": "object",
        "required": ["format", "version"],
        "properties": {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            "name": {"type": "string"},
            "nodes": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            "edges": {"type": "array", "items": {"$ref": "#/$defs/edge"}},
            "groups": {"type": "array", "items": {"$ref": "#/$defs/group"}},
            "notes": {"type": "array"},
            "weights": {
                "description": "Name of a safetensors file in the same folder.",
                "anyOf": [{"type": "string", "pattern": r"^[^/\\:]+\.safetensors$"}, {"type": "null"}],
            },
            "weights_sha256": {
                "description": "SHA-256 of that file; where it is given, a file of other contents is refused.",
                "anyOf": [{"type": "string", "pattern": "^[0-9a-f]{64}$"}, {"type": "null"}],
            },
        },
        "$defs": {
            "id": {"type": "string", "pattern": ID, "maxLength": LONGEST_ID},
            "node": _node(),
            "edge": _edge(),
            "group": _group(),
            **{kind: _layer(cls) for kind, cls in catalogue().items()},
        },
    }


def _node() -> dict[str, Any]:
    """A node: common keys, and for each kind its own parameters."""
    coordinate = {"type": "number", "minimum": -FARTHEST, "maximum": FARTHEST}
    return {
        "type": "object",
        "required": ["id", "kind"],
        "properties": {
            "id": {"$ref": "#/$defs/id"},
            "kind": {"enum": list(catalogue())},
            "params": {"type": "object"},
            "position": {"type": "array", "items": coordinate, "minItems": 2, "maxItems": 2},
            "seed": {"type": "integer", "minimum": 0, "maximum": 2**64 - 1},
        },
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": {"properties": {"params": {"$ref": f"#/$defs/{kind}"}}},
            }
            for kind in catalogue()
        ],
    }


def _edge() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["from", "to"],
        "properties": {
            "from": {"$ref": "#/$defs/id"},
            "to": {"$ref": "#/$defs/id"},
            "input": {"type": "integer", "minimum": 0, "maximum": MOST_INPUTS, "default": 0},
        },
    }


def _group() -> dict[str, Any]:
    return {
        "description": "A named block of layers. A node is listed in the innermost group that it is in.",
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "pattern": r"^[^\s.]+$", "maxLength": LONGEST_ID},
            "nodes": {"type": "array", "items": {"$ref": "#/$defs/id"}},
            "groups": {"type": "array", "items": {"$ref": "#/$defs/group"}},
            "collapsed": {"type": "boolean", "default": False},
            "colour": {"anyOf": [{"type": "string", "pattern": f"^{COLOUR.pattern}$"}, {"type": "null"}]},
            "note": {"type": "string", "default": ""},
        },
    }


def _layer(cls: type[Layer]) -> dict[str, Any]:
    """Parameters of one kind, with the words and defaults of its fields."""
    defaults = cls.defaults()
    properties = {
        name: {
            "description": field.help,
            "default": field.to_json(defaults[name]),
            **field.schema(cls.rank),
        }
        for name, field in cls.fields().items()
    }
    return {
        "title": cls.label,
        "description": inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0].replace("\n", " "),
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def text() -> str:
    """The schema as the shipped file holds it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def path() -> Path:
    """The shipped file."""
    return resource("netdraft.schema.json")


def write() -> None:
    """Replace the shipped file."""
    with atomic_write(path()) as stream:
        stream.write(text().encode())


if __name__ == "__main__":
    write()
