"""Where a window operation reads: the geometry that all convolution algorithms share."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from designer.kernels.arrays import Array
from designer.kernels.blocks import Block
from designer.kernels.windows import padded_patch


@dataclass(frozen=True)
class Sampling:
    """Output cell `i` of an axis reads the input cells ``origin + i * stride + tap * dilation``.

    Cells outside the input are zero. Every field has one number per spatial axis; `origin` is minus the
    padding before the image, and `out` the number of output cells.
    """

    origin: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    out: tuple[int, ...]

    @property
    def taps(self) -> int:
        """Cells under one window."""
        return prod(self.kernel)

    @property
    def cells(self) -> int:
        """Output cells of one channel."""
        return prod(self.out)

    def is_identity(self, spatial: tuple[int, ...]) -> bool:
        """Tell whether every output cell reads just the input cell in its own place."""
        one = (1,) * len(spatial)
        return self.kernel == one == self.stride and not any(self.origin) and self.out == spatial

    def patch(self, image: Array, block: Block) -> Array:
        """Return what a block of output cells reads of ``(C, *spatial)``, zeros outside; never write to it."""
        axes = list(zip(self.origin, block, self.kernel, self.stride, self.dilation, strict=True))
        starts = [origin + run.start * step for origin, run, _, step, _ in axes]
        stops = [
            origin + (run.stop - 1) * step + (taps - 1) * spread + 1
            for origin, run, taps, step, spread in axes
        ]
        return padded_patch(image, starts, stops)
