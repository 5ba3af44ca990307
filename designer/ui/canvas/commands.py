"""What menus and keys do to the selected nodes; every one is one undo step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs
from PySide6.QtCore import QPointF

from designer.files.spec_values import SpecError
from designer.graph.compound_edits import AddPart, InsertOnEdge, Several, groups_among, wires_among
from designer.graph.design import Design, Edge, Node, Position
from designer.graph.edits import Disconnect, Edit, MoveNodes, RemoveNodes
from designer.graph.folding import folded, real_edge
from designer.i18n import _
from designer.layer_api.registry import make_layer
from designer.layout.cards import snapped
from designer.layout.inserting import place_on, pushed
from designer.layout.layered import NODE_SIZE, Size
from designer.layout.placing import around, diagonal, free_shift, uncovered, usual_sizes
from designer.session.clipboard import copy_text, paste_edit
from designer.session.notices import Level
from designer.session.session import Session
from designer.ui.canvas.cards.card import GRID, WIDTH
from designer.ui.canvas.scene import CanvasScene


def delete(session: Session, scene: CanvasScene, bridge: bool) -> None:
    """Remove the chosen wire, or the selected nodes; with ``bridge`` their neighbours are connected."""
    if scene.looks.chosen is not None:
        session.do(Disconnect([real_edge(scene.looks.chosen)]))
    elif session.selection:
        session.do(RemoveNodes(session.selection, bridge))


def add_layer(session: Session, kind: str, place: QPointF | None) -> None:
    """Add a layer at a place, or as near to it as no card is covered."""
    wanted = snapped(place.x(), place.y()) if place is not None else (0.0, 0.0)
    session.add_layer(kind, uncovered(*_drawn(session), wanted, NODE_SIZE))


def _drawn(session: Session) -> tuple[Design, Mapping[str, Size]]:
    """What is drawn of the design, and how large its cards are; one that is not drawn yet is of the usual size."""
    design = folded(session.design, session.inside).design
    return design, {**usual_sizes(design), **session.card_sizes()}


def disconnect(session: Session, ids: Iterable[str]) -> None:
    """Take away every wire at these nodes."""
    chosen = set(ids)
    edges = [edge for edge in session.design.edges if edge.source in chosen or edge.target in chosen]
    if edges:
        session.do(Disconnect(edges))


def paste(session: Session, text: str, at: QPointF | None) -> None:
    """Add what a text describes: its middle at a place, without one a little off the original; where no card is."""
    try:
        part = paste_edit(text, (0.0, 0.0), into=session.inside)
    except SpecError as problem:
        session.notice(_("Nothing to paste: {problem}").format(problem=problem), Level.WARNING)
        return
    if not part.nodes:
        session.notice(_("Nothing to paste: the clipboard holds no layers"), Level.WARNING)
        return
    if at is None:
        shift = _free_shift(session, part, diagonal())
    else:
        left, top, right, bottom = _bounds(part.nodes)
        x, y = snapped(at.x() - (left + right) / 2, at.y() - (top + bottom) / 2)
        # The part as a whole is snapped, so that what was level inside it stays level.
        part = _shifted(part, (x - (left % GRID), y - (top % GRID)))
        shift = _free_shift(session, part, around())
    _add(session, _shifted(part, shift))


def duplicate(session: Session, ids: Iterable[str]) -> None:
    """Add copies of nodes, and of the wires and whole groups among them, beside the originals in the same group."""
    wanted = set(ids)
    chosen = [node for node in session.design.nodes.values() if node.id in wanted]
    if not chosen:
        return
    design = session.design
    edges = wires_among(design, [node.id for node in chosen])
    weights = {node.id: design.weights[node.id] for node in chosen if node.id in design.weights}
    groups, into = groups_among(design, wanted)
    part = AddPart(tuple(chosen), edges, _("Duplicate"), weights, groups, into)
    _add(session, _shifted(part, _free_shift(session, part, diagonal())))


def _shifted(part: AddPart, shift: Position) -> AddPart:
    dx, dy = shift
    moved = [attrs.evolve(node, position=(node.position[0] + dx, node.position[1] + dy)) for node in part.nodes]
    return attrs.evolve(part, nodes=tuple(moved))


def _free_shift(session: Session, part: AddPart, shifts: Iterator[Position]) -> Position:
    alone = Design(nodes={node.id: node for node in part.nodes}, edges=part.edges)
    return free_shift(*_drawn(session), alone, shifts)


def _add(session: Session, part: AddPart) -> None:
    names = part.names(session.design)
    if session.do(part):
        session.select(names.values())


def _bounds(nodes: Iterable[Node]) -> tuple[float, float, float, float]:
    xs, ys = zip(*(node.position for node in nodes), strict=True)
    return min(xs), min(ys), max(xs) + WIDTH, max(ys) + 9.0 * GRID


def copied(session: Session) -> str | None:
    """The selected nodes as text; None where none is selected."""
    return copy_text(session.design, session.selection) if session.selection else None


def insert_layer(session: Session, scene: CanvasScene, kind: str, edge: Edge) -> None:
    """Place a new layer on a wire and select it."""
    layer = make_layer(kind)
    size = (WIDTH, 9.0 * GRID)
    node = Node(session.design.new_id(layer.prefix), layer, place_on(edge, scene.design, scene.node_sizes(), size))
    if session.do(inserted(scene, node, edge, size)):
        session.select([node.id])


def inserted(scene: CanvasScene, node: Node, edge: Edge, size: tuple[float, float]) -> Edit:
    """Place a node on a drawn wire, with room made among what is drawn."""
    insert = InsertOnEdge(node, real_edge(edge))
    moved = pushed(scene.design, node.position, edge, scene.node_sizes(), size)
    return Several((insert, MoveNodes(scene.shown.folded.places(moved))), insert.label()) if moved else insert


def nudge(session: Session, dx: float, dy: float) -> None:
    """Move the selected nodes; repeated nudges are one step."""
    places = {}
    for key in session.selection:
        x, y = session.design.nodes[key].position
        places[key] = (x + dx, y + dy)
    if places:
        session.do(MoveNodes(places), token=("nudge", session.selection))
