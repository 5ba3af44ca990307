"""Activation memory over time, by hand."""

from __future__ import annotations

from designer.analysis.analyse import analyse
from designer.analysis.memory import Moment, peak, timeline
from designer.graph.design import Design, Edge, Node
from designer.layer_api.registry import make_layer
from tests.helpers.networks import chain


def net(*edges: tuple[str, str]) -> Design:
    names = dict.fromkeys(end for edge in edges for end in edge)
    ports: dict[str, int] = {}
    wires = []
    for source, target in edges:
        wires.append(Edge(source, target, ports.get(target, 0)))
        ports[target] = ports.get(target, 0) + 1
    return Design(nodes={name: Node(name, make_layer("add")) for name in names}, edges=tuple(wires))


def test_a_chain_keeps_two_outputs_at_a_time() -> None:
    design = net(("a", "b"), ("b", "c"), ("c", "d"))
    sizes = {"a": 10, "b": 20, "c": 5, "d": 1}
    # a; a and b; b and c, a is gone; c and d.
    assert timeline(design, sizes) == (Moment("a", 10), Moment("b", 30), Moment("c", 25), Moment("d", 6))
    assert peak(design, sizes) == 30


def test_a_skip_connection_keeps_its_source_until_the_join() -> None:
    design = net(("a", "b"), ("b", "c"), ("c", "join"), ("a", "join"))
    sizes = {"a": 10, "b": 20, "c": 30, "join": 30}
    # a; a b; a b c; a c join.
    assert [moment.alive_bytes for moment in timeline(design, sizes)] == [10, 30, 60, 70]
    assert peak(design, sizes) == 70


def test_branches_run_one_after_the_other() -> None:
    design = net(("a", "left"), ("a", "right"), ("left", "join"), ("right", "join"))
    sizes = {"a": 8, "left": 100, "right": 2, "join": 1}
    # a 8; a left 108; a left right 110, then a is gone; left right join 103.
    assert [moment.alive_bytes for moment in timeline(design, sizes)] == [8, 108, 110, 103]


def test_results_that_nobody_reads_live_to_the_end() -> None:
    design = net(("a", "result"), ("a", "b"), ("b", "c"))
    sizes = {"a": 1, "result": 50, "b": 2, "c": 3}
    assert design.order == ("a", "result", "b", "c")
    # a 1; a result 51; a result b 53; result b c 55.
    assert [moment.alive_bytes for moment in timeline(design, sizes)] == [1, 51, 53, 55]


def test_what_could_not_be_counted_takes_nothing() -> None:
    design = net(("a", "b"))
    assert timeline(design, {"a": 4}) == (Moment("a", 4), Moment("b", 4))


def test_nothing_takes_nothing() -> None:
    assert timeline(Design(), {}) == ()
    assert peak(Design(), {}) == 0


def test_the_report_carries_the_peak() -> None:
    # 1×8×8 = 64 values, conv 4×8×8 = 256, pool 4×4×4 = 64: 320 values are alive while the pooling runs.
    design = chain((1, 8, 8), ("conv2d", {"filters": 4, "padding": 1}), ("max_pool2d", {}))
    assert analyse(design).totals.peak_activation_bytes == 320 * 4
