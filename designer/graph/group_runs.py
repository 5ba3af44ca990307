"""Runs: identical groups one behind the other, which can be shown as one card "Bottleneck ×6" and edited at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import attrs

from designer.graph.design import Design, DesignError
from designer.graph.group_boundary import Boundary, boundary
from designer.graph.groups import Group, joined
from designer.i18n import _
from designer.layer_api.layer import Layer

Port: TypeAlias = int | None
"""What feeds an input: the number of a node inside, -1 for what feeds the group, None where nothing does."""

OUTSIDE = -1


@attrs.frozen
class Structure:
    """What makes groups identical: the layers with their parameters, who reads whom, and the groups inside.

    ``nodes`` are numbered from the exit backwards, by input, so that two groups agree however they were drawn.
    """

    layers: tuple[tuple[Layer, tuple[Port, ...]], ...]
    inner: tuple[object, ...]
    nodes: tuple[str, ...] = attrs.field(eq=False)
    border: Boundary = attrs.field(eq=False)


def structure(design: Design, path: str) -> Structure | None:
    """The structure of a group that is fed by one node and left by one; None for others."""
    border = boundary(design, path)
    if len(border.sources) != 1 or len(border.exits) != 1:
        return None
    numbers = _numbered(design, border)
    if len(numbers) != len(border.nodes):
        return None
    layers = tuple(
        (design.nodes[node].layer, tuple(_port(source, numbers) for source in design.inputs_of(node)))
        for node in numbers
    )
    return Structure(layers, _shape(design.group(path), numbers), tuple(numbers), border)


def _numbered(design: Design, border: Boundary) -> dict[str, int]:
    """Every node that leads to the exit, numbered as a search from there finds it."""
    inside, numbers, waiting = frozenset(border.nodes), dict[str, int](), [border.exits[0]]
    while waiting:
        node = waiting.pop()
        if node in numbers:
            continue
        numbers[node] = len(numbers)
        waiting += [edge.source for edge in reversed(design.incoming[node]) if edge.source in inside]
    return numbers


def _port(source: str | None, numbers: Mapping[str, int]) -> Port:
    return None if source is None else numbers.get(source, OUTSIDE)


def _shape(group: Group, numbers: Mapping[str, int]) -> tuple[object, ...]:
    """Which nodes stand together in the groups inside, whatever those are called."""
    inner = sorted(_shape(one, numbers) for one in group.groups)
    return (tuple(sorted(numbers[node] for node in group.members)), tuple(inner))


def runs(design: Design) -> tuple[tuple[str, ...], ...]:
    """Paths of identical groups in series, two or more, each run in the order in which data flows."""
    return tuple(
        run
        for outer in (None, *design.grouping.groups)
        if len(design.grouping.beside(outer)) > 1
        for run in runs_beside(design, outer)
    )


def runs_beside(design: Design, outer: str | None) -> Iterator[tuple[str, ...]]:
    """The runs among the groups directly inside a group, or (None) among the outermost: what is asked of one level."""
    found: dict[str, Structure] = {}
    for group in design.grouping.beside(outer):
        path = joined(outer, group.name)
        made = structure(design, path)
        if made is not None:
            found[path] = made
    follower = _followers(found)
    behind = set(follower.values())
    for path in found:
        if path in follower and path not in behind:
            run = [path]
            while run[-1] in follower:
                run.append(follower[run[-1]])
            yield tuple(run)


def _followers(found: Mapping[str, Structure]) -> dict[str, str]:
    """Group → the identical group that alone reads it."""
    leaving = {made.border.exits[0]: path for path, made in found.items()}
    follower = {}
    for path, made in found.items():
        before = leaving.get(made.border.sources[0])
        if before is None or found[before] != made:
            continue
        inside = frozenset(made.nodes)
        if all(edge.target in inside for edge in found[before].border.outgoing):
            follower[before] = path
    return follower


def counterparts(design: Design, run: tuple[str, ...], node: str) -> tuple[str, ...]:
    """The nodes that stand in each group of a run where this one stands in its own: what an edit of all is about."""
    made = [structure(design, path) for path in run]
    for one in made:
        if one is not None and node in one.nodes and all(other == one for other in made):
            number = one.nodes.index(node)
            return tuple(other.nodes[number] for other in made if other is not None)
    raise DesignError(_("{node} is in none of these groups, or they differ").format(node=node))
