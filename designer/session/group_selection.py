"""Which groups the selected nodes are: a group is selected where all of its nodes are."""

from __future__ import annotations

from designer.graph.groups import all_members
from designer.session.session import Session


def selected_groups(session: Session) -> tuple[str, ...]:
    """Paths of the outermost groups, inside the entered one, of which every node is selected."""
    grouping = session.design.grouping
    if not grouping.groups or not session.selection:
        return ()
    # With all of an entered group selected it is the groups inside that are meant, not itself.
    return tuple(path for path in grouping.whole(session.selection, session.inside) if path != session.inside)


def selected_group(session: Session) -> str | None:
    """Path of the group that is selected, where its nodes and no others are."""
    found = selected_groups(session)
    if len(found) != 1:
        return None
    nodes = frozenset(all_members(session.design.grouping.groups[found[0]]))
    return found[0] if nodes.issuperset(session.selection) else None


def groups_of_selection(session: Session) -> tuple[str, ...]:
    """The selected groups, else the innermost one around the current node: what collapsing and entering are about."""
    chosen = selected_groups(session)
    if chosen or session.current is None:
        return chosen
    path = session.design.grouping.path_of(session.current)
    return () if path is None or path == session.inside else (path,)
