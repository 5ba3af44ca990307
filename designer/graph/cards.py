"""What wires keep clear of: the sides of the nodes' cards, and the lanes of other wires."""

from __future__ import annotations

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
Flags = np.ndarray[Any, np.dtype[np.bool_]]


@attrs.frozen(eq=False)
class Cards:
    """Sides of all nodes' cards."""

    left: Numbers
    top: Numbers
    right: Numbers
    bottom: Numbers

    def between(self, first: float, last: float) -> Flags:
        """Which cards reach into this stretch of the flow."""
        inside: Flags = (self.left < last) & (self.right > first)
        return inside


@attrs.frozen
class Lane:
    """A straight piece of way across the cards' columns."""

    first: float
    last: float
    y: float
