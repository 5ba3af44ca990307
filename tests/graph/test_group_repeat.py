"""×N: a group several times in series; and runs of identical groups, found again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from designer.analysis.analyse import analyse
from designer.analysis.groups import group_reports
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design, DesignError, Edge
from designer.graph.document import Document
from designer.graph.edits import Disconnect, RemoveNodes, SetParameters, SetWeights
from designer.graph.group_boundary import boundary
from designer.graph.group_edits import CollapseGroups, GroupNodes
from designer.graph.group_repeat import RepeatGroup, why_not
from designer.graph.group_rules import check_groups
from designer.graph.group_runs import counterparts, runs, runs_beside
from tests.helpers.counting import CountedText
from tests.helpers.grouped import blocks


def residual() -> Design:
    """image → stem → [conv ┬→ add → relu] → pool, the block named like ResNet's, its skip around the convolution."""
    net = NetworkBuilder("residual").image((3, 16, 16))
    stem = net.add("conv2d", name="stem", filters=8, kernel=3, padding=1)
    with net.group("layer1.0"):
        net.add("conv2d", name="layer1.0.conv", filters=8, kernel=3, padding=1)
        with net.group("tail"):
            net.add("add", name="sum2", after=("layer1.0.conv", stem))
            net.add("relu", name="layer1.0.relu")
    net.add("max_pool2d", name="pool", kernel=2)
    net.add("conv2d", name="side", after="layer1.0.relu", filters=2, kernel=1)
    return net.design()


def test_what_crosses_the_border_of_a_group() -> None:
    border = boundary(residual(), "layer1.0")
    assert set(border.nodes) == {"layer1.0.conv", "sum2", "layer1.0.relu"}
    assert set(border.incoming) == {Edge("stem", "layer1.0.conv"), Edge("stem", "sum2", 1)}
    assert set(border.outgoing) == {Edge("layer1.0.relu", "pool"), Edge("layer1.0.relu", "side")}
    assert (border.sources, border.exits) == (("stem",), ("layer1.0.relu",))
    inner = boundary(residual(), "layer1.0.tail")
    assert set(inner.sources) == {"layer1.0.conv", "stem"}
    alone = boundary(RemoveNodes(["pool", "side"]).apply(residual()), "layer1.0")
    assert (alone.outgoing, alone.exits) == ((), ("layer1.0.relu",))


def test_copies_stand_in_series_numbered_and_renamed_in_one_step() -> None:
    document = Document(residual())
    before = document.design
    document.do(RepeatGroup("layer1.0", 3))
    design = document.design
    assert list(design.grouping.groups) == [
        "layer1", "layer1.0", "layer1.0.tail", "layer1.1", "layer1.1.tail", "layer1.2", "layer1.2.tail",
    ]  # fmt: skip
    assert {e for e in design.edges if e.target.startswith(("layer1.1.", "layer1.2.", "sum3", "sum1"))} == {
        Edge("layer1.0.relu", "layer1.1.conv"),
        Edge("layer1.1.conv", "sum1"),
        Edge("layer1.0.relu", "sum1", 1),
        Edge("sum1", "layer1.1.relu"),
        Edge("layer1.1.relu", "layer1.2.conv"),
        Edge("layer1.2.conv", "sum3"),
        Edge("layer1.1.relu", "sum3", 1),
        Edge("sum3", "layer1.2.relu"),
    }
    assert design.inputs_of("pool") == design.inputs_of("side") == ("layer1.2.relu",)
    assert design.group("layer1.2.tail").members == ("sum3", "layer1.2.relu")
    check_groups(design.groups, design.nodes)
    # Twice more 8·8·3·3 + 8.
    assert analyse(design).totals.parameters - analyse(before).totals.parameters == 2 * 584
    assert document.undo_label == "Repeat group layer1.0 ×3"
    document.undo()
    assert document.design is before


