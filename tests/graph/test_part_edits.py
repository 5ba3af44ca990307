"""A part with one way in and one way out, put between nodes."""

from __future__ import annotations

import pytest

from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design, DesignError, Edge
from designer.graph.document import Document
from designer.graph.part_edits import InsertPart, part_of


def block() -> Design:
    net = NetworkBuilder("Block").image((4, 8, 8), name="input")
    with net.group("block"):
        first = net.add("conv2d", name="conv1", filters=4, kernel=3, padding=1)
        net.add("add", name="sum", after=(first, "input"))
    return net.design()


def chain() -> Design:
    net = NetworkBuilder("Chain").image((4, 8, 8))
    net.add("conv2d", name="conv1", filters=4, kernel=1)
    net.add("relu", name="relu1")
    net.add("flatten", name="flat", after="conv1")
    return net.design()


def wires(design: Design) -> set[tuple[str, str, int]]:
    return {(edge.source, edge.target, edge.input) for edge in design.edges}


def test_on_a_wire_everything_that_read_the_input_reads_the_wires_source() -> None:
    design = InsertPart(part_of(block()), "Insert", edge=Edge("conv1", "relu1", 0)).apply(chain())
    assert wires(design) == {
        ("image", "conv1", 0),
        ("conv1", "conv2", 0),  # the name was taken
        ("conv2", "sum", 0),
        ("conv1", "sum", 1),
        ("sum", "relu1", 0),
        ("conv1", "flat", 0),
    }
    assert design.group("block").members == ("conv2", "sum")


def test_behind_a_node_its_readers_read_the_part() -> None:
    design = InsertPart(part_of(block()), "Insert", after="conv1").apply(chain())
    assert {("sum", "relu1", 0), ("sum", "flat", 0), ("conv1", "conv2", 0), ("conv1", "sum", 1)} <= wires(design)
    assert len(design.edges) == 6


def test_a_branch_takes_no_reader_over() -> None:
    design = InsertPart(part_of(block()), "Insert", after="conv1", branch=True).apply(chain())
    assert {("conv1", "relu1", 0), ("conv1", "flat", 0), ("conv1", "conv2", 0)} <= wires(design)
    assert not design.outgoing["sum"]


def test_alone_it_has_free_inputs() -> None:
    design = InsertPart(part_of(block()), "Insert").apply(chain())
    assert design.inputs_of("conv2") == (None,)
    assert design.inputs_of("sum") == ("conv2", None)


def test_it_joins_the_group_that_both_ends_are_in() -> None:
    net = NetworkBuilder("Grouped").image((4, 8, 8))
    with net.group("stage"):
        net.add("conv2d", name="a", filters=4, kernel=1)
        net.add("relu", name="b")
    design = InsertPart(part_of(block()), "Insert", edge=Edge("a", "b", 0)).apply(net.design())
    assert design.group("stage.block").members == ("conv1", "sum")


def test_it_is_one_undo_step() -> None:
    document = Document(chain())
    before = document.design
    document.do(InsertPart(part_of(block()), "Insert block", after="conv1"))
    document.undo()
    assert document.design == before


def test_a_wire_that_is_gone_is_refused() -> None:
    with pytest.raises(DesignError):
        InsertPart(part_of(block()), "Insert", edge=Edge("image", "relu1", 0)).apply(chain())


def test_what_cannot_be_a_part_says_why() -> None:
    with pytest.raises(DesignError, match="one image input, which stands for what feeds it; this has 0"):
        part_of(Design())
    with pytest.raises(DesignError, match="one layer that leaves it; here relu1, flat do"):
        part_of(chain())
