"""The weights of a convolution, as all its algorithms take them."""

from __future__ import annotations

from dataclasses import dataclass

from designer.kernels.arrays import Array


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
