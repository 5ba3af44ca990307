"""What fusion needs to know of a design: whose array a node's output is, who reads it, which norms go into weights."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from designer.analysis.report import Report
from designer.engine.compile.treatment import Fold, Treatment, fold_of, treatment_of
from designer.graph.design import Design, Node
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer


@attrs.frozen(eq=False)
class Wiring:
    """The computable part of a design, in execution order.

    ``origin`` maps a node to the one whose array its output is (itself, or what an identity like dropout passes on).
    ``inputs`` holds the origins that a node reads, ``readers`` who reads an origin, a node twice where it reads twice.
    ``treatments`` holds what may be done with each of them.
    ``folds`` holds the norms that can go into the weights of the layer before them, where nobody else reads that.
    It depends on the design alone, never on who watches: what a node's maps are must not depend on it.
    """

    order: tuple[str, ...]
    treatments: Mapping[str, Treatment]
    origin: Mapping[str, str]
    inputs: Mapping[str, tuple[str, ...]]
    readers: Mapping[str, tuple[str, ...]]
    folds: Mapping[str, Fold]


class Declared:
    """What layers have declared: asked for once, because an edit leaves most of them as the same objects."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Layer, tuple[Shape, ...], Treatment]] = {}

    def of(self, node: Node, shapes: tuple[Shape, ...]) -> Treatment:
        """What may be done with a node on inputs of these shapes."""
        known = self._known.get(node.id)
        if known is None or known[0] is not node.layer or known[1] != shapes:
            known = self._known[node.id] = node.layer, shapes, treatment_of(node.layer.operation(shapes))
        return known[2]


def wiring(design: Design, report: Report, sources: Collection[str], declared: Declared | None = None) -> Wiring:
    """The wiring of what can be computed from these sources.

    Parameters
    ----------
    declared
        What earlier wirings have asked for.
    """
    declared = declared or Declared()
    order: list[str] = []
    treatments: dict[str, Treatment] = {}
    origin: dict[str, str] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    readers: dict[str, list[str]] = {}
    folds: dict[str, Fold] = {}
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
        treatment = treatments[node_id] = declared.of(node, facts.input_shapes)
        if treatment.passes_on:
            origin[node_id] = read[0]
            continue
        origin[node_id] = node_id
        readers[node_id] = []
        for source in read:
            readers[source].append(node_id)
        if treatment.scale_shift is not None:
            fold = fold_of(read[0], node_id, treatments)
            if fold is not None:
                folds[node_id] = fold
    settled = {node: tuple(found) for node, found in readers.items()}
    return Wiring(
        tuple(order),
        treatments,
        origin,
        inputs,
        settled,
        {norm: fold for norm, fold in folds.items() if len(settled[fold.layer]) == 1},
    )
