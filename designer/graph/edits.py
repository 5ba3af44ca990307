"""Edits: what a person wants changed, as values. ``apply`` gives the new design or raises DesignError."""

from __future__ import annotations

import abc
import re
from collections.abc import Iterable, Mapping

import attrs

from designer.graph.design import Design, DesignError, Edge, Node, Position, freeze
from designer.graph.groups import Groups, regrouped, renamed_nodes, replaced
from designer.i18n import _, ngettext
from designer.kernels.arrays.memory import Array
from designer.layer_api.problems import FieldError

ID_PATTERN = re.compile(r"[^\W\d]\w*(?:[.\-/]\w+)*", re.UNICODE)
LONGEST_ID = 80
MOST_INPUTS = 1000
"""Of a layer that takes as many as are connected."""


class Edit(abc.ABC):
    """One user action: a function from design to design with a name for the undo menu."""

    @abc.abstractmethod
    def apply(self, design: Design) -> Design:
        """The changed design; raises DesignError and changes nothing."""

    @abc.abstractmethod
    def label(self) -> str:
        """What the undo menu calls it, translated."""


def _ids(ids: Iterable[str]) -> frozenset[str]:
    return frozenset(ids)


def _edges(edges: Iterable[Edge]) -> frozenset[Edge]:
    return frozenset(edges)


def is_id(text: str) -> bool:
    """Whether it may name a node (and a weight tensor, and a variable)."""
    return len(text) <= LONGEST_ID and ID_PATTERN.fullmatch(text) is not None


def check_id(node_id: str) -> str:
    """The id itself; raises DesignError unless it may name a node."""
    if is_id(node_id):
        return node_id
    shown = node_id if len(node_id) <= 40 else node_id[:39] + "…"
    raise DesignError(
        _("{name!r} cannot be a name: start with a letter and use letters, digits, '_', '.', '-' or '/'").format(
            name=shown
        )
    )


def _check_new(design: Design, node_id: str) -> None:
    check_id(node_id)
    if node_id in design.nodes:
        raise DesignError(_("there is a node {node} already; choose another name").format(node=node_id))


def check_edge(design: Design, edge: Edge) -> None:
    """Raise DesignError unless both ends exist and the input is one the target has."""
    design.node(edge.source)
    check_port(design.node(edge.target), edge.input)


def check_port(target: Node, port: int) -> None:
    """Raise DesignError unless the node has an input of this number."""
    highest = target.layer.max_inputs
    if highest == 0:
        raise DesignError(_("{node} takes no input: the image enters there").format(node=target.id))
    count = MOST_INPUTS if highest is None else highest
    if 0 <= port < count:
        return
    raise DesignError(
        ngettext(
            "{node} has {count} input, counted from 0; there is no input {input}",
            "{node} has {count} inputs, counted from 0; there is no input {input}",
            count,
        ).format(node=target.id, count=count, input=port)
    )


def no_wire(edge: Edge) -> DesignError:
    """What is said of a wire that is not there."""
    return DesignError(_("there is no wire from {source} to {target}").format(source=edge.source, target=edge.target))


def _check_cycle(design: Design, edge: Edge) -> None:
    if design.reaches(edge.target, edge.source):
        raise DesignError(
            _("connecting {source} to {target} would close a cycle; data only flows forward").format(
                source=edge.source, target=edge.target
            )
        )


def joining(design: Design, node_id: str, group: str | None) -> Groups:
    """The groups with a new node put into the one of this path, if any."""
    return design.groups if group is None else regrouped(design.grouping, into=group, members=[node_id])


