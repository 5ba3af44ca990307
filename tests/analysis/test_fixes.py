"""A fix that is offered clears the problem, in one step that undo takes back."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from designer.analysis.analyse import Settings, analyse
from designer.analysis.fixes import MOST_OFFERED, Fix, fixes, trials
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design
from designer.graph.document import Document
from designer.graph.edits import Disconnect, MoveNodes, SetParameters, SetWeights
from tests.helpers.designs import any_edit, designs
from tests.helpers.networks import branchy, chain


def offered(design: Design, node: str) -> list[str]:
    return [fix.label for fix in fixes(design, analyse(design), node)]


def after(design: Design, fix: Fix) -> Design:
    document = Document(design)
    document.do(fix.edit)
    mended = document.design
    document.undo()
    assert document.design is design
    return mended


def residual(channels: int) -> Design:
    """A block whose branch gives other maps than its shortcut."""
    net = NetworkBuilder("residual").image((3, 28, 28))
    stem = net.add("conv2d", name="stem", filters=16, kernel=3, padding=1)
    net.add("conv2d", name="branch", filters=channels, kernel=3, padding=0)
    net.add("relu", name="relu")
    net.add("add", name="join", after=("relu", stem))
    return net.design()


@pytest.mark.parametrize(
    ("design", "node", "labels"),
    [
        (
            chain((1, 2, 2), ("conv2d", {"kernel": 5})),
            "conv1",
            ["Set padding to 2 of conv1", "Set kernel to 2 of conv1"],
        ),
        (
            chain((1, 4, 4), ("max_pool2d", {"kernel": [5, 2]})),
            "pool1",
            ["Set padding to 1, 0 of pool1", "Set kernel to 4×2 of pool1"],
        ),
        (chain((3, 8, 8), ("dense", {})), "fc1", ["Insert Flatten before fc1"]),
        (
            chain((4, 8, 8), ("conv2d", {"filters": 6, "groups": 4})),
            "conv1",
            ["Set filters to 8 of conv1", "Set groups to 2 of conv1"],
        ),
        (
            chain((3, 8, 8), ("conv2d", {"filters": 6, "groups": 4})),
            "conv1",
            ["Set groups to 3 of conv1"],
        ),
        (residual(16), "join", ["Set padding to 1 of branch"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_typical_problems_have_the_fix_a_teacher_would_name(design: Design, node: str, labels: list[str]) -> None:
    assert offered(design, node)[: len(labels)] == labels


def test_a_block_that_differs_in_maps_and_size_gets_both_at_once() -> None:
    labels = offered(residual(8), "join")
    assert labels
    assert "filters to 16" in labels[0]
    assert "padding to 1" in labels[0]


def test_a_loose_input_is_offered_the_loose_end_on_its_left() -> None:
    whole = chain((3, 8, 8), ("conv2d", {}), ("relu", {}), ("max_pool2d", {"kernel": 2}))
    cut = Disconnect(whole.incoming["pool1"]).apply(whole)
    assert offered(cut, "pool1")[0] == "Connect relu1 to pool1"


def loose_ends(**places: tuple[float, float]) -> Design:
    """A sum with one free input, and loose convolutions of the same shape at these places."""
    net = NetworkBuilder("loose").image((4, 8, 8))
    for name in places:
        net.add("conv2d", name=name, after="image", filters=4, padding=1)
    net.add("add", name="join", after="image")
    return MoveNodes({"join": (0.0, 0.0), "image": (-900.0, 0.0), **places}).apply(net.design())


def test_a_free_second_input_is_connected_and_the_first_is_left_alone() -> None:
    design = loose_ends(conv1=(-200.0, 0.0))
    fix = fixes(design, analyse(design), "join")[0]
    assert fix.label == "Connect conv1 to join"
    assert after(design, fix).inputs_of("join") == ("image", "conv1")


def test_what_stands_on_the_left_is_offered_before_what_stands_nearer_on_the_right() -> None:
    design = loose_ends(right=(200.0, 0.0), far=(-500.0, 0.0), near=(-300.0, 0.0))
    assert offered(design, "join") == [f"Connect {name} to join" for name in ("near", "far", "right")]


def test_inputs_are_matched_to_one_that_all_others_can_follow() -> None:
    # The image cannot have 16 or 8 channels, but both convolutions can have 3 filters.
    net = NetworkBuilder("three").image((3, 8, 8))
    net.add("conv2d", name="wide", after="image", filters=16, padding=1)
    net.add("conv2d", name="narrow", after="image", filters=8, padding=1)
    net.add("add", name="join", after=("wide", "narrow", "image"))
    assert offered(net.design(), "join") == ["Set filters to 3 of wide; Set filters to 3 of narrow"]


def test_an_inserted_layer_stands_between_the_cards_that_it_joins() -> None:
    whole = chain((3, 8, 8), ("dense", {}))
    [fix] = [fix for fix in fixes(whole, analyse(whole), "fc1") if fix.label == "Insert Flatten before fc1"]
    places = {key: node.place for key, node in after(whole, fix).nodes.items()}
    assert None not in places.values()
    assert len(set(places.values())) == 3


def test_a_layer_is_inserted_among_cards_without_places_too() -> None:
    whole = chain((3, 8, 8), ("dense", {}))
    design = whole.evolve(nodes={key: attrs.evolve(node, position=None) for key, node in whole.nodes.items()})
    [fix] = [fix for fix in fixes(design, analyse(design), "fc1") if fix.label == "Insert Flatten before fc1"]
    assert after(design, fix).order == ("image", "flatten1", "fc1")


def test_weights_that_do_not_fit_are_dropped() -> None:
    design = chain((1, 8, 8), ("conv2d", {"filters": 2}))
    given_weights = SetWeights({"conv1": {"weight": [[[[1.0]]]], "bias": [0.0]}}).apply(design)  # type: ignore[dict-item]
    assert offered(given_weights, "conv1") == ["Initialise conv1 again"]
    [fix] = fixes(given_weights, analyse(given_weights), "conv1")
    assert after(given_weights, fix).weights == {}


@pytest.mark.parametrize("node", ["conv1", "nobody"])
def test_where_there_is_no_problem_nothing_is_offered(node: str) -> None:
    assert offered(chain((3, 8, 8), ("conv2d", {})), node) == []


def test_a_layer_that_only_waits_is_offered_nothing() -> None:
    assert offered(chain((1, 2, 2), ("conv2d", {"kernel": 5}), ("relu", {})), "relu1") == []


def test_a_fix_that_would_break_another_layer_is_not_offered() -> None:
    """Padding the branch would mend `join` and break `other`, which adds it to what it fits now."""
    net = NetworkBuilder("both").image((3, 28, 28))
    stem = net.add("conv2d", name="stem", filters=16, kernel=3, padding=1)
    branch = net.add("conv2d", name="branch", filters=16, kernel=3)
    side = net.add("conv2d", name="side", after=stem, filters=16, kernel=3)
    net.add("add", name="join", after=(branch, stem))
    assert offered(net.design(), "join") == ["Set padding to 1 of branch"]
    net.add("add", name="other", after=(branch, side))
    assert offered(net.design(), "join") == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"kernel": 65536, "dilation": 65536},
        {"kernel": 65536, "padding": 30000},
        {"kernel": [1, 65536], "dilation": [1, 65536]},
        {"filters": 10**7, "groups": 6, "kernel": 1},
    ],
    ids=str,
)
def test_a_remedy_out_of_bounds_is_left_out(parameters: dict[str, Any]) -> None:
    """Padding by two thousand million, or 10 000 002 filters, are no legal values; that is no reason to fail."""
    design = chain((6, 2, 2), ("conv2d", parameters))
    assert not analyse(design).complete
    for fix in fixes(design, analyse(design), "conv1"):
        assert analyse(after(design, fix)).complete


def test_trials_give_one_try_at_a_time() -> None:
    design = residual(8)
    report = analyse(design)
    tries = list(trials(design, report, "join"))
    assert tuple(fix for fix in tries if fix is not None) == fixes(design, report, "join")


def test_the_settings_do_not_matter() -> None:
    design = residual(8)
    plain = [fix.label for fix in fixes(design, analyse(design), "join")]
    settings = Settings(batch=4, dtype="int8", convention="flops")
    assert [fix.label for fix in fixes(design, analyse(design, settings=settings), "join")] == plain


@given(st.data())
def test_every_fix_offered_clears_its_problem_and_makes_none(data: st.DataObject) -> None:
    design = data.draw(designs(max_nodes=6, with_extras=False) | broken())
    report = analyse(design)
    for facts in report.problems:
        found = fixes(design, report, facts.id)
        assert len(found) <= MOST_OFFERED
        assert len({fix.label for fix in found}) == len(found)
        for fix in found:
            event(fix.label.split()[0])
            assert fix.label.isprintable()
            mended = after(design, fix)
            now = analyse(mended)
            assert now.layers[facts.id].output_shape is not None
            well = {key for key, layer in report.layers.items() if layer.output_shape is not None}
            assert all(now.layers[key].output_shape is not None for key in well)
            new = set(mended.nodes) - set(design.nodes)
            assert all(now.layers[key].output_shape is not None for key in new)


@st.composite
def broken(draw: st.DrawFn) -> Design:
    """A network that was well until somebody edited it."""
    plain = chain((3, 9, 9), ("conv2d", {}), ("flatten", {}), ("dense", {}))
    design = draw(st.sampled_from([branchy(), residual(16), plain]))
    document = Document(design)
    for _turn in range(draw(st.integers(1, 3))):
        node = draw(st.sampled_from(list(document.design.nodes)))
        change = draw(
            st.sampled_from(
                [{"kernel": 5}, {"kernel": [2, 7]}, {"padding": 3}, {"filters": 7}, {"stride": 2}, {"groups": 3}]
            )
        )
        edit = draw(st.sampled_from([None, SetParameters(node, change)])) or draw(any_edit(document.design))
        try:
            document.do(edit)
        except ValueError:
            event("refused")
    return document.design
