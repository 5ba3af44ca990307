"""The design as it is drawn: every collapsed group is one node, and wires that cross its border end there.

The design itself stays what it is; this is a second design beside it, made for canvas and layout. Where nothing is
collapsed both are the same object, so that a design without groups costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import attrs

from designer.graph.design import Design, Edge, Node, Position
from designer.graph.group_boundary import Boundary, boundary
from designer.graph.groups import around, within
from designer.i18n import N_
from designer.layer_api.layer import Category, Layer

MARK = "group:"
"""Begins the id of a group's card; no node's id has a colon."""

CARD_SIDE, CARD_MIDDLE = 16.0, 36.0
"""A card stands so far left of the first node inside, its middle so far below that node's upper side: half a card."""

LEAST_HEIGHT = 88.0
"""Four lines: name, layers, shapes, sums."""

PORT_GAP, PORT_MARGIN = 16.0, 40.0
"""Between two ports of a card, and above and below them all; as the canvas draws them."""


@attrs.frozen
class FoldedLayer:
    """What stands in the place of a layer where a node stands for a group."""

    path: str
    inputs: int
    outputs: int
    layers: int
    category: Category
    colour: str | None = None
    note: str = ""

    label = N_("Group")
    prefix = "group"
    kind = "group"

    @property
    def min_inputs(self) -> int:
        """A port for every wire that comes in."""
        return self.inputs

    @property
    def max_inputs(self) -> int:
        """No more than there are."""
        return self.inputs

    @property
    def height(self) -> float:
        """Of the card, in pixels: its lines, and room for its ports; as those of layers a multiple of 16 from 72."""
        return max(LEAST_HEIGHT, PORT_GAP * max(self.inputs, self.outputs) + PORT_MARGIN)

    def caption(self) -> str:
        """Nothing: what a group holds is told by its card."""
        return ""

    def is_source(self) -> bool:
        """Whether nothing comes in."""
        return self.inputs == 0

    def port_name(self, index: int) -> str:
        """Ports are numbered."""
        return str(index + 1)


def folded_layer(node: Node) -> FoldedLayer | None:
    """What a drawn node has for a layer where it stands for a group; None for a node of the design."""
    return cast(FoldedLayer, node.layer) if node.id.startswith(MARK) else None


@attrs.frozen(cache_hash=True)
class FoldedEdge(Edge):
    """A wire that ends at a group's card, or begins there at the output of this number; ``origin`` is the wire."""

    origin: Edge | None = None
    output: int = 0


def real_edge(edge: Edge) -> Edge:
    """The wire of the design that a drawn wire stands for."""
    return edge.origin if isinstance(edge, FoldedEdge) and edge.origin is not None else edge


def output_of(edge: Edge) -> int:
    """Number of the output port that a wire leaves."""
    return edge.output if isinstance(edge, FoldedEdge) else 0


def card_id(path: str) -> str:
    """Id of the card of the group of this path."""
    return MARK + path


def path_of_card(node: str) -> str | None:
    """The path of the group that a node stands for; None for a node of the design."""
    return node.removeprefix(MARK) if node.startswith(MARK) else None


def shown_name(node: str) -> str:
    """A node's name, or the path of the group that it stands for."""
    return node.removeprefix(MARK)


