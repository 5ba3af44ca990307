"""Groups: named blocks of nodes, one inside another, as values; and which node is in which.

A group is known by its path, the names from the outermost inwards with dots between them: ``layer1.0.downsample``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

import attrs

SEPARATOR = "."


@attrs.frozen
class Group:
    """Nodes and groups under one name. A node stands in ``members`` of the innermost group that it is in.

    Attributes
    ----------
    name : str
        Without dots, and free beside other groups.
    members : tuple[str, ...]
        Ids of the nodes directly inside.
    groups : tuple[Group, ...]
        Groups directly inside.
    collapsed : bool
        Drawn as one card.
    colour : str | None
        ``#rrggbb``; None: the theme's.
    note : str
        What a person has written on it.
    extra : Mapping[str, object]
        Unknown keys of the spec file, kept.
    """

    name: str
    members: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()
    collapsed: bool = False
    colour: str | None = None
    note: str = ""
    extra: Mapping[str, object] = attrs.field(factory=dict)

    @property
    def empty(self) -> bool:
        """Whether it has vanished: there is no group without a node."""
        return not self.members and not self.groups


Groups = tuple[Group, ...]


def joined(outer: str | None, name: str) -> str:
    """The path of a group inside another one, or of an outermost one."""
    return f"{outer}{SEPARATOR}{name}" if outer else name


def outer_of(path: str) -> str | None:
    """The path of the group around this one; None for an outermost one."""
    return path.rpartition(SEPARATOR)[0] or None


def name_of(path: str) -> str:
    """The last name of a path."""
    return path.rpartition(SEPARATOR)[2]


def within(path: str | None, outer: str | None) -> bool:
    """Whether a group is another one or lies in it; everything lies in None, the whole design."""
    return outer is None or path == outer or (path is not None and path.startswith(outer + SEPARATOR))


def around(path: str | None) -> Iterator[str]:
    """The group itself and all around it, from inside outwards."""
    while path is not None:
        yield path
        path = outer_of(path)


def walk(groups: Iterable[Group], outer: str | None = None) -> Iterator[tuple[str, Group]]:
    """Path and group of all groups, each before what is inside it."""
    for group in groups:
        path = joined(outer, group.name)
        yield path, group
        if group.groups:
            yield from walk(group.groups, path)


def all_members(group: Group) -> Iterator[str]:
    """The nodes of a group and of all inside it."""
    yield from group.members
    for inner in group.groups:
        yield from all_members(inner)


class Grouping:
    """Which groups there are and which node is in which, found once for all designs with the same groups."""

    def __init__(self, groups: Groups) -> None:
        self.groups: Mapping[str, Group] = dict(walk(groups))
        """By path, each before what is inside it."""

        self.outermost = groups

    @cached_property
    def of_node(self) -> Mapping[str, str]:
        """Path of the innermost group that a node is in, for those that are in one."""
        return {node: path for path, group in self.groups.items() for node in group.members}

    def path_of(self, node: str) -> str | None:
        """Path of the innermost group that a node is in."""
        return self.of_node.get(node)

    def beside(self, outer: str | None) -> Groups:
        """The groups directly inside a group, or the outermost ones."""
        return self.outermost if outer is None else self.groups[outer].groups

    def common(self, nodes: Iterable[str]) -> str | None:
        """Path of the innermost group that all these nodes are in, however deep."""
        paths = {self.path_of(node) for node in nodes}
        if not paths or None in paths:
            return None
        names = [path.split(SEPARATOR) for path in paths if path is not None]
        shared = itertools.takewhile(lambda level: len(set(level)) == 1, zip(*names, strict=False))
        return SEPARATOR.join(level[0] for level in shared) or None

    def container(self, nodes: Iterable[str], inside: str | None = None) -> str | None:
        """Path of the innermost group that holds these nodes and others; not further out than ``inside``."""
        chosen = frozenset(nodes)
        path = self.common(chosen)
        while path is not None and path != inside and all(node in chosen for node in all_members(self.groups[path])):
            path = outer_of(path)
        return path

    def whole(self, nodes: Iterable[str], inside: str | None = None) -> tuple[str, ...]:
        """Paths of the outermost groups inside ``inside`` of which every node is among ``nodes``."""
        chosen = frozenset(nodes)
        touched = {path for node in chosen for path in around(self.path_of(node))}
        return tuple(self._whole(self.beside(inside), inside, chosen, touched))

    def _whole(
        self, groups: Groups, outer: str | None, chosen: Collection[str], touched: Collection[str]
    ) -> Iterator[str]:
        for group in groups:
            path = joined(outer, group.name)
            if path not in touched:
                continue
            if all(node in chosen for node in all_members(group)):
                yield path
            else:
                yield from self._whole(group.groups, path, chosen, touched)


Replacement = Callable[[Group], Groups]


def still_there(grouping: Grouping, path: str | None) -> str | None:
    """The group of this path, or the innermost one around it that there is still; None for the whole design."""
    return next((outer for outer in around(path) if outer in grouping.groups), None)


def replaced(groups: Groups, changes: Mapping[str, Replacement]) -> Groups:
    """The tree with other groups in the place of those at these paths; what becomes empty vanishes.

    A change is given the group as the changes inside it leave it. Groups without a change inside are the same objects.
    """
    if not changes:
        return groups
    touched = {outer for path in changes for outer in around(path)}
    return _replaced(groups, None, changes, touched)


def _replaced(
    groups: Groups, outer: str | None, changes: Mapping[str, Replacement], touched: Collection[str]
) -> Groups:
    result: list[Group] = []
    for group in groups:
        path = joined(outer, group.name)
        if path not in touched:
            result.append(group)
            continue
        inside = _replaced(group.groups, path, changes, touched) if group.groups else ()
        left = group if inside == group.groups else attrs.evolve(group, groups=inside)
        change = changes.get(path)
        result += [new for new in (change(left) if change else (left,)) if not new.empty]
    return tuple(result)


def without_empty(groups: Groups) -> Groups:
    """The tree without groups that hold no node."""
    fuller = (attrs.evolve(group, groups=without_empty(group.groups)) if group.groups else group for group in groups)
    return tuple(group for group in fuller if not group.empty)


def regrouped(
    grouping: Grouping,
    *,
    nodes: Iterable[str] = (),
    groups: Iterable[str] = (),
    into: str | None = None,
    members: Iterable[str] = (),
    inner: Iterable[Group] = (),
) -> Groups:
    """The tree without ``nodes`` and ``groups`` (paths), and with ``members`` and ``inner`` put ``into`` a group.

    ``into`` None makes ``inner`` outermost and leaves ``members`` in no group. Names of ``inner`` must be free there.
    """
    gone, members, inner = frozenset(nodes), tuple(members), tuple(inner)

    def drop(group: Group) -> Groups:
        return (attrs.evolve(group, members=tuple(node for node in group.members if node not in gone)),)

    def fill(group: Group) -> Groups:
        left = drop(group)[0] if gone else group
        return (attrs.evolve(left, members=left.members + members, groups=left.groups + inner),)

    touched = (path for node in gone if (path := grouping.path_of(node)) is not None)
    changes: dict[str, Replacement] = dict.fromkeys(touched, drop)
    changes.update(dict.fromkeys(groups, lambda _group: ()))
    if into is not None and (members or inner):
        changes[into] = fill
    tree = replaced(grouping.outermost, changes)
    return tree + inner if into is None else tree


def renamed_nodes(group: Group, names: Mapping[str, str]) -> Group:
    """The group with other names of its nodes, also of those in groups inside it."""
    return attrs.evolve(
        group,
        members=tuple(names.get(node, node) for node in group.members),
        groups=tuple(renamed_nodes(inner, names) for inner in group.groups),
    )


def groups_of(homes: Mapping[str, str]) -> Groups:
    """The tree in which nodes stand in the groups of these paths, in the order in which they are named."""
    members: dict[str, list[str]] = {}
    for node, path in homes.items():
        for outer in reversed(list(around(path))):
            members.setdefault(outer, [])
        members[path].append(node)
    inside: dict[str | None, list[str]] = {}
    for path in members:
        inside.setdefault(outer_of(path), []).append(path)

    def made(outer: str | None) -> Groups:
        return tuple(Group(name_of(path), tuple(members[path]), made(path)) for path in inside.get(outer, ()))

    return made(None)
