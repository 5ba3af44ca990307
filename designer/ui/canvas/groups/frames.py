"""Where the frames of open groups are: around the cards inside, wherever those stand just now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import attrs
import numpy as np
from PySide6.QtCore import QPointF, QRectF

from designer.graph.folding import Folded, card_id
from designer.graph.groups import Group, all_members, around, joined, outer_of, within
from designer.layout.grouped import FRAME_BOTTOM, FRAME_SIDE, FRAME_TOP
from designer.ui.canvas.cards.card import WIDTH
from designer.ui.canvas.cards.card_table import CardTable, Mask, Rows
from designer.ui.canvas.gestures.hits import OnFrame
from designer.ui.canvas.groups.shown import ShownDesign

TOGGLE = 30.0
"""Width of the part of a title that collapses the group when it is clicked."""

LEAST_TITLE = 14.0
"""A title can be hit on so many pixels of the screen, however far away it is seen from."""


@attrs.frozen
class Frame:
    """One frame as it is drawn."""

    path: str
    group: Group
    rect: QRectF
    selected: bool

    @property
    def title(self) -> QRectF:
        """The row with the name."""
        return QRectF(self.rect.left(), self.rect.top(), self.rect.width(), FRAME_TOP)


@attrs.frozen(eq=False, slots=False)
class _Structure:
    """Which cards are directly in which frame, for one drawn design."""

    folded: Folded
    row: Mapping[str, int]

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Paths of the open groups in sight, each before what is inside it."""
        whole, inside = self.folded.whole.grouping, self.folded.inside
        return tuple(
            path
            for path in whole.groups
            if path != inside
            and within(path, inside)
            and not any(whole.groups[one].collapsed for one in around(path) if one != inside and within(one, inside))
        )

    @cached_property
    def layers(self) -> Mapping[str, int]:
        """How many layers are in each, however deep."""
        nodes, groups = self.folded.whole.nodes, self.folded.whole.grouping.groups
        return {path: sum(not nodes[one].layer.is_source() for one in all_members(groups[path])) for path in self.paths}

    @cached_property
    def direct(self) -> tuple[tuple[str, ...], Rows, Rows]:
        """Frames with cards of their own, the rows of those one behind the other, and where each frame's begin."""
        groups = self.folded.whole.grouping.groups
        filled, rows, starts = [], list[int](), []
        for path in self.paths:
            inner = (card_id(joined(path, one.name)) for one in groups[path].groups if one.collapsed)
            found = [self.row[key] for key in (*groups[path].members, *inner)]
            if found:
                filled.append(path)
                starts.append(len(rows))
                rows += found
        return tuple(filled), np.array(rows, np.intp), np.array(starts, np.intp)


class Frames:
    """Answers what is asked of frames; geometry is that of the cards at the moment."""

    def __init__(self, shown: ShownDesign, cards: CardTable) -> None:
        self._shown, self._cards = shown, cards
        self._structure: _Structure | None = None
        self.leaving: Mask | None = None
        """Rows of cards that are dragged: a frame does not reach after them until they are let go."""
        self.target: str | None = None
        """Path of the group that what is dragged would go into."""

    def __bool__(self) -> bool:
        return bool(self._shown.whole.groups) and bool(self.structure.paths)

    @property
    def structure(self) -> _Structure:
        """For the design as it is drawn now."""
        known = self._structure
        if known is None or known.folded is not self._shown.folded or known.row is not self._cards.row:
            known = self._structure = _Structure(self._shown.folded, self._cards.row)
        return known

    def all(self) -> list[Frame]:
        """Every frame, each before those inside it."""
        if not self._shown.whole.groups:
            return []
        bounds, selected = self._bounds()
        groups = self._shown.whole.grouping.groups
        return [
            Frame(path, groups[path], QRectF(QPointF(*bounds[path][:2]), QPointF(*bounds[path][2:])), selected[path])
            for path in self.structure.paths
            if path in bounds
        ]

    def _bounds(self) -> tuple[dict[str, list[float]], dict[str, bool]]:
        cards, structure = self._cards, self.structure
        filled, rows, starts = structure.direct
        sides: dict[str, list[float]] = {}
        selected = dict.fromkeys(structure.paths, True)
        if filled:
            left, top = cards.left[rows], cards.top[rows]
            right, bottom = left + WIDTH, top + cards.height[rows]
            if self.leaving is not None:
                away = self.leaving[rows]
                left, top = np.where(away, np.inf, left), np.where(away, np.inf, top)
                right, bottom = np.where(away, -np.inf, right), np.where(away, -np.inf, bottom)
            least, most = np.minimum.reduceat, np.maximum.reduceat
            found = np.stack(
                [least(left, starts), least(top, starts), most(right, starts), most(bottom, starts)], axis=1
            )
            sides = dict(zip(filled, found.tolist(), strict=True))
            chosen = np.logical_and.reduceat(cards.selected[rows], starts).tolist()
            selected |= dict(zip(filled, chosen, strict=True))
        frames: dict[str, list[float]] = {}
        for path in reversed(structure.paths):
            held = sides.get(path)
            if held is None or held[0] > held[2]:
                continue
            frames[path] = [held[0] - FRAME_SIDE, held[1] - FRAME_TOP, held[2] + FRAME_SIDE, held[3] + FRAME_BOTTOM]
            outer = outer_of(path)
            if outer is not None:
                around_it = sides.get(outer, frames[path])
                pairs = zip((min, min, max, max), around_it, frames[path], strict=True)
                sides[outer] = [choose(old, new) for choose, old, new in pairs]
                selected[outer] = selected.get(outer, True) and selected[path]
        return frames, selected

    # -- pointing --------------------------------------------------------------------------------------------------

    def title_at(self, place: QPointF, zoom: float) -> OnFrame | None:
        """The innermost frame whose title is at a place."""
        for frame in reversed(self.all()):
            title = frame.title
            title.setHeight(max(title.height(), LEAST_TITLE / zoom))
            if title.contains(place):
                return OnFrame(frame.path, place.x() < title.left() + TOGGLE)
        return None

    def innermost_at(self, place: QPointF, margin: float = 0.0) -> str | None:
        """Path of the innermost group whose frame is at a place, or not further from it than the margin."""
        around_it = (
            frame.path
            for frame in reversed(self.all())
            if frame.rect.adjusted(-margin, -margin, margin, margin).contains(place)
        )
        return next(around_it, self._shown.inside)

    def nodes(self, path: str) -> tuple[str, ...]:
        """The nodes of a group."""
        return tuple(all_members(self._shown.whole.grouping.groups[path]))

    def bounds(self) -> QRectF:
        """Around all frames."""
        box = QRectF()
        for frame in self._outermost():
            box = box.united(frame.rect)
        return box

    def _outermost(self) -> Iterator[Frame]:
        return (frame for frame in self.all() if outer_of(frame.path) == self._shown.inside)
