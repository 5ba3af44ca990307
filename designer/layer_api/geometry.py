"""Shapes and sliding windows: the arithmetic every windowed layer shares.

A shape is ``(channels, *spatial)`` or ``(features,)``; the batch is left out everywhere. What a dense layer takes for
``(rows, features)`` is to all others channels and a length.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property

import attrs

from designer.kernels.arrays.windows import output_size

Shape = tuple[int, ...]
AxisPadding = tuple[int, int]
"""Cells added before and after one axis."""

Padding = tuple[AxisPadding, ...]
Region = tuple[tuple[int, int], ...]
"""First and last cell (both inclusive) per spatial axis; may reach outside the map, into its padding."""


@attrs.frozen(slots=False)
class Window:
    """A window sliding over every spatial axis; one entry per axis.

    ``padding`` is what is added before and after each axis; ``ceil_mode`` rounds the number of stops up, as pooling
    layers may (PyTorch's rule: the last window may not start in the far padding).
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Padding
    dilation: tuple[int, ...]
    ceil_mode: bool = False

    @classmethod
    def cell(cls, rank: int) -> Window:
        """The window of a layer whose output cell sees exactly its own input cell."""
        return cls((1,) * rank, (1,) * rank, ((0, 0),) * rank, (1,) * rank)

    @classmethod
    def everything(cls, sizes: tuple[int, ...]) -> Window:
        """The window of a layer whose single output cell sees the whole input of these spatial sizes."""
        rank = len(sizes)
        return cls(sizes, (1,) * rank, ((0, 0),) * rank, (1,) * rank)

    @cached_property
    def is_cell(self) -> bool:
        """Whether an output cell sees exactly its own input cell."""
        return self == Window.cell(len(self.kernel))

    @cached_property
    def reach(self) -> tuple[int, ...]:
        """Cells from the first tap of the dilated kernel to the last, per axis: 0 where there is one."""
        return tuple([d * (k - 1) for k, d in zip(self.kernel, self.dilation, strict=True)])

    @cached_property
    def before(self) -> tuple[int, ...]:
        """Padding before each axis."""
        return tuple([before for before, _after in self.padding])

    def output_sizes(self, sizes: tuple[int, ...]) -> tuple[int, ...]:
        """Number of stops per axis over an input of ``sizes``; 0 or less where the window does not fit."""
        return tuple(
            output_size(size, kernel, stride, padding, dilation, self.ceil_mode)
            for size, kernel, stride, padding, dilation in zip(
                sizes, self.kernel, self.stride, self.padding, self.dilation, strict=True
            )
        )

    def extents(self) -> tuple[int, ...]:
        """Cells from the first to the last tap of the dilated kernel, per axis."""
        return tuple(reach + 1 for reach in self.reach)

    def reads(self, region: Region) -> Region:
        """Input cells (possibly in the padding) from which the output cells of ``region`` are computed."""
        return tuple(
            (first * stride - before, last * stride - before + extent - 1)
            for (first, last), stride, (before, _after), extent in zip(
                region, self.stride, self.padding, self.extents(), strict=True
            )
        )


@attrs.frozen
class AxisPattern:
    """What the cells along one axis read of the input, where it is not one sliding window: it repeats after some cells.

    ``reads`` are the first and last input cell that each cell of a period reads, as if the input had no borders; the
    next period reads the same, ``advance`` cells further on. A cell that ends before it begins reads nothing.
    """

    reads: tuple[tuple[int, int], ...]
    advance: int


Pattern = tuple[AxisPattern, ...]
"""One for each spatial axis."""


def shape_text(shape: Shape) -> str:
    """A shape as people write it: ``64×28×28``."""
    return "×".join(str(size) for size in shape)


def axes_text(values: tuple[int | Fraction, ...]) -> str:
    """Per-axis values as people write them: ``5×5``."""
    return "×".join(str(value) for value in values)


def whole(sizes: tuple[int, ...]) -> Region:
    """The region covering a map of these spatial sizes."""
    return tuple((0, size - 1) for size in sizes)
