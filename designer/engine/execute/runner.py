"""Run a design on images, one step after the other, as a generator that can be stopped inside a layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import attrs

from designer.analysis.report import Report
from designer.engine.compile.plan import Plan, Request, check_images, check_memory, make_plan
from designer.engine.compile.step import Step
from designer.engine.execute.execution import Execution
from designer.engine.execute.profile import RunProfile, StepProfile
from designer.engine.options import EngineOptions
from designer.engine.remember.workspace import ResultCache, Workspace
from designer.graph.design import Design
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import checkpoint_scope, kernel_scope


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
    """The default: a run that nobody watches, which then passes no checkpoints at all."""


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
    request = Request.of(design, report, images, keep, precise=options is not None and options.precise)
    return make_plan(request, images, workspace or Workspace(), cache)


def run(
    plan: Plan,
    images: Mapping[str, Array],
    *,
    progress: Progress = ignore_progress,
    workspace: Workspace | None = None,
) -> Iterator[Event]:
    """Compute every step of a plan.

    Parameters
    ----------
    images
        Source id → array (N, C, *spatial), float32.
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
    workspace = workspace or Workspace()
    check_memory(plan, workspace)
    memory, steps = plan.program.memory, plan.program.steps
    arena = workspace.blocks.values(memory.arena_values)
    execution = Execution(plan, images, workspace, memory.offsets, arena)
    del arena
    profile: list[StepProfile] = []
    try:
        for index, step in enumerate(steps):
            progress(step.id, 0.0)
            yield LayerStarted(step.id, index, len(steps))
            with kernel_scope():
                cost = _timed(plan, execution, index, progress)
            if cost.algorithm:
                profile.append(cost)
            if step.id in plan.keep:
                # No local name may hold an output: it would outlive its last reader.
                seconds = 0.0 if cost.remembered else cost.seconds
                yield LayerResult(step.id, _result(plan, execution, step, cost), index, len(steps), seconds)
            execution.free(index)
    finally:
        # Also where the run was stopped: only now is what it had made given back.
        del execution
        workspace.trim()
    yield RunProfiled(RunProfile(tuple(profile)))


def run_to_end(
    plan: Plan,
    images: Mapping[str, Array],
    *,
    progress: Progress = ignore_progress,
    workspace: Workspace | None = None,
) -> dict[str, Array]:
    """Every kept output by node id; parameters and errors as for :func:`run`."""
    with kernel_scope():
        events = run(plan, images, progress=progress, workspace=workspace)
        return {event.id: event.output for event in events if isinstance(event, LayerResult)}


def _timed(plan: Plan, execution: Execution, index: int, progress: Progress) -> StepProfile:
    """Compute a step; the time that took, or that it took when what is remembered was computed."""
    step, began = plan.program.steps[index], time.perf_counter()
    with _telling(progress, step) if step.origin.computes else nullcontext():
        algorithm = execution.compute(index)
    if step.origin.computes:
        return StepProfile(step.nodes, algorithm, time.perf_counter() - began, step.macs)
    if plan.cache is None or step.id not in plan.remembered or not plan.report.layers[step.id].inputs:
        return StepProfile(step.nodes, "", 0.0, 0)
    seconds, algorithm = plan.cache.cost(plan.keys[step.id])
    return StepProfile(step.nodes, algorithm, seconds, step.macs, remembered=True)


def _telling(progress: Progress, step: Step) -> AbstractContextManager[None]:
    """Pass the checkpoints of a step on, if anybody wants to know."""
    if progress is ignore_progress:
        return nullcontext()
    return checkpoint_scope(_Progress(partial(progress, step.id)))


class _Progress:
    """The largest fraction reported by any part of a step, so that it never decreases."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell, self._most = tell, 0.0

    def __call__(self, fraction: float) -> None:
        self._most = max(self._most, fraction)
        self._tell(self._most)


def _result(plan: Plan, execution: Execution, step: Step, cost: StepProfile) -> Array:
    """The output of a kept node, read-only; put into the cache."""
    found = plan.remembered.get(step.id)
    if found is None:
        found = execution.arrays[step.id].view()
        found.flags.writeable = False
    return found if plan.cache is None else plan.cache.put(plan.keys[step.id], found, cost.seconds, cost.algorithm)
