"""The weights a design runs with: those given to it, or drawn ones, which are remembered."""

from __future__ import annotations

from collections.abc import Mapping

from designer.analysis.report import Report
from designer.engine.remember.memory import Kind, Memory
from designer.graph.design import Design
from designer.initial_weights.draw import draw, scheme_of
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.layer import WeightSpec

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
