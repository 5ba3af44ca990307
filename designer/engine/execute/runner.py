"""Run a design on images, one step after the other, as a generator that can be stopped inside a layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial

import attrs

from designer.analysis.report import Report
from designer.engine.compile.plan import Plan, Request, check_images, check_memory, make_plan
from designer.engine.execute.bound import BoundProgram, can_be_bound
from designer.engine.execute.profile import RunProfile, StepProfile
from designer.engine.execute.steps import Running, Step
from designer.engine.options import EngineOptions
from designer.engine.remember.cache import ResultCache
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Array, Design
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
    """The progress of a run that is not shown."""


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
    execution = _Execution(plan, images, workspace or Workspace(), progress)
    count = len(plan.program.steps)
    try:
        for index, step in enumerate(plan.program.steps):
            node_id = step.id
            progress(node_id, 0.0)
            yield LayerStarted(node_id, index, count)
            with kernel_scope():
                execution.compute(step)
            if node_id in plan.keep:
                # No local name may hold an output: it would outlive its last reader.
                cost = execution.profile[-1]
                seconds = 0.0 if cost.remembered else cost.seconds
                yield LayerResult(node_id, execution.result(node_id), index, count, seconds)
            execution.free(index)
    finally:
        execution.close()
    yield RunProfiled(RunProfile(tuple(line for line in execution.profile if line.algorithm)))


class _Rising:
    """Tells how much of a step is done; never less than before, though its parts do not know of each other."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell, self._most = tell, 0.0

    def __call__(self, fraction: float) -> None:
        self._most = max(self._most, fraction)
        self._tell(self._most)


class _Execution:
    """The steps of a plan, one after the other."""

    def __init__(self, plan: Plan, images: Mapping[str, Array], workspace: Workspace, progress: Progress) -> None:
        check_memory(plan, workspace)
        self._plan, self._progress = plan, progress
        self._running = Running(plan.design, plan.report, plan.program.layout, images, plan.remembered, workspace)
        self.profile: list[StepProfile] = []

    def compute(self, step: Step) -> None:
        """Compute a step and note the time it took."""
        running = self._running
        began = time.perf_counter()
        if not step.computes or self._progress is ignore_progress:
            running.alive[step.id] = step.compute(running)
        else:
            with checkpoint_scope(_Rising(partial(self._progress, step.id))):
                running.alive[step.id] = step.compute(running)
        if step.computes:
            seconds = time.perf_counter() - began
            self.profile.append(StepProfile(step.nodes, running.algorithm, seconds, step.macs))
        else:
            self.profile.append(self._without_computing(step))

    def _without_computing(self, step: Step) -> StepProfile:
        plan = self._plan
        if plan.cache is None or step.id not in plan.remembered or not plan.report.layers[step.id].inputs:
            return StepProfile(step.nodes, "", 0.0, 0)
        seconds, algorithm = plan.cache.cost(plan.keys[step.id])
        return StepProfile(step.nodes, algorithm, seconds, step.macs, remembered=True)

    def result(self, node_id: str) -> Array:
        """The output of the kept node computed last, read-only; put into the cache."""
        plan, cost = self._plan, self.profile[-1]
        found = plan.remembered.get(node_id)
        if found is None:
            found = self._running.alive[node_id].view()
            found.flags.writeable = False
        return found if plan.cache is None else plan.cache.put(plan.keys[node_id], found, cost.seconds, cost.algorithm)

    def free(self, index: int) -> None:
        """Forget the arrays that nobody reads after a step."""
        for source in self._plan.program.frees[index]:
            self._running.alive.pop(source, None)

    def close(self) -> None:
        """Let go of the memory that is not worth keeping for the next run; also where the run was stopped."""
        self._running.alive.clear()
        self._running.workspace.trim()


def run_to_end(
    plan: Plan,
    images: Mapping[str, Array],
    *,
    progress: Progress = ignore_progress,
    workspace: Workspace | None = None,
) -> dict[str, Array]:
    """Every kept output by node id; parameters and errors as for :func:`run`."""
    workspace = workspace or Workspace()
    again = _run_again(plan, images, workspace) if progress is ignore_progress else None
    if again is not None:
        return again
    execution = _Execution(plan, images, workspace, progress)
    results = {}
    with kernel_scope():
        try:
            for index, step in enumerate(plan.program.steps):
                execution.compute(step)
                if step.id in plan.keep:
                    results[step.id] = execution.result(step.id)
                execution.free(index)
        finally:
            execution.close()
    return results


def _run_again(plan: Plan, images: Mapping[str, Array], workspace: Workspace) -> dict[str, Array] | None:
    """The results of a plan that was the last one to be run, if it is a small one; else None."""
    last, program = workspace.last_run
    # Not kept while it runs: what has failed in between cannot be run again.
    workspace.last_run = plan, None
    if last is not plan or (program is None and not can_be_bound(plan)):
        return None
    check_memory(plan, workspace)
    with kernel_scope():
        bound: BoundProgram = program or BoundProgram(plan, images, workspace)
        results = bound.run(images)
    workspace.last_run = plan, bound
    return results
