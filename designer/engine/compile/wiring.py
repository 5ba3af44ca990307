"""What fusion needs to know of a design: whose array a node's output is, who reads it, which norms go into weights."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from designer.analysis.report import Report
from designer.graph.design import Design, Node
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer
from designer.layer_api.operation import ChannelAffine, Identity, Operation, Prepared


@attrs.frozen(eq=False)
class Wiring:
    """The computable part of a design, in execution order.

    ``origin`` maps a node to the one whose array its output is (itself, or what an identity like dropout passes on).
    ``inputs`` holds the origins that a node reads, ``readers`` who reads an origin, a node twice where it reads twice.
    ``operations`` holds what may be done with each of them.
    ``folds`` maps a scale-and-shift to the layer before it whose weights can absorb it, where nobody else reads that.
    It depends on the design alone, never on who watches: what a node's maps are must not depend on it.
    """

    order: tuple[str, ...]
    operations: Mapping[str, Operation]
    origin: Mapping[str, str]
    inputs: Mapping[str, tuple[str, ...]]
    readers: Mapping[str, tuple[str, ...]]
    folds: Mapping[str, str]


class Declared:
    """What layers have declared: asked for once, because an edit leaves most of them as the same objects."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Layer, tuple[Shape, ...], Operation]] = {}

    def of(self, node: Node, shapes: tuple[Shape, ...]) -> Operation:
        """The operation of a node on inputs of these shapes."""
        known = self._known.get(node.id)
        if known is None or known[0] is not node.layer or known[1] != shapes:
            known = self._known[node.id] = node.layer, shapes, node.layer.operation(shapes)
        return known[2]


def wiring(design: Design, report: Report, sources: Collection[str], declared: Declared | None = None) -> Wiring:
    """The wiring of what can be computed from these sources.

    Parameters
    ----------
    declared
        Operations of earlier wirings.
    """
    declared = declared or Declared()
    order: list[str] = []
    operations: dict[str, Operation] = {}
    origin: dict[str, str] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    readers: dict[str, list[str]] = {}
    folds: dict[str, str] = {}
    for node_id, facts in report.layers.items():
        if facts.output_shape is None:
            continue
        read = tuple([origin[source] for source in facts.inputs if source in origin])
        if len(read) < len(facts.inputs):
            continue
        node = design.nodes[node_id]
        if not read and node_id not in sources:
            continue
        order.append(node_id)
        inputs[node_id] = read
        operation = operations[node_id] = declared.of(node, facts.input_shapes)
        if isinstance(operation, Identity):
            origin[node_id] = read[0]
            continue
        origin[node_id] = node_id
        readers[node_id] = []
        for source in read:
            readers[source].append(node_id)
        if isinstance(operation, ChannelAffine):
            before = operations[read[0]]
            if isinstance(before, Prepared) and before.folded is not None:
                folds[node_id] = read[0]
    settled = {node: tuple(found) for node, found in readers.items()}
    return Wiring(
        tuple(order),
        operations,
        origin,
        inputs,
        settled,
        {norm: layer for norm, layer in folds.items() if len(settled[layer]) == 1},
    )
