from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from designer.analysis.analyse import analyse
from designer.engine.execute.runner import RunCancelled, plan_run, run
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Design, Edge, Node
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import core_count
from designer.layer_api.registry import catalogue, make_layer

MAPS = (16, 1024, 1024)
VECTOR = (1 << 22,)
FEWER = {"locally_connected2d": (16, 128, 128)}
"""A layer with weights of its own for every cell: of the larger maps they would be 10 GB."""

KINDS = sorted(kind for kind, cls in catalogue().items() if not cls.is_source())


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One thread computes every tile, so that none is finished without a word by another."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0}, raising=False)
    core_count.cache_clear()
    assert core_count() == 1
    yield
    core_count.cache_clear()


def design_of(kind: str, shape: tuple[int, ...], inner: bool) -> Design:
    """A layer on an image or a vector; ``inner``: on maps that another layer has made, in the engine's order."""
    layer = make_layer(kind)
    maps = FEWER.get(kind, MAPS) if len(shape) == 3 else (16, 512, 512)
    nodes = [Node("image", make_layer("image_input", shape=maps))]
    if inner:
        nodes.append(Node("before", make_layer("tanh")))
    if len(shape) == 1:
        nodes.append(Node("flat", make_layer("flatten")))
    nodes.append(Node("layer", layer))
    ids = [node.id for node in nodes]
    edges = [Edge(source, target) for source, target in pairwise(ids)]
    edges += [Edge(ids[-2], "layer", index) for index in range(1, layer.min_inputs)]
    return Design(nodes={node.id: node for node in nodes}, edges=tuple(edges))


def fractions_of(design: Design, images: dict[str, Array]) -> list[float] | None:
    """What the layer reports while it is computed; None where it has nothing to do."""
    report = analyse(design)
    assert not report.problems
    workspace = Workspace()
    # Kept, or its input would be computed as one with it.
    plan = plan_run(design, report, images, keep=["layer", *design.order[:-1]], workspace=workspace)
    told: list[float] = []

    def progress(node_id: str, fraction: float) -> None:
        if node_id == "layer" and fraction > 0:
            told.append(fraction)

    for _event in run(plan, images, progress=progress, workspace=workspace):
        pass
    return told if plan.program.steps[-1].origin.computes else None


@pytest.mark.parametrize("inner", [False, True])
@pytest.mark.parametrize("shape", [MAPS, VECTOR])
@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_can_be_stopped_inside(kind: str, shape: tuple[int, ...], inner: bool) -> None:
    design = design_of(kind, shape, inner)
    if analyse(design).problems:
        pytest.skip("not for such an input")
    image = np.ones((1, *design.nodes["image"].layer.output_shape(())), np.float32)
    told = fractions_of(design, {"image": image})
    if told is None:
        pytest.skip("nothing is computed")
    # A tile is never as much as a third of what takes some ten milliseconds in all.
    assert len(told) >= 4
    assert told[-1] == 1


def test_a_run_stops_at_the_checkpoint_that_refuses() -> None:
    design = design_of("upsample2d", MAPS, inner=True)
    passed: list[float] = []

    def refuse(node_id: str, fraction: float) -> None:
        if node_id == "layer" and fraction > 0:
            passed.append(fraction)
            raise RunCancelled

    images = {"image": np.ones((1, *MAPS), np.float32)}
    plan = plan_run(design, analyse(design), images, keep=["layer"])
    with pytest.raises(RunCancelled):
        list(run(plan, images, progress=refuse))
    assert len(passed) == 1
    assert passed[0] < 0.5
