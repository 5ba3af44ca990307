"""Cards that move alike, as what follows an inserted layer does: the wires between them move along."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np

from designer.graph.design import Edge, Position
from designer.layout.cards import Box, Lane, Way
from designer.layout.wire_reaches import Reaches, touching


@attrs.frozen
class Block:
    """Where the cards stood, and how far all of them move."""

    before: Mapping[str, Box]
    shift: Position

    def zone(self, reaches: Reaches) -> Box:
        """Around the cards and what their wires run in, before and after the move."""
        (left, top), (width, height) = np.moveaxis(np.array(list(self.before.values())), 0, -1)
        sides = np.array([left, top, left + width, top + height])
        sides = np.concatenate([sides, reaches], axis=1)
        dx, dy = self.shift
        x, y = sides[0].min() + min(dx, 0.0), sides[1].min() + min(dy, 0.0)
        right, bottom = sides[2].max() + max(dx, 0.0), sides[3].max() + max(dy, 0.0)
        return (float(x), float(y)), (float(right - x), float(bottom - y))

    def meets(self, reaches: Reaches, boxes: Iterable[Box]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which of these rectangles one of those cards is in the way of, before or after the move."""
        cards = list(boxes)
        moved = reaches + np.array([*self.shift, *self.shift])[:, None]
        return np.asarray(touching(reaches, cards) | touching(moved, cards))

    def moved_way(self, way: Way) -> Way:
        """A way after the move."""
        dx, dy = self.shift
        return tuple([(x + dx, y + dy) for x, y in way])

    def moved_lane(self, lane: Lane) -> Lane:
        """A lane after the move."""
        dx, dy = self.shift
        return Lane(lane.first + dx, lane.last + dx, lane.y + dy)

    def moved_upright(self, x: float, high: float, low: float) -> tuple[float, float, float]:
        """An upright piece after the move."""
        dx, dy = self.shift
        return x + dx, high + dy, low + dy


def moving_alike(boxes: Mapping[str, Box], places: Mapping[str, Box], fewest: int) -> Block:
    """The cards that move by one distance, the most there are; none where they are no more than the fewest."""
    shifts: dict[str, Position] = {}
    for key, ((x, y), size) in places.items():
        old = boxes.get(key)
        if old is not None and old[1] == size:
            shifts[key] = x - old[0][0], y - old[0][1]
    (shift, count), *_others = Counter(shifts.values()).most_common(1) or [((0.0, 0.0), 0)]
    if count <= fewest:
        return Block({}, (0.0, 0.0))
    return Block({key: boxes[key] for key, by in shifts.items() if by == shift}, shift)


def moved_ways(
    boxes: Mapping[str, Box],
    places: Mapping[str, Position],
    leaving: Mapping[str, Iterable[Edge]],
    entering: Mapping[str, Iterable[Edge]],
    ways: Mapping[Edge, Way],
) -> dict[Edge, Way]:
    """Ways of all wires at cards that are moved: along where both ends move alike, else directly.

    Parameters
    ----------
    boxes, ways
        Where cards stand and wires run before.
    places
        The moved cards' new places.
    leaving, entering
        Wires by source and by target.
    """
    shifts = {key: (x - boxes[key][0][0], y - boxes[key][0][1]) for key, (x, y) in places.items()}
    found: dict[Edge, Way] = {}
    for key, (dx, dy) in shifts.items():
        for edge in leaving.get(key, ()):
            alike = shifts.get(edge.target) == (dx, dy)
            found[edge] = tuple((x + dx, y + dy) for x, y in ways[edge]) if alike else ()
        for edge in entering.get(key, ()):
            if edge.source not in shifts:
                found[edge] = ()
    return found
