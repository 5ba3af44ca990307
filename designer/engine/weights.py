"""The weights a design runs with: those given to it, or an initialisation that depends on the node's seed alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from designer.analysis.report import Report
from designer.engine.filter_bank import LARGEST_KERNEL, filter_bank
from designer.engine.memory import Kind, Memory
from designer.engine.random_values import Stream, normal, uniform
from designer.graph.design import Array, Design, Node
from designer.kernels.threads import checkpoint_part
from designer.layer_api.layer import WeightSpec

Recipe = tuple[int, str, tuple[tuple[str, WeightSpec], ...]]
"""Seed, scheme and tensors by name."""


def reads_image(design: Design, node_id: str) -> bool:
    """Whether the node's first input is an image, at most padded or passed through on the way."""
    while True:
        edges = design.incoming[node_id]
        if len(edges) != 1:
            return False
        source = design.nodes[edges[0].source]
        if source.layer.is_source():
            return True
        if not source.layer.passes_through():
            return False
        node_id = source.id


def scheme_of(design: Design, node: Node, specs: Mapping[str, WeightSpec]) -> str:
    """The initialisation in force: ``he``, ``xavier`` or ``filter_bank``; resolves "auto"."""
    chosen = node.layer.initialization()
    if chosen == "filter_bank":
        return "filter_bank" if _is_picture(specs) else "he"
    if chosen != "auto":
        return chosen
    if looks_upstream(node, specs) and reads_image(design, node.id):
        return "filter_bank"
    kernel = specs.get("weight")
    return "xavier" if kernel is not None and len(kernel.shape) == 2 else "he"


def looks_upstream(node: Node, specs: Mapping[str, WeightSpec]) -> bool:
    """Whether the initialisation depends on what comes before the node, and not on the node alone."""
    return node.layer.initialization() == "auto" and _is_picture(specs) and specs["weight"].shape[1] in (1, 3)


def _is_picture(specs: Mapping[str, WeightSpec]) -> bool:
    kernel = specs.get("weight")
    return kernel is not None and len(kernel.shape) == 4 and 3 <= max(kernel.shape[2:]) <= LARGEST_KERNEL


def draw(spec: WeightSpec, scheme: str, stream: Stream) -> Array:
    """One initial tensor, float32; where it is longer along the first axis, it begins alike.

    He: normal with variance 2 / fan_in (He et al., 2015). Xavier: uniform within ±√(6 / (fan_in + fan_out)) (Glorot
    and Bengio, 2010).
    """
    if spec.initial != "kernel":
        return np.full(spec.shape, 1.0 if spec.initial == "ones" else 0.0, np.float32)
    if scheme == "filter_bank":
        return filter_bank(spec.shape, stream[0])
    if scheme == "xavier":
        return uniform(spec.size, math.sqrt(6.0 / (spec.fan_in + spec.fan_out)), stream).reshape(spec.shape)
    return normal(spec.size, math.sqrt(2.0 / spec.fan_in), stream).reshape(spec.shape)


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


def given_weights(design: Design) -> dict[str, Array]:
    """Only the tensors that were given to the design, under their PyTorch names."""
    return {f"{node}.{name}": array for node, tensors in design.weights.items() for name, array in tensors.items()}


def by_node(design: Design, tensors: Mapping[str, Array]) -> tuple[dict[str, dict[str, Array]], tuple[str, ...]]:
    """Sort tensors by node; also the names that belong to no node."""
    found: dict[str, dict[str, Array]] = {}
    strangers = []
    for name, array in tensors.items():
        node_id, _dot, tensor = name.rpartition(".")
        if node_id in design.nodes:
            found.setdefault(node_id, {})[tensor] = array
        else:
            strangers.append(name)
    return found, tuple(strangers)
