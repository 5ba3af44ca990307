"""What groups must be like, wherever they come from: names, members, looks."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterable

import attrs

from designer.graph.design import DesignError
from designer.graph.edits import check_id
from designer.graph.groups import SEPARATOR, Group, Groups, name_of, walk
from designer.i18n import _

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def check_path(path: str, name: str) -> None:
    """Raise DesignError unless a group may have this name, at this path."""
    if SEPARATOR in name:
        raise DesignError(
            _("group {path}: a name has no dot; dots stand between a group and those inside it").format(path=path)
        )
    try:
        check_id(path)
    except DesignError as problem:
        raise DesignError(_("group {path}: {problem}").format(path=_cut(path), problem=problem)) from None


def _cut(path: str) -> str:
    return path if len(path) <= 40 else path[:39] + "…"


def check_paths(group: Group, outer: str | None) -> Group:
    """The group itself; raises DesignError unless it and all inside it may have their names, inside ``outer``."""
    for path, inner in walk([group], outer):
        check_path(path, inner.name)
    return group


def check_colour(path: str, colour: str | None) -> None:
    """Raise DesignError unless it is a colour, or none."""
    if colour is not None and not COLOUR.fullmatch(colour):
        text = _("group {path}: {colour!r} came as its colour, one like #0072b2 is wanted")
        raise DesignError(text.format(path=path, colour=_cut(colour)))


def check_groups(groups: Iterable[Group], nodes: Collection[str]) -> None:
    """Raise DesignError unless these groups may stand in a design with these nodes."""
    paths: set[str] = set()
    home: dict[str, str] = {}
    for path, group in walk(groups):
        check_path(path, group.name)
        if path in paths:
            raise DesignError(_("group {path}: there are two of this name; choose another").format(path=path))
        paths.add(path)
        check_colour(path, group.colour)
        for node in group.members:
            if node not in nodes:
                raise DesignError(_("group {path}: there is no node {node}").format(path=path, node=_cut(node)))
            if node in home:
                text = _("group {path}: {node} is in group {other} already; a node is in one group at most")
                raise DesignError(text.format(path=path, node=node, other=home[node]))
            home[node] = path


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name itself, or with the next free number: ``block3`` becomes ``block4``, ``stem`` becomes ``stem2``."""
    if wanted not in taken:
        return wanted
    prefix = wanted.rstrip(string.digits)
    number = int(wanted[len(prefix) :] or 1) + 1
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


def outermost_name(path: str) -> str:
    """What a group is called where nothing is around it: ``0`` of ``layer1.0``, no name by itself, is ``layer1_0``."""
    name = name_of(path)
    return path.replace(SEPARATOR, "_") if name[:1].isdigit() else name


def fitted(groups: Iterable[tuple[str, Group]], beside: Groups, outer: str | None) -> Groups:
    """Groups, each with the path it had, under names that are free beside others inside ``outer``; or DesignError."""
    taken = {group.name for group in beside}
    result = []
    for path, group in groups:
        name = free_name(name_of(path) if outer else outermost_name(path), taken)
        taken.add(name)
        result.append(check_paths(attrs.evolve(group, name=name), outer))
    return tuple(result)
