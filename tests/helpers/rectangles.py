"""Whether cards on a canvas overlap, looked at pair by pair."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from designer.graph.design import Position
from designer.layout.layered import NODE_SIZE, Size


def _rectangles(
    places: Mapping[str, Position], sizes: Mapping[str, Size]
) -> list[tuple[str, float, float, float, float]]:
    return [
        (key, x, y, x + sizes.get(key, NODE_SIZE)[0], y + sizes.get(key, NODE_SIZE)[1])
        for key, (x, y) in places.items()
    ]


def overlaps(places: Mapping[str, Position], sizes: Mapping[str, Size]) -> list[tuple[str, str]]:
    """Pairs of nodes whose cards share any area."""
    return [
        (a[0], b[0])
        for a, b in combinations(_rectangles(places, sizes), 2)
        if a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
    ]
