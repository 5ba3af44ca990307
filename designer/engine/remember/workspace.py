"""What outlives a run, so that the next one starts at once: maps, prepared layers, weights and memory.

Each of the first three is kept by all that it depends on, under one budget (`designer.engine.remember.memory`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping

import attrs

from designer.analysis.report import Report
from designer.engine.compile.wiring import Declared
from designer.engine.options import EngineOptions
from designer.engine.remember.blocks import BlockPool
from designer.engine.remember.keys import KernelKey, KeyMaker
from designer.engine.remember.memory import Kind, Memory
from designer.graph.design import Design
from designer.initial_weights.draw import draw, scheme_of
from designer.kernels.arrays.memory import Array
from designer.kernels.convolution.weights import DerivedWeights
from designer.kernels.runtime.stages import Kernel, Scratch
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.layer import WeightSpec


class ResultCache:
    """Feature maps by key.

    Parameters
    ----------
    memory
        Where they are kept.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()

    def get(self, key: Hashable) -> Array | None:
        """The maps of this key, marked as just shown; None where they are not kept."""
        found = self._memory.get(Kind.MAPS, key)
        return None if found is None else found.array

    def cost(self, key: Hashable) -> tuple[float, str]:
        """Seconds that these maps once took to compute, and the algorithm; 0 and nothing where that is not known."""
        found = self._memory.peek(Kind.MAPS, key)
        return (0.0, "") if found is None else (found.seconds, found.algorithm)

    def put(self, key: Hashable, array: Array, seconds: float = 0.0, algorithm: str = "") -> Array:
        """Keep maps and return them, or those that were there before.

        ``seconds`` is what they took to compute, by ``algorithm``.
        """
        kept: Array = self._memory.keep(Kind.MAPS, key, _Maps(array, seconds, algorithm), [array]).array
        return kept

    def clear(self) -> None:
        """Drop the maps of all designs, so that the next run computes every layer."""
        self._memory.forget(Kind.MAPS)


@attrs.frozen(eq=False)
class _Maps:
    array: Array
    seconds: float
    algorithm: str


class KernelStore:
    """Prepared layers by all they depend on.

    Parameters
    ----------
    memory
        Where they are kept.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()

    def get(self, key: KernelKey) -> Kernel | None:
        """The prepared layer, marked as just used; None where it is not kept."""
        found: Kernel | None = self._memory.get(Kind.KERNELS, key)
        return found

    def has(self, key: KernelKey) -> bool:
        """Whether the prepared layer is kept."""
        return self._memory.peek(Kind.KERNELS, key) is not None

    def get_or_make(
        self, key: KernelKey, make: Callable[[], Kernel], given: Mapping[str, Array] | None = None
    ) -> Kernel:
        """The prepared layer, made where it is not kept.

        Parameters
        ----------
        given
            Weights of the design, which it has in memory whether the layer is prepared or not.
        """
        found = self.get(key)
        if found is not None:
            return found
        made = make()
        theirs = set(map(id, (given or {}).values()))
        own = [array for array in made.weights() if id(array) not in theirs]
        kept: Kernel = self._memory.keep(Kind.KERNELS, key, made, own)
        return kept


Recipe = tuple[int, str, tuple[tuple[str, WeightSpec], ...]]
"""Seed, scheme and tensors by name."""


def _begins(few: tuple[str, WeightSpec], many: tuple[str, WeightSpec]) -> bool:
    """Whether a tensor is the beginning of another, and at least half of it."""
    (name, spec), (other_name, other) = few, many
    same = name == other_name and spec.initial == other.initial and spec.fan_in == other.fan_in
    return same and spec.shape[1:] == other.shape[1:] and spec.shape[0] <= other.shape[0] <= 2 * spec.shape[0]


class WeightStore:
    """Hands out a node's tensors and remembers drawn ones.

    Parameters
    ----------
    memory
        Where drawn weights are kept.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory or Memory()

    def of(self, design: Design, report: Report, node_id: str) -> Mapping[str, Array]:
        """Read-only tensors of a node by name; empty where it has none or its shapes are not known."""
        given = design.weights.get(node_id)
        if given is not None:
            return given
        recipe = self._recipe(design, report, node_id)
        if recipe is None:
            return {}
        found: Mapping[str, Array] | None = self._memory.get(Kind.WEIGHTS, recipe)
        if found is None:
            tensors = self._part_of_more(*recipe) or self._draw(*recipe)
            found = self._memory.keep(Kind.WEIGHTS, recipe, tensors, tensors.values())
        return found

    def must_draw(self, design: Design, report: Report, node_id: str) -> bool:
        """Whether the next call of :meth:`of` takes the time to draw this node's tensors."""
        if node_id in design.weights:
            return False
        recipe = self._recipe(design, report, node_id)
        return recipe is not None and self._memory.peek(Kind.WEIGHTS, recipe) is None

    @staticmethod
    def _recipe(design: Design, report: Report, node_id: str) -> Recipe | None:
        """All that initial tensors depend on; None where there are none."""
        facts, node = report.layers[node_id], design.nodes[node_id]
        if facts.output_shape is None:
            return None
        specs = node.layer.weights(facts.input_shapes)
        return (node.seed, scheme_of(design, node, specs), tuple(specs.items())) if specs else None

    def _part_of_more(self, seed: int, scheme: str, specs: tuple[tuple[str, WeightSpec], ...]) -> dict[str, Array]:
        """The beginning of tensors that were drawn with up to twice as many filters; empty where there are none.

        What `draw` would return, bit for bit; but not Xavier's, which shrink with the number of filters.
        """
        if scheme == "xavier":
            return {}
        for (other_seed, other_scheme, others), tensors in self._memory.values(Kind.WEIGHTS):
            alike = other_seed == seed and other_scheme == scheme and len(others) == len(specs)
            if alike and all(map(_begins, specs, others)):
                return {name: tensors[name][: spec.shape[0]] for name, spec in specs}
        return {}

    @staticmethod
    def _draw(seed: int, scheme: str, specs: tuple[tuple[str, WeightSpec], ...]) -> dict[str, Array]:
        tensors = {}
        for index, (name, spec) in enumerate(specs):
            with checkpoint_part(index, len(specs)):
                tensors[name] = draw(spec, scheme, (seed, index))
            tensors[name].flags.writeable = False
        return tensors


