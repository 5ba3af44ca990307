"""The spec file: it reads well, keeps what it does not know, and refuses everything wrong in one line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.files import spec
from designer.files.spec_values import SpecError
from designer.graph.design import Design, Edge, Node
from designer.layer_api.registry import catalogue, make_layer
from tests.helpers.counting import calls
from tests.helpers.designs import json_values

LENET_START = """{
  "format": "netdraft",
  "version": 1,
  "name": "LeNet-5",
  "nodes": [
    {"id": "image", "kind": "image_input", "params": {"shape": [1, 32, 32]}, "position": [0, 0]},
    {"id": "conv1", "kind": "conv2d", "params": {"filters": 6, "kernel": [5, 5]}, "position": [180, 0.5]}
  ],
  "edges": [
    {"from": "image", "to": "conv1", "input": 0}
  ],
  "groups": [],
  "notes": [],
  "weights": "lenet5.safetensors"
}
"""


def tree(**changes: Any) -> dict[str, Any]:
    return {**json.loads(LENET_START), **changes}


def with_params(kind: str, **params: Any) -> dict[str, Any]:
    return tree(nodes=[{"id": "a", "kind": kind, "params": params}], edges=[])


def with_node(**changes: Any) -> dict[str, Any]:
    node = {"id": "conv1", "kind": "conv2d", **changes}
    return tree(nodes=[node], edges=[])


def refusal(given: Any) -> str:
    """The one line with which a tree, or a text, is refused."""
    with pytest.raises(SpecError) as caught:
        spec.parse(given) if isinstance(given, str) else spec.from_json(given)
    message = str(caught.value)
    assert message
    assert message.isprintable()
    assert len(message) < 400
    return message


# -- reading and writing


def test_the_documented_form_is_read() -> None:
    read = spec.parse(LENET_START)
    assert read.weights == "lenet5.safetensors"
    assert read.design.name == "LeNet-5"
    assert read.design.nodes["conv1"] == Node("conv1", make_layer("conv2d", filters=6, kernel=5), (180.0, 0.5))
    assert read.design.edges == (Edge("image", "conv1", 0),)


def test_what_is_written_is_the_documented_form_one_line_for_each_node_and_wire() -> None:
    read = spec.parse(LENET_START)
    assert spec.dump(read.design, read.weights) == LENET_START


def test_defaults_may_be_left_out() -> None:
    read = spec.parse('{"format": "netdraft", "version": 1, "nodes": [{"id": "p", "kind": "max_pool2d"}]}').design
    assert read.name == "Untitled"
    assert read.nodes["p"] == Node("p", make_layer("max_pool2d"))


def test_wires_whose_input_is_left_out_are_read_as_quickly_as_others() -> None:
    """It is optional, and most generated files leave it out."""
    nodes = [{"id": "image", "kind": "image_input", "params": {"shape": [1, 2, 2]}}]
    nodes += [{"id": f"relu{index}", "kind": "relu"} for index in range(2000)]
    pairs = list(pairwise(node["id"] for node in nodes))
    short, long = (
        tree(nodes=nodes, edges=[{"from": source, "to": target, **port} for source, target in pairs])
        for port in ({}, {"input": 0})
    )
    assert spec.from_json(short) == spec.from_json(long)
    assert calls(lambda: spec.from_json(short)) < 1.1 * calls(lambda: spec.from_json(long))


def test_unknown_keys_are_kept_everywhere() -> None:
    source = tree(colour="blue", groups=[{"name": "stem", "nodes": ["conv1"], "later": [1]}], notes=["a note"])
    source["nodes"][0]["folded"] = True
    source["edges"][0]["bend"] = [1, 2]
    read = spec.from_json(source)
    assert spec.to_json(read.design, read.weights) == source


@pytest.mark.parametrize(
    ("given", "same_as"),
    [
        ({"kernel": 5}, {"kernel": [5, 5]}),
        ({"kernel": 5.0}, {"kernel": [5, 5]}),
        ({"padding": [[1, 2], [3, 4]]}, {"padding": ((1, 2), (3, 4))}),
        ({"padding": [1, [2, 2]]}, {"padding": [1, 2]}),
        ({"padding": "same"}, {"padding": "same"}),
    ],
)
def test_per_axis_values_have_several_forms(given: dict[str, Any], same_as: dict[str, Any]) -> None:
    layer = spec.from_json(with_params("conv2d", **given)).design.nodes["a"].layer
    assert layer == make_layer("conv2d", **same_as)


def test_a_file_goes_out_and_comes_back(tmp_path: Path) -> None:
    design = spec.parse(LENET_START).design
    path = tmp_path / "größe.netdraft.json"
    spec.write(design, path, "w.safetensors")
    assert spec.read(path) == spec.Spec(design, "w.safetensors")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(LENET_START, encoding="utf-8-sig")
    assert spec.read(path).design.name == "LeNet-5"


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be written"):
        spec.write(Design(), tmp_path / "no folder" / "net.json")
    assert list(tmp_path.iterdir()) == []


def test_half_a_character_in_a_name_does_not_keep_a_network_from_being_saved(tmp_path: Path) -> None:
    spec.write(Design(name="a\ud800b"), tmp_path / "net.json")
    assert spec.read(tmp_path / "net.json").design.name == "a?b"


# -- hostile


def test_a_text_cut_off_anywhere_is_refused() -> None:
    whole = LENET_START.rstrip()
    for length in range(len(whole)):
        assert "line" in refusal(whole[:length])


@pytest.mark.parametrize("wrong", [None, True, 0, 1.5, "text", [], [1], {}, {"a": 1}], ids=repr)
@pytest.mark.parametrize("key", ["format", "version", "name", "nodes", "edges", "groups", "notes", "weights"])
def test_the_wrong_type_at_the_top_is_refused_or_harmless(key: str, wrong: Any) -> None:
    harmless = {
        "name": isinstance(wrong, str),
        "edges": wrong == [],
        "groups": wrong == [],
        "notes": isinstance(wrong, list),
        "weights": wrong is None,
    }
    changed = tree(**{key: wrong})
    if harmless.get(key):
        assert spec.from_json(changed)
    else:
        assert refusal(changed)


@pytest.mark.parametrize("wrong", [None, True, 0, 1.5, "no such", [], [1], {}, {"a": 1}], ids=repr)
@pytest.mark.parametrize("key", ["id", "kind", "params", "position", "seed"])
def test_the_wrong_type_in_a_node_is_refused(key: str, wrong: Any) -> None:
    if (key, wrong) in (("params", {}), ("seed", 0)):
        assert spec.from_json(with_node(**{key: wrong}))
    else:
        assert refusal(with_node(**{key: wrong})).startswith("nodes[0]")


@pytest.mark.parametrize("wrong", [None, True, 1.5, "no such", [], [1], {}, -1, 1, 10**400], ids=repr)
@pytest.mark.parametrize("key", ["from", "to", "input"])
def test_the_wrong_type_in_a_wire_is_refused(key: str, wrong: Any) -> None:
    assert refusal(tree(edges=[{"from": "image", "to": "conv1", "input": 0, key: wrong}])).startswith("edges[0]")


@pytest.mark.parametrize("entry", [None, True, 0, 1.5, "image", [], ["image", "conv1"]], ids=repr)
@pytest.mark.parametrize("key", ["nodes", "edges"])
def test_an_entry_that_is_no_object_is_refused(key: str, entry: Any) -> None:
    assert refusal(tree(**{key: [entry]})).startswith(f"{key}[0]")


@pytest.mark.parametrize("top", ["null", "[]", "1", '"netdraft"', "", " ", "\ufeff", "{} {}", "NaN", "\0"])
def test_a_text_that_is_no_spec_is_refused(top: str) -> None:
    assert refusal(top)


def test_a_newer_version_is_refused_by_name() -> None:
    assert refusal(tree(version=2)) == "version 2 is newer than this program reads (1); update Netdraft"


SENSELESS = [float("nan"), float("inf"), -1, 0.5, 10**18, 1e18, 10**400, 10**5000, "3", None, [], [1], [1, 2, 3], {}]


@pytest.mark.parametrize("value", SENSELESS, ids=lambda value: repr(value)[:12] if value != 10**5000 else "10**5000")
@pytest.mark.parametrize("field", ["filters", "kernel", "stride", "dilation", "groups", "padding"])
def test_a_senseless_number_is_refused_with_the_field_and_what_is_wanted(field: str, value: Any) -> None:
    message = refusal(with_params("conv2d", **{field: value}))
    assert message.startswith(f"nodes[0] (a): {field}: ")
    assert "whole number" in message


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, 10**5000, 11, "0.1", None, True, [0.1]], ids=type
)
def test_a_senseless_real_number_is_refused(value: Any) -> None:
    assert "slope" in refusal(with_params("leaky_relu", slope=value))


@pytest.mark.parametrize("kind", list(catalogue()))
@pytest.mark.parametrize("value", [None, float("nan"), 10**400, 10**5000, "\n", [[]], {"a": []}], ids=type)
def test_no_field_of_any_layer_takes_nonsense(kind: str, value: Any) -> None:
    for name, field in catalogue()[kind].fields().items():
        if value is None and field.optional:
            continue
        assert name in refusal(with_params(kind, **{name: value}))


@pytest.mark.parametrize(
    "position",
    [[0], [0, 0, 0], [None, 0], [True, 0], ["0", 0], [float("nan"), 0], [float("inf"), 0], [1e8, 0], [10**400, 0], {}],
    ids=repr,
)
def test_a_place_off_the_canvas_is_refused(position: Any) -> None:
    assert "position" in refusal(with_node(position=position))


@pytest.mark.parametrize("seed", [-1, 2**64, 10**5000, 1.0, True, "1", float("nan")], ids=type)
def test_a_senseless_seed_is_refused(seed: Any) -> None:
    assert "seed" in refusal(with_node(seed=seed))


def test_an_unknown_kind_is_refused_with_the_nearest() -> None:
    message = refusal(with_node(kind="conv2dd"))
    assert message == "nodes[0] (conv1): there is no layer kind 'conv2dd'; did you mean conv2d?"


def test_an_unknown_parameter_is_refused_with_the_known_ones() -> None:
    message = refusal(with_params("leaky_relu", alpha=0.2))
    assert message == "nodes[0] (a): alpha: leaky_relu has no such parameter; it has slope"


def test_a_name_used_twice_is_refused() -> None:
    nodes = [{"id": "a", "kind": "relu"}, {"id": "a", "kind": "tanh"}]
    assert refusal(tree(nodes=nodes, edges=[])) == "nodes[1]: the id a is taken; ids are unique"


def test_a_cycle_is_refused_with_its_members() -> None:
    nodes = [{"id": name, "kind": "relu"} for name in ("a", "b", "c")]
    wires = [{"from": "b", "to": "c"}, {"from": "c", "to": "b"}]
    assert refusal(tree(nodes=nodes, edges=wires)) == "edges: there is a cycle through b, c; data only flows forward"


def test_a_layer_that_feeds_itself_is_refused() -> None:
    nodes = [{"id": "a", "kind": "relu"}]
    assert "cycle through a;" in refusal(tree(nodes=nodes, edges=[{"from": "a", "to": "a"}]))


def test_a_wire_to_nowhere_is_refused() -> None:
    assert refusal(tree(edges=[{"from": "image", "to": "b"}])) == "edges[0]: there is no node b"


def test_two_wires_into_one_input_are_refused() -> None:
    wire = {"from": "image", "to": "conv1", "input": 0}
    assert refusal(tree(edges=[wire, wire])) == "edges[1]: input 0 of conv1 has a wire already"


def test_a_wire_into_an_image_is_refused() -> None:
    assert "image takes no input" in refusal(tree(edges=[{"from": "conv1", "to": "image"}]))


@pytest.mark.parametrize(
    "name",
    [
        "../w.safetensors",
        "/etc/passwd",
        "/tmp/w.safetensors",
        "a/b.safetensors",
        "..\\w.safetensors",
        "C:w.safetensors",
        "w.pickle",
        ".safetensors/",
        "..",
        "",
        "w\0.safetensors",
        "w\n.safetensors",
        "w\ud800.safetensors",
    ],
    ids=ascii,
)
def test_weights_stay_in_the_folder_of_the_spec(name: str) -> None:
    assert "weights" in refusal(tree(weights=name))


@pytest.mark.parametrize("depth", [200, 900, 10_000, 1_000_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_is_refused(depth: int, opening: str, closing: str) -> None:
    nested = opening * depth + "0" + closing * depth
    assert refusal(nested)
    assert "deep" in refusal(f'{{"format": "netdraft", "version": 1, "notes": [{nested}]}}')
    assert "deep" in refusal(f'{{"format": "netdraft", "version": 1, "later": {nested}}}')


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "1" * 5000])
def test_what_could_not_be_written_again_is_not_kept(number: str) -> None:
    for place in ('"notes": [{}]', '"later": {}', '"groups": [{{"a": [{}]}}]'):
        assert refusal('{"format": "netdraft", "version": 1, ' + place.format(number) + "}")


@pytest.mark.parametrize("place", ["notes", "later"])
def test_millions_of_values_that_nobody_understands_are_refused(place: str) -> None:
    assert spec.from_json(tree(**{place: [0] * 900_000}))
    assert refusal(tree(**{place: [[0] * 600_000, [1] * 600_000]})) == (
        f"{'spec' if place == 'later' else place}: more than 1000000 values"
    )


GROUPS_REFUSED = [
    (0, "groups[0]: 0 came, an object with name and nodes is wanted"),
    ({"nodes": ["conv1"]}, "groups[0].name: null came, a text is wanted"),
    ({"name": "a", "nodes": "conv1"}, 'groups[0].nodes: "conv1" came, a list of ids is wanted'),
    ({"name": "a", "nodes": ["conv1", 7]}, "groups[0].nodes[1]: 7 came, the id of a node is wanted"),
    ({"name": "a", "groups": [{"name": "0", "nodes": [[]]}]}, "groups[0].groups[0].nodes[0]: [] came"),
    ({"name": "a", "nodes": ["conv9"]}, "groups: group a: there is no node conv9"),
    ({"name": "a", "nodes": ["conv1", "conv1"]}, "groups: group a: conv1 is in group a already"),
    (
        {"name": "a", "nodes": ["conv1"], "groups": [{"name": "0", "nodes": ["conv1"]}]},
        "groups: group a.0: conv1 is in group a already; a node is in one group at most",
    ),
    (
        {"name": "a", "groups": [{"name": "0", "nodes": ["conv1"]}, {"name": "0", "nodes": ["image"]}]},
        "groups: group a.0: there are two of this name; choose another",
    ),
    ({"name": "0", "nodes": ["conv1"]}, "groups: group 0: '0' cannot be a name"),
    ({"name": "a.0", "nodes": ["conv1"]}, "groups: group a.0: a name has no dot"),
    ({"name": "a", "nodes": ["conv1"], "collapsed": 1}, "groups[0].collapsed: 1 came, true or false is wanted"),
    ({"name": "a", "nodes": ["conv1"], "colour": "red"}, "groups: group a: 'red' came as its colour"),
    ({"name": "a", "nodes": ["conv1"], "note": None}, "groups[0].note: null came, a text is wanted"),
    ({"name": "a", "nodes": ["conv1"], "note": "\ud800"}, "groups[0]: a text holds half of a character"),
]


@pytest.mark.parametrize(("group", "says"), GROUPS_REFUSED, ids=lambda value: str(value)[:40])
def test_a_group_that_cannot_be_is_refused_in_one_line(group: Any, says: str) -> None:
    assert refusal(tree(groups=[group])).startswith(says)


def test_groups_nested_without_end_are_refused() -> None:
    group: dict[str, Any] = {"name": "a", "nodes": ["conv1"]}
    for _level in range(39):
        group = {"name": "a", "groups": [group]}
    assert len(spec.from_json(tree(groups=[group])).design.grouping.groups) == 40
    assert "nested too deep" in refusal(tree(groups=[{"name": "a", "groups": [group]}]))


def test_a_file_that_says_nothing_of_groups_has_none() -> None:
    old = tree()
    del old["groups"]
    assert spec.from_json(old).design.groups == ()


def test_a_group_without_nodes_vanishes() -> None:
    hollow = [{"name": "a", "groups": [{"name": "b", "note": "left over"}, {"name": "c", "nodes": ["image"]}]}]
    read = spec.from_json(tree(groups=[*hollow, {"name": "d"}])).design
    assert list(read.grouping.groups) == ["a", "a.c"]


def test_half_a_surrogate_pair_is_refused() -> None:
    # JSON can say it, UTF-8 cannot: kept, it would make saving fail.
    for place in ('"name": "\\ud800"', '"notes": ["\\ud800"]', '"\\ud800": 1'):
        assert refusal('{"format": "netdraft", "version": 1, ' + place + "}")


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb", "a" * 100_000, "\u202e"], ids=ascii)
def test_no_name_from_the_file_breaks_the_line_of_the_message(name: str) -> None:
    assert refusal(with_node(id=name))
    assert refusal(with_node(kind=name))
    assert refusal(with_params("conv2d", **{name: 1}))
    assert refusal(with_params("conv2d", filters=name))
    assert refusal(tree(edges=[{"from": name, "to": "conv1"}]))
    assert refusal(tree(format=name))


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    pipe = tmp_path / "net.json"
    os.mkfifo(pipe)
    with pytest.raises(SpecError, match="named pipe"):
        spec.read(pipe)


def _missing(path: Path) -> None:
    del path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.mkdir, "folder"),
        (_missing, "no such file"),
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_bytes(b"\xff\xfe{}"), "UTF-8"),
        (lambda path: path.write_bytes(b'{"format": 1'), "line 1, column 13"),
        (lambda path: path.symlink_to(path), "net.json"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(make: Callable[[Path], Any], says: str, tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    make(path)
    with pytest.raises(SpecError, match=says) as caught:
        spec.read(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).isprintable()


# -- anything

WORDS = st.sampled_from([*tree(), *catalogue(), "id", "kind", "params", "position", "seed", "from", "to", "input", "a"])
WILD_NUMBERS = st.sampled_from([float("nan"), float("inf"), 1e18, -1, 2**70, 1e-300]) | st.sampled_from(
    [400, 5000]
).map(lambda digits: 10**digits)


def wild_trees() -> st.SearchStrategy[Any]:
    """Trees made of the spec's own words and of everything else."""
    leaves = json_values() | WORDS | WILD_NUMBERS
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5),
        max_leaves=12,
    )


