"""How a large network opens: collapsed to the level at which it reads like the figure of its paper."""

from __future__ import annotations

import attrs

from designer.graph.design import Design
from designer.graph.group_edits import CollapseGroups
from designer.graph.groups import Group, joined
from designer.layout.grouped import arranged
from designer.layout.placing import usual_sizes

LARGE = 40
"""Nodes up to which a network opens with every group open: at 1280×800 their names can be read."""

FEWEST_UNITS, MOST_UNITS = 9, 40
"""Cards that a collapsed network should show: with fewer, a group that holds nearly everything is opened."""


def opened_large(design: Design) -> Design:
    """The design laid out in units, and collapsed where it is large; itself where it has no groups."""
    if not design.groups:
        return design
    if len(design.nodes) > LARGE:
        closed = CollapseGroups(list(design.grouping.groups)).apply(design)
        opened = CollapseGroups(_wrappers(closed), collapsed=False).apply(closed)
        design = opened
    places = arranged(design, usual_sizes(design))
    return design.evolve(nodes={key: attrs.evolve(node, position=places[key]) for key, node in design.nodes.items()})


def _wrappers(design: Design) -> list[str]:
    """Paths of the groups to open, the largest first, while few units are in sight: ``features``, ``backbone``."""
    grouping = design.grouping
    shown: dict[str, Group] = {group.name: group for group in grouping.outermost}
    count = len(design.nodes) - len(grouping.of_node) + len(shown)
    opened: list[str] = []
    while count < FEWEST_UNITS and shown:
        path = max(shown, key=lambda one: sum(1 for _node in _all(shown[one])))
        group = shown.pop(path)
        if count - 1 + len(group.members) + len(group.groups) > MOST_UNITS:
            break
        opened.append(path)
        shown |= {joined(path, inner.name): inner for inner in group.groups}
        count += len(group.members) + len(group.groups) - 1
    return opened


def _all(group: Group) -> tuple[str, ...]:
    return group.members + tuple(node for inner in group.groups for node in _all(inner))
