"""Which part of the canvas each source's wires run in, as arrays: what is asked of ten thousand is answered at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from designer.graph.design import Position
from designer.layout.cards import CLEARANCE, Box

Reach = tuple[float, float, float, float]
"""Left, top, right and bottom."""

Reaches = np.ndarray[Any, np.dtype[np.float64]]
"""(4, sources)."""

NOWHERE: Reach = (np.inf, np.inf, -np.inf, -np.inf)


def touching(reaches: Reaches, boxes: Iterable[Box]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rectangles come so near to one of these cards that it would be in the way of a wire."""
    left, top, right, bottom = reaches
    near = np.zeros(len(left), bool)
    for (x, y), (width, height) in boxes:
        near |= (
            (left < x + width + CLEARANCE)
            & (right > x - CLEARANCE)
            & (top < y + height + CLEARANCE)
            & (bottom > y - CLEARANCE)
        )
    return near


class WireReaches:
    """The rectangle that each source's wires run in."""

    def __init__(self) -> None:
        self._sources: list[str] = []
        self._row: dict[str, int] = {}
        self._reach: Reaches = np.empty((4, 0))

    def set(self, sources: Collection[str], reaches: Sequence[Reach]) -> None:
        """The wires of these sources run there now."""
        new = [source for source in sources if source not in self._row]
        self._row |= {source: len(self._sources) + number for number, source in enumerate(new)}
        self._sources += new
        self._reach = np.pad(self._reach, ((0, 0), (0, len(new))))
        self._reach[:, self._rows(sources)] = np.array(reaches).reshape(-1, 4).T

    def of(self, sources: Collection[str]) -> Reaches:
        """Where the wires of these sources run."""
        return self._reach[:, self._rows(sources)]

    def shift(self, sources: Collection[str], shift: Position) -> None:
        """The wires of these sources have been moved."""
        self._reach[:, self._rows(sources)] += np.array([*shift, *shift])[:, None]

    def near(self, boxes: Iterable[Box]) -> list[str]:
        """Sources of wires that run past one of these cards, or would without it."""
        return [self._sources[row] for row in np.flatnonzero(touching(self._reach, boxes))]

    def _rows(self, sources: Iterable[str]) -> list[int]:
        return [self._row[source] for source in sources]