def read_or_refused(reader: Callable[[Any], spec.Spec], given: Any) -> None:
    """Reading works, and then writing does; or it raises one printable line."""
    message = "read"
    try:
        read = reader(given)
        assert spec.parse(spec.dump(read.design, read.weights)).design == read.design
    except SpecError as refused:
        message = str(refused)
    assert message.isprintable()


@given(wild_trees())
def test_any_tree_is_read_or_refused(given: Any) -> None:
    read_or_refused(spec.from_json, given)


@given(
    st.fixed_dictionaries(
        {"format": st.just("netdraft"), "version": st.just(1)},
        optional={
            "name": wild_trees(),
            "nodes": st.lists(
                st.fixed_dictionaries(
                    {"id": st.sampled_from("abc") | wild_trees(), "kind": st.sampled_from(list(catalogue()))},
                    optional={"params": wild_trees(), "position": wild_trees(), "seed": wild_trees()},
                ),
                max_size=3,
            ),
            "edges": st.lists(
                st.fixed_dictionaries(
                    {"from": st.sampled_from("abc"), "to": st.sampled_from("abc")}, optional={"input": wild_trees()}
                ),
                max_size=3,
            ),
            "weights": wild_trees(),
            "later": wild_trees(),
        },
    )
)
def test_any_tree_that_is_almost_right_is_read_or_refused(given: Any) -> None:
    read_or_refused(spec.from_json, given)


