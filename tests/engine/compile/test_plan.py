"""The memory a run needs is reckoned before it starts; what does not fit is refused with the figures."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from designer.analysis.analyse import analyse
from designer.engine.compile.plan import Plan, RunRefused, available_bytes, check_memory, check_weights_memory
from designer.engine.execute.runner import plan_run, run_to_end
from designer.engine.remember.workspace import ResultCache, Workspace
from designer.graph.design import Design
from designer.graph.edits import SetWeights
from tests.helpers.networks import chain

STEPS = (("conv2d", {"filters": 4, "kernel": 3, "padding": 1}), ("relu", {}), ("max_pool2d", {"kernel": 2}))
MAP = 4 * 8 * 8 * 4
"""Bytes of four 8×8 maps in float32."""

IMAGE, TENSORS = 3 * 8 * 8 * 4, (4 * 3 * 3 * 3 + 4) * 4

WEIGHTS = 2 * TENSORS
"""As they are drawn, and a filter in each column, with its bias, as they are read."""


def network() -> Design:
    return chain((3, 8, 8), *STEPS)


def planned(design: Design, keep: list[str] | None = None, batch: int = 1, cache: ResultCache | None = None) -> Plan:
    images = {"image": np.zeros((batch, 3, 8, 8), np.float32)}
    return plan_run(design, analyse(design), images, keep=keep, cache=cache)


def test_everything_kept_is_the_sum_of_all_outputs_and_the_weights() -> None:
    assert planned(network()).estimated_bytes == IMAGE + MAP + MAP + MAP // 4 + WEIGHTS


def test_what_passes_by_counts_while_it_is_alive() -> None:
    # Convolution and ReLU are one array, the pooled maps are another; the image stays with whoever gave it.
    assert planned(network(), keep=["pool1"]).estimated_bytes == IMAGE + MAP + MAP // 4 + WEIGHTS


def test_what_is_written_over_its_input_counts_once() -> None:
    design = chain((3, 8, 8), ("conv2d", {"filters": 4, "kernel": 3, "padding": 1}), ("tanh", {}), ("sigmoid", {}))
    # At most the image and the maps of the convolution: the others are computed in place.
    assert planned(design, keep=["sigmoid1"]).estimated_bytes == IMAGE + MAP + WEIGHTS
    assert planned(design).estimated_bytes == IMAGE + 3 * MAP + WEIGHTS


def test_a_batch_multiplies_the_maps_and_not_the_weights() -> None:
    assert planned(network(), batch=3).estimated_bytes == 3 * (IMAGE + 2 * MAP + MAP // 4) + WEIGHTS


def test_given_weights_are_in_memory_already() -> None:
    given = SetWeights({"conv1": {"weight": np.zeros((4, 3, 3, 3)), "bias": np.zeros(4)}}).apply(network())
    assert planned(given).estimated_bytes == IMAGE + 2 * MAP + MAP // 4 + TENSORS


def test_what_is_remembered_needs_nothing_more() -> None:
    images = {"image": np.zeros((1, 3, 8, 8), np.float32)}
    design, workspace = network(), Workspace()
    report = analyse(design)
    run_to_end(plan_run(design, report, images, cache=workspace.maps, workspace=workspace), images)
    again = plan_run(design, report, images, cache=workspace.maps, workspace=workspace)
    assert set(again.remembered) == set(design.nodes)
    assert again.estimated_bytes == 0


def test_a_run_that_does_not_fit_is_refused_with_both_figures() -> None:
    plan = planned(network())
    check_memory(plan, available=plan.estimated_bytes)
    with pytest.raises(RunRefused) as refused:
        check_memory(plan, available=1234)
    figure = f"{plan.estimated_bytes:,}".replace(",", "\N{NO-BREAK SPACE}")
    assert f"{figure}\N{NO-BREAK SPACE}B" in str(refused.value)
    assert "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}B" in str(refused.value)


def test_no_memory_at_all_is_told_as_zero() -> None:
    with pytest.raises(RunRefused, match="0\N{NO-BREAK SPACE}B are free"):
        check_memory(planned(network()), available=-5)


def test_a_run_asks_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("designer.engine.compile.plan.available_bytes", lambda: 1000)
    images = {"image": np.zeros((1, 3, 8, 8), np.float32)}
    with pytest.raises(RunRefused, match="1\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}B are free"):
        run_to_end(plan_run(network(), analyse(network()), images), images)


def test_some_memory_is_free_on_this_machine() -> None:
    assert 0 < available_bytes() < 2**60


def test_weights_that_do_not_fit_are_refused() -> None:
    design = chain((10, 1000, 1000), ("flatten", {}), ("dense", {"units": 10**6}))
    # 10¹³ weights and 10⁶ biases of four bytes.
    with pytest.raises(RunRefused, match=re.escape("40.00\N{NO-BREAK SPACE}TB")):
        check_weights_memory(design, analyse(design), available=10**12)
    check_weights_memory(network(), analyse(network()), available=TENSORS)
    with pytest.raises(RunRefused):
        check_weights_memory(network(), analyse(network()), available=TENSORS - 1)


def test_weights_that_an_earlier_run_has_drawn_and_made_ready_need_nothing_more() -> None:
    images = {"image": np.zeros((1, 3, 8, 8), np.float32)}
    workspace = Workspace()
    maps = IMAGE + 2 * MAP + MAP // 4
    plan = plan_run(network(), analyse(network()), images, workspace=workspace)
    with pytest.raises(RunRefused):
        check_memory(plan, workspace, available=maps + WEIGHTS - 1)
    check_memory(plan, workspace, available=maps + WEIGHTS)
    run_to_end(plan, images, workspace=workspace)
    check_memory(plan, workspace, available=maps)
    with pytest.raises(RunRefused):
        check_memory(plan, workspace, available=maps - 1)
    # Weights of another network are of no use to this one.
    other = chain((3, 8, 8), ("conv2d", {"filters": 4, "kernel": 5, "padding": 2}))
    taps = (4 * 3 * 5 * 5 + 4) * 4
    plan = plan_run(other, analyse(other), images, workspace=workspace)
    check_memory(plan, workspace, available=IMAGE + MAP + 2 * taps)
    with pytest.raises(RunRefused):
        check_memory(plan, workspace, available=IMAGE + MAP + 2 * taps - 1)


def test_a_run_that_fits_only_without_what_is_remembered_drops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    images = {"image": np.zeros((1, 3, 8, 8), np.float32)}
    workspace = Workspace()
    plan = plan_run(network(), analyse(network()), images, cache=workspace.maps, workspace=workspace)
    run_to_end(plan, images, workspace=workspace)
    other = chain((3, 8, 8), ("conv2d", {"filters": 4, "kernel": 5, "padding": 2}))
    needed = IMAGE + MAP + 2 * (4 * 3 * 5 * 5 + 4) * 4
    kept = workspace.use().total
    assert kept > WEIGHTS
    plan = plan_run(other, analyse(other), images, workspace=workspace)
    monkeypatch.setattr(
        "designer.engine.compile.plan.available_bytes", lambda: needed + kept // 2 - workspace.use().total
    )
    workspace.room = (-math.inf, 0)
    check_memory(plan, workspace)
    assert 0 < workspace.use().total <= kept // 2
    monkeypatch.setattr("designer.engine.compile.plan.available_bytes", lambda: needed - 1)
    workspace.room = (-math.inf, 0)
    with pytest.raises(RunRefused):
        check_memory(plan, workspace)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ({"filters": 64, "kernel": 3, "padding": 1}, (64, 12, 12)),
        ({"filters": 64, "kernel": 3, "padding": 1}, (64, 60, 60)),
        ({"filters": 96, "kernel": 1}, (32, 12, 12)),
        ({"filters": 32, "kernel": 3, "groups": 32, "padding": 1}, (32, 40, 40)),
        ({"filters": 32, "kernel": 3, "groups": 4, "padding": 1}, (32, 40, 40)),
        ({"filters": 128, "kernel": 3, "padding": 1}, (128, 20, 20)),
    ],
    ids=["rows", "whole", "pointwise", "depthwise", "grouped", "kept"],
)
@pytest.mark.parametrize("norm", [False, True])
def test_what_is_reckoned_for_weights_is_what_is_kept_of_them(
    layer: dict[str, object], shape: tuple[int, ...], norm: bool
) -> None:
    design = chain(shape, ("conv2d", layer), *([("batch_norm", {})] if norm else []))
    images, workspace = {"image": np.zeros((1, *shape), np.float32)}, Workspace()
    plan = plan_run(design, analyse(design), images, keep=[design.order[-1]], workspace=workspace)
    reckoned = plan.needed_bytes(workspace) - plan.program.memory.peak_bytes
    run_to_end(plan, images, workspace=workspace)
    use = workspace.use()
    # Reckoned with a bias as one more row, there or not.
    assert use.weights + use.kernels <= reckoned <= use.weights + use.kernels + 4 * 128