@attrs.frozen
class AddNode(Edit):
    """Place a new node, wired after ``after`` where given and in the same group."""

    node: Node
    after: str | None = None

    def apply(self, design: Design) -> Design:
        """The design with the node last."""
        _check_new(design, self.node.id)
        nodes = {**design.nodes, self.node.id: self.node}
        if self.after is None or self.node.layer.is_source():
            return design.evolve(nodes=nodes)
        # Nothing reads a new node, so that no cycle has to be looked for.
        design.node(self.after)
        return design.evolve(
            nodes=nodes,
            edges=(*design.edges, Edge(self.after, self.node.id)),
            groups=joining(design, self.node.id, design.grouping.path_of(self.after)),
        )

    def label(self) -> str:
        """Named after the kind of layer."""
        return _("Add {node}").format(node=self.node.id)


@attrs.frozen
class RemoveNodes(Edit):
    """Take nodes away, with their wires and weights.

    With ``bridge`` a removed node's only source is wired to its readers, so that a chain stays a chain.
    """

    ids: frozenset[str] = attrs.field(converter=_ids)
    bridge: bool = False

    def apply(self, design: Design) -> Design:
        """The design without them."""
        for node_id in self.ids:
            design.node(node_id)
        edges = self._bridged(design) if self.bridge else design.edges
        return design.evolve(
            nodes={key: node for key, node in design.nodes.items() if key not in self.ids},
            edges=tuple(e for e in edges if e.source not in self.ids and e.target not in self.ids),
            weights={key: value for key, value in design.weights.items() if key not in self.ids},
            groups=regrouped(design.grouping, nodes=self.ids),
        )

    def _bridged(self, design: Design) -> tuple[Edge, ...]:
        def origin(node_id: str) -> str | None:
            while node_id in self.ids:
                inputs = design.incoming[node_id]
                if len(inputs) != 1:
                    return None
                node_id = inputs[0].source
            return node_id

        return tuple(
            edge if start == edge.source else attrs.evolve(edge, source=start)
            for edge in design.edges
            if (start := origin(edge.source)) is not None
        )

    def label(self) -> str:
        """One name, or how many."""
        if len(self.ids) == 1:
            return _("Delete {node}").format(node=next(iter(self.ids)))
        return ngettext("Delete {count} layer", "Delete {count} layers", len(self.ids)).format(count=len(self.ids))


@attrs.frozen
class Connect(Edit):
    """Draw a wire; a wire already at that input is replaced."""

    source: str
    target: str
    input: int = 0

    def apply(self, design: Design) -> Design:
        """The design with the wire."""
        edge = Edge(self.source, self.target, self.input)
        there = [e for e in design.incoming.get(edge.target, ()) if e.input == edge.input]
        if edge in there:
            return design
        kept = tuple([e for e in design.edges if e not in there]) if there else design.edges
        pruned = design.evolve(edges=kept)
        check_edge(pruned, edge)
        _check_cycle(pruned, edge)
        return pruned.evolve(edges=(*kept, edge))

    def label(self) -> str:
        return _("Connect {source} to {target}").format(source=self.source, target=self.target)


@attrs.frozen
class Disconnect(Edit):
    """Take wires away."""

    edges: frozenset[Edge] = attrs.field(converter=_edges)

    def apply(self, design: Design) -> Design:
        """The design without them."""
        missing = self.edges - set(design.edges)
        if missing:
            raise no_wire(min(missing))
        return design.evolve(edges=tuple(edge for edge in design.edges if edge not in self.edges))

    def label(self) -> str:
        """One wire's ends, or how many."""
        if len(self.edges) == 1:
            edge = next(iter(self.edges))
            return _("Disconnect {source} from {target}").format(source=edge.source, target=edge.target)
        return ngettext("Disconnect {count} wire", "Disconnect {count} wires", len(self.edges)).format(
            count=len(self.edges)
        )


