"""Groups in a spec: each an object with a name, the ids of its nodes, and the groups inside it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from designer.files.spec_values import SpecError, kept, typed, unknown, wrong
from designer.graph.design import DesignError
from designer.graph.edits import LONGEST_ID
from designer.graph.group_rules import check_groups
from designer.graph.groups import Group, Groups, without_empty
from designer.i18n import N_, _

KEYS = {"name", "nodes", "groups", "collapsed", "colour", "note"}

DEEPEST_GROUPS = LONGEST_ID // 2
"""Levels: a path holds a letter and a dot for each, and is no longer than a name may be."""


def read_groups(entries: list[Any], nodes: Collection[str]) -> Groups:
    """The groups of a spec whose nodes these are; raises SpecError. One without a node vanishes."""
    groups = _groups(entries, "groups", 1)
    try:
        check_groups(groups, nodes)
    except DesignError as problem:
        raise SpecError(f"groups: {problem}") from None
    return without_empty(groups)


def _groups(entries: list[Any], where: str, depth: int) -> Groups:
    if entries and depth > DEEPEST_GROUPS:
        text = _("groups: nested too deep; at most {limit} levels")
        raise SpecError(text.format(limit=DEEPEST_GROUPS))
    return tuple([_group(entry, f"{where}[{index}]", depth) for index, entry in enumerate(entries)])


def _group(entry: Any, where: str, depth: int) -> Group:
    typed(entry, dict, where, N_("an object with name and nodes"))
    members = typed(entry.get("nodes", []), list, f"{where}.nodes", N_("a list of ids"))
    for index, member in enumerate(members):
        typed(member, str, (where, ".nodes[", index, "]"), N_("the id of a node"))
    collapsed = entry.get("collapsed", False)
    if not isinstance(collapsed, bool):
        raise wrong(f"{where}.collapsed", collapsed, N_("true or false"))
    colour = entry.get("colour")
    return Group(
        name=typed(entry.get("name"), str, f"{where}.name", N_("a text")),
        members=tuple(members),
        groups=_groups(
            typed(entry.get("groups", []), list, f"{where}.groups", N_("a list")), f"{where}.groups", depth + 1
        ),
        collapsed=collapsed,
        colour=colour if colour is None else typed(colour, str, f"{where}.colour", N_("a colour like #0072b2")),
        note=kept(typed(entry.get("note", ""), str, f"{where}.note", N_("a text")), where),
        extra=unknown(entry, KEYS, where),
    )


def group_to_json(group: Group) -> dict[str, Any]:
    """A group as the spec holds it; what is at its default is left out."""
    entry: dict[str, Any] = {"name": group.name}
    if group.members:
        entry["nodes"] = list(group.members)
    if group.groups:
        entry["groups"] = [group_to_json(inner) for inner in group.groups]
    if group.collapsed:
        entry["collapsed"] = True
    if group.colour is not None:
        entry["colour"] = group.colour
    if group.note:
        entry["note"] = group.note
    return {**entry, **group.extra}
