"""Results remembered by what they depend on, so that an edit recomputes only what lies downstream."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping

from designer.analysis.report import Report
from designer.engine.weights import scheme_of
from designer.graph.design import Array, Design


def result_keys(design: Design, report: Report, images: Mapping[str, Array]) -> dict[str, Hashable]:
    """A key for every computable node: equal keys mean equal results.

    A key holds the layer, how its weights come about, and the keys of its inputs; given weights and images are known by
    identity, which is safe because both are read-only and the key keeps them alive.
    """
    keys: dict[str, Hashable] = {}
    for node_id, facts in report.layers.items():
        if facts.output_shape is None:
            continue
        node = design.nodes[node_id]
        if node.layer.is_source():
            if node_id in images:
                keys[node_id] = _Key((facts.output_shape, _Same(images[node_id])))
            continue
        inputs = tuple(keys[source] for source in facts.inputs if source is not None and source in keys)
        if len(inputs) != len(facts.inputs):
            continue
        given = design.weights.get(node_id)
        weights: Hashable = _Same(given) if given is not None else _initial(design, node_id, facts.input_shapes)
        keys[node_id] = _Key((node.layer, weights, inputs))
    return keys


def _initial(design: Design, node_id: str, shapes: tuple[tuple[int, ...], ...]) -> Hashable:
    node = design.nodes[node_id]
    specs = node.layer.weights(shapes)
    return (node.seed, scheme_of(design, node, specs)) if specs else None


class _Same:
    """An object compared by identity and kept alive."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value


class _Key:
    """A tuple whose hash is computed once: keys hold the keys of their inputs, all the way up."""

    def __init__(self, parts: tuple[Hashable, ...]) -> None:
        self.parts = parts
        self.hash = hash(parts)

    def __hash__(self) -> int:
        return self.hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, _Key) and self.hash == other.hash and self.parts == other.parts


class ResultCache:
    """Feature maps by key, least recently used dropped first when over budget. Safe between threads.

    Parameters
    ----------
    budget_bytes
        How much the kept maps may occupy.
    """

    def __init__(self, budget_bytes: int = 1_000_000_000) -> None:
        self.budget_bytes = budget_bytes
        self._kept: OrderedDict[Hashable, Array] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Array | None:
        """The maps of this key, marked as just used; None where they are not kept."""
        with self._lock:
            array = self._kept.get(key)
            if array is not None:
                self._kept.move_to_end(key)
            return array

    def put(self, key: Hashable, array: Array) -> None:
        """Keep maps; drop the least recently used beyond the budget."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return
            self._kept[key] = array
            self._bytes += array.nbytes
            while self._bytes > self.budget_bytes and len(self._kept) > 1:
                _key, dropped = self._kept.popitem(last=False)
                self._bytes -= dropped.nbytes

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0
