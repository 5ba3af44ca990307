"""The steps of a compiled run: each makes one array, from those of earlier steps."""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import attrs
import numpy as np

from designer.analysis.report import Report
from designer.engine.remember.keys import Digest
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Array, Design
from designer.kernels.convolution.derived_weights import sharing
from designer.kernels.epilogue import PLAIN, Epilogue
from designer.kernels.runtime.scratch import Scratch
from designer.kernels.runtime.stages import Kernel, Stage, Whole
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.geometry import Shape
from designer.layer_api.operation import ChannelAffine, Operation, Prepared

FLOAT_BYTES = 4


@attrs.frozen(eq=False)
class Place:
    """Where in the array of a concatenation an input of it is computed at once."""

    join: str
    channels: slice


@attrs.frozen(eq=False)
class Layout:
    """What becomes of the arrays of a run: which lie inside another, are written over their input, or stay."""

    shapes: Mapping[str, Shape]
    placed: Mapping[str, Place]
    in_place: frozenset[str]
    lasting: frozenset[str]


class Running:
    """The arrays that are alive in one run.

    ``allocate`` makes arrays of a shape; what it is told besides is whether they stay after the run.
    """

    def __init__(
        self,
        design: Design,
        report: Report,
        layout: Layout,
        images: Mapping[str, Array],
        remembered: Mapping[str, Array],
        workspace: Workspace,
        allocate: Callable[[Shape, bool], Array] | None = None,
    ) -> None:
        self.design, self.report, self.layout = design, report, layout
        self.images, self.remembered, self.workspace = images, remembered, workspace
        self._allocate = allocate or workspace.buffers.empty
        self.alive: dict[str, Array] = {}
        self.algorithm = ""

    def target(self, node_id: str, first_input: str) -> Array:
        """The array that a step is to write: a new one, its input, or its part of a concatenation."""
        if node_id in self.layout.in_place:
            return self.alive[first_input]
        found = self.alive.get(node_id)
        if found is not None:
            return found
        place = self.layout.placed.get(node_id)
        if place is None:
            return self._allocate(self.layout.shapes[node_id], node_id in self.layout.lasting)
        joined = self.alive.get(place.join)
        if joined is None:
            joined = self.alive[place.join] = self.target(place.join, "")
        return joined[:, place.channels]


@attrs.frozen(eq=False)
class Fresh:
    """What a step needs to know to tell the memory of weights that it will add.

    ``workspace`` holds what need not be added; None: nothing.
    """

    design: Design
    report: Report
    batch: int
    workspace: Workspace | None

    def drawn_bytes(self, node_id: str) -> int:
        """Memory of a node's initial weights as float32, where they are not drawn yet; given ones are there already."""
        if node_id in self.design.weights:
            return 0
        if self.workspace is not None and not self.workspace.weights.must_draw(self.design, self.report, node_id):
            return 0
        facts = self.report.layers[node_id]
        return (facts.parameters + facts.buffers) * FLOAT_BYTES


@attrs.frozen(eq=False)
class Step(abc.ABC):
    """One array of a run.

    ``nodes`` are the layers computed as one, the last of them giving the result; ``inputs`` the arrays read.
    """

    nodes: tuple[str, ...]
    inputs: tuple[str, ...]
    macs: int = 0
    id: str = attrs.field(init=False, default=attrs.Factory(lambda step: step.nodes[-1], takes_self=True))
    """The node whose maps come out."""

    computes: ClassVar[bool] = True
    """Whether there is anything to be timed."""

    @abc.abstractmethod
    def compute(self, running: Running) -> Array:
        """The array; what ``running`` holds are its inputs."""

    def bind(self, running: Running, scratch: Scratch) -> tuple[Array, Sequence[Stage]]:
        """The array, and the work that computes it again whenever the inputs have changed."""
        return self.compute(running), ()

    def fresh_bytes(self, task: Fresh) -> int:
        """Memory of weights that are to be drawn or made ready for this step, about."""
        del task
        return 0


class SourceStep(Step):
    """An image enters."""

    computes = False

    def compute(self, running: Running) -> Array:
        """The image, as it came where that is possible."""
        return np.ascontiguousarray(running.images[self.id], dtype=np.float32)


class RememberedStep(Step):
    """Maps that an earlier run has left."""

    computes = False

    def compute(self, running: Running) -> Array:
        return running.remembered[self.id]


class PassingStep(Step):
    """A layer that does nothing, and is watched."""

    computes = False

    def compute(self, running: Running) -> Array:
        """The input's maps."""
        return running.alive[self.inputs[0]]


