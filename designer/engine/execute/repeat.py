"""A design that is run on one batch after another: what is left of a run in the end is calls of NumPy.

A small layer is computed in less time than it takes to look up its arrays, cut them up and choose how. All of that is
the same in every run of one plan, so it is done once: the steps are bound to memory that stays, and their calls kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from functools import partial
from math import prod

import numpy as np

from designer.analysis.report import Report
from designer.engine.compile.memory_plan import assign_offsets
from designer.engine.compile.plan import Plan, Request, check_images, check_memory, check_request, make_plan
from designer.engine.compile.step import Step
from designer.engine.execute.execution import Execution
from designer.engine.execute.profile import RunProfile
from designer.engine.execute.runner import LayerResult, Progress, RunProfiled, ignore_progress, run, run_to_end
from designer.engine.options import EngineOptions
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Design
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.stages import Scratch, Stage, Whole, run_stages
from designer.kernels.runtime.threads import Call, core_count, kernel_scope, perform, run_tiles

LARGEST_PLAN = 1 << 24
"""Bytes of maps that a plan may keep to itself between runs. VGG-16's are 26 MB, and its calls take long enough not to
matter."""

LARGEST_RESULT = 1 << 18
"""Values of all results together: they are copied out, because the next run writes over them."""

LINGER = 2
"""Steps for which memory is left alone after its last reader: a chain is at most a depthwise convolution, the product
after it and the product that begins the next block, and would end where one of them wrote into another's memory."""


class RepeatedRun:
    """Runs of one design. Safe between threads.

    Parameters
    ----------
    keep
        Nodes whose maps are wanted; None: all.
    workspace
        Prepared layers and memory.
    """

    def __init__(
        self,
        design: Design,
        report: Report,
        *,
        keep: Collection[str] | None = None,
        options: EngineOptions | None = None,
        workspace: Workspace | None = None,
    ) -> None:
        self._design, self._report, self._keep = design, report, keep
        self._precise = options is not None and options.precise
        self._workspace = workspace or Workspace()
        self._planned: tuple[Request, Plan] | None = None
        self._ran: Plan | None = None
        self.bound: BoundPlan | None = None
        """The calls of the plan that was run last, if it has been run before and is a small one."""
        self._lock = threading.Lock()

    def plan(self, images: Mapping[str, Array]) -> Plan:
        """The plan for these images, the same one for the same shapes; raises RunRefused."""
        check_images(self._report, images)
        request = Request.of(self._design, self._report, images, self._keep, precise=self._precise)
        planned = self._planned
        if planned is None or planned[0] != request:
            planned = self._planned = request, make_plan(request, images, self._workspace)
        return planned[1]

    def check_memory(self, sources: frozenset[str], image_bytes: int) -> None:
        """Raise RunRefused where a run on one image would not fit into memory, with so many bytes besides."""
        keep = None if self._keep is None else frozenset(self._keep)
        request = Request(self._design, self._report, keep, sources, 1, self._precise)
        check_request(request, self._workspace, image_bytes)

    def run(self, images: Mapping[str, Array], *, progress: Progress = ignore_progress) -> dict[str, Array]:
        """Every kept output by node id; parameters and errors as for `designer.engine.execute.runner.run`."""
        plan = self.plan(images)
        if progress is not ignore_progress or not self._lock.acquire(blocking=False):
            return run_to_end(plan, images, progress=progress, workspace=self._workspace)
        try:
            return self._run_alone(plan, images)
        finally:
            self._lock.release()

    def run_profiled(
        self, images: Mapping[str, Array], *, progress: Progress = ignore_progress
    ) -> tuple[dict[str, Array], RunProfile]:
        """The outputs, computed layer by layer, and where the time went."""
        maps, profile = dict[str, Array](), RunProfile()
        with kernel_scope():
            for event in run(self.plan(images), images, progress=progress, workspace=self._workspace):
                match event:
                    case LayerResult():
                        maps[event.id] = event.output
                    case RunProfiled():
                        profile = event.profile
        return maps, profile

    def _run_alone(self, plan: Plan, images: Mapping[str, Array]) -> dict[str, Array]:
        repeated, self._ran = plan is self._ran, plan
        # Not kept while it runs: what has failed in between is bound anew.
        bound, self.bound = self.bound if repeated else None, None
        if not repeated or not can_be_bound(plan):
            return run_to_end(plan, images, workspace=self._workspace)
        check_memory(plan, self._workspace)
        with kernel_scope():
            bound = bound or BoundPlan(plan, images, self._workspace)
            results = bound.run(images)
        self.bound = bound
        return results


