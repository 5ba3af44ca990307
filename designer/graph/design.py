"""The design as an immutable value: nodes, wires, weights. An untouched node stays the same object."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from designer.graph.groups import Group, Grouping
from designer.graph.wiring import Wiring, followed, ports_of, wires_into, wires_out_of
from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.layer_api.layer import Layer
from designer.layer_api.problems import UserError

Position = tuple[float, float]


class DesignError(UserError):
    """A structural change that cannot be: unknown node, taken name, cycle. One line; nothing was changed."""


def default_seed(node_id: str) -> int:
    """The seed a node is initialised from until it is given another: from its first name, not from its neighbours."""
    return zlib.crc32(node_id.encode())


@attrs.frozen
class Node:
    """A layer placed on the canvas, or one without a place: what is written by hand or by a program has none."""

    id: str
    layer: Layer
    place: Position | None = attrs.field(default=None, alias="position")
    """The card's top left corner in canvas pixels; None until it is laid out."""

    seed: int = attrs.field()
    extra: Mapping[str, object] = attrs.field(factory=dict)
    """Unknown keys of the spec file, kept."""

    @seed.default
    def _seed(self) -> int:
        return default_seed(self.id)

    @property
    def position(self) -> Position:
        """The place, the origin where there is none."""
        return self.place or (0.0, 0.0)


# Wires are keys everywhere: of ten thousand, hashing anew each time took a fifth of laying them.
@attrs.frozen(order=True, cache_hash=True)
class Edge:
    """A wire from a node's output to input ``input`` (0-based) of another."""

    source: str
    target: str
    input: int = 0
    extra: Mapping[str, object] = attrs.field(factory=dict, eq=False, order=False, hash=False, repr=False)
    """Unknown keys of the spec file, kept."""


def _same_weights(left: Any, right: Any) -> bool:
    if left.keys() != right.keys():
        return False
    return all(
        left[node] is right[node]
        or (
            left[node].keys() == right[node].keys()
            and all(np.array_equal(left[node][name], right[node][name], equal_nan=True) for name in left[node])
        )
        for node in left
    )


def _frozen(mapping: Mapping[str, object]) -> Mapping[str, object]:
    return mapping if isinstance(mapping, MappingProxyType) else MappingProxyType(dict(mapping))


