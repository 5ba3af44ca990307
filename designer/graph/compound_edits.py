"""Edits made of others: a node on a wire, a part with its wires, several edits as one step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from designer.graph.design import Design, DesignError, Edge, Node, free_id, freeze
from designer.graph.edits import (
    LONGEST_ID,
    AddNode,
    Edit,
    check_edge,
    check_id,
    check_port,
    joining,
    no_wire,
    with_parameters,
)
from designer.graph.group_rules import check_groups, fitted
from designer.graph.groups import Groups, all_members, regrouped, renamed_nodes
from designer.i18n import _
from designer.kernels.arrays.memory import Array

ROOM_FOR_NUMBER = 6
"""Of a name that is numbered: as many digits."""


def _edits(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    return tuple(edits)


@attrs.frozen
class InsertOnEdge(Edit):
    """Place a new node on a wire: the wire's source feeds it, and it feeds the wire's target.

    It joins the innermost group that both are in.
    """

    node: Node
    edge: Edge

    def apply(self, design: Design) -> Design:
        """The design with the wire split."""
        source, target, new = self.edge.source, self.edge.target, self.node.id
        if self.edge not in design.incoming.get(target, ()):
            raise no_wire(self.edge)
        grown = AddNode(self.node).apply(design)
        check_port(self.node, 0)
        kept = [edge for edge in grown.edges if edge != self.edge]
        # All at once. What follows is what followed before, so that no cycle has to be looked for.
        return grown.evolve(
            edges=(*kept, Edge(source, new), Edge(new, target, self.edge.input)),
            groups=joining(design, new, design.grouping.common([source, target])),
        )

    def label(self) -> str:
        """What goes where."""
        return _("Insert {node} before {target}").format(node=self.node.id, target=self.edge.target)


@attrs.frozen
class InsertAfter(Edit):
    """Place a new node behind another, in its group: everything that read the other one reads the new one."""

    node: Node
    after: str

    def apply(self, design: Design) -> Design:
        """The design with the node in between."""
        design.node(self.after)
        grown = AddNode(self.node).apply(design)
        check_port(self.node, 0)
        passed_on = [
            attrs.evolve(edge, source=self.node.id) if edge.source == self.after else edge for edge in grown.edges
        ]
        return grown.evolve(
            edges=(*passed_on, Edge(self.after, self.node.id)),
            groups=joining(design, self.node.id, design.grouping.path_of(self.after)),
        )

    def label(self) -> str:
        """What goes where."""
        return _("Insert {node} after {source}").format(node=self.node.id, source=self.after)


@attrs.frozen
class AddPart(Edit):
    """Add nodes, and wires and groups among them: paste, duplicate, template. Taken names get the next free number.

    They go into the group of path ``into``, if any.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    text: str
    weights: Mapping[str, Mapping[str, Array]] = attrs.field(factory=dict, eq=False)
    groups: Groups = ()
    into: str | None = None

    def apply(self, design: Design) -> Design:
        """The design with the part; see :meth:`names` for the ids it got."""
        names = self.names(design)
        added = {names[node.id]: attrs.evolve(node, id=names[node.id], seed=node.seed) for node in self.nodes}
        for name in added:
            check_id(name)
        grown = design.evolve(
            nodes={**design.nodes, **added},
            weights={
                **design.weights,
                **{
                    names[key]: {name: freeze(array) for name, array in value.items()}
                    for key, value in self.weights.items()
                },
            },
            groups=self._groups(design, names),
        )
        wires = {
            (names[edge.target], edge.input): attrs.evolve(edge, source=names[edge.source], target=names[edge.target])
            for edge in self.edges
        }
        for wire in wires.values():
            check_edge(grown, wire)
        # All at once: drawn one by one, a part of five hundred layers takes most of a second.
        grown = grown.evolve(edges=(*grown.edges, *wires.values()))
        if len(grown.order) < len(grown.nodes):
            raise DesignError(_("the wires among the new layers close a cycle; data only flows forward"))
        return grown

    def _groups(self, design: Design, names: Mapping[str, str]) -> Groups:
        if self.into is not None:
            design.group(self.into)
        if not self.groups and self.into is None:
            return design.groups
        check_groups(self.groups, names)
        beside = design.grouping.beside(self.into)
        inner = fitted(((group.name, renamed_nodes(group, names)) for group in self.groups), beside, self.into)
        grouped = {node for group in self.groups for node in all_members(group)}
        loose = [name for node, name in names.items() if node not in grouped]
        return regrouped(design.grouping, into=self.into, members=loose, inner=inner)

    def names(self, design: Design) -> dict[str, str]:
        """The id each node of the part gets in this design."""
        used, given = set(design.nodes), {}
        numbers: dict[str, int] = {}
        for node in self.nodes:
            name = node.id
            prefix = node.id.rstrip("0123456789")[: LONGEST_ID - ROOM_FOR_NUMBER]
            if name in used:
                # A number that was taken stays taken, so that the next of a prefix is looked for behind the last.
                name, numbers[prefix] = free_id(prefix, used, numbers.get(prefix, 1))
            used.add(name)
            given[node.id] = name
        return given

    def label(self) -> str:
        """The text given."""
        return self.text


@attrs.frozen
class Several(Edit):
    """Several edits as one step."""

    edits: tuple[Edit, ...] = attrs.field(converter=_edits)
    text: str

    def apply(self, design: Design) -> Design:
        """The design after all of them, or DesignError and none."""
        for edit in self.edits:
            design = edit.apply(design)
        return design

    def label(self) -> str:
        """The text given."""
        return self.text


@attrs.frozen
class Become(Edit):
    """Another design in the place of this one, as one step: a file that was reloaded."""

    design: Design
    text: str

    def apply(self, design: Design) -> Design:
        """The other design."""
        return self.design

    def label(self) -> str:
        """The text given."""
        return self.text


@attrs.frozen
class SetParametersOfAll(Edit):
    """Give the same fields of several nodes the same values, as one step."""

    ids: tuple[str, ...]
    changes: Mapping[str, object]
    text: str

    def apply(self, design: Design) -> Design:
        """The design with the changed layers, all at once: one by one, a thousand of ten thousand take seconds."""
        return with_parameters(design, self.ids, self.changes)

    def label(self) -> str:
        """The text given."""
        return self.text


def wires_among(design: Design, ids: Iterable[str]) -> tuple[Edge, ...]:
    """Wires whose both ends are in ``ids``."""
    inside = frozenset(ids)
    return tuple(edge for edge in design.edges if edge.source in inside and edge.target in inside)


def groups_among(design: Design, ids: Iterable[str]) -> tuple[Groups, str | None]:
    """The groups whose nodes are all in ``ids``, outermost ones under names of their own; and the group around all."""
    chosen = frozenset(ids)
    outer = design.grouping.container(chosen)
    whole = design.grouping.whole(chosen, outer)
    return fitted(((path, design.grouping.groups[path]) for path in whole), (), None), outer