def can_be_bound(plan: Plan) -> bool:
    """Whether a plan is small enough, and computes everything in every run."""
    memory = plan.program.memory
    results = sum(prod(memory.shapes[node]) for node in plan.keep)
    return plan.cache is None and memory.peak_bytes <= LARGEST_PLAN and results <= LARGEST_RESULT


class BoundPlan:
    """The calls of a plan, for which `can_be_bound` holds, on arrays of its own. For one thread at a time.

    Parameters
    ----------
    images
        Arrays of the shapes of all further ones.
    workspace
        Where the layers have been prepared.
    """

    def __init__(self, plan: Plan, images: Mapping[str, Array], workspace: Workspace) -> None:
        self._plan, self._memory = plan, plan.program.memory
        self._offsets, size = assign_offsets(plan.program.memory.passing, LINGER)
        self._sources = {name: np.zeros(array.shape, np.float32) for name, array in images.items()}
        self._results: dict[str, Array] = {}
        # Not the memory of the workspace: other runs and threads would write into what these calls read.
        self._scratch = Scratch()
        self._work: list[Callable[[], object]] = []
        self._chain: list[list[Call]] = []
        self._edges: tuple[int, ...] = ()
        self._touched: set[str] = set()
        arena = np.zeros(size, np.float32)
        self._bind(Execution(plan, self._sources, workspace, self._offsets, arena, self._scratch))

    @property
    def work_count(self) -> int:
        """How often threads wait for each other, or one computes alone."""
        return len(self._work)

    def run(self, images: Mapping[str, Array]) -> dict[str, Array]:
        """The kept maps of these images, new read-only arrays."""
        for name, source in self._sources.items():
            np.copyto(source, images[name], casting="same_kind")
        for work in self._work:
            work()
        return {node: _copied(array) for node, array in self._results.items()}

    def _bind(self, execution: Execution) -> None:
        for index, step in enumerate(self._plan.program.steps):
            _algorithm, stages = execution.bind(step)
            for stage in stages:
                self._add(stage, step)
            if step.id in self._plan.keep:
                self._results[step.id] = execution.arrays[step.id]
            execution.free(index)
        self._end_chain()

    def _add(self, stage: Stage, step: Step) -> None:
        """Add the work of a stage: to the chain, where its parts need nothing but what they have made themselves."""
        if isinstance(stage, Whole) or stage.count > core_count():
            self._end_chain()
            self._work.append(partial(run_stages, [stage], self._scratch))
            return
        alone = stage.count == len(self._chain) == 1
        follows = stage.is_local and stage.bands and stage.bands == self._edges and not self._overwrites(step)
        if not alone and not follows:
            self._end_chain()
            self._chain = [[] for _index in range(stage.count)]
        self._edges = stage.bands
        self._touched.update(
            self._memory.holders[node] for node in (step.id, *step.inputs) if node in self._memory.holders
        )
        for index, collected in enumerate(self._chain):
            collected.extend(stage.calls(index, self._scratch.numbered(index)))

    def _overwrites(self, step: Step) -> bool:
        """Whether a step would write where another thread may still be reading, or writing, in this chain."""
        held = self._memory.holders[step.id]
        begin, end = self._extent(held)
        others = [self._extent(other) for other in self._touched if other != held]
        return any(begin < last and first < end for first, last in others)

    def _extent(self, held: str) -> tuple[int, int]:
        """Where memory begins and ends in the arena; nowhere, where it is not in there."""
        if held not in self._offsets:
            return 0, 0
        start = self._offsets[held]
        return start, start + self._memory.passing[held].size

    def _end_chain(self) -> None:
        """Make work of the chain: its parts are tiles, and whatever comes next waits for all of them."""
        chain = self._chain
        if len(chain) == 1:
            self._work.extend(chain[0])
        elif chain:
            self._work.append(partial(run_tiles, lambda index: perform(chain[index]), len(chain)))
        self._chain, self._edges, self._touched = [], (), set()


def _copied(array: Array) -> Array:
    found = array.copy(order="K")
    found.flags.writeable = False
    return found
