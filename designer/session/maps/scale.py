"""Which value of a map gets which colour."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from designer.i18n import N_, LabelledEnum
from designer.kernels.arrays.memory import Array

Limits = tuple[float, float]
"""The values at the two ends of a colour map."""

MARGIN = 1 / 28
"""Part of each side that sets no scale: one cell of a map of 28 × 28, eight of 224 × 224."""

SMALLEST_CUT = 8
"""Cells along a side from which on a margin is left out; of fewer each counts."""

CLIPPED_SHARE = 0.01
"""Part of the values at either end that sets no scale."""

SAMPLED = 128
"""Rows and columns of large maps that set the scale; more would tell the same, later."""


class Scaling(LabelledEnum):
    """From which value to which the colours go.

    ``CLIPPED``: padding makes the cells along the border of a map far stronger or weaker than all others, and one
    lit cell does the same; were the colours to go that far, the picture itself would be flat. So they do not.
    """

    CLIPPED = (
        "clipped",
        N_("Each map, extremes clipped"),
        N_(
            "Borders made by padding and the outermost 1 % of the values take the end colours;"
            " the numbers of a map stay exact"
        ),
    )
    FULL = "full", N_("Each map, lowest to highest"), N_("Every map uses all colours")
    SHARED = "shared", N_("One scale for all"), N_("One scale for all, so that strong and weak maps can be compared")


def full_range(picture: Array) -> Limits:
    """Lowest and highest finite value; two zeros where there is none."""
    low, high = float(picture.min()), float(picture.max())
    if np.isfinite(low) and np.isfinite(high):
        return low, high
    finite = picture[np.isfinite(picture)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def clipped_range(picture: Array) -> Limits:
    """Lowest and highest value of a picture (H, W) without its margin and without the extremes of what is left.

    The full range where that would be flat: a map that is lit in a few cells only is about these.
    """
    inner = picture[tuple(_without_margin(side) for side in picture.shape)]
    finite = inner[np.isfinite(inner)]
    cut = int(CLIPPED_SHARE * finite.size)
    if finite.size:
        ordered = np.partition(finite, (cut, finite.size - 1 - cut))
        low, high = float(ordered[cut]), float(ordered[finite.size - 1 - cut])
        if low < high:
            return low, high
    return full_range(picture)


def _without_margin(side: int) -> slice:
    margin = max(1, round(MARGIN * side)) if side >= SMALLEST_CUT else 0
    inside = side - 2 * margin
    return slice(margin, side - margin, max(1, inside // SAMPLED))


@attrs.frozen
class Scale:
    """Which value gets which colour of a map of 256: ``low`` the first, ``high`` the last."""

    low: float
    high: float
    diverging: bool = False

    @classmethod
    def over(cls, limits: Limits, *, diverging: bool) -> Scale:
        """The scale for values within ``limits``; a diverging one spreads evenly to both sides of zero."""
        if not diverging:
            return cls(*limits)
        reach = max(abs(limits[0]), abs(limits[1]))
        return cls(-reach, reach, diverging=True)

    def levels(self, values: Array) -> npt.NDArray[np.uint8]:
        """Positions 0 … 255 of finite values, as `designer.interchange.figures.mosaic.colorize` has them."""
        if not self.high > self.low:
            return np.full(values.shape, 128 if self.diverging else 0, np.uint8)
        scaled = np.subtract(values, self.low, dtype=np.float64)
        scaled *= 255.0 / (self.high - self.low)
        levels: npt.NDArray[np.uint8] = np.rint(np.clip(scaled, 0.0, 255.0, out=scaled), out=scaled).astype(np.uint8)
        return levels