@given(st.data())
def test_any_damage_to_a_text_is_read_or_refused(data: st.DataObject) -> None:
    text = LENET_START
    for _hit in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 5))
        text = text[:place] + data.draw(st.text(max_size=4)) + text[place + length :]
    read_or_refused(spec.parse, text)


# -- keys that come twice


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ('{"format": "netdraft", "version": 1, "name": "a", "name": "b"}', 'spec: the key "name" comes twice'),
        (
            '{"nodes": [{"id": "a"}, {"id": "b", "params": {"filters": 1, "kernel": 3, "filters": 2}}]}',
            'nodes[1].params: the key "filters" comes twice',
        ),
        ('{"format": "netdraft", "version": 1, "later": [{"x": [{"y": 1, "y": 1}]}]}', 'later[0].x[0]: the key "y"'),
        ('{"a": {"b": 1, "b": 2}, "a": 0}', 'spec: the key "b" comes twice'),
        ('{"\\u001b[31m": 1, "\\u001b[31m": 2}', "comes twice"),
    ],
)
def test_a_key_that_comes_twice_is_refused_with_its_place(given: str, where: str) -> None:
    message = refusal(given)
    assert where in message
    assert message.endswith("; keep one of them")


# -- the digest of the weights

DIGEST = "0123456789abcdef" * 4


def test_the_digest_of_the_weights_is_read_and_written_after_their_name() -> None:
    read = spec.from_json(tree(weights_sha256=DIGEST))
    assert (read.weights, read.weights_sha256) == ("lenet5.safetensors", DIGEST)
    assert read.design.extra == {}
    written = spec.dump(read.design, read.weights, read.weights_sha256)
    assert written == LENET_START[:-3] + f',\n  "weights_sha256": "{DIGEST}"\n}}\n'
    assert spec.from_json(tree(weights=None, weights_sha256=DIGEST)).weights_sha256 is None


@pytest.mark.parametrize("wrong", [True, 0, [], {}, "", "0" * 63, "0" * 65, "G" * 64, DIGEST.upper(), DIGEST + "\n"])
def test_what_is_no_digest_is_refused(wrong: Any) -> None:
    assert refusal(tree(weights_sha256=wrong)).startswith("weights_sha256: ")
