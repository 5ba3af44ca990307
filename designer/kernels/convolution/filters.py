"""The weights of a convolution, as all its algorithms take them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.convolution.derived_weights import Derived, derived
from designer.kernels.runtime.threads import run_tiles

VALUES_AT_ONCE = 1 << 16
"""Weights that are turned around at a time: 256 KB read and as much written fill a second-level cache of 512 KB."""


@dataclass(frozen=True)
class Filters:
    """A bank of filters: `weight` ``(filters, C / groups, *kernel)``, `bias` ``(filters,)`` or none.

    Each of the `groups` runs of channels is convolved with its own run of filters.
    """

    weight: Array
    bias: Array | None
    groups: int

    @property
    def per_group(self) -> tuple[int, int]:
        """Groups, and filters in each of them."""
        return self.groups, self.weight.shape[0] // self.groups

    def offset(self) -> Array | None:
        """Return the bias shaped ``(groups, filters / groups, 1, 1…)``."""
        ones = (1,) * (self.weight.ndim - 2)
        return None if self.bias is None else self.bias.reshape(*self.per_group, *ones)


def weight_rows(weight: Array, bias: Array | None = None) -> Derived:
    """Return ``(filters, C, *kernel)`` as ``(taps · C, filters)``; a bias ``(filters,)`` becomes one more row.

    A column holds the weights of a filter in the order of a window whose channels are adjacent.
    """
    origins = (weight,) if bias is None else (weight, bias)
    return derived("rows", origins, lambda: _rows(weight, bias))


def _rows(weight: Array, bias: Array | None) -> Array:
    filters, channels = weight.shape[:2]
    taps = prod(weight.shape[2:])
    matrix = np.empty((taps * channels + (bias is not None), filters), weight.dtype)
    if bias is not None:
        matrix[-1] = bias
    by_channel = matrix[: taps * channels].reshape(taps, channels, filters).swapaxes(0, 1)
    runs = list(even_runs(channels, max(1, VALUES_AT_ONCE // max(1, taps * filters))))

    def work(index: int) -> None:
        run = runs[index]
        by_channel[run] = weight[:, run].reshape(filters, -1).T.reshape(-1, taps, filters)

    run_tiles(work, len(runs))
    return matrix
