"""What menus, keys and clicks do to groups; every one is one undo step."""

from __future__ import annotations

from collections.abc import Iterable

from designer.graph.compound_edits import Several
from designer.graph.design import DesignError
from designer.graph.edits import Edit
from designer.graph.group_edits import Dissolve, GroupNodes, group_name
from designer.graph.groups import all_members, around
from designer.layout.opening import grouped, opened
from designer.session.notices import Level
from designer.session.session import Session


def selected_groups(session: Session, inside: str | None = None) -> tuple[str, ...]:
    """Paths of the outermost groups, inside the entered one, of which every node is selected."""
    grouping = session.design.grouping
    if not grouping.groups or not session.selection:
        return ()
    whole = grouping.whole(session.selection, inside)
    # With all of an entered group selected it is the groups inside that are meant, not itself.
    return tuple(path for path in whole if path != inside)


def selected_group(session: Session, inside: str | None = None) -> str | None:
    """Path of the group that is selected, where its nodes and no others are."""
    found = selected_groups(session, inside)
    if len(found) != 1:
        return None
    nodes = set(all_members(session.design.grouping.groups[found[0]]))
    return found[0] if nodes == set(session.selection) else None


def groups_of_selection(session: Session, inside: str | None = None) -> tuple[str, ...]:
    """The selected groups, else the innermost one around the current node: what collapsing and entering are about."""
    chosen = selected_groups(session, inside)
    if chosen or session.current is None:
        return chosen
    path = session.design.grouping.path_of(session.current)
    return tuple(one for one in (next(around(path), None),) if one is not None and one != inside)


def group_selection(session: Session, inside: str | None) -> str | None:
    """Make a group of the selected nodes; its path, or None where that was refused."""
    chosen = session.selection
    edit = GroupNodes(chosen, group_name(session.design, chosen, inside), inside)
    try:
        path, made = edit.path(session.design), grouped(session.design, edit, session.card_sizes())
    except DesignError as problem:
        session.notice(str(problem), Level.WARNING)
        return None
    return path if session.do(made) else None


def set_open(session: Session, paths: Iterable[str], *, collapsed: bool) -> bool:
    """Collapse groups, or open them; what stands around makes room or comes back."""
    groups = session.design.grouping.groups
    wanted = [path for path in paths if path in groups and groups[path].collapsed != collapsed]
    return bool(wanted) and session.do(opened(session.design, wanted, session.card_sizes(), collapsed=collapsed))


def toggle(session: Session, paths: Iterable[str]) -> bool:
    """Open these groups where one of them is collapsed, else collapse them all."""
    groups = session.design.grouping.groups
    wanted = [path for path in paths if path in groups]
    return set_open(session, wanted, collapsed=not any(groups[path].collapsed for path in wanted))


def dissolve(session: Session, inside: str | None) -> None:
    """Take the selected groups away and leave what is in them, in one step; the nodes stay selected."""
    paths = selected_groups(session, inside)
    if not paths:
        return
    # A collapsed group is opened first, so that what was on its card has room.
    design, steps = session.design, list[Edit]()
    closed = [path for path in paths if design.grouping.groups[path].collapsed]
    if closed:
        steps.append(opened(design, closed, session.card_sizes(), collapsed=False))
    steps += [Dissolve(path) for path in paths]
    session.do(Several(tuple(steps), steps[-1].label()))
