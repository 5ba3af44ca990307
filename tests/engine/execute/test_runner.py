"""A run computes what an independent program computes, frees what nobody needs, and stops when told."""

from __future__ import annotations

import gc
import warnings
import weakref
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from designer.analysis.analyse import analyse
from designer.engine.compile.plan import Plan, RunRefused
from designer.engine.execute.execution import Execution
from designer.engine.execute.profile import RunProfile
from designer.engine.execute.runner import (
    LayerResult,
    LayerStarted,
    RunCancelled,
    RunProfiled,
    plan_run,
    run,
    run_to_end,
)
from designer.engine.remember.workspace import ResultCache, Workspace, all_weights
from designer.gallery.builder import NetworkBuilder
from designer.gallery.catalogue import network
from designer.graph.design import Design
from designer.graph.edits import Connect, Disconnect, SetParameters
from designer.kernels.arrays.memory import Array
from tests.helpers.networks import branchy, chain
from tests.helpers.onnx_model import network_by_onnxruntime


def random_image(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def results(design: Design, images: Mapping[str, Array], **options: Any) -> dict[str, Array]:
    workspace = options.pop("workspace", None)
    return run_to_end(
        plan_run(design, analyse(design), images, **options, workspace=workspace), images, workspace=workspace
    )


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (lambda: network("lenet5"), (2, 1, 32, 32)),
        (lambda: network("residual_block"), (1, 3, 64, 64)),
        (lambda: network("block_stack"), (2, 3, 64, 64)),
        (branchy, (3, 3, 12, 10)),
    ],
    ids=["lenet5", "residual block", "block stack", "branchy"],
)
def test_every_layer_equals_onnxruntime(build: Callable[[], Design], shape: tuple[int, ...]) -> None:
    design = build()
    report = analyse(design)
    images = {"image": random_image(*shape)}
    ours = results(design, images)
    theirs = network_by_onnxruntime(design, all_weights(design, report), images)
    assert set(ours) == set(design.nodes)
    assert set(theirs) == set(design.nodes) - {"image"}
    for node_id, expected in theirs.items():
        assert ours[node_id].dtype == np.float32
        assert ours[node_id].shape == (shape[0], *report.layers[node_id].output_shape)  # type: ignore[misc]
        np.testing.assert_allclose(ours[node_id], expected, rtol=2e-4, atol=2e-4, err_msg=node_id)


def test_results_are_read_only_and_the_image_passes_through() -> None:
    image = random_image(1, 3, 12, 10)
    maps = results(branchy(), {"image": image})
    assert np.array_equal(maps["image"], image)
    for name, array in maps.items():
        assert not array.flags.writeable, name


def test_two_runs_are_equal_to_the_last_bit() -> None:
    design = network("residual_block")
    images = {"image": random_image(1, 3, 64, 64)}
    first, second = results(design, images), results(design, images)
    for name in design.nodes:
        assert first[name].tobytes() == second[name].tobytes(), name


def test_events_come_in_execution_order_and_count_the_steps() -> None:
    design = branchy()
    images = {"image": random_image(1, 3, 12, 10)}
    events = list(run(plan_run(design, analyse(design), images, keep=["concat"]), images))
    started = [event for event in events if isinstance(event, LayerStarted)]
    assert [event.id for event in started] == ["image", "stem", "left", "right", "concat"]
    assert [(event.index, event.count) for event in started] == [(index, 5) for index in range(5)]
    assert [event.id for event in events if isinstance(event, LayerResult)] == ["concat"]


def test_only_kept_layers_are_given_and_only_their_ancestors_computed() -> None:
    images = {"image": random_image(1, 3, 12, 10)}
    everything = results(branchy(), images)
    some = results(branchy(), images, keep=["right", "end"])
    assert set(some) == {"right", "end"}
    for name, array in some.items():
        assert np.array_equal(array, everything[name])
    assert results(branchy(), images, keep=[]) == {}


