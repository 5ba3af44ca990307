"""Subtotals of groups."""

from __future__ import annotations

import pytest

from designer.analysis.analyse import Settings, analyse
from designer.analysis.groups import group_report, group_reports
from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.design import Design, DesignError
from designer.graph.edits import SetParameters
from designer.graph.group_edits import CollapseGroups


def test_a_basic_block_of_resnet_18() -> None:
    design = network("resnet18")
    found = group_report(design, analyse(design), "layer2.0")
    # Two 3×3 convolutions and a 1×1, each normalised; 128 values each of mean and variance are kept beside them.
    assert found.parameters == 64 * 128 * 9 + 128 * 128 * 9 + 64 * 128 + 3 * 2 * 128
    assert found.buffers == 3 * 2 * 128
    assert found.macs == (64 * 128 * 9 + 128 * 128 * 9 + 64 * 128) * 28 * 28
    assert (found.layers, found.name) == (9, "0")
    assert (found.input_shapes, found.output_shapes) == (((64, 56, 56),), ((128, 28, 28),))
    assert (found.sources, found.exits) == (("layer1.1.relu",), ("layer2.0.relu",))
    assert (found.wires_in, found.wires_out) == (2, 2)
    assert found.complete


def test_a_group_counts_what_the_groups_in_it_hold() -> None:
    design = network("resnet18")
    found = group_reports(design, analyse(design, settings=Settings(batch=2, dtype="float16")))
    assert found["layer1"].layers == found["layer1.0"].layers + found["layer1.1"].layers
    for count in ("parameters", "macs", "activation_bytes", "weight_bytes", "operations"):
        inner = [getattr(found[path], count) for path in ("layer1.0", "layer1.1")]
        assert getattr(found["layer1"], count) == sum(inner) > 0
    # Eight outputs of 64×56×56 in each of the two blocks of 7 layers, two images at two bytes.
    assert found["layer1"].activation_bytes == 2 * 7 * 64 * 56 * 56 * 2 * 2
    assert list(found)[:4] == ["layer1", "layer1.0", "layer1.1", "layer2"]


def broken() -> Design:
    net = NetworkBuilder("broken")
    with net.group("all"):
        net.image((3, 8, 8))
        with net.group("front"):
            net.add("conv2d", name="large", filters=4, kernel=9)
            net.add("relu", name="behind")
        net.add("flatten", name="last")
    return net.design()


def test_a_problem_inside_makes_the_sums_lower_bounds() -> None:
    design = broken()
    found = group_reports(design, analyse(design))
    for path, waiting in (("all", 2), ("all.front", 1)):
        problem = found[path].problem
        assert problem is not None
        assert problem.id == "large"
        assert (found[path].waiting, found[path].complete) == (waiting, False)
    assert found["all"].layers == 3, "an image is no layer"
    assert (found["all"].sources, found["all"].exits, found["all"].output_shapes) == ((), ("last",), (None,))
    mended = SetParameters("large", {"kernel": 3}).apply(design)
    assert group_report(mended, analyse(mended), "all").complete


def test_a_report_is_the_same_whether_groups_are_collapsed_or_not() -> None:
    design = network("squeezenet1_1")
    collapsed = CollapseGroups(design.grouping.groups).apply(design)
    assert analyse(collapsed) == analyse(design)
    assert group_reports(collapsed, analyse(collapsed)) == group_reports(design, analyse(design))


def test_an_unknown_group_is_refused() -> None:
    design = broken()
    with pytest.raises(DesignError, match="there is no group back"):
        group_report(design, analyse(design), "back")
