"""Where a window operation reads: the geometry shared by all algorithms of convolution and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import Block
from designer.kernels.arrays.windows import output_size, padded_patch, sliding_windows


@dataclass(frozen=True)
class Sampling:
    """Output cell `i` of an axis reads the input cells ``origin + i * stride + tap * dilation``.

    Cells outside the input are padding. Every field has one number per spatial axis; `origin` is minus the
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

    @property
    def whole(self) -> Block:
        """The block of all output cells."""
        return tuple(slice(0, size) for size in self.out)

    def is_identity(self, spatial: tuple[int, ...]) -> bool:
        """Tell whether every output cell reads just the input cell in its own place."""
        one = (1,) * len(spatial)
        return self.kernel == one == self.stride and not any(self.origin) and self.out == spatial

    def patch(self, channels: Array, block: Block, fill: float = 0.0) -> Array:
        """Return what a block of output cells reads of ``(…, *spatial)``, `fill` outside of it.

        May be a view of `channels`: never write to it.
        """
        axes = list(zip(self.origin, block, self.kernel, self.stride, self.dilation, strict=True))
        starts = [origin + run.start * step for origin, run, _, step, _ in axes]
        stops = [origin + (run.stop - 1) * step + (taps - 1) * spread + 1 for origin, run, taps, step, spread in axes]
        return padded_patch(channels, starts, stops, fill)

    def windows(self, channels: Array, block: Block) -> Array:
        """Return the windows of a block of output cells, zero-padded: read-only ``(…, *cells, *kernel)``."""
        return sliding_windows(self.patch(channels, block), self.kernel, self.stride, self.dilation)


def forward_sampling(
    spatial: Sequence[int],
    kernel: Sequence[int],
    *,
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int],
    ceil_mode: bool = False,
) -> Sampling:
    """Return the sampling of a convolution or pooling over an image of `spatial` cells.

    Raises
    ------
    ValueError
        The window does not fit, or the ranks differ.
    """
    axes = zip(spatial, kernel, stride, padding, dilation, strict=True)
    out = tuple(output_size(*axis, ceil_mode) for axis in axes)
    if min(out) < 1:
        raise ValueError(f"a window of {tuple(kernel)} does not fit into {tuple(spatial)} padded by {padding}")
    origin = tuple(-before for before, _ in padding)
    return Sampling(origin, tuple(kernel), tuple(stride), tuple(dilation), out)
