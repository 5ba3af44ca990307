"""Which wires may be drawn: the canvas asks the design, and must get the answer the edit would give."""

from __future__ import annotations

import pytest

from designer.gallery.catalogue import network
from designer.graph.design import DesignError, Edge
from designer.graph.edits import Connect
from designer.ui.canvas.connecting import may_feed, may_read, open_input, rewire, wire_at, without

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
