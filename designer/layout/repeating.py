"""Where the copies of a repeated group go: to its right, one behind the other, and what follows makes room."""

from __future__ import annotations

import math
from collections.abc import Mapping

from designer.graph.compound_edits import Several
from designer.graph.design import Design
from designer.graph.edits import Edit, MoveNodes
from designer.graph.group_boundary import boundary
from designer.graph.group_repeat import MOST_TIMES, RepeatGroup
from designer.layout.inserting import make_room
from designer.layout.layered import COLUMN_GAP, GRID, Size
from designer.layout.opening import room_for_copies, stands_alone


def repeated(design: Design, path: str, times: int, sizes: Mapping[str, Size], *, weights: bool = False) -> Edit:
    """Have a group so many times in series, without a copy covering a card; raises DesignError for an unknown group."""
    design.group(path)
    if not 2 <= times <= MOST_TIMES:
        # The edit says what is wrong with it.
        return RepeatGroup(path, times, weights, (0.0, 0.0))
    if not stands_alone(design, path, sizes):
        return _among_cards(design, path, times, sizes, weights)
    return room_for_copies(design, path, lambda step: RepeatGroup(path, times, weights, (step, 0.0)), times, sizes)


def _among_cards(design: Design, path: str, times: int, sizes: Mapping[str, Size], weights: bool) -> Edit:
    """Where other cards stand between those of the group, as a layout that knows no groups has them."""
    border = boundary(design, path)
    boxes = [(*design.nodes[node].position, *sizes[node]) for node in border.nodes]
    left, top = min(x for x, *_rest in boxes), min(y for _x, y, *_size in boxes)
    right = max(x + width for x, _y, width, _height in boxes)
    low = max(y + height for _x, y, _width, height in boxes)
    step = math.ceil((right - left + COLUMN_GAP) / GRID) * float(GRID)
    repeat = RepeatGroup(path, times, weights, (step, 0.0))
    size = (step * (times - 2) + right - left, low - top)
    readers = [edge.target for edge in border.outgoing]
    moved = make_room(design, (left + step, top), size, sizes, readers, COLUMN_GAP)
    return Several((repeat, MoveNodes(moved)), repeat.label()) if moved else repeat