def test_a_partial_design_runs_up_to_its_problem() -> None:
    whole = branchy()
    wire = next(edge for edge in whole.edges if (edge.source, edge.target) == ("right", "concat"))
    cut = Disconnect([wire]).apply(whole)
    maps = results(cut, {"image": random_image(1, 3, 12, 10)})
    assert set(maps) == {"image", "stem", "left", "right", "skip"}


def test_a_design_without_its_image_computes_nothing() -> None:
    assert results(branchy(), {}) == {}


@pytest.mark.parametrize("keep", [["end"], ["stem", "end"]])
def test_an_output_is_freed_when_its_last_reader_is_done(keep: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    design = branchy()
    images = {"image": random_image(1, 3, 12, 10)}
    made: dict[str, weakref.ref[Array]] = {}
    alive_at: dict[str, set[str]] = {}

    compute = Execution.compute

    def watched(self: Execution, index: int) -> str:
        gc.collect()
        step = self._plan.program.steps[index]
        if step.origin.computes:
            alive_at[step.id] = {key for key, reference in made.items() if reference() is not None}
        algorithm = compute(self, index)
        if step.origin.computes:
            made[step.id] = weakref.ref(self.arrays[step.id])
        return algorithm

    monkeypatch.setattr(Execution, "compute", watched)
    results(design, images, keep=keep)
    kept = {"stem"} & set(keep)
    # Written out from the drawing of the network: who is still to be read when each layer starts. The convolution
    # "skip", the sum and the ReLU "end" are one.
    assert [*alive_at] == ["stem", "left", "right", "concat", "mix", "end"]
    assert alive_at["concat"] == {"stem", "left", "right"}
    assert alive_at["mix"] == {"stem", "concat"}
    assert alive_at["end"] == {"stem", "mix"} | kept


def test_layers_nobody_watches_have_no_array_of_their_own() -> None:
    design, images = branchy(), {"image": random_image(1, 3, 12, 10)}
    profile = profile_of(plan_run(design, analyse(design), images, keep=["end"]), images)
    assert [step.nodes for step in profile.steps] == [
        ("stem",),
        ("left",),
        ("right",),
        ("concat",),
        ("mix",),
        ("skip", "add", "end"),
    ]
    watched = profile_of(plan_run(design, analyse(design), images, keep=["skip", "end"]), images)
    # With "skip" watched, the other summand takes its place.
    assert [step.nodes for step in watched.steps][-2:] == [("skip",), ("mix", "add", "end")]


def profile_of(plan: Plan, images: Mapping[str, Array], **options: Any) -> RunProfile:
    *_events, last = run(plan, images, **options)
    assert isinstance(last, RunProfiled)
    return last.profile


def computed(design: Design, images: Mapping[str, Array], cache: ResultCache, **options: Any) -> list[str]:
    """The layers that a run really computes."""
    profile = profile_of(plan_run(design, analyse(design), images, cache=cache, **options), images)
    return [node for step in profile.steps if not step.remembered for node in step.nodes]


FOUR = (
    ("conv2d", {"filters": 4, "kernel": 3}),
    ("relu", {}),
    ("max_pool2d", {"kernel": 2}),
    ("tanh", {}),
)


def test_an_edit_computes_again_only_what_lies_downstream() -> None:
    design = chain((3, 12, 12), *FOUR)
    images = {"image": random_image(1, 3, 12, 12)}
    workspace = Workspace()
    cache = workspace.maps
    assert computed(design, images, cache, workspace=workspace) == ["conv1", "relu1", "pool1", "tanh1"]
    first = results(design, images, cache=cache, workspace=workspace)
    edited = SetParameters("pool1", {"kernel": 3}).apply(design)
    assert computed(edited, images, cache, workspace=workspace) == ["pool1", "tanh1"]
    assert results(edited, images, cache=cache, workspace=workspace)["conv1"] is first["conv1"]
    assert computed(design, images, cache, workspace=workspace) == []
    undone = results(design, images, cache=cache, workspace=workspace)
    assert all(undone[name] is first[name] for name in first)


def test_what_only_a_remembered_layer_needs_is_not_computed_again() -> None:
    design = chain((3, 12, 12), *FOUR)
    images = {"image": random_image(1, 3, 12, 12)}
    workspace = Workspace()
    cache = workspace.maps
    results(design, images, cache=cache, workspace=workspace, keep=["pool1"])
    assert computed(design, images, cache, workspace=workspace, keep=["pool1", "tanh1"]) == ["tanh1"]
    assert set(results(design, images, cache=cache, workspace=workspace, keep=["pool1", "tanh1"])) == {"pool1", "tanh1"}


@pytest.mark.parametrize("when", [0, 1])
def test_progress_stops_the_run_at_the_next_tile(when: int) -> None:
    # 256 channels of 64×64, 3×3: many tiles.
    design = chain((64, 64, 64), ("conv2d", {"filters": 256, "kernel": 3, "padding": 1}), ("relu", {}))
    images = {"image": random_image(1, 64, 64, 64)}
    asked = 0

    def stop(node_id: str, fraction: float) -> None:
        nonlocal asked
        if node_id == "conv1" and fraction > 0:
            asked += 1
            if asked > when:
                raise RunCancelled

    seen: list[str] = []
    events = run(plan_run(design, analyse(design), images), images, progress=stop)
    with pytest.raises(RunCancelled):
        seen.extend(event.id for event in events)
    assert seen == ["image", "image", "conv1"]
    # After the first refusal no further tile reports.
    assert asked == when + 1


def test_progress_of_every_layer_grows_from_0_to_1() -> None:
    design = chain((64, 64, 64), ("conv2d", {"filters": 128, "kernel": 3}), ("flatten", {}), ("dense", {"units": 64}))
    images = {"image": random_image(1, 64, 64, 64)}
    told: dict[str, list[float]] = {}
    plan = plan_run(design, analyse(design), images)
    list(run(plan, images, progress=lambda node, fraction: told.setdefault(node, []).append(fraction)))
    assert set(told) == set(design.nodes)
    for node_id in ("conv1", "fc1"):
        assert told[node_id] == sorted(told[node_id]), node_id
        assert (told[node_id][0], told[node_id][-1]) == (0.0, 1.0)
        assert len(told[node_id]) > 2


def test_progress_of_layers_computed_as_one_is_whole_only_when_all_of_it_is_done() -> None:
    # Few enough weights for their transformed form to be kept: they are drawn and transformed before the first run.
    design = chain((64, 64, 64), ("conv2d", {"filters": 64, "kernel": 3}), ("relu", {}))
    images, workspace = {"image": random_image(1, 64, 64, 64)}, Workspace()
    told: list[float] = []
    for time in (1, 2):
        # The second time there is nothing to be made ready.
        plan = plan_run(design, analyse(design), images, keep=["relu1"], workspace=workspace)
        list(run(plan, images, progress=lambda _node, fraction: told.append(fraction), workspace=workspace))
        assert told.count(1.0) == time


def test_what_a_layer_needs_only_meanwhile_lies_where_no_array_is() -> None:
    conv = {"filters": 128, "kernel": 3, "padding": 1}
    design = chain(
        (8, 96, 96), ("conv2d", conv), ("max_pool2d", {"kernel": 2}), ("conv2d", conv), ("global_avg_pool", {})
    )
    images, workspace = {"image": random_image(1, 8, 96, 96)}, Workspace()
    plan = plan_run(design, analyse(design), images, keep=["gap1"], workspace=workspace)
    # Weights of 128 · 128 filters at 36 places are transformed for the second layer, beside its 128 maps and the input.
    assert plan.program.memory.arena_values - 2 * 128 * 48 * 48 > 36 * 128 * 128
    run_to_end(plan, images, workspace=workspace)
    assert workspace.use().buffers == 4 * plan.program.memory.arena_values


def test_drawing_large_weights_can_be_stopped() -> None:
    design = chain((1, 64, 64), ("flatten", {}), ("dense", {"units": 2000}))
    images = {"image": random_image(1, 1, 64, 64)}
    workspace = Workspace()
    told: list[float] = []

    def stop(node_id: str, fraction: float) -> None:
        if node_id == "fc1" and fraction > 0:
            told.append(fraction)
            raise RunCancelled

    with pytest.raises(RunCancelled):
        run_to_end(plan_run(design, analyse(design), images), images, workspace=workspace, progress=stop)
    # 8 million values are drawn in pieces of 2²⁰; the run stopped after the first.
    assert len(told) == 1
    assert told[0] < 0.1
    assert workspace.weights.must_draw(design, analyse(design), "fc1")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_values_out_of_this_world_flow_through_without_a_warning(value: float) -> None:
    # Large enough that the helper threads take part.
    design = chain(
        (3, 300, 300),
        ("conv2d", {"filters": 8}),
        ("batch_norm", {}),
        ("sigmoid", {}),
        ("leaky_relu", {}),
        ("avg_pool2d", {"kernel": 2}),
        ("upsample2d", {"scale": 2, "mode": "bilinear"}),
        ("conv_transpose2d", {"filters": 2, "kernel": 3}),
        ("global_avg_pool", {}),
        ("flatten", {}),
        ("dense", {}),
        ("softmax", {}),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        maps = results(design, {"image": np.full((1, 3, 300, 300), value, np.float32)})
    assert set(maps) == set(design.nodes)
    if np.isnan(value):
        assert np.isnan(maps["softmax1"]).all()


@pytest.mark.parametrize(
    ("images", "says"),
    [
        (
            {"image": random_image(1, 3, 9, 9)},
            r"image: an array of shape \(1, 3, 9, 9\) came, \(N, 3, 12, 10\) is wanted",
        ),
        ({"image": random_image(3, 12, 10)}, r"\(3, 12, 10\) came"),
        ({"image": random_image(0, 3, 12, 10)}, r"\(0, 3, 12, 10\) came"),
        ({"image": np.float32(3)}, r"an array of shape \(\) came"),
        ({"picture": random_image(1, 3, 12, 10)}, "there is no input picture; the design has image"),
        ({"stem": random_image(1, 4, 12, 10)}, "there is no input stem; the design has image"),
    ],
)
def test_images_that_do_not_fit_are_refused(images: Mapping[str, Array], says: str) -> None:
    design = branchy()
    with pytest.raises(RunRefused, match=says):
        plan_run(design, analyse(design), images)


def test_batches_must_agree() -> None:
    two = Connect("image2", "add1", 1).apply(two_images())
    images = {"image": random_image(2, 1, 4, 4), "image2": random_image(1, 1, 4, 4)}
    with pytest.raises(RunRefused, match="image: 2, image2: 1 came"):
        plan_run(two, analyse(two), images)
    images["image2"] = random_image(2, 1, 4, 4, seed=1)
    np.testing.assert_array_equal(results(two, images)["add1"], images["image"] + images["image2"])


def two_images() -> Design:
    net = NetworkBuilder("two").image((1, 4, 4))
    net.add("image_input", name="image2", shape=(1, 4, 4))
    net.add("add", name="add1", after="image")
    return net.design()


def test_the_memory_of_a_run_is_free_when_it_ends_and_serves_the_next_one() -> None:
    """At once, without the collector of circles: the arena of a large network is hundreds of megabytes."""
    conv = ("conv2d", {"filters": 64, "kernel": 3, "padding": 1})
    design, workspace = chain((64, 40, 40), conv, conv, conv, ("max_pool2d", {"kernel": 8})), Workspace()
    images = {"image": random_image(1, 64, 40, 40)}
    gc.disable()
    try:
        results(design, images, keep=["pool1"], workspace=workspace)
        first = workspace.use().buffers
        results(design, images, keep=["pool1"], workspace=workspace)
        second = workspace.use().buffers
    finally:
        gc.enable()
    # Two maps of 64 × 40 × 40 take turns.
    assert second == first >= 2 * 4 * 64 * 40 * 40
