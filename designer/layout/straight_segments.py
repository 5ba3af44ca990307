"""Heights for the columns of a layout: chains become straight segments, segments move to what they are linked with.

After Brandes and Köpf, "Fast and simple horizontal coordinate assignment" (2001): links that are straightened never
cross each other, so the relation "above" of the segments has no cycle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from designer.kernels.runtime.threads import checkpoint

ROUNDS = 8

Link = tuple[int, int]


def segment_places(
    columns: Sequence[Sequence[int]],
    links: Sequence[Link],
    heights: Sequence[float],
    *,
    nodes: int,
    grid: int,
) -> list[float]:
    """Middle of every vertex across the flow, in multiples of ``grid``; a checkpoint before every round.

    Parameters
    ----------
    columns
        Vertices from top to bottom. Those below ``nodes`` are nodes, the others lanes of long wires.
    links
        Pairs (vertex, vertex of the next column), the trunk of the network among them.
    heights
        Room that each vertex takes, gaps included.
    """
    segment = _segments(columns, links, nodes)
    above: dict[int, dict[int, float]] = {number: {} for number in segment}
    below: dict[int, dict[int, float]] = {number: {} for number in segment}
    for column in columns:
        for upper, lower in pairwise(column):
            apart = math.ceil((heights[upper] + heights[lower]) / 2 / grid) * grid
            high, low = segment[upper], segment[lower]
            above[low][high] = below[high][low] = max(apart, above[low].get(high, 0.0))
    attached: dict[int, list[int]] = {number: [] for number in segment}
    for source, target in links:
        if segment[source] != segment[target]:
            attached[segment[source]].append(segment[target])
            attached[segment[target]].append(segment[source])
    order = _downwards(segment, above, below)
    place: dict[int, float] = {}
    for number in order:
        place[number] = max((place[upper] + apart for upper, apart in above[number].items()), default=0.0)
    for turn in range(ROUNDS):
        checkpoint(turn / ROUNDS)
        for number in reversed(order) if turn % 2 == 0 else order:
            if not attached[number]:
                continue
            wanted = round(median(place[other] for other in attached[number]) / grid) * grid
            lowest = max((place[upper] + apart for upper, apart in above[number].items()), default=-math.inf)
            highest = min((place[lower] - apart for lower, apart in below[number].items()), default=math.inf)
            place[number] = min(max(wanted, lowest), highest)
    return [place[number] for number in segment]


def _segments(columns: Sequence[Sequence[int]], links: Sequence[Link], nodes: int) -> list[int]:
    """The first vertex of the segment that each vertex belongs to: the longest chains first, no two links crossing."""
    height = {vertex: index for column in columns for index, vertex in enumerate(column)}
    column_of = {vertex: index for index, column in enumerate(columns) for vertex in column}
    ahead = [int(vertex < nodes) for vertex in range(len(height))]
    behind = ahead.copy()
    for source, target in sorted(links, key=lambda link: column_of[link[0]]):
        ahead[target] = max(ahead[target], ahead[source] + (target < nodes))
    for source, target in sorted(links, key=lambda link: -column_of[link[0]]):
        behind[source] = max(behind[source], behind[target] + (source < nodes))

    def rank(link: Link) -> tuple[int, int]:
        source, target = link
        lanes = (source >= nodes) + (target >= nodes)
        # Node to node before the inside of a lane before the ends of a lane; the way through most nodes is the trunk.
        return (0, 2, 1)[lanes], -(ahead[source] + behind[target])

    following: dict[int, int] = {}
    preceding: dict[int, int] = {}
    chosen: dict[int, list[tuple[int, int]]] = {}
    for source, target in sorted(links, key=rank):
        if source in following or target in preceding:
            continue
        ends = (height[source], height[target])
        gap = chosen.setdefault(column_of[source], [])
        if any((ends[0] < other[0]) != (ends[1] < other[1]) for other in gap):
            continue
        gap.append(ends)
        following[source], preceding[target] = target, source
    first = list(range(len(height)))
    for column in columns[1:]:
        for vertex in column:
            if vertex in preceding:
                first[vertex] = first[preceding[vertex]]
    return first


def _downwards(
    segment: Sequence[int], above: Mapping[int, Mapping[int, float]], below: Mapping[int, Mapping[int, float]]
) -> list[int]:
    """The segments such that each comes after all that are above it."""
    waiting = {number: len(above[number]) for number in dict.fromkeys(segment)}
    ready = [number for number, count in waiting.items() if not count]
    order = []
    while ready:
        number = ready.pop()
        order.append(number)
        for lower in below[number]:
            waiting[lower] -= 1
            if not waiting[lower]:
                ready.append(lower)
    return order
