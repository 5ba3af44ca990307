"""A part with one way in and one way out, put between the nodes of a design."""

from __future__ import annotations

import attrs

from designer.graph.compound_edits import AddPart, wires_among
from designer.graph.design import Design, DesignError, Edge, Node
from designer.graph.edits import Edit, no_wire
from designer.graph.groups import Groups
from designer.i18n import _


@attrs.frozen
class Part:
    """Nodes with the wires and groups among them; what comes in goes to ``entries``, ``exit`` gives what leaves."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    groups: Groups
    entries: tuple[tuple[str, int], ...]
    exit: str


def part_of(design: Design) -> Part:
    """A design as a part: its one image input stands for what will feed it; raises DesignError where it cannot be."""
    sources = design.sources()
    if len(sources) != 1:
        raise DesignError(
            _("a block has one image input, which stands for what feeds it; this has {count}").format(
                count=len(sources)
            )
        )
    (source,) = sources
    inside = [key for key in design.nodes if key != source]
    exits = [key for key in inside if not design.outgoing[key]]
    if len(exits) != 1:
        raise DesignError(
            _("a block has one layer that leaves it; here {layers} do").format(layers=", ".join(exits) or _("none"))
        )
    groups = tuple(group for group in design.groups if source not in group.members)
    return Part(
        tuple(design.nodes[key] for key in inside),
        wires_among(design, inside),
        groups,
        tuple((edge.target, edge.input) for edge in design.outgoing[source]),
        exits[0],
    )


@attrs.frozen
class InsertPart(Edit):
    """Put a part on a wire, or behind a node, whose readers then read the part; with neither it stands alone.

    A ``branch`` behind a node takes no reader over.
    """

    part: Part
    text: str
    edge: Edge | None = None
    after: str | None = None
    branch: bool = False

    def apply(self, design: Design) -> Design:
        """The design with the part in between; see :meth:`names` for the ids that its nodes got."""
        add = self._add(design)
        grown, names = add.apply(design), add.names(design)
        leaving, edges = names[self.part.exit], list(grown.edges)
        if self.edge is not None:
            if self.edge not in design.incoming.get(self.edge.target, ()):
                raise no_wire(self.edge)
            edges = [edge for edge in edges if edge != self.edge]
            edges.append(Edge(leaving, self.edge.target, self.edge.input))
        elif self.after is not None and not self.branch:
            edges = [attrs.evolve(edge, source=leaving) if edge.source == self.after else edge for edge in edges]
        source = self._source
        if source is not None:
            edges += [Edge(source, names[target], port) for target, port in self.part.entries]
        # What follows is what followed before, so that no cycle has to be looked for.
        return grown.evolve(edges=tuple(edges))

    @property
    def _source(self) -> str | None:
        return self.after if self.edge is None else self.edge.source

    def _add(self, design: Design) -> AddPart:
        into = None
        if self.edge is not None:
            design.node(self.edge.source)
            into = design.grouping.common([self.edge.source, self.edge.target])
        elif self.after is not None:
            design.node(self.after)
            into = design.grouping.path_of(self.after)
        return AddPart(self.part.nodes, self.part.edges, self.text, groups=self.part.groups, into=into)

    def names(self, design: Design) -> dict[str, str]:
        """The id that each node of the part gets in this design."""
        return self._add(design).names(design)

    def label(self) -> str:
        """The text given."""
        return self.text
