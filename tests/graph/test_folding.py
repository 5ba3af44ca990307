"""The design as it is drawn: collapsed groups are one node each."""

from __future__ import annotations

import pytest

from designer.gallery.catalogue import network
from designer.graph.design import Design, Edge, Node
from designer.graph.folding import card_id, folded, folded_layer, path_of_card, real_edge
from designer.graph.group_edits import CollapseGroups
from designer.graph.groups import Group
from designer.layer_api.registry import make_layer


def residual(*, collapsed: bool) -> Design:
    """image → [conv → bn] → add, the image also straight into add; the group has two readers outside."""
    kinds = {"image": "image_input", "conv": "conv2d", "bn": "batch_norm", "add": "add", "relu": "relu"}
    nodes = {key: Node(key, make_layer(kind), (200.0 * n, 0.0)) for n, (key, kind) in enumerate(kinds.items())}
    edges = (
        Edge("image", "conv"),
        Edge("conv", "bn"),
        Edge("bn", "add"),
        Edge("image", "add", 1),
        Edge("bn", "relu"),
    )
    return Design(nodes=nodes, edges=edges, groups=(Group("block", ("conv", "bn"), collapsed=collapsed),))


def test_without_a_collapsed_group_the_design_itself_is_drawn():
    design = residual(collapsed=False)
    drawn = folded(design)
    assert drawn.design is design
    assert drawn.plain


def test_a_collapsed_group_is_one_node_and_its_wires_end_there():
    design = residual(collapsed=True)
    drawn = folded(design)
    block = card_id("block")
    assert list(drawn.design.nodes) == ["image", block, "add", "relu"]
    ends = [(edge.source, edge.target, edge.input) for edge in drawn.design.edges]
    assert ends == [("image", block, 0), (block, "add", 0), ("image", "add", 1), (block, "relu", 0)]
    assert [real_edge(edge) for edge in drawn.design.edges] == [edge for edge in design.edges if edge.target != "bn"]
    assert drawn.shown(["bn", "conv", "relu"]) == (block, "relu")
    assert drawn.nodes([block, "relu"]) == ("conv", "bn", "relu")
    assert path_of_card(block) == "block"
    assert path_of_card("conv") is None


def test_a_port_for_every_wire_that_comes_in_and_every_node_that_is_read():
    """DenseNet's second dense layer reads two outputs with one concatenation, and is read by those behind it."""
    design = network("densenet121")
    design = CollapseGroups(["features.denseblock1.denselayer2"]).apply(design)
    layer = folded_layer(folded(design).design.nodes[card_id("features.denseblock1.denselayer2")])
    assert (layer.inputs, layer.outputs) == (2, 1)


def test_a_card_moves_what_is_on_it():
    design = residual(collapsed=True)
    drawn = folded(design)
    block = card_id("block")
    x, y = drawn.design.nodes[block].position
    assert drawn.places({block: (x + 80, y - 16)}) == {"conv": (280.0, -16.0), "bn": (480.0, -16.0)}


def test_what_is_equal_stays_the_same_object():
    before = folded(residual(collapsed=True))
    after = folded(before.whole.evolve(name="other"), before=before)
    assert all(after.design.nodes[key] is before.design.nodes[key] for key in before.design.nodes)
    assert all(one is other for one, other in zip(after.design.edges, before.design.edges, strict=True))


def test_inside_a_group_only_that_is_drawn_though_it_is_collapsed():
    drawn = folded(residual(collapsed=True), "block")
    assert list(drawn.design.nodes) == ["conv", "bn"]
    assert [(edge.source, edge.target) for edge in drawn.design.edges] == [("conv", "bn")]


@pytest.mark.parametrize(
    ("inside", "cards"), [(None, ["layer1", "layer2", "layer3", "layer4"]), ("layer1", ["layer1.0", "layer1.1"])]
)
def test_of_collapsed_groups_in_each_other_the_outermost_is_drawn(inside, cards):
    design = network("resnet18")
    drawn = folded(CollapseGroups(list(design.grouping.groups)).apply(design), inside)
    assert list(drawn.cards) == [card_id(path) for path in cards]