class ForwardStep(Step):
    """A layer by itself."""

    def compute(self, running: Running) -> Array:
        """What the layer makes of its inputs."""
        layer, facts, store = (
            running.design.nodes[self.id].layer,
            running.report.layers[self.id],
            running.workspace.weights,
        )
        running.algorithm = layer.kind
        inputs = [running.alive[source] for source in self.inputs]
        if facts.parameters + facts.buffers == 0:
            return layer.forward(inputs, {}, running.target(self.id, self.inputs[0]))
        parts = 2 if store.must_draw(running.design, running.report, self.id) else 1
        with checkpoint_part(0, parts):
            tensors = store.of(running.design, running.report, self.id)
        with checkpoint_part(parts - 1, parts):
            return layer.forward(inputs, tensors, running.target(self.id, self.inputs[0]))

    def bind(self, running: Running, scratch: Scratch) -> tuple[Array, Sequence[Stage]]:
        """The array, and the layer as a whole."""
        layer, facts = running.design.nodes[self.id].layer, running.report.layers[self.id]
        tensors: Mapping[str, Array] = {}
        if facts.parameters + facts.buffers:
            tensors = running.workspace.weights.of(running.design, running.report, self.id)
        inputs = [running.alive[source] for source in self.inputs]
        out = running.target(self.id, self.inputs[0])
        return out, [Whole(lambda: layer.forward(inputs, tensors, out))]

    def fresh_bytes(self, task: Fresh) -> int:
        """Those of the layer."""
        return task.drawn_bytes(self.id)


class JoinedStep(Step):
    """A concatenation whose inputs have all been computed where they belong."""

    def compute(self, running: Running) -> Array:
        """The array that they lie in."""
        running.algorithm = "in place"
        return running.alive[self.id]


@attrs.frozen(eq=False)
class PreparedStep(Step):
    """A layer whose weights are prepared, with what follows it applied while a tile is in the cache.

    Parameters
    ----------
    layer, norm
        The layer, and the scale and shift that goes into its weights.
    operations, digests
        Of both.
    residual
        What is added to the output.
    bend
        The activation after that.
    """

    layer: str = ""
    norm: str | None = None
    operations: tuple[Operation, Operation | None] = attrs.field(kw_only=True)
    digests: tuple[Digest, Digest | None] = attrs.field(kw_only=True)
    residual: str | None = None
    bend: Epilogue = PLAIN
    precise: bool = False

    def compute(self, running: Running) -> Array:
        """What the layers make of the input."""
        x = running.alive[self.inputs[0]]
        key = (*self.digests, x.shape, self.precise)
        kernel = running.workspace.kernels.get(key)
        if kernel is not None:
            return self._run(running, kernel, x)
        with checkpoint_part(0, 2):
            kernel = self._kernel(running, x.shape)
        with checkpoint_part(1, 2):
            return self._run(running, kernel, x)

    def bind(self, running: Running, scratch: Scratch) -> tuple[Array, Sequence[Stage]]:
        """The array, and the stages of the prepared layer."""
        x = running.alive[self.inputs[0]]
        out = running.target(self.id, self.inputs[0])
        kernel = self._kernel(running, x.shape)
        return out, kernel.stages(x, out, self._epilogue(running), scratch)

    def fresh_bytes(self, task: Fresh) -> int:
        """Those of the layer and of what is folded into it, and the form in which they are read."""
        inputs = task.report.layers[self.layer].input_shapes
        key = (*self.digests, (task.batch, *inputs[0]), self.precise)
        if task.workspace is not None and task.workspace.kernels.has(key):
            return 0
        drawn = sum(task.drawn_bytes(node) for node in (self.layer, self.norm) if node is not None)
        operation, folded = self.operations[0], self.norm is not None
        if not isinstance(operation, Prepared):
            return drawn
        return drawn + operation.prepared_bytes(task.batch, precise=self.precise, folded=folded)

    def _run(self, running: Running, kernel: Kernel, x: Array) -> Array:
        running.algorithm = kernel.name
        out = running.target(self.id, self.inputs[0])
        return kernel.run(x, out, self._epilogue(running), running.workspace.scratch)

    def _epilogue(self, running: Running) -> Epilogue:
        return self.bend if self.residual is None else replace(self.bend, residual=running.alive[self.residual])

    def _kernel(self, running: Running, images: Shape) -> Kernel:
        key = (*self.digests, images, self.precise)
        given = running.design.weights.get(self.layer)
        return running.workspace.kernels.get_or_make(key, lambda: self._prepared(running, images), given)

    def _prepared(self, running: Running, images: Shape) -> Kernel:
        design, report, store = running.design, running.report, running.workspace.weights
        operation, norm_operation = self.operations
        with np.errstate(all="ignore"), sharing(running.workspace.derived):
            with checkpoint_part(0, 2):
                tensors = store.of(design, report, self.layer)
            if self.norm is not None and isinstance(operation, Prepared) and isinstance(norm_operation, ChannelAffine):
                scale, shift = norm_operation.scale_shift(store.of(design, report, self.norm))
                if operation.folded is not None:
                    tensors = operation.folded(tensors, scale, shift)
            assert isinstance(operation, Prepared | ChannelAffine)
            with checkpoint_part(1, 2):
                return operation.prepare(tensors, images, precise=self.precise)
