"""Edits of groups. They change which nodes stand together and how that is shown, never a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from designer.graph.design import Design, DesignError
from designer.graph.edits import Edit
from designer.graph.group_rules import check_colour, check_path, check_paths, fitted
from designer.graph.groups import Group, all_members, around, joined, outer_of, regrouped, replaced, within
from designer.i18n import _, ngettext


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


def _check_free(design: Design, path: str, name: str) -> None:
    check_path(path, name)
    if path in design.grouping.groups:
        raise DesignError(_("there is a group {path} already; choose another name").format(path=path))


def _inside(groups: Iterable[Group]) -> frozenset[str]:
    return frozenset(node for group in groups for node in all_members(group))


@attrs.frozen
class GroupNodes(Edit):
    """Make a group of nodes, inside the group that holds them all; groups whose nodes are all chosen go in whole.

    Not further out than ``inside``: what a person has entered stays around what they group.
    """

    ids: frozenset[str] = attrs.field(converter=_names)
    name: str
    inside: str | None = None

    def path(self, design: Design) -> str:
        """The path that the group gets in this design."""
        return joined(design.grouping.container(self.ids, self.inside), self.name)

    def apply(self, design: Design) -> Design:
        """The design with the group."""
        if not self.ids:
            raise DesignError(_("there is nothing to group; select layers first"))
        for node in self.ids:
            design.node(node)
        grouping = design.grouping
        outer = grouping.container(self.ids, self.inside)
        path = joined(outer, self.name)
        _check_free(design, path, self.name)
        whole = grouping.whole(self.ids, outer)
        inner = fitted(((old, grouping.groups[old]) for old in whole), (), path)
        loose = self.ids - _inside(inner)
        group = Group(self.name, tuple(node for node in design.nodes if node in loose), inner)
        return design.evolve(groups=regrouped(grouping, nodes=loose, groups=whole, into=outer, inner=[group]))

    def label(self) -> str:
        return _("Group as {name}").format(name=self.name)


@attrs.frozen
class Dissolve(Edit):
    """Take a group away and leave what is in it where the group was."""

    path: str

    def apply(self, design: Design) -> Design:
        """The design without the group. Groups in it get the next free name where theirs is taken outside."""
        group, outer = design.group(self.path), outer_of(self.path)
        beside = tuple(other for other in design.grouping.beside(outer) if other is not group)
        inner = fitted(((joined(self.path, one.name), one) for one in group.groups), beside, outer)
        changes = {self.path: lambda _group: inner}
        if outer is not None:
            changes[outer] = lambda other: (attrs.evolve(other, members=other.members + group.members),)
        return design.evolve(groups=replaced(design.groups, changes))

    def label(self) -> str:
        return _("Dissolve group {path}").format(path=self.path)


@attrs.frozen
class RenameGroup(Edit):
    """Give a group another name; its nodes keep theirs."""

    path: str
    name: str

    def apply(self, design: Design) -> Design:
        """The design with the group under the new name."""
        group, outer = design.group(self.path), outer_of(self.path)
        if group.name == self.name:
            return design
        _check_free(design, joined(outer, self.name), self.name)
        renamed = check_paths(attrs.evolve(group, name=self.name), outer)
        return design.evolve(groups=replaced(design.groups, {self.path: lambda _group: (renamed,)}))

    def label(self) -> str:
        return _("Rename group {path} to {name}").format(path=self.path, name=self.name)


@attrs.frozen
class CollapseGroups(Edit):
    """Show groups as one card each, or (``collapsed`` False) open."""

    paths: frozenset[str] = attrs.field(converter=_names)
    collapsed: bool = True

    def apply(self, design: Design) -> Design:
        """The design with these groups collapsed or open."""
        wrong = [path for path in self.paths if design.group(path).collapsed != self.collapsed]
        return _with_look(design, wrong, collapsed=self.collapsed)

    def label(self) -> str:
        """One path, or how many."""
        if len(self.paths) == 1:
            text = _("Collapse {path}") if self.collapsed else _("Expand {path}")
            return text.format(path=next(iter(self.paths)))
        count = len(self.paths)
        text = (
            ngettext("Collapse {count} group", "Collapse {count} groups", count)
            if self.collapsed
            else ngettext("Expand {count} group", "Expand {count} groups", count)
        )
        return text.format(count=count)


@attrs.frozen
class ColourGroup(Edit):
    """Give a group a colour, ``#0072b2``, or None for the theme's."""

    path: str
    colour: str | None

    def apply(self, design: Design) -> Design:
        """The design with the group in this colour."""
        design.group(self.path)
        check_colour(self.path, self.colour)
        return _with_look(design, [self.path], colour=self.colour)

    def label(self) -> str:
        return _("Colour group {path}").format(path=self.path)


@attrs.frozen
class NoteGroup(Edit):
    """Write a note on a group; an empty one takes it away."""

    path: str
    note: str

    def apply(self, design: Design) -> Design:
        """The design with the note."""
        design.group(self.path)
        return _with_look(design, [self.path], note=self.note)

    def label(self) -> str:
        return _("Note on group {path}").format(path=self.path)


def _with_look(design: Design, paths: Iterable[str], **look: Any) -> Design:
    changes = dict.fromkeys(paths, lambda group: (attrs.evolve(group, **look),))
    return design.evolve(groups=replaced(design.groups, changes)) if changes else design


@attrs.frozen
class MoveToGroup(Edit):
    """Put nodes and whole groups into the group of path ``to``, or (None) out of all groups."""

    ids: frozenset[str] = attrs.field(converter=_names)
    to: str | None
    groups: frozenset[str] = attrs.field(factory=frozenset, converter=_names)

    def apply(self, design: Design) -> Design:
        """The design with them there; a group left without a node vanishes, and a taken name gets a number."""
        grouping = design.grouping
        if self.to is not None:
            design.group(self.to)
        moving = self._moving(design)
        inside = _inside(grouping.groups[path] for path in moving)
        loose = [
            node.id
            for node in map(design.node, sorted(self.ids))
            if node.id not in inside and grouping.path_of(node.id) != self.to
        ]
        moving = tuple(path for path in moving if outer_of(path) != self.to)
        if not loose and not moving:
            return design
        inner = fitted(((path, grouping.groups[path]) for path in moving), grouping.beside(self.to), self.to)
        groups = regrouped(grouping, nodes=loose, groups=moving, into=self.to, members=loose, inner=inner)
        return design.evolve(groups=groups)

    def _moving(self, design: Design) -> tuple[str, ...]:
        """The chosen groups that are not inside others of them."""
        for path in self.groups:
            design.group(path)
            if within(self.to, path) and self.to is not None:
                raise DesignError(_("group {path} cannot be moved into itself").format(path=path))
        return tuple(path for path in sorted(self.groups) if self.groups.isdisjoint(around(outer_of(path))))

    def label(self) -> str:
        """Where they go."""
        if self.to is not None:
            return _("Move into group {path}").format(path=self.to)
        if len(self.ids) == 1 and not self.groups:
            return _("Move {node} out of its group").format(node=next(iter(self.ids)))
        return _("Move out of groups")


def group_name(design: Design, ids: Iterable[str], inside: str | None = None) -> str:
    """A free name for a group that is made of these nodes: ``block1``, ``block2`` and so on."""
    grouping = design.grouping
    taken = {group.name for group in grouping.beside(grouping.container(ids, inside))}
    number = 1
    while f"block{number}" in taken:
        number += 1
    return f"block{number}"
