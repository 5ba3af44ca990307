"""A design, and who watches it, turned into steps: layers that can be computed as one become one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

import attrs

from designer.analysis.report import Report
from designer.engine.compile.wiring import Wiring
from designer.engine.execute.steps import (
    FLOAT_BYTES,
    ForwardStep,
    JoinedStep,
    Layout,
    PassingStep,
    Place,
    PreparedStep,
    RememberedStep,
    SourceStep,
    Step,
)
from designer.engine.remember.keys import Digest, Way
from designer.graph.design import Design
from designer.kernels.epilogue import PLAIN, Epilogue
from designer.layer_api.operation import ChannelAffine, Concatenation, Operation, Plain, Pointwise, Prepared, Sum


@attrs.frozen(eq=False)
class Program:
    """Steps in order.

    ``frees`` names the arrays that nobody reads after each of them. ``peak_bytes`` is the most that is alive at once of
    what the run makes, results included.
    """

    steps: tuple[Step, ...]
    frees: tuple[tuple[str, ...], ...]
    layout: Layout
    peak_bytes: int


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
    way: Way


def compile_steps(task: Task) -> Program:
    """Compile a task, from the ends backwards, so that only what is needed becomes a step."""
    steps = _Grouping(task).steps()
    layers = task.report.layers
    shapes = {step.id: (task.batch, *(layers[step.id].output_shape or ())) for step in steps}
    lasting = frozenset(task.wires.origin[node] for node in task.keep)
    last: dict[str, int] = {}
    for index, step in enumerate(steps):
        last[step.id] = index
        for source in step.inputs:
            last[source] = index
    placed = _placed(task, steps, lasting)
    joins = {place.join for place in placed.values()}
    if joins:
        for index, step in enumerate(steps):
            if step.id in joins and all(source in placed for source in step.inputs):
                steps[index] = JoinedStep(step.nodes, step.inputs)
    in_place = _in_place(task, steps, last, lasting, placed)
    frees: list[list[str]] = [[] for _step in steps]
    for source, index in last.items():
        frees[index].append(source)
    layout = Layout(shapes, placed, in_place, lasting)
    settled = tuple(map(tuple, frees))
    return Program(tuple(steps), settled, layout, _peak(steps, settled, layout))


class _Grouping:
    """Which layers are computed as one."""

    def __init__(self, task: Task) -> None:
        self._task, self._wires = task, task.wires
        self._operations = task.wires.operations
        self._watched = {task.wires.origin[node] for node in task.keep}
        self._place = {node: index for index, node in enumerate(task.wires.order)}

    def steps(self) -> list[Step]:
        """Steps in execution order."""
        found: list[Step] = []
        wanted = set(self._watched)
        for node in reversed(self._wires.order):
            if self._wires.origin[node] != node:
                if node in self._task.keep:
                    found.append(PassingStep((node,), self._wires.inputs[node]))
                continue
            if node in wanted:
                step = self._step(node)
                wanted.update(step.inputs)
                found.append(step)
        found.reverse()
        return found

    def _step(self, node: str) -> Step:
        if self._task.is_remembered(node):
            return RememberedStep((node,), (), self._macs(node))
        if not self._task.report.layers[node].inputs:
            return SourceStep((node,), ())
        nodes, residual, bend, current = [node], None, PLAIN, node
        before = self._wires.inputs[node][0]
        if self._is_free(before):
            activation = self._operations[node]
            if isinstance(activation, Pointwise) and (self._is_kernel(before) or self._summand(before)):
                nodes.append(before)
                bend, current = activation.epilogue, before
        summand = self._summand(current)
        if summand is not None:
            first, second = self._wires.inputs[current]
            residual = second if summand == first else first
            nodes.append(summand)
            current = summand
        if not self._is_kernel(current):
            return ForwardStep((node,), self._wires.inputs[node], self._macs(node))
        return self._prepared(nodes, current, residual, bend)

    def _prepared(self, nodes: list[str], current: str, residual: str | None, bend: Epilogue) -> Step:
        norm = None
        task, way = self._task, self._task.way
        absorbing = self._wires.folds.get(current) if way.folded else None
        if absorbing is not None:
            norm, current = current, absorbing
            nodes.append(absorbing)
        read = self._wires.inputs[current]
        return PreparedStep(
            tuple(nodes[::-1]),
            read if residual is None else (*read, residual),
            self._macs(current),
            layer=current,
            norm=norm,
            operations=(self._operations[current], None if norm is None else self._operations[norm]),
            digests=(task.own[current], None if norm is None else task.own[norm]),
            residual=residual,
            bend=bend,
            precise=way.precise,
        )

    def _summand(self, node: str) -> str | None:
        """The input of a sum of two that can be computed as one with it: the later one, where both can."""
        read = self._wires.inputs[node]
        if not isinstance(self._operations[node], Sum) or len(read) != 2 or read[0] == read[1]:
            return None
        free = [source for source in read if self._is_free(source) and self._is_kernel(source)]
        return max(free, key=self._place.__getitem__, default=None)

    def _is_free(self, node: str) -> bool:
        """Whether nobody but its one reader needs the array of a node."""
        return node not in self._watched and len(self._wires.readers[node]) == 1 and not self._task.is_remembered(node)

    def _is_kernel(self, node: str) -> bool:
        """Whether a node is computed by a kernel, which takes an epilogue."""
        return isinstance(self._operations[node], Prepared | ChannelAffine)

    def _macs(self, node: str) -> int:
        return self._task.report.layers[node].macs * self._task.batch


def _placed(task: Task, steps: list[Step], lasting: frozenset[str]) -> dict[str, Place]:
    """Inputs of concatenations that can be computed where they belong, because nobody else reads them."""
    computed = {step.id for step in steps if step.computes}
    placed = {}
    for step in steps:
        if len(step.inputs) < 2 or not step.computes or not isinstance(task.wires.operations[step.id], Concatenation):
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
    passing = {step.id for step in steps if step.computes} - lasting
    return frozenset(
        step.id
        for index, step in enumerate(steps)
        if step.computes
        and step.inputs[0] in passing
        and _works_in_place(task.wires.operations[step.nodes[0]])
        and last[step.inputs[0]] == index
        and step.inputs.count(step.inputs[0]) == 1
        and step.id not in placed
    )


def _works_in_place(operation: Operation) -> bool:
    match operation:
        case Plain(in_place):
            return in_place
        case Sum() | Pointwise() | ChannelAffine():
            return True
        case _:
            return False


def _peak(steps: list[Step], frees: tuple[tuple[str, ...], ...], layout: Layout) -> int:
    """The most values that are alive at once, in bytes."""
    sizes: dict[str, int] = {}
    alive = most = 0
    for step, names in zip(steps, frees, strict=True):
        node = step.id
        if step.computes or isinstance(step, SourceStep):
            place = layout.placed.get(node)
            if node in layout.in_place:
                sizes[node] = sizes.pop(step.inputs[0])
            elif place is None or place.join not in sizes:
                made = node if place is None else place.join
                if made not in sizes:
                    sizes[made] = prod(layout.shapes[made])
                    alive += sizes[made]
                    most = max(most, alive)
        for name in names:
            if name not in layout.lasting:
                alive -= sizes.pop(name, 0)
    return most * FLOAT_BYTES
