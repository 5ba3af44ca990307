"""Who feeds whom, carried from edit to edit, is what it would be found to be from scratch."""

from __future__ import annotations

import random

import pytest

from designer.gallery.catalogue import network
from designer.graph.design import Design, DesignError, Edge, Node
from designer.graph.edits import (
    AddNode,
    Connect,
    Disconnect,
    Edit,
    MoveNodes,
    RemoveNodes,
    Rename,
    SetParameters,
)
from designer.layer_api.registry import make_layer


def from_scratch(design: Design) -> Design:
    return Design(nodes=dict(design.nodes), edges=design.edges)


def known(design: Design) -> tuple[object, ...]:
    """What is found of the wires."""
    inputs = {node: design.inputs_of(node) for node in design.nodes}
    return design.incoming, design.outgoing, inputs, design.order, design.sources()


def any_edit(dice: random.Random, design: Design) -> Edit:
    nodes = list(design.nodes)
    one, other = dice.choice(nodes), dice.choice(nodes)
    kind = dice.choice(["relu", "add", "concat"])
    edits: list[Edit] = [
        AddNode(Node(design.new_id(kind), make_layer(kind)), dice.choice([one, None])),
        AddNode(Node(design.new_id("image"), make_layer("image_input"))),
        Connect(one, other, dice.randrange(3)),
        RemoveNodes([one], bridge=dice.random() < 0.5),
        RemoveNodes(dice.sample(nodes, 2)),
        Rename(one, design.new_id("renamed")),
        MoveNodes({one: (8.0 * dice.randrange(99), 0.0)}),
    ]
    if design.edges:
        edits.append(Disconnect([dice.choice(design.edges)]))
    if design.nodes[one].layer.kind == "conv2d":
        edits.append(SetParameters(one, {"filters": dice.randrange(1, 99)}))
    return dice.choice(edits)


@pytest.mark.parametrize("seed", range(6))
def test_two_hundred_edits_in_a_row(seed: int) -> None:
    dice, design, done = random.Random(seed), network("resnet18"), 0
    known(design)
    while done < 200 and len(design.nodes) > 8:
        try:
            after = any_edit(dice, design).apply(design)
        except DesignError:
            continue
        assert known(after) == known(from_scratch(after))
        design, done = after, done + 1
    assert done > 50


def test_wires_in_another_order_are_told_in_that_order() -> None:
    design = network("resnet18")
    known(design)
    turned = design.evolve(edges=design.edges[::-1])
    assert known(turned) == known(from_scratch(turned))


def test_what_an_edit_leaves_alone_is_not_made_again() -> None:
    design = network("resnet152")
    known(design)
    after = AddNode(Node("relu_new", make_layer("relu")), design.order[-1]).apply(design)
    made_again = [key for key in design.nodes if after.incoming[key] is not design.incoming[key]]
    assert made_again == []
    assert [key for key in design.nodes if after.outgoing[key] is not design.outgoing[key]] == [design.order[-1]]


@pytest.mark.parametrize("name", ["lenet5", "resnet18"])
def test_a_node_added_anywhere_comes_in_the_order_as_if_it_had_always_been_there(name: str) -> None:
    design = network(name)
    known(design)
    for after in (*design.nodes, None):
        grown = AddNode(Node("one", make_layer("relu")), after).apply(design)
        assert known(grown) == known(from_scratch(grown))
        again = AddNode(Node("two", make_layer("relu")), "one").apply(grown)
        assert known(again) == known(from_scratch(again))


def test_a_wire_drawn_twice_changes_nothing() -> None:
    design = network("lenet5")
    edge = design.edges[3]
    assert Connect(edge.source, edge.target, edge.input).apply(design) is design
    assert Edge(edge.source, edge.target, edge.input) in design.edges
