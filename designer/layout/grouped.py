"""Automatic layout of a design with groups: each is laid out by itself, and then stands among the others as one unit.

So no card of another block comes to stand inside a group's frame, and no two frames cover each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import cast

import attrs

from designer.graph.design import Design, Edge, Node, Position
from designer.graph.folding import CARD_MIDDLE, CARD_SIDE, FoldedLayer, card_id, path_of_card
from designer.graph.group_boundary import boundary
from designer.graph.group_edits import CollapseGroups
from designer.graph.groups import SEPARATOR, all_members, joined
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.layer import Category, Layer
from designer.layout.layered import ASPECT, NODE_SIZE, Size, layout

FRAME_SIDE, FRAME_TOP, FRAME_BOTTOM = CARD_SIDE, 32.0, 16.0
"""Between a group's frame and what is in it, in pixels; above is the title."""

INNER_ASPECT = 3.0
"""Width to height that the inside of a block is broken into rows for: one of ten layers gets two or three."""

BLOCK_UNITS = 12
"""A group of more is a network of its own (``features``), and gets the shape of one."""


@attrs.frozen
class _Laid:
    """Places of all nodes of a unit, relative to its upper left corner, and its size."""

    places: Mapping[str, Position]
    size: Size


def arranged(design: Design, sizes: Mapping[str, Size] | None = None) -> dict[str, Position]:
    """Top left corner of every node, as :func:`layout` gives them, with every group as a unit.

    A collapsed group takes the room of its card, an open one that of its frame. Nodes on a card get places as well:
    those that they have when it is opened.
    """
    if not design.groups:
        return layout(design, sizes)
    wires = _wires_by_container(design)
    boxes = {key: (sizes or {}).get(key, NODE_SIZE) for key in design.nodes}
    first = {key: number for number, key in enumerate(design.order)}
    places = _inside(design, None, wires, boxes, first, count()).places
    return {key: places[key] for key in design.nodes}


def with_all_open(design: Design) -> Design:
    """The design with every group open and room for what was on its card; itself where none is collapsed.

    For pictures that show every layer: a collapsed group changes no export.
    """
    closed = [path for path, group in design.grouping.groups.items() if group.collapsed]
    if not closed:
        return design
    design = CollapseGroups(closed, collapsed=False).apply(design)
    places = arranged(design)
    return design.evolve(nodes={key: attrs.evolve(node, position=places[key]) for key, node in design.nodes.items()})


Wires = Mapping[str | None, Sequence[tuple[str, str]]]
"""Between the units of each container, by its path; None: what is in no group."""


def _wires_by_container(design: Design) -> Wires:
    chains = {
        path: tuple(SEPARATOR.join(path.split(SEPARATOR)[: depth + 1]) for depth in range(path.count(SEPARATOR) + 1))
        for path in design.grouping.groups
    }
    of_node = design.grouping.of_node
    found: dict[str | None, dict[tuple[str, str], None]] = {}
    for edge in design.edges:
        source = chains[of_node[edge.source]] if edge.source in of_node else ()
        target = chains[of_node[edge.target]] if edge.target in of_node else ()
        depth = 0
        while depth < min(len(source), len(target)) and source[depth] == target[depth]:
            depth += 1
        container = source[depth - 1] if depth else None
        ends = (
            card_id(source[depth]) if depth < len(source) else edge.source,
            card_id(target[depth]) if depth < len(target) else edge.target,
        )
        found.setdefault(container, {})[ends] = None
    return {container: tuple(wires) for container, wires in found.items()}


def _inside(
    design: Design,
    container: str | None,
    wires: Wires,
    boxes: Mapping[str, Size],
    first: Mapping[str, int],
    number: Iterator[int],
) -> _Laid:
    """What is directly in a group, or in none, laid out; ``first`` numbers nodes as executed, ``number`` groups."""
    units: dict[str, _Laid] = {}
    grouping = design.grouping
    if container is None:
        nodes: Iterable[str] = [key for key in design.nodes if key not in grouping.of_node]
    else:
        nodes = grouping.groups[container].members
    units |= {key: _Laid({key: (0.0, 0.0)}, boxes[key]) for key in nodes}
    for group in grouping.beside(container):
        path = joined(container, group.name)
        laid = _inside(design, path, wires, boxes, first, number)
        units[card_id(path)] = _card(design, path, laid) if group.collapsed else _frame(laid)
    begin = {key: min(first[node] for node in laid.places) for key, laid in units.items()}
    order = sorted(units, key=begin.__getitem__)
    quotient = Design(
        nodes={key: Node(key, _layer(design, key), seed=0) for key in order},
        edges=_without_cycles(order, wires.get(container, ())),
    )
    aspect = ASPECT if container is None or len(units) > BLOCK_UNITS else INNER_ASPECT
    with checkpoint_part(next(number), len(grouping.groups) + 1):
        corners = layout(quotient, {key: laid.size for key, laid in units.items()}, aspect=aspect)
    left, top = min(x for x, _y in corners.values()), min(y for _x, y in corners.values())
    places = {
        node: (x + dx - left, y + dy - top)
        for key, (x, y) in corners.items()
        for node, (dx, dy) in units[key].places.items()
    }
    width = max(x - left + units[key].size[0] for key, (x, _y) in corners.items())
    height = max(y - top + units[key].size[1] for key, (_x, y) in corners.items())
    return _Laid(places, (width, height))


def _layer(design: Design, unit: str) -> Layer:
    """A node's own, or one that stands for a group: layout asks whether a row may well end behind it."""
    path = path_of_card(unit)
    return design.nodes[unit].layer if path is None else cast(Layer, FoldedLayer(path, 1, 1, 0, Category.SHAPE))


def _frame(laid: _Laid) -> _Laid:
    places = {node: (x + FRAME_SIDE, y + FRAME_TOP) for node, (x, y) in laid.places.items()}
    width, height = laid.size
    return _Laid(places, (width + 2 * FRAME_SIDE, height + FRAME_TOP + FRAME_BOTTOM))


def _card(design: Design, path: str, laid: _Laid) -> _Laid:
    border = boundary(design, path)
    height = FoldedLayer(path, len(border.incoming), len(border.exits), 0, Category.SHAPE).height
    left, top = min(laid.places[node] for node in all_members(design.grouping.groups[path]))
    dx, dy = CARD_SIDE - left, height / 2 - CARD_MIDDLE - top
    return _Laid({node: (x + dx, y + dy) for node, (x, y) in laid.places.items()}, (NODE_SIZE[0], height))


def _without_cycles(order: Sequence[str], wires: Iterable[tuple[str, str]]) -> tuple[Edge, ...]:
    """Wires between units but those that close a cycle: a block may be left and entered again."""
    readers: dict[str, list[str]] = {key: [] for key in order}
    for source, target in wires:
        readers[source].append(target)
    kept: list[Edge] = []
    ports = dict.fromkeys(order, 0)
    state: dict[str, bool] = {}  # True while it is being followed
    for start in order:
        if start in state:
            continue
        state[start] = True
        stack = [(start, iter(readers[start]))]
        while stack:
            unit, left = stack[-1]
            target = next(left, "")
            if not target:
                state[unit] = False
                stack.pop()
                continue
            if state.get(target):
                continue
            kept.append(Edge(unit, target, ports[target]))
            ports[target] += 1
            if target not in state:
                state[target] = True
                stack.append((target, iter(readers[target])))
    return tuple(kept)
