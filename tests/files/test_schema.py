"""The shipped JSON Schema says of a spec file what the reader says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer import resources
from designer.files import schema as spec_schema
from designer.files import spec
from designer.files.spec_values import SpecError
from designer.gallery.examples import Example, examples
from designer.graph.design import Design
from designer.layer_api.registry import catalogue
from tests.helpers.designs import designs, json_values
from tests.helpers.layer_cases import for_each_kind

VALIDATOR = jsonschema.Draft202012Validator(spec_schema.schema())


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(spec_schema.schema())
    assert spec_schema.schema()["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]


def test_the_shipped_file_is_what_the_catalogue_gives() -> None:
    shipped = spec_schema.path().read_text(encoding="utf-8")
    assert shipped == spec_schema.text(), "a layer or a field has changed since: make schema"


def test_it_is_written_where_it_is_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = tmp_path.resolve() / "netdraft.schema.json"
    stale.write_text("{}", encoding="utf-8")
    monkeypatch.setattr(resources, "_IN_CHECKOUT", stale.parent)
    spec_schema.write()
    monkeypatch.undo()
    assert stale.read_text(encoding="utf-8") == spec_schema.path().read_text(encoding="utf-8")


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_every_example_is_valid(example: Example) -> None:
    VALIDATOR.validate(spec.to_json(spec.read(example.path).design))


@given(designs())
def test_whatever_is_written_is_valid(design: Design) -> None:
    VALIDATOR.validate(spec.to_json(design, "weights.safetensors"))


def node(**changes: Any) -> dict[str, Any]:
    return {"format": "netdraft", "version": 1, "nodes": [{"id": "a", "kind": "conv2d", **changes}]}


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"format": "netdraft"},
        {"format": "onnx", "version": 1},
        {"format": "netdraft", "version": 2},
        node(id="1a"),
        node(id="a b"),
        node(kind="conv9d"),
        node(params=[]),
        node(params={"filters": 0}),
        node(params={"kernel": [3, 3, 3]}),
        node(params={"padding": "valid"}),
        node(params={"sigma": 1}),
        node(position=[0]),
        node(seed=-1),
        {"format": "netdraft", "version": 1, "edges": [{"from": "a"}]},
        {"format": "netdraft", "version": 1, "edges": [{"from": "a", "to": "b", "input": -1}]},
        {"format": "netdraft", "version": 1, "weights": "../w.safetensors"},
    ],
    ids=repr,
)
def test_what_the_reader_refuses_is_invalid(tree: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(tree)
    with pytest.raises(SpecError):
        spec.from_json(tree)


def reads(tree: dict[str, Any]) -> bool:
    try:
        spec.from_json(tree)
    except SpecError as refused:
        return not str(refused)
    return True


@pytest.mark.parametrize("kind", list(catalogue()))
@for_each_kind(15)
@given(st.data())
def test_parameters_are_valid_where_the_reader_takes_them(kind: str, data: st.DataObject) -> None:
    names = st.sampled_from([*catalogue()[kind].fields(), "nonsense"])
    tree = node(kind=kind, params=data.draw(st.dictionaries(names, json_values() | st.integers(0, 4), max_size=2)))
    assert VALIDATOR.is_valid(tree) == reads(tree)
