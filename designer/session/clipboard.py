"""Parts of a design as JSON text: what copy puts on the clipboard and paste reads back, from anywhere."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from designer.files import spec
from designer.graph.compound_edits import AddPart, wires_among
from designer.graph.design import Design
from designer.i18n import _
from designer.layout.placing import placed


def copy_text(design: Design, ids: Iterable[str]) -> str:
    """The chosen nodes and the wires among them, as a spec; given weights stay behind."""
    chosen = frozenset(ids)
    nodes = {key: node for key, node in design.nodes.items() if key in chosen}
    return spec.dump(Design(name=design.name, nodes=nodes, edges=wires_among(design, chosen)))


def paste_edit(text: str, offset: tuple[float, float], label: str | None = None) -> AddPart:
    """The edit that adds a copied part, moved by ``offset``; raises SpecError where the text is no spec."""
    part = placed(spec.parse(text).design)
    moved = tuple(
        attrs.evolve(node, position=(node.position[0] + offset[0], node.position[1] + offset[1]))
        for node in part.nodes.values()
    )
    return AddPart(moved, part.edges, label or _("Paste"))
