"""A plan that is run again and again, bound to arrays of its own: what is left of a run is calls of NumPy.

A small layer is computed in less time than it takes to look up its arrays, cut them up and choose how. All of that is
the same in every run of one plan, so it is done once: maps that nobody watches get places in memory that stay, and
every layer's calls are made for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from math import prod
from typing import cast

import numpy as np

from designer.engine.compile.plan import Plan
from designer.engine.execute.steps import Running, SourceStep
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Array
from designer.kernels.arrays.channels_last import channels_first
from designer.kernels.runtime.calls import Call, perform
from designer.kernels.runtime.scratch import Scratch
from designer.kernels.runtime.stages import Stage, Whole, run_stages
from designer.kernels.runtime.threads import core_count, run_tiles
from designer.layer_api.geometry import Shape

LARGEST_PLAN = 1 << 24
"""Bytes of maps that a plan may keep to itself between runs."""

LARGEST_RESULT = 1 << 18
"""Values of all results together: they are copied out, because the next run writes over them."""


def can_be_bound(plan: Plan) -> bool:
    """Whether a plan is small enough, and computes everything in every run."""
    shapes = plan.program.layout.shapes
    results = sum(prod(shapes[node]) for node in plan.keep if node in shapes)
    return (
        plan.cache is None
        and plan.program.peak_bytes <= LARGEST_PLAN
        and results <= LARGEST_RESULT
        and all(node in shapes for node in plan.keep)
    )


class BoundProgram:
    """The calls of a plan, for which `can_be_bound` holds, on arrays of its own.

    Parameters
    ----------
    images
        Arrays of the shapes of all further ones.
    workspace
        Where the layers have been prepared.
    """

    def __init__(self, plan: Plan, images: Mapping[str, Array], workspace: Workspace) -> None:
        binding = _Binding(plan, images, workspace)
        self._work = binding.work()
        self._sources, self._results = binding.sources, binding.results
        self._lock = threading.Lock()

    def run(self, images: Mapping[str, Array]) -> dict[str, Array] | None:
        """The kept maps of these images, new read-only arrays; None while another thread runs the same program."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            for name, source in self._sources.items():
                np.copyto(source, images[name], casting="same_kind")
            for work in self._work:
                work()
            return {node: _copied(array) for node, array in self._results.items()}
        finally:
            self._lock.release()


class _Binding:
    """Gives every map of a plan its place, and collects the calls of its steps.

    ``sources`` are the places of the images, ``results`` those of the kept maps.
    """

    def __init__(self, plan: Plan, images: Mapping[str, Array], workspace: Workspace) -> None:
        self._plan, self._arena = plan, _Arena()
        # Not those of the workspace: other programs and threads would write into what these calls read.
        self._scratch = Scratch()
        self._running = Running(plan.design, plan.report, plan.program.layout, images, {}, workspace, self._arena.array)
        self.sources: dict[str, Array] = {}
        self.results: dict[str, Array] = {}
        self._work: list[Callable[[], object]] = []
        self._chain: list[list[Call]] = []
        self._edges: tuple[int, ...] = ()

    def work(self) -> list[Callable[[], object]]:
        """What computes the results from the sources, in order."""
        for index in range(len(self._plan.program.steps)):
            self._bind(index)
        self._end_chain()
        return self._work

    def _bind(self, index: int) -> None:
        program, running = self._plan.program, self._running
        step = program.steps[index]
        if isinstance(step, SourceStep):
            shape = running.images[step.id].shape
            array: Array = np.zeros(prod(shape), np.float32).reshape(shape)
            self.sources[step.id] = array
        else:
            array, stages = step.bind(running, self._scratch)
            for stage in stages:
                self._add(stage)
        running.alive[step.id] = array
        if step.id in self._plan.keep:
            self.results[step.id] = array
        freed = [running.alive.pop(source) for source in program.frees[index] if source in running.alive]
        in_use = {id(_root(held)) for held in (*running.alive.values(), *self.results.values())}
        self._arena.free([array for array in freed if id(_root(array)) not in in_use])

    def _add(self, stage: Stage) -> None:
        if isinstance(stage, Whole) or stage.count > core_count():
            self._end_chain()
            self._work.append(partial(run_stages, [stage], self._scratch))
            return
        alone = stage.count == len(self._chain) == 1
        if not alone and not (stage.is_local and stage.bands and stage.bands == self._edges):
            self._end_chain()
            self._chain = [[] for _index in range(stage.count)]
        self._edges = stage.bands
        for index, collected in enumerate(self._chain):
            collected.extend(stage.calls(index, self._scratch.numbered(index)))

    def _end_chain(self) -> None:
        """Make work of the chain: its parts are tiles, and whatever comes next waits for all of them."""
        chain = self._chain
        if len(chain) == 1:
            self._work.extend(chain[0])
        elif chain:
            self._work.append(partial(run_tiles, lambda index: perform(chain[index]), len(chain)))
        self._chain, self._edges = [], ()
        self._arena.settle()


class _Arena:
    """Memory for maps, used again for others when their last reader is done.

    The workspace's pool takes memory back when nobody refers to it any more; calls that are kept refer to all of it.
    """

    def __init__(self) -> None:
        self._free: list[Array] = []
        self._freed: dict[int, Array] = {}

    def array(self, shape: Shape, _lasting: bool) -> Array:
        """An array ``(N, C, *spatial)``, its channels adjacent in memory."""
        laid = (shape[0], *shape[2:], shape[1]) if len(shape) > 2 else shape
        size = prod(shape)
        fitting = [block for block in self._free if block.size >= size]
        if fitting:
            block = min(fitting, key=np.size)
            self._free = [other for other in self._free if other is not block]
        else:
            block = np.zeros(size, np.float32)
        array = block[:size].reshape(laid)
        return channels_first(array) if len(shape) > 2 else array

    def free(self, arrays: Iterable[Array]) -> None:
        """Take back the memory of arrays, for others once the chain that may still read them has ended."""
        for array in arrays:
            root = _root(array)
            self._freed[id(root)] = root

    def settle(self) -> None:
        """A chain has ended: what was freed before may be written over from now on."""
        self._free += self._freed.values()
        self._freed = {}


def _root(array: Array) -> Array:
    """The array that owns the memory."""
    return array if array.base is None else cast(Array, array.base)


def _copied(array: Array) -> Array:
    found = array.copy(order="K")
    found.flags.writeable = False
    return found