@attrs.frozen(eq=False)
class Folded:
    """What is drawn of a design.

    Attributes
    ----------
    whole : Design
        The design.
    design : Design
        With one node for every collapsed group, and nothing else than what is inside ``inside``; ``whole`` itself
        where nothing is collapsed or entered.
    inside : str | None
        Path of the group that has been entered.
    cards : Mapping[str, Boundary]
        What crosses the border of every group that is one node, by that node's id.
    home : Mapping[str, str]
        Id of the card that stands for it, for every node that is on one.
    """

    whole: Design
    design: Design
    inside: str | None = None
    cards: Mapping[str, Boundary] = attrs.field(factory=dict)
    home: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def plain(self) -> bool:
        """Whether what is drawn is the design itself."""
        return self.design is self.whole

    def shown(self, ids: Iterable[str]) -> tuple[str, ...]:
        """What is drawn for these nodes, each once, in their order."""
        if self.plain:
            return tuple(ids)
        nodes = self.design.nodes
        return tuple(dict.fromkeys(key for node in ids if (key := self.home.get(node, node)) in nodes))

    def nodes(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The design's nodes that drawn ones stand for."""
        if self.plain:
            return tuple(ids)
        return tuple(node for key in ids for node in (self.cards[key].nodes if key in self.cards else (key,)))

    def places(self, shown: Mapping[str, Position]) -> dict[str, Position]:
        """Places of the design's nodes when these drawn ones stand so: what is on a card moves with it."""
        places: dict[str, Position] = {}
        for key, (x, y) in shown.items():
            if key not in self.cards:
                places[key] = (x, y)
                continue
            left, top = self.design.nodes[key].position
            for node in self.cards[key].nodes:
                old_x, old_y = self.whole.nodes[node].position
                places[node] = (old_x + x - left, old_y + y - top)
        return places

    def heights(self) -> dict[str, float]:
        """Heights of the groups' cards."""
        layers = {key: folded_layer(self.design.nodes[key]) for key in self.cards}
        return {key: layer.height for key, layer in layers.items() if layer is not None}


def folded(whole: Design, inside: str | None = None, before: Folded | None = None) -> Folded:
    """What is drawn of a design; what is equal in ``before`` is taken from there, as the same object."""
    hidden = hidden_by(whole, inside)
    if not hidden and inside is None:
        return Folded(whole, whole)
    cards = {card_id(path): boundary(whole, path) for path in dict.fromkeys(hidden.values())}
    home = {node: card_id(path) for node, path in hidden.items()}
    known = before.design.nodes if before is not None else {}
    nodes: dict[str, Node] = {}
    for key, node in whole.nodes.items():
        card = home.get(key, "")
        if not card:
            if inside is None or within(whole.grouping.path_of(key), inside):
                nodes[key] = node
        elif card not in nodes:
            made = _node_of(whole, card, cards[card])
            old = known.get(card)
            nodes[card] = old if old is not None and old == made else made
    edges = tuple(_edges(whole, nodes, home, cards, before))
    return Folded(whole, Design(whole.name, nodes, edges, whole.weights, whole.groups), inside, cards, home)


def hidden_by(whole: Design, inside: str | None = None) -> Mapping[str, str]:
    """For every node on a card: path of the outermost collapsed group around it that is inside ``inside``."""
    grouping = whole.grouping
    if not any(group.collapsed for group in grouping.groups.values()):
        return {}
    outermost: dict[str, str | None] = {}
    for path in grouping.groups:
        found: str | None = None
        if within(path, inside) and path != inside:
            closed = [one for one in around(path) if one != inside and within(one, inside)]
            found = next((one for one in reversed(closed) if grouping.groups[one].collapsed), None)
        outermost[path] = found
    return {node: card for node, home in grouping.of_node.items() if (card := outermost[home]) is not None}


def _node_of(whole: Design, card: str, border: Boundary) -> Node:
    path = card.removeprefix(MARK)
    group = whole.grouping.groups[path]
    layer = FoldedLayer(
        path,
        len(border.incoming),
        len(border.exits),
        sum(not whole.nodes[node].layer.is_source() for node in border.nodes),
        _category(whole, border.nodes),
        group.colour,
        group.note,
    )
    return Node(
        card,
        cast(Layer, layer),
        card_place((whole.nodes[node].position for node in border.nodes), layer.height),
        seed=0,
    )


def card_place(places: Iterable[Position], height: float) -> Position:
    """Where a group's card stands: left of the first node inside, the middle of the card level with it."""
    x, y = min(places)
    return x - CARD_SIDE, y + CARD_MIDDLE - height / 2


def _category(whole: Design, nodes: Iterable[str]) -> Category:
    """The colour of a card: that of the sort of layer a block is built around."""
    found = [whole.nodes[node].layer.category for node in nodes]
    return next((one for one in (Category.CONVOLUTION, Category.DENSE, Category.POOLING) if one in found), found[0])


def _edges(
    whole: Design,
    nodes: Mapping[str, Node],
    home: Mapping[str, str],
    cards: Mapping[str, Boundary],
    before: Folded | None,
) -> Iterator[Edge]:
    ports = {edge: port for border in cards.values() for port, edge in enumerate(border.incoming)}
    outputs = {node: number for border in cards.values() for number, node in enumerate(border.exits)}
    drawn = {edge: edge for edge in before.design.edges} if before is not None and not before.plain else {}
    for edge in whole.edges:
        source, target = home.get(edge.source, edge.source), home.get(edge.target, edge.target)
        if (source == target and source in cards) or source not in nodes or target not in nodes:
            continue
        if source == edge.source and target == edge.target:
            yield edge
            continue
        port = ports[edge] if target in cards else edge.input
        made = FoldedEdge(source, target, port, origin=edge, output=outputs.get(edge.source, 0))
        yield drawn.get(made, made)
