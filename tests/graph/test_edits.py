"""What each edit does, what it is called, and what it refuses in which words."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from designer.graph import edits
from designer.graph.design import Design, DesignError, Edge, Node, default_seed
from designer.layer_api.registry import make_layer
from tests.helpers.networks import branchy, chain

A_CHAIN = chain((3, 8, 8), ("conv2d", {"filters": 4}), ("relu", {}), ("max_pool2d", {}))


def relu(name: str) -> Node:
    return Node(name, make_layer("relu"))


def refused(edit: edits.Edit, design: Design = A_CHAIN) -> str:
    with pytest.raises(DesignError) as caught:
        edit.apply(design)
    return str(caught.value)


# -- nodes


def test_a_node_is_added_last_and_wired_after_another() -> None:
    design = edits.AddNode(relu("relu2"), after="pool1").apply(A_CHAIN)
    assert list(design.nodes) == ["image", "conv1", "relu1", "pool1", "relu2"]
    assert design.edges[-1] == Edge("pool1", "relu2")


def test_untouched_nodes_stay_the_same_objects() -> None:
    design = edits.SetParameters("conv1", {"filters": 8}).apply(A_CHAIN)
    assert design.nodes["conv1"] is not A_CHAIN.nodes["conv1"]
    assert all(design.nodes[key] is A_CHAIN.nodes[key] for key in ("image", "relu1", "pool1"))
    assert design.edges is A_CHAIN.edges


def test_an_image_is_added_without_a_wire() -> None:
    image = Node("other", make_layer("image_input"))
    assert edits.AddNode(image, after="pool1").apply(A_CHAIN).edges == A_CHAIN.edges


def test_removing_a_node_takes_its_wires_and_weights() -> None:
    given = edits.SetWeights({"conv1": {"weight": np.zeros((4, 3, 3, 3))}}).apply(A_CHAIN)
    design = edits.RemoveNodes({"conv1"}).apply(given)
    assert list(design.nodes) == ["image", "relu1", "pool1"]
    assert design.edges == (Edge("relu1", "pool1"),)
    assert dict(design.weights) == {}


def test_a_chain_stays_a_chain_when_its_middle_is_removed_with_a_bridge() -> None:
    design = edits.RemoveNodes({"conv1", "relu1"}, bridge=True).apply(A_CHAIN)
    assert design.edges == (Edge("image", "pool1"),)


def test_a_join_leaves_no_bridge() -> None:
    design = edits.RemoveNodes({"add"}, bridge=True).apply(branchy())
    assert design.incoming["end"] == ()


def test_renaming_reaches_wires_and_weights_and_keeps_the_place_and_the_seed() -> None:
    given = edits.SetWeights({"conv1": {"bias": np.zeros(4)}}).apply(A_CHAIN)
    design = edits.Rename("conv1", "stem").apply(given)
    assert list(design.nodes) == ["image", "stem", "relu1", "pool1"]
    assert design.edges == (Edge("image", "stem"), Edge("stem", "relu1"), Edge("relu1", "pool1"))
    assert list(design.weights) == ["stem"]
    assert design.nodes["stem"].seed == default_seed("conv1")


def test_renaming_keeps_what_a_later_program_wrote_at_a_wire() -> None:
    marked = A_CHAIN.evolve(edges=(attrs.evolve(A_CHAIN.edges[0], extra={"bend": 3}), *A_CHAIN.edges[1:]))
    design = edits.Rename("conv1", "stem").apply(marked)
    assert design.edges[0].extra == {"bend": 3}


def test_moving_to_the_same_place_keeps_the_node() -> None:
    place = A_CHAIN.nodes["conv1"].position
    design = edits.MoveNodes({"conv1": place, "relu1": (5, 6)}).apply(A_CHAIN)
    assert design.nodes["conv1"] is A_CHAIN.nodes["conv1"]
    assert design.nodes["relu1"].position == (5.0, 6.0)


def test_parameters_that_stay_change_nothing() -> None:
    assert edits.SetParameters("conv1", {"filters": 4}).apply(A_CHAIN) is A_CHAIN


# -- wires


def test_a_new_wire_replaces_the_one_at_that_input() -> None:
    design = edits.Connect("image", "pool1").apply(A_CHAIN)
    assert design.inputs_of("pool1") == ("image",)
    assert len(design.edges) == 3


def test_a_wire_that_is_there_may_be_drawn_again() -> None:
    assert set(edits.Connect("conv1", "relu1").apply(A_CHAIN).edges) == set(A_CHAIN.edges)


def test_a_wire_may_replace_the_one_that_would_have_closed_a_cycle() -> None:
    # relu1's only input becomes the image: nothing leads from conv1 to relu1 any more.
    swapped = edits.Connect("image", "relu1").apply(A_CHAIN)
    assert edits.Connect("relu1", "conv1").apply(swapped).inputs_of("conv1") == ("relu1",)


def test_wires_are_taken_away() -> None:
    assert edits.Disconnect([Edge("conv1", "relu1")]).apply(A_CHAIN).inputs_of("relu1") == (None,)


# -- weights


def test_given_weights_are_read_only_copies() -> None:
    mine = np.zeros(4)
    design = edits.SetWeights({"conv1": {"bias": mine}}).apply(A_CHAIN)
    mine[:] = 7
    kept = design.weights["conv1"]["bias"]
    assert kept.dtype == np.float32
    assert kept.tolist() == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 1


def test_weights_are_given_back() -> None:
    given = edits.SetWeights({"conv1": {"bias": np.zeros(4)}}).apply(A_CHAIN)
    assert edits.SetWeights({"conv1": None}).apply(given) == A_CHAIN


# -- refusals, in words


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (edits.AddNode(relu("conv1")), "there is a node conv1 already; choose another name"),
        (edits.AddNode(relu("new"), after="nowhere"), "there is no node nowhere"),
        (edits.RemoveNodes({"nowhere"}), "there is no node nowhere"),
        (edits.Connect("nowhere", "conv1"), "there is no node nowhere"),
        (edits.Connect("conv1", "nowhere"), "there is no node nowhere"),
        (edits.Connect("conv1", "image"), "image takes no input: the image enters there"),
        (
            edits.Connect("conv1", "relu1", 1),
            "relu1 has 1 input, counted from 0; there is no input 1",
        ),
        (edits.Connect("conv1", "relu1", -1), "relu1 has 1 input, counted from 0; there is no input -1"),
        (
            edits.Connect("pool1", "conv1"),
            "connecting pool1 to conv1 would close a cycle; data only flows forward",
        ),
        (edits.Connect("relu1", "relu1"), "connecting relu1 to relu1 would close a cycle; data only flows forward"),
        (edits.Disconnect([Edge("image", "pool1")]), "there is no wire from image to pool1"),
        (edits.MoveNodes({"nowhere": (0, 0)}), "there is no node nowhere"),
        (edits.SetParameters("nowhere", {}), "there is no node nowhere"),
        (
            edits.SetParameters("conv1", {"filters": 0}),
            "conv1: filters: 0 came, a whole number from 1 to 10,000,000 is wanted",
        ),
        (edits.Rename("conv1", "relu1"), "there is a node relu1 already; choose another name"),
        (
            edits.Rename("conv1", "1st"),
            "'1st' cannot be a name: start with a letter and use letters, digits, '_', '.', '-' or '/'",
        ),
        (edits.Rename("nowhere", "here"), "there is no node nowhere"),
        (edits.SetWeights({"nowhere": None}), "there is no node nowhere"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_is_refused_in_words(edit: edits.Edit, message: str) -> None:
    assert refused(edit) == message


@pytest.mark.parametrize("name", ["conv1", "größe", "layer1.0.conv1", "a-b", "a/b", "_", "x" * edits.LONGEST_ID])
def test_names_that_are_names(name: str) -> None:
    assert edits.check_id(name) == name


@pytest.mark.parametrize("name", ["", "1a", "a b", "a\n", "a..b", ".a", "a/", "a" * (edits.LONGEST_ID + 1), "a=b"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(DesignError, match="cannot be a name"):
        edits.check_id(name)


# -- names of steps


@pytest.mark.parametrize(
    ("edit", "label"),
    [
        (edits.AddNode(relu("relu2")), "Add relu2"),
        (edits.RemoveNodes({"a"}), "Delete a"),
        (edits.RemoveNodes({"a", "b"}), "Delete 2 layers"),
        (edits.Connect("a", "b"), "Connect a to b"),
        (edits.Disconnect([Edge("a", "b")]), "Disconnect a from b"),
        (edits.Disconnect([Edge("a", "b"), Edge("b", "c")]), "Disconnect 2 wires"),
        (edits.MoveNodes({"a": (0, 0)}), "Move a"),
        (edits.MoveNodes({"a": (0, 0), "b": (0, 0)}), "Move 2 layers"),
        (edits.MoveNodes({"a": (0, 0)}, "Lay out"), "Lay out"),
        (edits.SetParameters("a", {"kernel": 3, "stride": 2}), "Change kernel, stride of a"),
        (edits.Rename("a", "b"), "Rename a to b"),
        (edits.SetName("net"), "Name the design net"),
        (edits.SetWeights({"a": None}), "Set the weights of a"),
        (edits.SetWeights({"a": None, "b": None}), "Set the weights of 2 layers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_edit_has_a_name_for_the_undo_menu(edit: edits.Edit, label: str) -> None:
    assert edit.label() == label
