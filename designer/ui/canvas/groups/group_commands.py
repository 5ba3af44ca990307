"""What menus, keys and clicks do to groups; every one is one undo step."""

from __future__ import annotations

from collections.abc import Iterable

from designer.graph.compound_edits import Several
from designer.graph.design import DesignError
from designer.graph.edits import Edit
from designer.graph.group_edits import Dissolve, GroupNodes, group_name
from designer.layout.opening import grouped, opened
from designer.session.group_selection import selected_groups
from designer.session.notices import Level
from designer.session.session import Session


def group_selection(session: Session) -> str | None:
    """Make a group of the selected nodes; its path, or None where that was refused."""
    chosen, inside = session.selection, session.inside
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


def dissolve(session: Session) -> None:
    """Take the selected groups away and leave what is in them, in one step; the nodes stay selected."""
    paths = selected_groups(session)
    if not paths:
        return
    # A collapsed group is opened first, so that what was on its card has room.
    design, steps = session.design, list[Edit]()
    closed = [path for path in paths if design.grouping.groups[path].collapsed]
    if closed:
        steps.append(opened(design, closed, session.card_sizes(), collapsed=False))
    steps += [Dissolve(path) for path in paths]
    session.do(Several(tuple(steps), steps[-1].label()))
