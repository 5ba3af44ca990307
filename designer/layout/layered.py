"""Automatic layout: the network flows from left to right and in rows like text, skip connections keep lanes.

Layers by longest path, lanes for long wires, median sweeps against crossings (Sugiyama, Tagawa and Toda, 1981), chains
aligned into straight segments and placed by the sizes of their nodes (after Brandes and Köpf, 2001).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

from designer.graph.design import Design, Position
from designer.kernels.runtime.threads import checkpoint, checkpoint_part
from designer.layer_api.layer import Category
from designer.layout.column_order import ordered
from designer.layout.row_breaks import Flow, row_starts
from designer.layout.straight_segments import segment_places

Size = tuple[float, float]
"""Width and height on the canvas, in pixels."""

GRID = 8
NODE_SIZE: Size = (176.0, 72.0)
COLUMN_GAP = 48
ROW_GAP = 32
LANE = 16
"""Height kept free for a wire that runs past a column."""

PART_GAP = 64
BAND_GAP = 64
"""Between rows, for the wire that runs back to the left; a lane more for every further wire."""

ASPECT = 1.8
"""Width of a usual canvas to its height."""


def layout(
    design: Design,
    sizes: Mapping[str, Size] | None = None,
    *,
    direction: Literal["right", "down"] = "right",
    aspect: float | None = ASPECT,
) -> dict[str, Position]:
    """Top left corner of every node, on a grid of eight pixels; the same design and sizes give the same places.

    Parameters
    ----------
    sizes
        Width and height of the nodes' cards; ``NODE_SIZE`` for those left out.
    direction
        Where the network flows to.
    aspect
        Width to height that a long network is broken into rows for (into columns where it flows down); None keeps it
        in one row.

    Notes
    -----
    Parts that no wire connects stand one below the other, in order of creation.

    A large design passes many checkpoints (``kernels.runtime.threads``): they tell how far it is, and may end it.
    """
    turned = direction == "down"
    if turned and aspect is not None:
        aspect = 1.0 / aspect
    boxes = {key: (sizes or {}).get(key, NODE_SIZE) for key in design.nodes}
    if turned:
        boxes = {key: (height, width) for key, (width, height) in boxes.items()}
    positions: dict[str, Position] = {}
    top = 0.0
    found = parts(design)
    for number, part in enumerate(found):
        with checkpoint_part(number, len(found)):
            checkpoint(0.0)
            placed = _Part(design, part, boxes).positions(aspect)
        positions |= {key: (x, y + top) for key, (x, y) in placed.items()}
        top = _on_grid(max(y + top + boxes[key][1] for key, (_x, y) in placed.items()) + PART_GAP)
    return {key: (positions[key][1], positions[key][0]) if turned else positions[key] for key in design.nodes}


def _on_grid(length: float) -> float:
    """The next multiple of the grid."""
    return float(math.ceil(length / GRID) * GRID)


def parts(design: Design) -> list[list[str]]:
    """Ids of each connected part in execution order."""
    part_of: dict[str, list[str]] = {}
    for start in design.nodes:
        if start in part_of:
            continue
        part: list[str] = []
        stack = [start]
        while stack:
            node = stack.pop()
            if node in part_of:
                continue
            part_of[node] = part
            stack += [edge.target for edge in design.outgoing[node]] + [edge.source for edge in design.incoming[node]]
    for node in design.order:
        part_of[node].append(node)
    return list({id(part): part for part in part_of.values()}.values())


class _Part:
    """One connected part: nodes and lanes as vertices 0, 1, … in columns."""

    def __init__(self, design: Design, ids: Sequence[str], boxes: Mapping[str, Size]) -> None:
        self.ids = ids
        self.boxes = [boxes[key] for key in ids]
        self.stage_end = [design.nodes[key].layer.category is Category.POOLING for key in ids]
        index = {key: vertex for vertex, key in enumerate(ids)}
        self.column = _columns([[index[edge.source] for edge in design.incoming[key]] for key in ids])
        self.links: list[tuple[int, int]] = []
        self._draw_lanes(
            [(index[edge.source], vertex) for key, vertex in index.items() for edge in design.incoming[key]]
        )

    def _draw_lanes(self, wires: Sequence[tuple[int, int]]) -> None:
        """Replace every long wire by links from column to column; wires from one source share their lane."""
        lanes: dict[tuple[int, int], int] = {}
        for source, target in wires:
            before = source
            for column in range(self.column[source] + 1, self.column[target]):
                lane = lanes.get((source, column))
                if lane is None:
                    lane = lanes[source, column] = len(self.column)
                    self.column.append(column)
                    self.links.append((before, lane))
                before = lane
            self.links.append((before, target))
        self.links = list(dict.fromkeys(self.links))

    def positions(self, aspect: float | None) -> dict[str, Position]:
        """Top left corners, the first column at x = 0 and the uppermost node at y = 0."""
        columns: list[list[int]] = [[] for _column in range(max(self.column) + 1)]
        for vertex, column in enumerate(self.column):
            columns[column].append(vertex)
        # Three stages that take about as long as each other.
        with checkpoint_part(0, 3):
            standing = ordered(columns, self.links)
        count = len(self.ids)
        heights = [_on_grid(height) + ROW_GAP for _width, height in self.boxes]
        heights += [LANE] * (len(self.column) - count)
        with checkpoint_part(1, 3):
            middles = segment_places(standing, self.links, heights, nodes=count, grid=GRID)
        tops = [
            float(math.floor((middle - height / 2) / GRID) * GRID)
            for middle, (_width, height) in zip(middles, self.boxes, strict=False)
        ]
        flow = self._flow(standing, tops, middles)
        with checkpoint_part(2, 3):
            shift = _shifts(flow, [0] if aspect is None else row_starts(flow, aspect))
        places = [(flow.lefts[c] + shift[c][0], top + shift[c][1]) for c, top in zip(self.column, tops, strict=False)]
        highest = min(y for _x, y in places)
        return {key: (x, y - highest) for key, (x, y) in zip(self.ids, places, strict=True)}

    def _flow(self, columns: Sequence[Sequence[int]], tops: Sequence[float], middles: Sequence[float]) -> Flow:
        """The columns as one ribbon."""
        count = len(self.ids)
        lefts, x = [], 0.0
        widths = [_on_grid(max((self.boxes[v][0] for v in members if v < count), default=0.0)) for members in columns]
        for width in widths:
            lefts.append(x)
            x += width + COLUMN_GAP
        wires = [0] * len(columns)
        for source, _target in self.links:
            wires[self.column[source]] += 1
        reach = [
            (tops[v], tops[v] + self.boxes[v][1]) if v < count else (middles[v] - LANE, middles[v] + LANE)
            for v in range(len(self.column))
        ]
        return Flow(
            lefts=lefts,
            rights=[left + width for left, width in zip(lefts, widths, strict=True)],
            tops=[min(reach[v][0] for v in members) for members in columns],
            bottoms=[max(reach[v][1] for v in members) for members in columns],
            wires=wires[:-1],
            stage_ends=frozenset(column for column, last in zip(self.column, self.stage_end, strict=False) if last),
            gap=BAND_GAP,
            lane=LANE,
        )


def _shifts(flow: Flow, starts: Sequence[int]) -> list[Position]:
    """How far each column of the ribbon moves when it is broken into rows."""
    shifts: list[Position] = []
    top = 0.0
    for first, behind in zip(starts, [*starts[1:], len(flow.lefts)], strict=True):
        high, low = min(flow.tops[first:behind]), max(flow.bottoms[first:behind])
        shifts += [(-flow.lefts[first], _on_grid(top - high))] * (behind - first)
        top += _on_grid(low - high)
        if behind < len(flow.lefts):
            top += flow.gap_behind(behind - 1)
    return shifts


def _columns(sources_of: Sequence[Sequence[int]]) -> list[int]:
    """Column of every node: behind its last source; a node without sources stands just before its first reader."""
    column: list[int] = []
    for sources in sources_of:
        column.append(max((column[source] for source in sources), default=-1) + 1)
    reader: dict[int, int] = {}
    for vertex, sources in enumerate(sources_of):
        for source in sources:
            reader[source] = min(reader.get(source, column[vertex]), column[vertex])
    return [column[vertex] if sources else reader.get(vertex, 1) - 1 for vertex, sources in enumerate(sources_of)]
