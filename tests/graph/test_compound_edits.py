"""Edits made of others: each is one step, done whole or not at all."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pytest

from designer.files import spec
from designer.gallery.catalogue import network
from designer.graph import compound_edits, edits
from designer.graph.compound_edits import AddPart, InsertAfter, InsertOnEdge, Several, wires_among
from designer.graph.design import Design, DesignError, Edge, Node
from designer.graph.edits import LONGEST_ID, Edit
from designer.layer_api.registry import make_layer
from tests.helpers.networks import chain

A_CHAIN = chain((3, 8, 8), ("conv2d", {"filters": 4}), ("relu", {}), ("max_pool2d", {}))


def relu(name: str) -> Node:
    return Node(name, make_layer("relu"))


def refused(edit: Edit, design: Design = A_CHAIN) -> str:
    with pytest.raises(DesignError) as caught:
        edit.apply(design)
    return str(caught.value)


def test_a_node_is_put_on_a_wire() -> None:
    design = InsertOnEdge(relu("new"), Edge("conv1", "relu1")).apply(A_CHAIN)
    assert design.inputs_of("new") == ("conv1",)
    assert design.inputs_of("relu1") == ("new",)


def test_there_must_be_a_wire_to_put_it_on() -> None:
    assert refused(InsertOnEdge(relu("new"), Edge("image", "pool1"))) == "there is no wire from image to pool1"
    assert "already" in refused(InsertOnEdge(relu("conv1"), Edge("conv1", "relu1")))


# -- parts


def test_a_pasted_part_gets_free_names_its_own_wires_and_its_seeds() -> None:
    part = (A_CHAIN.nodes["conv1"], A_CHAIN.nodes["relu1"])
    paste = AddPart(part, wires_among(A_CHAIN, ["conv1", "relu1"]), "Paste")
    assert paste.names(A_CHAIN) == {"conv1": "conv2", "relu1": "relu2"}
    design = paste.apply(A_CHAIN)
    assert design.inputs_of("relu2") == ("conv2",)
    assert design.inputs_of("conv2") == (None,)
    assert design.nodes["conv2"].seed == design.nodes["conv1"].seed


def test_pasted_names_do_not_take_each_others_place() -> None:
    nodes = (relu("relu1"), relu("relu2"))
    assert AddPart(nodes, (), "Paste").names(A_CHAIN) == {"relu1": "relu2", "relu2": "relu3"}
    assert set(AddPart(nodes, (), "Paste").apply(A_CHAIN).nodes) >= {"relu1", "relu2", "relu3"}


def test_a_pasted_name_without_a_number_gets_one() -> None:
    design = Design(nodes={"stem": relu("stem")})
    assert AddPart((relu("stem"),), (), "Paste").names(design) == {"stem": "stem1"}


def test_pasted_weights_go_with_the_names_and_are_read_only() -> None:
    part = AddPart((A_CHAIN.nodes["conv1"],), (), "Paste", {"conv1": {"bias": np.ones(4)}})
    design = part.apply(A_CHAIN)
    assert list(design.weights) == ["conv2"]
    assert not design.weights["conv2"]["bias"].flags.writeable


def test_a_pasted_wire_keeps_what_a_later_program_wrote_at_it() -> None:
    part = (relu("a"), relu("b"))
    design = AddPart(part, (Edge("a", "b", 0, {"bend": 3}),), "Paste").apply(A_CHAIN)
    assert design.edges[-1].extra == {"bend": 3}


def test_the_longest_name_can_be_pasted_too() -> None:
    longest = "x" * (LONGEST_ID - 1) + "7"
    design = Design(nodes={longest: relu(longest)})
    pasted = AddPart((relu(longest),), (), "Paste").apply(design)
    assert list(pasted.nodes) == [longest, "x" * (LONGEST_ID - 6) + "1"]


@pytest.mark.parametrize(
    ("wires", "says"),
    [
        ((Edge("a", "b"), Edge("b", "a")), "the wires among the new layers close a cycle"),
        ((Edge("a", "a"),), "close a cycle"),
        ((Edge("a", "b", 1),), "b has 1 input, counted from 0; there is no input 1"),
    ],
)
def test_a_part_whose_wires_cannot_be_is_refused(wires: tuple[Edge, ...], says: str) -> None:
    assert says in refused(AddPart((relu("a"), relu("b")), wires, "Paste"))


def test_of_two_wires_into_one_input_of_a_part_the_last_stays() -> None:
    part = (relu("a"), relu("b"), relu("c"))
    design = AddPart(part, (Edge("a", "c"), Edge("b", "c")), "Paste").apply(A_CHAIN)
    assert design.inputs_of("c") == ("b",)


def test_a_large_part_is_pasted_at_once() -> None:
    design = network("resnet152")
    paste = AddPart(tuple(design.nodes.values()), design.edges, "Paste")
    made = []
    with pytest.MonkeyPatch.context() as patched:
        evolve = Design.evolve
        patched.setattr(Design, "evolve", lambda self, **changes: (made.append(1), evolve(self, **changes))[1])
        pasted = paste.apply(design)
    # Wire by wire it was one design for each of 565 wires.
    assert len(made) <= 2
    assert len(pasted.nodes) == 2 * len(design.nodes)
    assert len(pasted.edges) == 2 * len(design.edges)


# -- between a node and its readers


def test_a_node_behind_another_feeds_all_that_read_it() -> None:
    forked = edits.Connect("conv1", "add1", 1).apply(
        edits.AddNode(Node("add1", make_layer("add")), "relu1").apply(A_CHAIN)
    )
    design = InsertAfter(relu("new"), "conv1").apply(forked)
    assert design.inputs_of("relu1") == ("new",)
    assert design.inputs_of("add1") == ("relu1", "new")
    assert [edge.target for edge in design.outgoing["conv1"]] == ["new"]


def test_a_node_that_cannot_stand_behind_another_is_refused() -> None:
    assert "already" in refused(InsertAfter(relu("relu1"), "conv1"))
    assert "no node nowhere" in refused(InsertAfter(relu("new"), "nowhere"))
    assert "no input" in refused(InsertAfter(Node("new", make_layer("image_input")), "conv1"))


# -- several


def test_several_edits_are_all_done_or_none() -> None:
    good, bad = edits.SetName("new"), edits.Connect("pool1", "conv1")
    assert Several([good], "x").apply(A_CHAIN).name == "new"
    assert "cycle" in refused(Several([good, bad], "x"))
    assert A_CHAIN.name == "chain"


@pytest.mark.parametrize(
    ("edit", "label"),
    [
        (InsertOnEdge(relu("new"), Edge("a", "b")), "Insert new before b"),
        (InsertAfter(relu("new"), "a"), "Insert new after a"),
        (AddPart((), (), "Duplicate"), "Duplicate"),
        (Several([], "Delete block"), "Delete block"),
    ],
)
def test_compound_edits_have_names_for_the_undo_menu(edit: Edit, label: str) -> None:
    assert edit.label() == label


def test_names_for_a_large_part_are_found_without_starting_over(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = tuple(Node(f"relu{number}", make_layer("relu")) for number in range(1, 401))
    design = Design(nodes={node.id: node for node in nodes})
    looks, free_id = [], compound_edits.free_id

    def counted(prefix: str, used: Collection[str], first: int) -> tuple[str, int]:
        name, number = free_id(prefix, used, first)
        looks.append(number - first + 1)
        return name, number

    monkeypatch.setattr(compound_edits, "free_id", counted)
    names = AddPart(nodes, (), "Paste").names(design)
    assert list(names.values()) == [f"relu{number}" for number in range(401, 801)]
    assert sum(looks) <= 3 * len(nodes)


def test_a_wire_is_split_after_a_layer_without_wires_was_removed() -> None:
    """Both wires stayed in the input, and the file that was saved could not be opened."""
    design = chain((1, 4, 4), ("relu", {}), ("tanh", {}))
    alone = edits.AddNode(Node("alone", make_layer("relu"))).apply(design)
    assert alone.incoming
    assert alone.outgoing
    assert alone.inputs  # found before, and followed through the next edit
    removed = edits.RemoveNodes(["alone"], bridge=True).apply(alone)
    wire = removed.incoming["tanh1"][0]
    split = InsertOnEdge(Node("same", make_layer("identity")), wire).apply(removed)
    assert [(edge.source, edge.target) for edge in split.incoming["tanh1"]] == [("same", "tanh1")]
    assert len(split.edges) == len(design.edges) + 1
    assert spec.from_json(spec.to_json(split)).design == split
