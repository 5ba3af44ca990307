"""Blocks dragged from the palette: a ghost of one card, and room for all of theirs."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF

from designer.graph.compound_edits import Several
from designer.graph.design import DesignError
from designer.graph.edits import Edit, MoveNodes
from designer.graph.folding import real_edge
from designer.graph.part_edits import InsertPart, Part, part_of
from designer.i18n import _
from designer.layer_api.layer import Category
from designer.layer_api.problems import UserError
from designer.layout.inserting_parts import Spot, arranged, part_box
from designer.library.blocks import BlockEntry, block_design, entries
from designer.session.blocks import do_insertion, shape_before
from designer.session.notices import Level
from designer.ui.canvas.cards.card import Card
from designer.ui.canvas.cards.node_item import ghost
from designer.ui.canvas.gestures.drops import LayerDrop

BLOCK_MIME = "application/x-netdraft-block"
"""The name of the dragged block, UTF-8."""


def block_card(entry: BlockEntry) -> Card:
    """A card that stands for a block while it is dragged."""
    return Card(
        name=entry.title,
        kind=_("Block"),
        category=Category.SHAPE,
        caption="",
        inputs=(False,),
        open_ended=False,
    )


def dragged_block(mime: QMimeData) -> BlockEntry | None:
    """The block that is being dragged; None where it is something else."""
    if not mime.hasFormat(BLOCK_MIME):
        return None
    name = bytes(mime.data(BLOCK_MIME).data()).decode("utf-8", "replace")
    return next((entry for entry in entries() if entry.name == name), None)


class BlockDrop(LayerDrop):
    """A block over the canvas, from its entry until it is dropped or leaves."""

    _entry: BlockEntry | None = None
    _part: Part | None = None

    def enter(self, mime: QMimeData, place: QPointF) -> bool:
        """Show the ghost; False where this is no block that can be used, of which a notice tells."""
        self.leave()
        self._entry = dragged_block(mime)
        if self._entry is None:
            return False
        try:
            self._part = part_of(block_design(self._entry, None))
        except (UserError, DesignError) as problem:
            self._view.session.notice(str(problem), Level.WARNING)
            self._entry = None
            return False
        self._ghost = ghost(block_card(self._entry), self._view.canvas.appearance)
        self._view.canvas.addItem(self._ghost)
        self.move(place)
        return True

    def _takes_wires(self) -> bool:
        return True

    def _size(self) -> tuple[float, float]:
        assert self._part is not None
        return part_box(self._part)[1]

    def drop(self, place: QPointF) -> bool:
        """Insert the block here, or on the wire below, made for what that carries."""
        if not self.move(place) or self._entry is None:
            return False
        entry, edge, corner = self._entry, self._edge, self._corner(place)
        self.leave()
        scene, session = self._view.canvas, self._view.session
        drawn = Spot(edge=edge, place=corner)
        meant = drawn if edge is None else Spot(edge=real_edge(edge), place=corner)

        def edit() -> Edit:
            part = part_of(block_design(entry, shape_before(session, meant)))
            there, moved = arranged(scene.design, part, drawn, scene.node_sizes())
            insert = InsertPart(there, _("Insert {block}").format(block=entry.title), meant.edge)
            places = scene.shown.folded.places(moved)
            return Several((insert, MoveNodes(places)), insert.label()) if places else insert

        return do_insertion(session, edit)

    def leave(self) -> None:
        """Remove the ghost."""
        super().leave()
        self._entry = self._part = None
