"""What fusion needs to know: what may be done with each layer, who reads whose array, which norms are folded.

What a layer declares is told apart here, in `treatment_of`, and nowhere else in the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import assert_never

import attrs

from designer.analysis.report import Report
from designer.graph.design import Design, Node
from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import Epilogue
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer
from designer.layer_api.operation import (
    ChannelAffine,
    Concatenation,
    Identity,
    Operation,
    Plain,
    Pointwise,
    Prepared,
    Sum,
    Tensors,
)


@attrs.frozen(eq=False)
class Treatment:
    """What the compiler may do with a layer; by default it calls ``forward`` into memory of its own.

    Parameters
    ----------
    passes_on
        Its array is that of its input: nothing is computed.
    joins
        Its inputs may be computed where they belong in its array.
    adds
        It may become the residual of the kernel that computes one of its inputs.
    in_place
        It may write over its first input.
    kernel
        What computes it, and a residual and an epilogue with it.
    epilogue
        It may go to the end of the kernel before it, as this.
    scale_shift
        It may go into the weights of the layer before it, as these numbers of each channel.
    """

    passes_on: bool = False
    joins: bool = False
    adds: bool = False
    in_place: bool = False
    kernel: Prepared | None = None
    epilogue: Epilogue | None = None
    scale_shift: Callable[[Tensors], tuple[Array, Array]] | None = None


def treatment_of(operation: Operation) -> Treatment:
    """What the compiler may do with a layer that declares this."""
    match operation:
        case Plain(in_place):
            return Treatment(in_place=in_place)
        case Identity():
            return Treatment(passes_on=True)
        case Sum():
            return Treatment(adds=True, in_place=True)
        case Concatenation():
            return Treatment(joins=True)
        case Pointwise(epilogue):
            return Treatment(epilogue=epilogue, in_place=True)
        case ChannelAffine(scale_shift):
            return Treatment(kernel=Prepared(operation.prepare), scale_shift=scale_shift, in_place=True)
        case Prepared():
            return Treatment(kernel=operation)
        case _:
            assert_never(operation)


@attrs.frozen(eq=False)
class Fold:
    """A norm that goes into the weights of the layer before it; both are named by their nodes."""

    layer: str
    norm: str
    _folded: Callable[[Tensors, Array, Array], Tensors]
    _scale_shift: Callable[[Tensors], tuple[Array, Array]]

    def weights(self, layer: Tensors, norm: Tensors) -> Tensors:
        """The weights with which the layer computes both, from those of each."""
        return self._folded(layer, *self._scale_shift(norm))


def fold_of(layer: str, norm: str, treatments: Mapping[str, Treatment]) -> Fold | None:
    """How a node goes into the weights of the one before it; None where it cannot."""
    kernel, scale_shift = treatments[layer].kernel, treatments[norm].scale_shift
    if kernel is None or kernel.folded is None or scale_shift is None:
        return None
    return Fold(layer, norm, kernel.folded, scale_shift)


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