@attrs.frozen
class MoveNodes(Edit):
    """Put nodes at new positions on the canvas."""

    positions: Mapping[str, Position]
    text: str = ""

    def apply(self, design: Design) -> Design:
        """The design with the nodes moved."""
        nodes = dict(design.nodes)
        for node_id, (x, y) in self.positions.items():
            node = design.node(node_id)
            if node.place != (x, y):
                nodes[node_id] = attrs.evolve(node, position=(float(x), float(y)))
        return design.evolve(nodes=nodes)

    def label(self) -> str:
        """One name, or how many; or the text given (automatic layout)."""
        if self.text:
            return self.text
        if len(self.positions) == 1:
            return _("Move {node}").format(node=next(iter(self.positions)))
        return ngettext("Move {count} layer", "Move {count} layers", len(self.positions)).format(
            count=len(self.positions)
        )


@attrs.frozen
class SetParameters(Edit):
    """Give fields of a node's layer other values; given weights that no longer fit are noticed by the analysis."""

    node: str
    changes: Mapping[str, object]

    def apply(self, design: Design) -> Design:
        """The design with the changed layer; a senseless value raises DesignError."""
        return with_parameters(design, [self.node], self.changes)

    def label(self) -> str:
        """Which parameter of which node."""
        return _("Change {fields} of {node}").format(fields=", ".join(self.changes), node=self.node)


def with_parameters(design: Design, ids: Iterable[str], changes: Mapping[str, object]) -> Design:
    """The design with other values in the layers of these nodes; a senseless value raises DesignError."""
    changed = {}
    for key in ids:
        node = design.node(key)
        try:
            layer = node.layer.replace(**changes)
        except FieldError as problem:
            raise DesignError(f"{key}: {problem}") from None
        if layer != node.layer:
            changed[key] = attrs.evolve(node, layer=layer)
    return design.evolve(nodes={**design.nodes, **changed}) if changed else design


@attrs.frozen
class Rename(Edit):
    """Give a node another id; its seed stays, so its initial weights do."""

    old: str
    new: str

    def apply(self, design: Design) -> Design:
        """The design with the new name everywhere."""
        node = design.node(self.old)
        if self.new == self.old:
            return design
        _check_new(design, self.new)
        swap = {self.old: self.new}
        renamed = attrs.evolve(node, id=self.new, seed=node.seed)
        return design.evolve(
            nodes={swap.get(key, key): (renamed if key == self.old else value) for key, value in design.nodes.items()},
            edges=tuple(
                attrs.evolve(e, source=swap.get(e.source, e.source), target=swap.get(e.target, e.target))
                if self.old in (e.source, e.target)
                else e
                for e in design.edges
            ),
            weights={swap.get(key, key): value for key, value in design.weights.items()},
            groups=self._groups(design),
        )

    def _groups(self, design: Design) -> Groups:
        path = design.grouping.path_of(self.old)
        if path is None:
            return design.groups
        swap = {self.old: self.new}
        return replaced(design.groups, {path: lambda group: (renamed_nodes(group, swap),)})

    def label(self) -> str:
        return _("Rename {old} to {new}").format(old=self.old, new=self.new)


@attrs.frozen
class SetName(Edit):
    """Name the whole design."""

    name: str

    def apply(self, design: Design) -> Design:
        """The design with the name."""
        return design.evolve(name=self.name)

    def label(self) -> str:
        return _("Name the design {name}").format(name=self.name)


@attrs.frozen(eq=False)
class SetWeights(Edit):
    """Give nodes their weights (node → tensor name → array), or None to initialise from the seed again."""

    weights: Mapping[str, Mapping[str, Array] | None]

    def apply(self, design: Design) -> Design:
        """The design with read-only copies of the arrays."""
        merged = dict(design.weights)
        for node_id, tensors in self.weights.items():
            design.node(node_id)
            merged.pop(node_id, None)
            if tensors is not None:
                merged[node_id] = {name: freeze(array) for name, array in tensors.items()}
        return design.evolve(weights=merged)

    def label(self) -> str:
        """One name, or how many."""
        if len(self.weights) == 1:
            return _("Set the weights of {node}").format(node=next(iter(self.weights)))
        return ngettext(
            "Set the weights of {count} layer", "Set the weights of {count} layers", len(self.weights)
        ).format(count=len(self.weights))
