"""What a result depends on, digested, so that an edit recomputes only what lies downstream."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from operator import is_
from typing import Self, cast

import attrs

from designer.analysis.report import Report
from designer.engine.weights import looks_upstream, scheme_of
from designer.engine.wiring import Wiring
from designer.graph.design import Array, Design, Node
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer, WeightSpec

Given = Mapping[str, Array]


class Digest(bytes):
    """Compared at once, however much went into it.

    Given weights and images enter by identity. That is safe because they are read-only and held here: while a digest
    lives, no other object can have their address.
    """

    _holds: object

    def __new__(cls, text: str, inputs: tuple[Digest, ...] = (), held: object | None = None) -> Self:
        """Digest a description, other digests and an object."""
        # All at once: a network has hundreds of layers, and every call takes as long as the digesting.
        content = b"%b\0%x%b" % (text.encode(), 0 if held is None else id(held), b"".join(inputs))
        digest = super().__new__(cls, hashlib.blake2b(content, digest_size=16).digest())
        digest._holds = (inputs, held)
        return digest


@attrs.frozen(eq=False)
class _Known:
    """What a digest of a layer was made from."""

    layer: Layer
    seed: int
    shapes: tuple[Shape, ...]
    given: Given | None
    specs: Mapping[str, WeightSpec]
    local: bool
    own: Digest


@attrs.frozen(eq=False)
class Keys:
    """Digests of every computable node: ``own`` of its layer and weights, ``results`` of its maps.

    Equal ``results`` mean equal maps, bit for bit. They depend on the layer, on how its weights come about, on the keys
    of its inputs and on the way of computing; not on names, places, or on who watches.
    """

    own: Mapping[str, Digest]
    results: Mapping[str, Digest]


class KeyMaker:
    """Makes keys, and takes over from the last time what an edit did not touch. Safe between threads."""

    def __init__(self) -> None:
        self._known: Mapping[str, _Known] = {}
        self._last: Mapping[str, tuple[tuple[object, ...], Digest]] = {}

    def own(self, design: Design, report: Report, wires: Wiring) -> dict[str, Digest]:
        """A digest of every computable node's layer and weights: equal ones compute the same from the same input."""
        before, after = self._known, {}
        for node_id in wires.order:
            node, shapes = design.nodes[node_id], report.layers[node_id].input_shapes
            given = design.weights.get(node_id)
            known = before.get(node_id)
            same = (
                known is not None
                and known.layer is node.layer
                and known.seed == node.seed
                and known.given is given
                and known.local
            )
            if known is None or not same or known.shapes != shapes:
                specs = _drawn(node, shapes, given)
                if known is not None and same and known.specs == specs:
                    # Larger or smaller maps, of the same weights: that is quickly seen, and a digest is not.
                    local, own = known.local, known.own
                else:
                    local, text = _described(design, node, specs, given)
                    own = Digest(text, held=given)
                    if known is not None and known.own == own:
                        # The same object again, so that what lies downstream is seen to be the same at a glance.
                        own = known.own
                known = _Known(node.layer, node.seed, shapes, given, specs, local, own)
            after[node_id] = known
        self._known = after
        return {node_id: known.own for node_id, known in after.items()}

    def results(
        self, own: Mapping[str, Digest], wires: Wiring, images: Mapping[str, Array], way: Way
    ) -> dict[str, Digest]:
        """A digest of every computable node's maps, in execution order."""
        before, after = self._last, {}
        keys: dict[str, Digest] = {}
        for node_id in wires.order:
            read = wires.inputs[node_id]
            if wires.origin[node_id] != node_id:
                keys[node_id] = keys[read[0]]
                continue
            folded = wires.folds.get(node_id) if way.folded else None
            made_of: tuple[object, ...] = (own[node_id], *[keys[source] for source in read], way.precise)
            if not read:
                made_of = (own[node_id], images[node_id])
            elif folded is not None:
                made_of = (own[node_id], own[folded], *[keys[source] for source in wires.inputs[folded]], way.precise)
            known = before.get(node_id)
            if known is None or len(known[0]) != len(made_of) or not all(map(is_, known[0], made_of)):
                known = made_of, _digest(made_of, folded is not None)
            after[node_id] = known
            keys[node_id] = known[1]
        self._last = after
        return keys


@attrs.frozen
class Way:
    """How results are computed, where that changes their rounding.

    ``folded``: scales and shifts have gone into the weights of the layer before.
    """

    precise: bool = False
    folded: bool = False


def _digest(made_of: tuple[object, ...], folded: bool) -> Digest:
    *digests, last = made_of
    inputs = cast(tuple[Digest, ...], tuple(digests))
    if isinstance(last, bool):
        return Digest(f"{folded} {last}", inputs)
    return Digest("image", inputs, last)


def _drawn(node: Node, shapes: tuple[Shape, ...], given: Given | None) -> Mapping[str, WeightSpec]:
    """The weights that are drawn for a layer."""
    return {} if given is not None or node.layer.is_source() else node.layer.weights(shapes)


def _described(design: Design, node: Node, specs: Mapping[str, WeightSpec], given: Given | None) -> tuple[bool, str]:
    """Whether a layer and its weights depend on nothing upstream, and both in words."""
    text = f"{node.layer.kind} {node.layer.parameters()!r}"
    if given is not None:
        return True, f"{text} given"
    if not specs:
        return True, text
    drawn = f"{text} {scheme_of(design, node, specs)} {node.seed} {[spec.shape for spec in specs.values()]}"
    return not looks_upstream(node, specs), drawn