@attrs.frozen(slots=False)
class Design:
    """A network: nodes by id in order of creation, wires, given weights (node → tensor name → read-only array).

    A node absent from ``weights`` is initialised from its seed. ``groups`` are the outermost ones; they change neither
    a number nor a run. ``notes`` and ``extra`` are carried along.
    """

    name: str = "Untitled"
    nodes: Mapping[str, Node] = attrs.field(factory=dict, converter=_frozen)
    edges: tuple[Edge, ...] = ()
    weights: Mapping[str, Mapping[str, Array]] = attrs.field(
        factory=dict, converter=_frozen, eq=attrs.cmp_using(eq=_same_weights), repr=False
    )
    groups: tuple[Group, ...] = ()
    notes: tuple[object, ...] = ()
    extra: Mapping[str, object] = attrs.field(factory=dict)

    __hash__ = object.__hash__

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Edge, ...]]:
        """Wires into every node, by input number."""
        return wires_into(self.nodes, self.edges)

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Edge, ...]]:
        """Wires out of every node."""
        return wires_out_of(self.nodes, self.edges)

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Ids in execution order: every node after its inputs, otherwise as created (Kahn, 1962)."""
        waiting = {node: len(edges) for node, edges in self.incoming.items()}
        ready = [node for node in reversed(tuple(self.nodes)) if waiting[node] == 0]
        done = []
        while ready:
            node = ready.pop()
            done.append(node)
            for edge in reversed(self.outgoing[node]):
                waiting[edge.target] -= 1
                if waiting[edge.target] == 0:
                    ready.append(edge.target)
        return tuple(done)

    def node(self, node_id: str) -> Node:
        """The node of this id; raises DesignError."""
        try:
            return self.nodes[node_id]
        except KeyError:
            raise DesignError(_("there is no node {node}").format(node=node_id)) from None

    @cached_property
    def inputs(self) -> Mapping[str, tuple[str | None, ...]]:
        """What :meth:`inputs_of` answers, of every node: for those that ask for all."""
        return {key: ports_of(self.nodes[key], edges) for key, edges in self.incoming.items()}

    def inputs_of(self, node_id: str) -> tuple[str | None, ...]:
        """Source of every input port, in port order; None where a port is free.

        As many ports as the layer needs at least, and as many as the highest connected one.
        """
        return self.inputs[node_id]

    def reaches(self, start: str, goal: str) -> bool:
        """Whether wires lead from ``start`` to ``goal``."""
        seen, stack = {start}, [start]
        while stack:
            node = stack.pop()
            if node == goal:
                return True
            for edge in self.outgoing[node]:
                if edge.target not in seen:
                    seen.add(edge.target)
                    stack.append(edge.target)
        return False

    @cached_property
    def grouping(self) -> Grouping:
        """Which groups there are, and which node is in which."""
        return Grouping(self.groups)

    def group(self, path: str) -> Group:
        """The group of this path, ``layer1.0``; raises DesignError."""
        try:
            return self.grouping.groups[path]
        except KeyError:
            raise DesignError(_("there is no group {group}").format(group=path)) from None

    def sources(self) -> tuple[str, ...]:
        """Nodes where an image enters."""
        return self._sources

    @cached_property
    def _sources(self) -> tuple[str, ...]:
        return tuple([node.id for node in self.nodes.values() if node.layer.is_source()])

    def new_id(self, prefix: str, taken: Iterable[str] = ()) -> str:
        """The first free id ``prefix1``, ``prefix2`` … (a first image is just ``image``)."""
        return free_id(prefix, {*self.nodes, *taken})[0]

    def evolve(self, **changes: Any) -> Design:
        """A design with these attributes changed."""
        design = attrs.evolve(self, **changes)
        known, found = self.__dict__, design.__dict__
        if design.groups is self.groups and "grouping" in known:
            found["grouping"] = known["grouping"]
        if self._has_wiring_of(design):
            # Found once for all steps of a history that only move nodes or change parameters: else each step keeps
            # five times the memory of its nodes.
            found |= {name: known[name] for name in ("incoming", "outgoing", "inputs", "order") if name in known}
        elif known.keys() >= {"incoming", "outgoing", "inputs"}:
            before = Wiring(self.incoming, self.outgoing, self.inputs, known.get("order"), known.get("_sources"))
            wiring = followed(before, self.nodes, design.nodes, self.edges, design.edges)
            if wiring is not None:
                found |= {"incoming": wiring.incoming, "outgoing": wiring.outgoing, "inputs": wiring.inputs}
                found |= {} if wiring.order is None else {"order": wiring.order}
                found |= {} if wiring.sources is None else {"_sources": wiring.sources}
        return design

    def _has_wiring_of(self, other: Design) -> bool:
        """Whether both have the same wires between nodes of the same names, in the same order, with as many inputs."""
        return self.edges is other.edges and (
            self.nodes is other.nodes
            or (
                len(self.nodes) == len(other.nodes)
                and all(
                    new is old or (new.id == old.id and new.layer.min_inputs == old.layer.min_inputs)
                    for new, old in zip(other.nodes.values(), self.nodes.values(), strict=True)
                )
            )
        )


def free_id(prefix: str, used: Collection[str], first: int = 1) -> tuple[str, int]:
    """The first unused of ``image`` (for that prefix) and ``prefix1``, ``prefix2`` … from ``first``; and its number."""
    if prefix == "image" and prefix not in used:
        return prefix, first
    number = first
    while f"{prefix}{number}" in used:
        number += 1
    return f"{prefix}{number}", number


def freeze(array: Any) -> Array:
    """A read-only float32 array that shares nothing writable with its origin; one that is so already is not copied."""
    if isinstance(array, np.ndarray) and array.dtype == np.float32 and array.base is None and not array.flags.writeable:
        return array
    frozen = np.array(array, dtype=np.float32)
    frozen.flags.writeable = False
    return frozen
