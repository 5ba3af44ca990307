"""Parts of a design as JSON text: what copy puts on the clipboard and paste reads back, from anywhere."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from designer.files import spec
from designer.graph.compound_edits import AddPart, groups_among, wires_among
from designer.graph.design import Design
from designer.i18n import _
from designer.layout.placing import placed


def copy_text(design: Design, ids: Iterable[str]) -> str:
    """The chosen nodes, the wires among them and the groups that are chosen whole, as a spec; weights stay behind."""
    chosen = frozenset(ids)
    nodes = {key: node for key, node in design.nodes.items() if key in chosen}
    groups, _outer = groups_among(design, nodes)
    return spec.dump(Design(name=design.name, nodes=nodes, edges=wires_among(design, chosen), groups=groups))


def paste_edit(text: str, offset: tuple[float, float], label: str | None = None, into: str | None = None) -> AddPart:
    """The edit that adds a copied part, moved by ``offset``; raises SpecError where the text is no spec.

    It goes into the group of path ``into``, if any.
    """
    part = placed(spec.parse(text).design)
    moved = tuple(
        attrs.evolve(node, position=(node.position[0] + offset[0], node.position[1] + offset[1]))
        for node in part.nodes.values()
    )
    return AddPart(moved, part.edges, label or _("Paste"), groups=part.groups, into=into)
