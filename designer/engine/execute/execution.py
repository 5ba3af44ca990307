"""The arrays of one run, and the work of its steps: the one way in which a step is computed, once or many times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod

import numpy as np

from designer.engine.compile.memory_plan import ALIGNMENT, FLOAT_BYTES, Gap, MemoryPlan, take_gap
from designer.engine.compile.plan import Plan
from designer.engine.compile.step import KernelRecipe, Origin, Step
from designer.engine.remember.blocks import BlockPool
from designer.engine.remember.workspace import Workspace
from designer.kernels.arrays.channels_last import channels_first
from designer.kernels.arrays.memory import Array
from designer.kernels.convolution.weights import sharing
from designer.kernels.runtime.stages import Kernel, Scratch, Stage, Whole, run_stages
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.geometry import Shape


class Execution:
    """A plan on its images.

    Parameters
    ----------
    images
        Source id → array.
    workspace
        Prepared layers, drawn weights and memory of earlier runs.
    scratch
        Buffers of the kernels; by default those of the workspace, large ones in the arena where it is free.
    offsets, arena
        Where in which memory the passing arrays lie; see `designer.engine.compile.memory_plan`.
    """

    def __init__(
        self,
        plan: Plan,
        images: Mapping[str, Array],
        workspace: Workspace,
        offsets: Mapping[str, int],
        arena: Array,
        scratch: Scratch | None = None,
    ) -> None:
        self._plan, self._images, self._workspace = plan, images, workspace
        self._memory, self._offsets, self._arena = plan.program.memory, offsets, arena
        # An object of its own: a method of this one would keep it, and so the arena, alive in a circle.
        self._spare = _SpareMemory(arena, workspace.blocks, self._memory)
        self._scratch = scratch or workspace.scratch.lent_by(self._spare.lend)
        self._has_prepared = False
        """Whether weights were drawn, or a kernel was made, for the step that is computed."""
        self.arrays: dict[str, Array] = {}
        """Those that somebody has still to read."""

    def compute(self, index: int) -> str:
        """Compute the array of a step, and tell by which algorithm; the first half of it is making ready, if any is."""
        self._spare.begin(index)
        self._has_prepared = False
        algorithm, stages = self.bind(self._plan.program.steps[index])
        if self._has_prepared:
            with checkpoint_part(1, 2):
                run_stages(stages, self._scratch)
        else:
            run_stages(stages, self._scratch)
        return algorithm

    def bind(self, step: Step) -> tuple[str, Sequence[Stage]]:
        """The algorithm and the work of a step, which computes its array as often as it is done."""
        match step.origin:
            case Origin.IMAGE:
                self.arrays[step.id] = np.ascontiguousarray(self._images[step.id], dtype=np.float32)
            case Origin.REMEMBERED:
                self.arrays[step.id] = self._plan.remembered[step.id]
            case Origin.INPUT:
                self.arrays[step.id] = self.arrays[step.inputs[0]]
            case Origin.PARTS:
                return "in place", ()
            case Origin.LAYER:
                return self._bind_layer(step)
        return "", ()

    def free(self, index: int) -> None:
        """Forget the arrays that nobody reads after a step."""
        for node in self._plan.program.frees[index]:
            self.arrays.pop(node, None)

    def _bind_layer(self, step: Step) -> tuple[str, Sequence[Stage]]:
        inputs = [self.arrays[source] for source in step.inputs]
        if step.kernel is None:
            layer = self._plan.design.nodes[step.id].layer
            tensors = self._tensors(step.id)
            out = self.arrays[step.id] = self._target(step)
            return layer.kind, [Whole(lambda: layer.forward(inputs, tensors, out))]
        kernel = self._kernel(step.kernel, inputs[0].shape)
        out = self.arrays[step.id] = self._target(step)
        epilogue = step.epilogue
        if step.residual is not None:
            epilogue = replace(epilogue, residual=self.arrays[step.residual])
        return kernel.name, kernel.stages(inputs[0], out, epilogue, self._scratch)

    def _target(self, step: Step) -> Array:
        """The array that a step writes."""
        if step.id in self._memory.in_place:
            return self.arrays[step.inputs[0]]
        return self._within(step.id)

    def _within(self, node: str) -> Array:
        """New memory for a node's array, or its part of a concatenation."""
        found = self.arrays.get(node)
        if found is not None:
            return found
        place = self._memory.placed.get(node)
        if place is None:
            return self._allocated(node)
        joined = self.arrays[place.join] = self._within(place.join)
        return joined[:, place.channels]

    def _allocated(self, node: str) -> Array:
        shape = self._memory.shapes[node]
        laid = (shape[0], *shape[2:], shape[1]) if len(shape) > 2 else shape
        if node in self._memory.own:
            array = self._workspace.blocks.values(prod(shape), lasting=True).reshape(laid)
        else:
            start = self._offsets[node]
            array = self._arena[start : start + prod(shape)].reshape(laid)
        return channels_first(array) if len(shape) > 2 else array

    def _tensors(self, node: str) -> Mapping[str, Array]:
        """The tensors of a layer; drawing them is the first half of its work, or of making its kernel."""
        design, report, weights = self._plan.design, self._plan.report, self._workspace.weights
        if report.layers[node].parameters + report.layers[node].buffers == 0:
            return {}
        if not weights.must_draw(design, report, node):
            return weights.of(design, report, node)
        self._has_prepared = True
        with checkpoint_part(0, 2):
            return weights.of(design, report, node)

    def _kernel(self, recipe: KernelRecipe, images: Shape) -> Kernel:
        given = self._plan.design.weights.get(recipe.layer)
        return self._workspace.kernels.get_or_make(recipe.key(images), lambda: self._prepared(recipe, images), given)

    def _prepared(self, recipe: KernelRecipe, images: Shape) -> Kernel:
        self._has_prepared = True
        with checkpoint_part(0, 2), np.errstate(all="ignore"), sharing(self._workspace.derived):
            tensors = self._tensors(recipe.layer)
            if recipe.fold is not None:
                tensors = recipe.fold.weights(tensors, self._tensors(recipe.fold.norm))
            with checkpoint_part(1, 2):
                return recipe.kernel.prepare(tensors, images, precise=recipe.precise)


class _SpareMemory:
    """Large buffers that a kernel needs only while it computes: what no array needs of the arena then, or blocks."""

    def __init__(self, arena: Array, blocks: BlockPool, memory: MemoryPlan) -> None:
        self._arena, self._blocks, self._memory = arena, blocks, memory
        self._index = 0
        self._gaps: list[Gap] | None = None

    def begin(self, index: int) -> None:
        """A step begins: what is free during it is found once a kernel asks, which few do."""
        self._index, self._gaps = index, None

    def lend(self, size: int) -> Array:
        """At least so many bytes."""
        if self._gaps is None:
            self._gaps = self._memory.gaps(self._index)
        values = -(-size // (FLOAT_BYTES * ALIGNMENT)) * ALIGNMENT
        start = take_gap(self._gaps, values)
        if start is None:
            return self._blocks.raw(size)
        return self._arena[start : start + values].view(np.uint8)
