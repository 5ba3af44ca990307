"""A plan that is run again gives what its first run gave, bit for bit, and its results stay as they are."""

from __future__ import annotations

import math
import threading
from collections.abc import Collection, Mapping

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.analysis.analyse import analyse
from designer.engine.compile.plan import RunRefused
from designer.engine.execute import repeat
from designer.engine.execute.repeat import RepeatedRun
from designer.engine.options import EngineOptions
from designer.engine.remember.workspace import Workspace
from designer.gallery.builder import NetworkBuilder
from designer.graph.design import Design
from designer.kernels import pool_rows
from designer.kernels.arrays import tiles
from designer.kernels.arrays.memory import Array
from designer.kernels.convolution import depthwise, im2row
from tests.engine.compile.test_compiler import designs, image_of, maps_of, small
from tests.helpers.networks import chain

NETWORKS = (
    *("lenet5", "block_stack", "residual_block", "receptive_field", "ten_filters"),
    *("resnet34", "resnet50", "squeezenet1_0", "squeezenet1_1", "mobilenet_v1", "mobilenet_v2"),
    *("googlenet", "autoencoder", "dcgan_generator"),
)
"""Every kind of block that the gallery has, in networks that are quick to run."""


@pytest.fixture(params=["whole", "bands"])
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make tiny layers run as one tile, and as bands of rows on two threads."""
    if request.param == "bands":
        cut_into_bands(monkeypatch)


def cut_into_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (tiles, im2row, repeat):
        monkeypatch.setattr(module, "core_count", lambda: 2)
    monkeypatch.setattr(im2row, "WAKING_MACS", 0)
    for kernels in (depthwise, pool_rows):
        monkeypatch.setattr(kernels, "INLINE_VALUES", 0)


def again(runs: RepeatedRun, batches: Collection[Mapping[str, Array]]) -> list[dict[str, Array]]:
    """The kept maps of several batches, one plan run again and again."""
    return [runs.run(images) for images in batches]


def runs_of(design: Design, keep: Collection[str], workspace: Workspace | None = None) -> RepeatedRun:
    return RepeatedRun(design, analyse(design), keep=keep, workspace=workspace)


def assert_same(found: Mapping[str, Array], wanted: Mapping[str, Array]) -> None:
    assert set(found) == set(wanted)
    for name, array in wanted.items():
        assert found[name].tobytes() == array.tobytes(), name


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("name", NETWORKS)
def test_every_run_of_a_plan_is_like_the_first(name: str) -> None:
    design = small(name)
    keep = [design.order[-1], *[name for name in design.order if name.endswith(("relu", "conv2", "pool1"))][:1]]
    workspace = Workspace()
    batches, runs = [image_of(design, seed=seed) for seed in (0, 1, 2)], runs_of(design, keep, workspace)
    *results, first_again = again(runs, [*batches, batches[0]])
    assert runs.bound is not None
    assert_same(first_again, results[0])
    for images, found in zip(batches, results, strict=True):
        fresh = Workspace()
        # All prepared anew, from the same weights: to draw them takes longer than the run.
        fresh.weights = workspace.weights
        assert_same(found, maps_of(design, images, keep, fresh))


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("linger", [0, repeat.LINGER])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_run_of_any_plan_is_like_the_first(linger: int, data: st.DataObject) -> None:
    design = data.draw(designs())
    keep = data.draw(st.sets(st.sampled_from(design.order), min_size=1, max_size=4))
    batches = [image_of(design, batch=data.draw(st.integers(1, 2)), seed=0)] * 2
    batches += [image_of(design, batch=len(next(iter(batches[0].values()))), seed=seed) for seed in (1, 2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeat, "LINGER", linger)
        results = again(runs_of(design, keep), batches)
    for images, found in zip(batches, results, strict=True):
        assert_same(found, maps_of(design, images, keep, Workspace()))


def test_a_chain_ends_where_a_step_would_write_what_another_thread_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A depthwise convolution and two products: the second writes where the input of the first step was."""
    cut_into_bands(monkeypatch)
    net = NetworkBuilder("chain").image((8, 16, 16))
    net.add("conv2d", filters=16, kernel=1)
    net.add("conv2d", filters=16, kernel=3, padding=1, groups=16)
    net.add("conv2d", filters=8, kernel=1)
    net.add("conv2d", filters=16, kernel=1)
    net.add("max_pool2d", kernel=16)
    design = net.design()
    counts = []
    for linger in (repeat.LINGER, 0):
        monkeypatch.setattr(repeat, "LINGER", linger)
        runs = runs_of(design, [design.order[-1]])
        again(runs, [image_of(design)] * 2)
        assert runs.bound is not None
        counts.append(runs.bound.work_count)
    assert counts[1] > counts[0]


def test_a_chain_goes_on_where_a_step_writes_below_or_above_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_into_bands(monkeypatch)
    design = chain((4, 8, 8), *[("conv2d", {"filters": 4, "kernel": 1})] * 10)
    runs = runs_of(design, [design.order[-1]])
    again(runs, [image_of(design)] * 2)
    # A map is read one step after it was written, and left alone for two more: four take turns in the arena. So the
    # fifth layer and the ninth would write where the chain has begun.
    assert runs.bound is not None
    assert runs.bound.work_count == 3


