"""A design, and who watches it, turned into steps: layers that can be computed as one become one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from designer.analysis.report import Report
from designer.engine.compile.memory_plan import MemoryPlan, Place, frees, last_readers, plan_memory
from designer.engine.compile.step import KernelRecipe, Origin, Step
from designer.engine.compile.wiring import Wiring
from designer.engine.remember.keys import Arithmetic, Digest
from designer.graph.design import Design
from designer.kernels.epilogue import PLAIN


@attrs.frozen(eq=False)
class Program:
    """Steps in order.

    ``frees`` names the arrays that nobody reads after each of them; ``memory`` says where arrays lie.
    """

    steps: tuple[Step, ...]
    frees: tuple[tuple[str, ...], ...]
    memory: MemoryPlan


@attrs.frozen(eq=False)
class Task:
    """What is to be compiled: everything that the steps depend on.

    Parameters
    ----------
    keep
        Nodes that somebody watches: each has an array of its own, exactly as if everybody were watched.
    is_remembered
        Whether the maps of a node are there already.
    """

    design: Design
    report: Report
    wires: Wiring
    own: Mapping[str, Digest]
    keep: frozenset[str]
    is_remembered: Callable[[str], bool]
    batch: int
    arithmetic: Arithmetic


def compile_steps(task: Task) -> Program:
    """Compile a task, from the ends backwards, so that only what is needed becomes a step."""
    steps = _Grouping(task).steps()
    layers = task.report.layers
    shapes = {step.id: (task.batch, *(layers[step.id].output_shape or ())) for step in steps}
    lasting = frozenset(task.wires.origin[node] for node in task.keep)
    last = last_readers(steps)
    placed = _placed(task, steps, lasting)
    joins = {place.join for place in placed.values()}
    for index, step in enumerate(steps):
        if step.id in joins and all(source in placed for source in step.inputs):
            steps[index] = Step(step.nodes, step.inputs, Origin.PARTS)
    in_place = _in_place(task, steps, last, lasting, placed)
    memory = plan_memory(steps, shapes, last, lasting, placed, in_place)
    return Program(tuple(steps), frees(steps, last), memory)


class _Grouping:
    """Which layers are computed as one."""

    def __init__(self, task: Task) -> None:
        self._task, self._wires = task, task.wires
        self._treatments = task.wires.treatments
        self._watched = {task.wires.origin[node] for node in task.keep}
        self._place = {node: index for index, node in enumerate(task.wires.order)}

    def steps(self) -> list[Step]:
        """Steps in execution order."""
        found: list[Step] = []
        wanted = set(self._watched)
        for node in reversed(self._wires.order):
            if self._wires.origin[node] != node:
                if node in self._task.keep:
                    found.append(Step((node,), self._wires.inputs[node], Origin.INPUT))
                continue
            if node in wanted:
                step = self._step(node)
                wanted.update(step.inputs)
                found.append(step)
        found.reverse()
        return found

    def _step(self, node: str) -> Step:
        if self._task.is_remembered(node):
            return Step((node,), (), Origin.REMEMBERED, self._macs(node))
        if not self._task.report.layers[node].inputs:
            return Step((node,), (), Origin.IMAGE)
        nodes, residual, epilogue, current = [node], None, PLAIN, node
        before = self._wires.inputs[node][0]
        activation = self._treatments[node].epilogue
        if activation is not None and self._is_free(before):
            nodes.append(before)
            epilogue, current = activation, before
        summand = self._summand(current)
        if summand is not None:
            first, second = self._wires.inputs[current]
            residual = second if summand == first else first
            nodes.append(summand)
            current = summand
        fold = self._wires.folds.get(current) if self._task.arithmetic.folded else None
        if fold is not None:
            current = fold.layer
            nodes.append(current)
        kernel = self._treatments[current].kernel
        if kernel is None:
            return Step((node,), self._wires.inputs[node], Origin.LAYER, self._macs(node))
        own, read = self._task.own, self._wires.inputs[current]
        return Step(
            tuple(nodes[::-1]),
            read if residual is None else (*read, residual),
            Origin.LAYER,
            self._macs(current),
            KernelRecipe(
                current,
                kernel,
                fold,
                (own[current], None if fold is None else own[fold.norm]),
                self._task.arithmetic.precise,
            ),
            residual,
            epilogue,
        )

    def _summand(self, node: str) -> str | None:
        """The input of a sum of two that can be computed as one with it: the later one, where both can.

        Not one that is added to itself: it has two readers.
        """
        read = self._wires.inputs[node]
        if not self._treatments[node].adds or len(read) != 2:
            return None
        free = [source for source in read if self._is_free(source) and self._treatments[source].kernel is not None]
        return max(free, key=self._place.__getitem__, default=None)

    def _is_free(self, node: str) -> bool:
        """Whether nobody but its one reader needs the array of a node."""
        return node not in self._watched and len(self._wires.readers[node]) == 1 and not self._task.is_remembered(node)

    def _macs(self, node: str) -> int:
        return self._task.report.layers[node].macs * self._task.batch


def _placed(task: Task, steps: list[Step], lasting: frozenset[str]) -> dict[str, Place]:
    """Inputs of concatenations that can be computed where they belong, because nobody else reads them."""
    computed = {step.id for step in steps if step.origin.computes}
    placed = {}
    for step in steps:
        if not task.wires.treatments[step.id].joins:
            continue
        end = 0
        for source in step.inputs:
            start, end = end, end + (task.report.layers[source].output_shape or (0,))[0]
            alone = len(task.wires.readers[source]) == 1
            if alone and source in computed and (source not in lasting or step.id in lasting):
                placed[source] = Place(step.id, slice(start, end))
    return placed


def _in_place(
    task: Task, steps: list[Step], last: Mapping[str, int], lasting: frozenset[str], placed: Mapping[str, Place]
) -> frozenset[str]:
    """Steps that may write over their first input: it was made in this run, and nobody looks at it any more."""
    passing = {step.id for step in steps if step.origin.computes} - lasting
    return frozenset(
        step.id
        for index, step in enumerate(steps)
        if step.inputs
        and last[step.inputs[0]] == index
        and step.inputs[0] in passing
        and step.origin.computes
        and task.wires.treatments[step.nodes[0]].in_place
        and step.inputs.count(step.inputs[0]) == 1
        and step.id not in placed
    )
