"""×N: a group several times in series, as one edit."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping

import attrs

from designer.graph.design import Design, DesignError, Edge, Node, Position, default_seed, free_id
from designer.graph.edits import ID_PATTERN, LONGEST_ID, Edit
from designer.graph.group_boundary import Boundary, boundary
from designer.graph.group_rules import check_paths, free_name
from designer.graph.groups import SEPARATOR, Group, joined, outer_of, regrouped, renamed_nodes
from designer.i18n import _
from designer.kernels.arrays.memory import Array

MOST_TIMES = 1000
MOST_NODES = 100_000
"""In all copies: ten times what a window works on."""


@attrs.frozen
class _Copy:
    """One copy: its group, and the id of each node in it by the id of the original."""

    group: Group
    names: Mapping[str, str]


@attrs.frozen
class RepeatGroup(Edit):
    """Have a group ``times`` times in series: each copy reads the one before, and the last feeds what the group fed.

    Copies are numbered on; nodes named after their group are named after its copy: ``layer1.0.conv1`` becomes
    ``layer1.1.conv1``. Weights start anew in each copy, unless ``weights`` copies those that were given. Copies stand
    ``shift`` apart; None leaves them without a place.
    """

    path: str
    times: int
    weights: bool = False
    shift: Position | None = None

    def apply(self, design: Design) -> Design:
        """The design with the copies; raises DesignError, which says why the group cannot be repeated."""
        group = design.group(self.path)
        border = boundary(design, self.path)
        entry, leaving = _check(self.path, border)
        self._check_times(border)
        copies = list(self._copies(design, group, border))
        nodes, edges = dict(design.nodes), list[Edge]()
        before = leaving
        for number, copy in enumerate(copies, start=1):
            nodes.update(self._nodes(design, copy, number))
            edges += _wires(design, copy.names, {**copy.names, entry: before})
            before = copy.names[leaving]
        moved = set(border.outgoing)
        kept = [attrs.evolve(edge, source=before) if edge in moved else edge for edge in design.edges]
        return design.evolve(
            nodes=nodes,
            edges=(*kept, *edges),
            weights={**design.weights, **self._weights(design, copies)},
            groups=regrouped(design.grouping, into=outer_of(self.path), inner=[copy.group for copy in copies]),
        )

    def _check_times(self, border: Boundary) -> None:
        if not 2 <= self.times <= MOST_TIMES:
            text = _("group {path}: {times} came as how often it is wanted; 2 to {most} is possible")
            raise DesignError(text.format(path=self.path, times=self.times, most=MOST_TIMES))
        if self.times * len(border.nodes) > MOST_NODES:
            text = _("group {path}: {times} times {count} layers are more than {most}")
            raise DesignError(
                text.format(path=self.path, times=self.times, count=len(border.nodes), most=f"{MOST_NODES:,}")
            )

    def _copies(self, design: Design, group: Group, border: Boundary) -> Iterator[_Copy]:
        outer = outer_of(self.path)
        taken = {other.name for other in design.grouping.beside(outer)}
        used, numbers = set(design.nodes), dict[str, int]()
        name = group.name
        for _number in range(1, self.times):
            name = free_name(name, taken)
            taken.add(name)
            path = joined(outer, name)
            names = {node: _named(node, self.path, path, used, numbers) for node in border.nodes}
            yield _Copy(check_paths(attrs.evolve(renamed_nodes(group, names), name=name), outer), names)

    def _nodes(self, design: Design, copy: _Copy, number: int) -> Iterator[tuple[str, Node]]:
        for old, new in copy.names.items():
            node = design.nodes[old]
            place = None
            if self.shift is not None:
                (x, y), (dx, dy) = node.position, self.shift
                place = (x + number * dx, y + number * dy)
            yield new, attrs.evolve(node, id=new, position=place, seed=default_seed(new))

    def _weights(self, design: Design, copies: list[_Copy]) -> Mapping[str, Mapping[str, Array]]:
        if not self.weights:
            return {}
        return {new: design.weights[old] for copy in copies for old, new in copy.names.items() if old in design.weights}

    def label(self) -> str:
        return _("Repeat group {path} ×{times}").format(path=self.path, times=self.times)


def why_not(design: Design, path: str) -> str | None:
    """Why a group cannot be repeated, in one line; None where it can."""
    try:
        _check(path, boundary(design, path))
    except DesignError as problem:
        return str(problem)
    return None


def _check(path: str, border: Boundary) -> tuple[str, str]:
    """What feeds the group and which node leaves it; raises DesignError unless there is one of each."""
    if len(border.sources) != 1:
        found = _listed(border.sources) or _("nothing")
        text = _("group {path} cannot be repeated: {found} feeds it, and one layer outside is needed")
        raise DesignError(text.format(path=path, found=found))
    if len(border.exits) != 1:
        text = _("group {path} cannot be repeated: it has {count} outputs, {found}, and one is needed")
        raise DesignError(text.format(path=path, count=len(border.exits), found=_listed(border.exits)))
    return border.sources[0], border.exits[0]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:4]) + (" …" if len(names) > 4 else "")


def _named(node: str, old: str, new: str, used: set[str], numbers: dict[str, int]) -> str:
    """A free id for a node's copy in the group ``new``."""
    name = new + node[len(old) :] if node.startswith(old + SEPARATOR) else node
    if name in used or len(name) > LONGEST_ID or not ID_PATTERN.fullmatch(name):
        prefix = node.rstrip(string.digits)[: LONGEST_ID - len(str(MOST_NODES))]
        name, numbers[prefix] = free_id(prefix, used, numbers.get(prefix, 1))
    used.add(name)
    return name


def _wires(design: Design, names: Mapping[str, str], sources: Mapping[str, str]) -> Iterator[Edge]:
    for old, new in names.items():
        for edge in design.incoming[old]:
            yield attrs.evolve(edge, source=sources[edge.source], target=new)