def all_weights(design: Design, report: Report, store: WeightStore | None = None) -> dict[str, Array]:
    """Every tensor under its PyTorch name, ``conv1.weight``; the initialised ones included."""
    store = store or WeightStore()
    return {
        f"{node_id}.{name}": array
        for node_id in report.layers
        for name, array in store.of(design, report, node_id).items()
    }


FREE_SHARE = 8
"""One part in so many of the budget is left to free buffers, however much is remembered."""

MOST_FREE_BYTES = 256_000_000
"""Free buffers beyond that are let go: no layer of the examples has larger maps."""


@attrs.frozen
class MemoryUse:
    """What is kept from run to run, in bytes, and how much may be."""

    maps: int
    kernels: int
    weights: int
    buffers: int
    budget: int

    @property
    def total(self) -> int:
        """Bytes that count against the budget."""
        return self.maps + self.kernels + self.weights + self.buffers


class Workspace:
    """Shared by all runs of a session; a script that runs a model once needs none. Safe between threads.

    Parameters
    ----------
    options
        The budget.
    """

    def __init__(self, options: EngineOptions | None = None) -> None:
        self._budget = (options or EngineOptions()).memory_bytes
        self.memory = Memory(self._budget - self._budget // FREE_SHARE)
        self.maps = ResultCache(self.memory)
        self.weights = WeightStore(self.memory)
        self.kernels = KernelStore(self.memory)
        self.derived = DerivedWeights()
        self.blocks = BlockPool()
        self.scratch = Scratch()
        self.keys = KeyMaker()
        self.declared = Declared()
        self.room = (-math.inf, 0)
        """When the system was asked for free memory, and what it said, in bytes."""

    @property
    def budget_bytes(self) -> int:
        """What all of it may occupy between runs; a smaller budget drops at once what is over it."""
        return self._budget

    @budget_bytes.setter
    def budget_bytes(self, budget: int) -> None:
        self._budget = budget
        self.memory.budget_bytes = budget - budget // FREE_SHARE
        self.trim()

    def use(self) -> MemoryUse:
        """What is kept now."""
        maps, kernels, weights = (self.memory.bytes_of(kind) for kind in (Kind.MAPS, Kind.KERNELS, Kind.WEIGHTS))
        return MemoryUse(maps, kernels, weights, self.blocks.free_bytes, self._budget)

    def release(self, size: int) -> None:
        """Drop what has not been used for longest, at least so many bytes of it, and free buffers."""
        self.memory.shrink(self.memory.used_bytes - size)
        self.blocks.budget_bytes = 0
        self.blocks.trim()

    def trim(self) -> None:
        """Let go of the buffers that the budget has no room for."""
        self.blocks.budget_bytes = min(MOST_FREE_BYTES, max(0, self._budget - self.memory.used_bytes))
        self.blocks.trim()