def test_images_of_any_layout_and_type_are_taken() -> None:
    design = small("lenet5")
    runs = runs_of(design, [design.order[-1]])
    image = image_of(design)["image"]
    wanted = again(runs, [{"image": image}] * 3)[-1]
    turned = np.asfortranarray(image.astype(np.float64))
    assert_same(runs.run({"image": turned}), wanted)
    assert runs.bound is not None


def test_two_threads_may_run_one_plan_at_once() -> None:
    design = small("mobilenet_v2")
    runs = runs_of(design, [design.order[-1]])
    again(runs, [image_of(design)] * 2)
    wanted = [maps_of(design, image_of(design, seed=seed), [design.order[-1]], Workspace()) for seed in range(2)]
    found: list[list[dict[str, Array]]] = [[], []]

    def work(seed: int) -> None:
        found[seed] = again(runs, [image_of(design, seed=seed)] * 5)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for results, expected in zip(found, wanted, strict=True):
        assert len(results) == 5
        for result in results:
            assert_same(result, expected)


def test_a_run_beside_another_does_not_wait_for_it() -> None:
    design = small("lenet5")
    runs, images = runs_of(design, [design.order[-1]]), image_of(design)
    wanted = again(runs, [images] * 3)[-1]
    bound, begun, may_end = runs.bound, threading.Event(), threading.Event()
    assert bound is not None

    def held_up(_images: Mapping[str, Array]) -> dict[str, Array]:
        begun.set()
        may_end.wait(10)
        return {}

    bound.run = held_up  # type: ignore[method-assign]
    other = threading.Thread(target=runs.run, args=(images,))
    other.start()
    assert begun.wait(10)
    assert_same(runs.run(images), wanted)
    assert other.is_alive()
    may_end.set()
    other.join()


def test_what_is_made_ready_is_kept_in_the_workspace_that_was_given() -> None:
    design, workspace = small("lenet5"), Workspace()
    runs_of(design, [design.order[-1]], workspace).run(image_of(design))
    assert workspace.use().kernels > 0
    assert workspace.use().weights > 0


def test_another_batch_is_planned_anew_and_both_are_right() -> None:
    design = small("lenet5")
    runs, keep = runs_of(design, [design.order[-1]]), [design.order[-1]]
    for batch in (1, 1, 3, 3, 1, 1):
        images = image_of(design, batch=batch)
        assert_same(runs.run(images), maps_of(design, images, keep, Workspace()))


def test_a_run_that_fails_is_bound_anew() -> None:
    design = small("lenet5")
    runs, images = runs_of(design, [design.order[-1]]), image_of(design)
    wanted = again(runs, [images] * 3)[-1]
    bound = runs.bound
    assert bound is not None

    def interrupted(_images: Mapping[str, Array]) -> dict[str, Array]:
        raise KeyboardInterrupt

    bound.run = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        runs.run(images)
    assert_same(runs.run(images), wanted)
    assert runs.bound is not bound


@pytest.mark.parametrize("limit", ["LARGEST_PLAN", "LARGEST_RESULT"])
def test_what_is_large_is_not_bound(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    design = small("lenet5")
    runs = runs_of(design, ["conv1", "fc3"])
    monkeypatch.setattr(repeat, limit, 1000)
    again(runs, [image_of(design)] * 3)
    assert runs.bound is None


def test_what_has_been_bound_is_refused_too_where_memory_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    design, workspace = small("lenet5"), Workspace()
    runs = runs_of(design, [design.order[-1]], workspace)
    again(runs, [image_of(design)] * 3)
    monkeypatch.setattr("designer.engine.compile.plan.available_bytes", lambda: 0)
    workspace.room = (-math.inf, 0)
    with pytest.raises(RunRefused, match="0\N{NO-BREAK SPACE}B are free"):
        runs.run(image_of(design))


def test_what_does_not_fit_is_refused_before_there_are_images(monkeypatch: pytest.MonkeyPatch) -> None:
    design, workspace = small("lenet5"), Workspace()
    runs = runs_of(design, [design.order[-1]], workspace)
    runs.check_memory(frozenset(["image"]), 0)
    workspace.room = (-math.inf, 0)
    with pytest.raises(RunRefused):
        runs.check_memory(frozenset(["image"]), 1 << 50)


def test_images_of_another_shape_are_refused() -> None:
    design = small("lenet5")
    runs = runs_of(design, [design.order[-1]])
    again(runs, [image_of(design)] * 2)
    with pytest.raises(RunRefused, match="an array of shape"):
        runs.run({"image": np.zeros((1, 1, 31, 32), np.float32)})


@pytest.mark.parametrize("options", [None, EngineOptions(), EngineOptions(precise=True)])
def test_arithmetic_is_precise_only_where_that_is_asked_for(options: EngineOptions | None) -> None:
    design = chain((64, 20, 20), ("conv2d", {"filters": 64, "kernel": 3, "padding": 1}))
    runs = RepeatedRun(design, analyse(design), keep=["conv1"], options=options)
    _maps, profile = runs.run_profiled(image_of(design))
    winograd = profile.steps[0].algorithm.startswith("winograd")
    assert winograd is (options is None or not options.precise)


def test_a_run_with_progress_tells_it_and_gives_the_same() -> None:
    design = small("lenet5")
    runs, images = runs_of(design, [design.order[-1]]), image_of(design)
    wanted = again(runs, [images] * 3)[-1]
    told: list[str] = []
    assert_same(runs.run(images, progress=lambda node, _fraction: told.append(node)), wanted)
    assert set(told) >= {"tanh1", "fc3"}
