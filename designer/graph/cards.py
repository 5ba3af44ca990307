"""What wires keep clear of: the sides of the nodes' cards, and the lanes of other wires."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs
import numpy as np

CLEARANCE = 16.0
"""Distance between a lane and the nodes it passes, in pixels."""

TOUCH = 6.0
"""A wire that keeps this far from a node, in pixels, runs free."""

NEARBY = 320.0
"""How far above and below its ports a wire's lane is looked for first, in pixels."""

Numbers = np.ndarray[Any, np.dtype[np.float64]]


@attrs.frozen(eq=False, slots=False)
class Cards:
    """Sides of all nodes' cards; ``sides`` has a row each for left, top, right and bottom."""

    sides: Numbers

    @cached_property
    def left(self) -> Numbers:
        """By number of node, as all sides are."""
        side: Numbers = self.sides[0]
        return side

    @cached_property
    def top(self) -> Numbers:
        """The smaller of the heights."""
        side: Numbers = self.sides[1]
        return side

    @cached_property
    def right(self) -> Numbers:
        """Where wires leave."""
        side: Numbers = self.sides[2]
        return side

    @cached_property
    def bottom(self) -> Numbers:
        """The larger of the heights."""
        side: Numbers = self.sides[3]
        return side

    def within(self, first: float, last: float, top: float, bottom: float) -> Numbers:
        """Sides of the cards that reach into this rectangle."""
        near = (self.left < last) & (self.right > first) & (self.top < bottom) & (self.bottom > top)
        return self.sides.take(np.flatnonzero(near), axis=1)


@attrs.frozen
class Lane:
    """A straight piece of way across the cards' columns."""

    first: float
    last: float
    y: float
