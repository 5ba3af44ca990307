"""Which wires may be drawn: the canvas asks the design, and must get the answer the edit would give."""

from __future__ import annotations

import pytest

from designer.gallery.catalogue import network
from designer.graph.design import DesignError, Edge, Node
from designer.graph.edits import Connect
from designer.layer_api.registry import make_layer
from designer.layout.inserting import insertion, landing, place_on
from designer.layout.layered import COLUMN_GAP, NODE_SIZE
from designer.ui.canvas.gestures.connecting import may_feed, may_read, open_input, rewire, wire_at, without

DESIGNS = pytest.mark.parametrize("name", ["residual_block", "squeezenet1_1"])


def allowed(design, source, target):
    try:
        Connect(source, target, 0).apply(design)
    except DesignError:
        return False
    return True


@DESIGNS
def test_what_may_read_is_what_the_edit_allows(name):
    design = network(name)
    for source in list(design.nodes)[::3]:
        assert may_read(design, source) == {node for node in design.nodes if allowed(design, source, node)}


@DESIGNS
def test_what_may_feed_is_what_the_edit_allows(name):
    design = network(name)
    for target in list(design.nodes)[1::3]:
        assert may_feed(design, target) == {node for node in design.nodes if allowed(design, node, target)}


def test_a_dropped_wire_goes_to_the_first_free_input():
    design = network("residual_block")
    assert open_input(design, "image") is None
    assert open_input(design, "conv1") == 0
    assert open_input(design, "add") == 2
    first = wire_at(design, "add", 0)
    assert open_input(without(design, first), "add") == 0


def test_rewiring_is_one_edit():
    design = network("residual_block")
    edge = wire_at(design, "add", 1)
    moved = rewire(edge, "relu2", 0).apply(design)
    assert edge not in moved.edges
    assert Edge(edge.source, "relu2") in moved.edges
    assert wire_at(moved, "relu2", 0).source == edge.source


def inserted(design, edge):
    sizes = dict.fromkeys(design.nodes, NODE_SIZE)
    node = Node("new", make_layer("relu"), place_on(edge, design, sizes, NODE_SIZE))
    changed = insertion(design, node, edge, sizes, NODE_SIZE).apply(design)
    moved = {key for key, before in design.nodes.items() if changed.nodes[key].position != before.position}
    return changed.nodes["new"].position, moved


def test_a_layer_put_on_a_wire_moves_what_follows_in_its_row_and_no_other_row():
    design = network("block_stack")
    place, moved = inserted(design, Edge("conv1_1", "relu1_1"))
    assert place == design.nodes["relu1_1"].position
    assert moved == {"relu1_1", "conv1_2", "relu1_2", "pool1"}


def test_a_layer_put_on_the_wire_to_the_next_row_goes_to_the_end_of_the_row():
    design = network("block_stack")
    place, moved = inserted(design, Edge("pool1", "conv2_1"))
    left, top = design.nodes["pool1"].position
    assert place == (left + NODE_SIZE[0] + COLUMN_GAP, top)
    assert moved == set()


def test_a_layer_dropped_near_the_end_of_a_wire_to_the_next_row_becomes_the_first_of_that_row():
    design = network("block_stack")
    sizes = dict.fromkeys(design.nodes, NODE_SIZE)
    first = design.nodes["conv2_1"].position
    near_its_end = (first[0] + 40.0, first[1] - 70.0)
    assert landing(design, Edge("pool1", "conv2_1"), near_its_end, sizes, NODE_SIZE) == first
