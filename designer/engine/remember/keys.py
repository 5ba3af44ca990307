"""What a result depends on, digested, so that an edit recomputes only what lies downstream."""

from __future__ import annotations

import hashlib
import secrets
import weakref
from collections.abc import Hashable, Mapping
from itertools import count
from typing import Self

import attrs

from designer.analysis.report import Report
from designer.engine.compile.wiring import Declared, Wiring, wiring
from designer.graph.design import Design, Node
from designer.initial_weights.draw import looks_upstream, scheme_of
from designer.kernels.arrays.memory import Array
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer, WeightSpec

Given = Mapping[str, Array]


class Digest(bytes):
    """Compared at once, however much went into it; it keeps nothing of that alive."""

    def __new__(cls, text: str, inputs: tuple[Digest, ...] = (), identity: bytes = b"") -> Self:
        """Digest a description, other digests, and which arrays are meant."""
        # All at once: a network has hundreds of layers, and every call takes as long as the digesting.
        content = b"%b\0%b\0%b" % (text.encode(), identity, b"".join(inputs))
        return super().__new__(cls, hashlib.blake2b(content, digest_size=16).digest())


KernelKey = tuple[Digest, Digest | None, Shape, bool]
"""Layer with its weights, the scale and shift folded into them, shape of the images, whether precise."""


class _Identities:
    """Numbers arrays, none twice: an address can belong to another array later, and its number cannot.

    Given weights and images are read-only, so that the same array is the same values.
    """

    def __init__(self) -> None:
        # Numbers of another maker are none of these.
        self._salt = secrets.token_bytes(8)
        self._numbers = count()
        self._known: dict[int, tuple[weakref.ref[Array], bytes]] = {}

    def of(self, array: Array) -> bytes:
        """What stands for an array in a digest."""
        known = self._known.get(id(array))
        if known is not None and known[0]() is array:
            return known[1]
        address = id(array)

        def forget(gone: weakref.ref[Array]) -> None:
            # Another array may have the address by now.
            if self._known.get(address, (None,))[0] is gone:
                del self._known[address]

        number = b"%b%d;" % (self._salt, next(self._numbers))
        self._known[address] = weakref.ref(array, forget), number
        return number


@attrs.frozen(eq=False)
class _Known:
    """What a digest of a layer was made from."""

    layer: Layer
    seed: int
    shapes: tuple[Shape, ...]
    given: Given | None
    local: bool
    own: Digest


@attrs.frozen(eq=False)
class Keys:
    """Digests of every computable node: ``own`` of its layer and weights, ``results`` of its maps.

    Equal ``results`` mean equal maps, bit for bit. They depend on the layer, on how its weights come about, on the keys
    of its inputs and on the arithmetic; not on names, places, or on who watches.
    """

    own: Mapping[str, Digest]
    results: Mapping[str, Digest]


class KeyMaker:
    """Makes keys, and takes over from the last time what an edit did not touch. Safe between threads."""

    def __init__(self) -> None:
        self._identities = _Identities()
        self._known: Mapping[str, _Known] = {}
        self._last: Mapping[Arithmetic, Mapping[str, tuple[tuple[Digest, ...], Digest]]] = {}

    def anew(self) -> KeyMaker:
        """A maker of the same keys that has nothing to take over."""
        other = KeyMaker()
        other._identities = self._identities
        return other

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
            if known is None or not same or (known.shapes != shapes and not _as_many(known.shapes, shapes, node.layer)):
                local, text = _described(design, node, _drawn(node, shapes, given), given)
                own = Digest(text, identity=self._identity(given))
                if known is not None and known.own == own:
                    # The same object again, so that what lies downstream is seen to be the same at a glance.
                    own = known.own
                known = _Known(node.layer, node.seed, shapes, given, local, own)
            after[node_id] = known
        self._known = after
        return {node_id: known.own for node_id, known in after.items()}

    def _identity(self, given: Given | None) -> bytes:
        """Which arrays were given to a layer, by name."""
        if given is None:
            return b""
        return b"".join(name.encode() + b"\0" + self._identities.of(given[name]) for name in sorted(given))

    def results(
        self, own: Mapping[str, Digest], wires: Wiring, images: Mapping[str, Array], arithmetic: Arithmetic
    ) -> dict[str, Digest]:
        """A digest of every computable node's maps, in execution order."""
        before, after = self._last.get(arithmetic, {}), {}
        keys: dict[str, Digest] = {}
        alone, absorbed = f"{arithmetic.precise}", f"folded {arithmetic.precise}"
        for node_id in wires.order:
            read = wires.inputs[node_id]
            if wires.origin[node_id] != node_id:
                keys[node_id] = keys[read[0]]
                continue
            fold = wires.folds.get(node_id) if arithmetic.folded else None
            if not read:
                keys[node_id] = Digest("image", (own[node_id],), self._identities.of(images[node_id]))
                continue
            if fold is None:
                made_of = (own[node_id], *[keys[source] for source in read])
            else:
                made_of = (own[node_id], own[fold.layer], *[keys[source] for source in wires.inputs[fold.layer]])
            known = before.get(node_id)
            if known is None or known[0] != made_of:
                known = made_of, Digest(alone if fold is None else absorbed, made_of)
            after[node_id] = known
            keys[node_id] = known[1]
        self._last = {arithmetic: after}
        return keys


@attrs.frozen
class Arithmetic:
    """How results are computed, where that changes their rounding.

    ``folded``: scales and shifts have gone into the weights of the layer before.
    """

    precise: bool = False
    folded: bool = False


def result_keys(
    design: Design,
    report: Report,
    images: Mapping[str, Array],
    maker: KeyMaker,
    arithmetic: Arithmetic | None = None,
    declared: Declared | None = None,
) -> dict[str, Hashable]:
    """A key for every computable node, in execution order: equal keys of one maker mean equal results.

    A key depends on the layer, on how its weights come about, and on the keys of its inputs; not on names or places.
    ``declared`` is what layers have been asked for before.
    """
    wires = wiring(design, report, images, declared)
    return dict(maker.results(maker.own(design, report, wires), wires, images, arithmetic or Arithmetic()))


def _as_many(before: tuple[Shape, ...], after: tuple[Shape, ...], layer: Layer) -> bool:
    """Whether a layer has the same weights for inputs of both shapes: larger or smaller maps, but as many."""
    if len(before) != len(after):
        return False
    for old, new in zip(before, after, strict=True):
        if old[0] != new[0]:
            return False
    return layer.weights_follow_channels()


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
