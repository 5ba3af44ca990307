"""Run a design on images, one step after the other, as a generator that can be stopped inside a layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext

import attrs
import numpy as np

from designer.analysis.report import Report
from designer.engine.cache import ResultCache
from designer.engine.options import EngineOptions
from designer.engine.plan import Plan, Request, check_images, check_memory, make_plan
from designer.engine.profile import RunProfile, StepProfile
from designer.engine.steps import Running, Step
from designer.engine.weights import WeightStore
from designer.engine.workspace import Workspace
from designer.graph.design import Array, Design
from designer.kernels.threads import checkpoint_scope, kernel_scope


class RunCancelled(Exception):
    """The run was stopped; what had been computed before remains valid."""


@attrs.frozen
class LayerStarted:
    """Step ``index`` of ``count`` begins: the layer ``id``, and those that are computed as one with it."""

    id: str
    index: int
    count: int


@attrs.frozen(eq=False)
class LayerResult:
    """A layer's output, float32 (N, *shape), read-only; ``seconds`` is 0 where it was remembered.

    Values that are neighbours on the channel axis are neighbours in memory.
    """

    id: str
    output: Array
    index: int
    count: int
    seconds: float


@attrs.frozen
class RunProfiled:
    """Every step is done; where the time went."""

    profile: RunProfile


Event = LayerStarted | LayerResult | RunProfiled
Progress = Callable[[str, float], None]


def ignore_progress(node_id: str, fraction: float) -> None:
    """Nobody watches."""


def plan_run(
    design: Design,
    report: Report,
    images: Mapping[str, Array],
    *,
    keep: Collection[str] | None = None,
    cache: ResultCache | None = None,
    options: EngineOptions | None = None,
    workspace: Workspace | None = None,
) -> Plan:
    """Check the images and plan the run; raises RunRefused.

    What the cache remembers is taken over, and the run's results are added to it.
    """
    check_images(report, images)
    request = Request(
        design,
        report,
        None if keep is None else frozenset(keep),
        frozenset(images),
        max((len(array) for array in images.values()), default=1),
        options is not None and options.precise,
    )
    return make_plan(request, images, workspace or Workspace(), cache)


def run(
    plan: Plan,
    images: Mapping[str, Array],
    *,
    weights: WeightStore | None = None,
    progress: Progress = ignore_progress,
    workspace: Workspace | None = None,
) -> Iterator[Event]:
    """Compute every step of a plan.

    Parameters
    ----------
    images
        Source id → array (N, C, *spatial), float32.
    weights
        Where initial weights come from where there is no workspace.
    progress
        Called with (node id, fraction done) between the tiles of a layer, in the running thread. It stops the run by
        raising RunCancelled.
    workspace
        Prepared layers and memory of earlier runs.

    Yields
    ------
    LayerStarted, LayerResult, RunProfiled
        In execution order; a result for kept nodes only. Nodes that cannot be computed are left out.

    Raises
    ------
    RunRefused
        Where the run would not fit into memory.
    RunCancelled
        From ``progress``.
    """
    check_memory(plan)
    workspace = workspace or Workspace(weights)
    running = Running(plan.design, plan.report, plan.program.layout, images, plan.remembered, workspace)
    steps, count = plan.program.steps, len(plan.program.steps)
    profile: list[StepProfile] = []
    for index, step in enumerate(steps):
        node_id = step.id
        progress(node_id, 0.0)
        yield LayerStarted(node_id, index, count)
        seconds = _compute(step, running, progress)
        profile.append(_profiled(step, running, plan, seconds))
        if node_id in plan.keep:
            # No local name may hold an output: it would outlive its last reader.
            yield LayerResult(node_id, _watched(running, plan, node_id, profile[-1]), index, count, seconds)
        for source in plan.program.frees[index]:
            running.alive.pop(source, None)
    yield RunProfiled(RunProfile(tuple(line for line in profile if line.algorithm)))


def _compute(step: Step, running: Running, progress: Progress) -> float:
    """Compute a step and return the seconds it took, 0 where there was nothing to do."""
    if not step.computes:
        running.alive[step.id] = step.compute(running)
        return 0.0
    began = time.perf_counter()
    watched = (
        nullcontext() if progress is ignore_progress else checkpoint_scope(lambda fraction: progress(step.id, fraction))
    )
    with watched, np.errstate(all="ignore"):
        running.alive[step.id] = step.compute(running)
    return time.perf_counter() - began


def _profiled(step: Step, running: Running, plan: Plan, seconds: float) -> StepProfile:
    if step.computes:
        return StepProfile(step.nodes, running.algorithm, seconds, step.macs)
    if plan.cache is None or step.id not in plan.remembered or not plan.report.layers[step.id].inputs:
        return StepProfile(step.nodes, "", 0.0, 0)
    seconds, algorithm = plan.cache.cost(plan.keys[step.id])
    return StepProfile(step.nodes, algorithm, seconds, step.macs, remembered=True)


def _watched(running: Running, plan: Plan, node_id: str, cost: StepProfile) -> Array:
    """The output of a kept node, read-only; put into the cache."""
    found = plan.remembered.get(node_id)
    if found is None:
        found = running.alive[node_id].view()
        found.flags.writeable = False
    return found if plan.cache is None else plan.cache.put(plan.keys[node_id], found, cost.seconds, cost.algorithm)


def run_to_end(plan: Plan, images: Mapping[str, Array], **options: object) -> dict[str, Array]:
    """Every kept output by node id; options as for :func:`run`."""
    with kernel_scope():
        return {
            event.id: event.output
            for event in run(plan, images, **options)  # type: ignore[arg-type]
            if isinstance(event, LayerResult)
        }