def test_every_copy_starts_from_weights_of_its_own_unless_they_are_to_be_copied() -> None:
    given = {"weight": np.ones((8, 8, 3, 3)), "bias": np.zeros(8)}
    design = SetWeights({"layer1.0.conv": given}).apply(residual())
    plain = RepeatGroup("layer1.0", 2).apply(design)
    assert set(plain.weights) == {"layer1.0.conv"}
    seeds = {plain.nodes[key].seed for key in ("layer1.0.conv", "layer1.1.conv")}
    assert len(seeds) == 2
    copied = RepeatGroup("layer1.0", 2, weights=True).apply(design)
    assert copied.weights["layer1.1.conv"] is design.weights["layer1.0.conv"]


def test_copies_stand_a_step_apart() -> None:
    design = residual()
    repeated = RepeatGroup("layer1.0", 3, shift=(100.0, 10.0)).apply(design)
    x, y = design.nodes["layer1.0.conv"].position
    assert repeated.nodes["layer1.2.conv"].place == (x + 200, y + 20)
    assert RepeatGroup("layer1.0", 2).apply(design).nodes["layer1.1.conv"].place is None


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        (None, "nowhere", "there is no group nowhere"),
        (None, "layer1.0.tail", "cannot be repeated: layer1.0.conv, stem feeds it"),
        (Disconnect([Edge("stem", "layer1.0.conv"), Edge("stem", "sum2", 1)]), "layer1.0", "nothing feeds it"),
        (GroupNodes(["pool", "side"], "ends"), "ends", "it has 2 outputs, pool, side, and one is needed"),
    ],
)
def test_what_cannot_be_repeated_says_why(change: Any, path: str, says: str) -> None:
    design = residual() if change is None else change.apply(residual())
    assert says in (why_not(design, path) or "")
    with pytest.raises(DesignError) as refused:
        RepeatGroup(path, 2).apply(design)
    assert says in str(refused.value)


@pytest.mark.parametrize("times", [-1, 0, 1, 1001, 10**30])
def test_a_senseless_number_of_times_is_refused(times: int) -> None:
    assert why_not(residual(), "layer1.0") is None
    with pytest.raises(DesignError, match="2 to 1000 is possible"):
        RepeatGroup("layer1.0", times).apply(residual())


def test_a_repeated_group_is_a_run_and_no_run_where_one_is_changed() -> None:
    design = RepeatGroup("layer1.0", 4).apply(residual())
    paths = tuple(f"layer1.{number}" for number in range(4))
    assert runs(design) == (paths,)
    assert list(runs_beside(design, "layer1")) == [paths]
    assert list(runs_beside(design, None)) == []
    assert runs(CollapseGroups(paths).apply(design)) == (paths,)
    assert counterparts(design, paths, "sum2") == ("sum2", "sum1", "sum3", "sum4")
    assert counterparts(design, paths, "layer1.2.conv") == tuple(f"layer1.{number}.conv" for number in range(4))
    with pytest.raises(DesignError, match="stem is in none of these groups"):
        counterparts(design, paths, "stem")
    other = SetParameters("layer1.1.conv", {"kernel": 1, "padding": 0}).apply(design)
    assert runs(other) == (("layer1.2", "layer1.3"),)


def test_a_group_that_others_read_ends_a_run() -> None:
    design = RepeatGroup("layer1.0", 3).apply(residual())
    tapped = design.evolve(edges=tuple(
        Edge("layer1.0.relu", "side") if edge.target == "side" else edge for edge in design.edges
    ))  # fmt: skip
    assert runs(tapped) == (("layer1.1", "layer1.2"),)


def test_of_ten_thousand_nodes_none_is_looked_for_in_a_list() -> None:
    design = blocks(10_000)
    report = analyse(design)
    CountedText.comparisons = 0
    # Stages are identical, and so are the blocks in each; the first has no source.
    assert [len(run) for run in runs(design)] == [99, 9, *[10] * 99]
    repeated = RepeatGroup("stage50", 3).apply(design)
    assert len(repeated.nodes) == 10_200
    assert sum(found.layers for path, found in group_reports(design, report).items() if "." not in path) == 10_000
    # A handful for each node on each of two levels, where a search in lists would take fifty million.
    assert CountedText.comparisons < 60 * 10_000
