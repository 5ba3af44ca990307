"""Results remembered by what they depend on, so that an edit recomputes only what lies downstream."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping

from designer.analysis.report import Report
from designer.engine.weights import scheme_of
from designer.graph.design import Array, Design, Node
from designer.layer_api.geometry import Shape


class ResultKey:
    """What a result depends on, digested: compared at once, however deep the network.

    Given weights and images enter by identity. That is safe because they are read-only and the key holds them: while
    it lives, no other object can have their address.
    """

    __slots__ = ("_holds", "digest")

    digest: bytes

    def __init__(self, text: str, inputs: tuple[ResultKey, ...], held: object | None) -> None:
        digested = hashlib.blake2b(text.encode(), digest_size=16)
        digested.update(b"\0%x" % (0 if held is None else id(held)))
        for key in inputs:
            digested.update(key.digest)
        self.digest = digested.digest()
        self._holds = (inputs, held)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ResultKey) and other.digest == self.digest


def result_keys(design: Design, report: Report, images: Mapping[str, Array]) -> dict[str, Hashable]:
    """A key for every computable node, in execution order: equal keys mean equal results.

    A key depends on the layer, on how its weights come about, and on the keys of its inputs; not on names or places.
    """
    keys: dict[str, ResultKey] = {}
    for node_id, facts in report.layers.items():
        if facts.output_shape is None:
            continue
        node = design.nodes[node_id]
        if node.layer.is_source():
            if node_id in images:
                keys[node_id] = ResultKey(f"image {facts.output_shape}", (), images[node_id])
            continue
        inputs = tuple(keys[source] for source in facts.inputs if source is not None and source in keys)
        if len(inputs) != len(facts.inputs):
            continue
        given = design.weights.get(node_id)
        initial = "given" if given is not None else _initial(design, node, facts.input_shapes)
        keys[node_id] = ResultKey(f"{node.layer.kind} {node.layer.parameters()!r} {initial}", inputs, given)
    return dict(keys)


def _initial(design: Design, node: Node, shapes: tuple[Shape, ...]) -> str:
    specs = node.layer.weights(shapes)
    return f"{scheme_of(design, node, specs)} {node.seed}" if specs else ""


class ResultCache:
    """Feature maps by key, least recently used dropped first when over budget. Safe between threads.

    Parameters
    ----------
    budget_bytes
        How much the kept maps may occupy; the maps kept last always are.
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
