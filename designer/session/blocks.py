"""What the window does with blocks: insert one as one step, save the selection as one."""

from __future__ import annotations

from collections.abc import Callable

from designer.graph.design import Design, DesignError
from designer.graph.edits import Edit
from designer.graph.part_edits import part_of
from designer.i18n import _
from designer.layer_api.geometry import Shape
from designer.layer_api.problems import UserError
from designer.layout.inserting_parts import Spot, inserted
from designer.library.blocks import BlockEntry, block_design, block_from, entries, remove_block, save_block
from designer.session.notices import Level
from designer.session.session import Session


def shape_before(session: Session, spot: Spot) -> Shape | None:
    """The shape of what will feed a block; None where that is not known."""
    source = spot.after if spot.edge is None else spot.edge.source
    facts = None if source is None else session.report.layers.get(source)
    return None if facts is None else facts.output_shape


def do_insertion(session: Session, edit: Callable[[], Edit]) -> bool:
    """Do an edit that adds layers, and select them; False, and a notice that says why, where it is refused."""
    before = set(session.design.nodes)
    try:
        if not session.do(edit()):
            return False
    except (UserError, DesignError) as problem:
        session.notice(str(problem), Level.WARNING)
        return False
    session.select([key for key in session.design.nodes if key not in before])
    return True


def insert_block(session: Session, entry: BlockEntry, spot: Spot) -> bool:
    """Insert a block, made for what will feed it, as one undo step and select its layers."""

    def edit() -> Edit:
        part = part_of(block_design(entry, shape_before(session, spot)))
        text = _("Insert {block}").format(block=entry.title)
        return inserted(session.design, part, text, spot, session.card_sizes())

    return do_insertion(session, edit)


def append_block(session: Session, entry: BlockEntry, *, branch: bool = False) -> bool:
    """Insert a block behind the current node, or beside what reads it."""
    return insert_block(session, entry, Spot(after=session.current, branch=branch))


def selection_as_block(session: Session, name: str) -> Design | None:
    """The selected layers as a block; None, and a notice that says why, where they cannot be one."""
    crossing = {
        edge.source
        for key in session.selection
        for edge in session.design.incoming[key]
        if edge.source not in session.selection
    }
    source = next(iter(crossing), None)
    shape = None if source is None else session.report.layers[source].output_shape
    try:
        return block_from(session.design, session.selection, name, shape)
    except (DesignError, UserError) as problem:
        session.notice(str(problem), Level.WARNING)
        return None


def save_selection_as_block(session: Session, name: str) -> bool:
    """Write the selected layers as a block of one's own."""
    if any(entry.name == name for entry in entries()):
        text = _("there is a block {name} already; choose another name, or delete that one in the palette")
        session.notice(text.format(name=name), Level.WARNING)
        return False
    block = selection_as_block(session, name)
    if block is None:
        return False
    try:
        path = save_block(block)
    except OSError as problem:
        session.notice(_("The block was not saved: {problem}").format(problem=problem), Level.ERROR)
        return False
    session.tell_of_blocks()
    session.notice(_("Saved as block {name}: {path}").format(name=name, path=path))
    return True


def delete_block(session: Session, entry: BlockEntry) -> None:
    """Delete one of one's own blocks."""
    try:
        remove_block(entry)
    except OSError as problem:
        session.notice(_("The block was not deleted: {problem}").format(problem=problem), Level.ERROR)
    session.tell_of_blocks()
