"""Numbers of the channels: biases, scales, shifts."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays.memory import Array

LONG_ROW = 1 << 12
"""Values beyond which NumPy combines a row with each row of an array at full speed: in half to a third of the time that
short rows take (docs/engine.md, What was tried)."""


class PerChannel:
    """A number for each channel, repeated for as many cells as make a row long.

    Parameters
    ----------
    values
        Array ``(C,)``.
    """

    def __init__(self, values: Array) -> None:
        self.values = values
        self._rows: dict[int, Array] = {}

    def row(self, cells: int) -> Array:
        """Return the numbers, repeated for a number of cells that divides `cells`."""
        channels = max(1, self.values.size)
        if channels > LONG_ROW:
            return self.values
        count = 1
        # Not always is there a divisor close by; rows of eight times as many values still take only 128 KB.
        for found in range(1, min(cells, 8 * LONG_ROW // channels) + 1):
            if cells % found == 0:
                count = found
                if found * channels > LONG_ROW:
                    break
        kept = self._rows.get(count)
        if kept is None:
            kept = self._rows[count] = np.tile(self.values, count)
        return kept
