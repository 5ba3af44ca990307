"""Where a long network breaks into rows, as a paragraph breaks into lines: at narrow places, into rows of like length.

Breaks are chosen all at once, by dynamic programming over the columns (after Knuth and Plass, 1981).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np

from designer.kernels.runtime.threads import checkpoint

COLUMN = 224.0
"""Width of a column of usual cards with the gap behind it; one that holds a group may be many times as wide."""

FEWEST = 6
"""A network of so many usual columns stays one row."""

NARROWEST = 4
"""Columns that a row has room for at least."""

WIDEST_BLOCK = 12
"""Columns up to which a block makes its row wider rather than being broken."""

UNFINISHED = 0.25
"""What a break costs that does not end a stage; an empty row would cost 1."""

CROSSED = 0.3
"""What each wire beyond the first costs that a break cuts."""

TRIALS = 5
"""Row widths that are tried."""


@attrs.frozen
class Flow:
    """The columns of a network laid out as one ribbon.

    ``lefts`` and ``rights`` are their sides, ``tops`` and ``bottoms`` how far what stands in them reaches. Behind each
    column but the last, ``wires`` leave for the next one; ``stage_ends`` are columns behind which a new stage begins.
    """

    lefts: Sequence[float]
    rights: Sequence[float]
    tops: Sequence[float]
    bottoms: Sequence[float]
    wires: Sequence[int]
    stage_ends: frozenset[int]
    gap: float
    """Between rows, where one wire runs."""

    lane: float
    """For every further wire."""

    def gap_behind(self, column: int) -> float:
        """Between the row that ends with a column and the next one."""
        return self.gap + self.lane * (self.wires[column] - 1)


def row_starts(flow: Flow, aspect: float) -> list[int]:
    """First column of every row, so that the rows together are about ``aspect`` times as wide as high.

    A block that lies between two places crossed by one wire is not broken, unless it is wider than a row.
    A checkpoint comes before every width that is tried.
    """
    count = len(flow.lefts)
    if count <= FEWEST and (count == 1 or flow.rights[-1] <= FEWEST * COLUMN):
        return [0]
    trials = []
    limits = _limits(flow, aspect)
    for number, limit in enumerate(limits):
        checkpoint(number / len(limits))
        trials.append(_broken(flow, limit))
    return min(([0], *trials), key=lambda starts: _size(flow, starts, aspect))


def _limits(flow: Flow, aspect: float) -> list[float]:
    """Row widths worth trying: around the one that would suit if rows were full and all of a height."""
    length = flow.rights[-1]
    height = sum(bottom - top for top, bottom in zip(flow.tops, flow.bottoms, strict=True)) / len(flow.tops) + flow.gap
    ideal = math.sqrt(length * height * aspect)
    least = max(_widest_block(flow), min(flow.rights[:NARROWEST][-1], NARROWEST * COLUMN))
    low, high = max(ideal * 0.75, least), max(ideal * 1.6, least * 1.25)
    widths = [right for right in flow.rights if low <= right <= high]
    return [least, *widths[:: math.ceil(len(widths) / TRIALS)]] if widths else [max(ideal, least)]


def _widest_block(flow: Flow) -> float:
    """Width of the widest block that is to be kept whole."""
    first, widest = 0, 0.0
    for column in range(len(flow.lefts)):
        if column == len(flow.lefts) - 1 or flow.wires[column] == 1:
            if column - first < WIDEST_BLOCK:
                widest = max(widest, flow.rights[column] - flow.lefts[first])
            first = column + 1
    return widest


def _broken(flow: Flow, limit: float) -> list[int]:
    """The best breaks into rows no wider than ``limit``."""
    places = _places(flow, limit)
    costs = [0.0, *(_cost(flow, place - 1) for place in places[1:-1]), 0.0]
    lefts = np.array([flow.lefts[place] for place in places[:-1]])
    best = np.zeros(len(places))
    before = [0]
    widest = 0
    for end in range(1, len(places)):
        right = flow.rights[places[end] - 1]
        # The first place from which a row to this end is narrow enough; a single block may be wider.
        while widest < end - 1 and right - lefts[widest] > limit:
            widest += 1
        left_over = np.maximum(1.0 - (right - lefts[widest:end]) / limit, 0.0)
        row_costs = best[widest:end] + left_over * left_over
        # Of equally good ones the shortest row.
        row = end - 1 - int(row_costs[::-1].argmin())
        best[end] = row_costs[row - widest] + costs[end]
        before.append(row)
    rows = [before[-1]]
    while rows[-1]:
        rows.append(before[rows[-1]])
    return [places[row] for row in reversed(rows)]


def _places(flow: Flow, limit: float) -> list[int]:
    """Columns that a row may begin with, and the number of columns: inside a block only if it is wider than a row."""
    places, first = [0], 0
    for behind in (column + 1 for column in range(len(flow.lefts))):
        if behind < len(flow.lefts) and flow.wires[behind - 1] > 1:
            continue
        if flow.rights[behind - 1] - flow.lefts[first] > limit:
            places += range(first + 1, behind)
        places.append(behind)
        first = behind
    return places


def _ragged(width: float, limit: float) -> float:
    return max(1.0 - width / limit, 0.0) ** 2


def _cost(flow: Flow, column: int) -> float:
    return CROSSED * (flow.wires[column] - 1) + (0.0 if column in flow.stage_ends else UNFINISHED)


def _size(flow: Flow, starts: Sequence[int], aspect: float) -> float:
    """Height of the smallest sheet of these proportions that holds the rows; larger for unhappy breaks."""
    ends = [*starts[1:], len(flow.lefts)]
    widths = [flow.rights[end - 1] - flow.lefts[first] for first, end in zip(starts, ends, strict=True)]
    height = sum(
        max(flow.bottoms[first:end]) - min(flow.tops[first:end]) for first, end in zip(starts, ends, strict=True)
    )
    height += sum(flow.gap_behind(end - 1) for end in ends[:-1])
    width = max(widths)
    unhappy = sum(_ragged(own, width) for own in widths) + sum(_cost(flow, end - 1) for end in ends[:-1])
    return max(width / aspect, height) * (1.0 + unhappy / len(starts))
