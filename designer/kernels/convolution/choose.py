"""Which algorithm computes a convolution: a rule on its shape alone, the same way for the same shape, always."""

from __future__ import annotations

from enum import Enum
from math import prod

from designer.kernels.arrays.windows import Sampling
from designer.kernels.convolution.winograd_cuts import MANY_TILES


class Algorithm(Enum):
    """A way to compute a convolution."""

    ROWS = "im2row"
    WINOGRAD_2 = "winograd 2"
    WINOGRAD_4 = "winograd 4"
    DEPTHWISE = "depthwise"
    COLUMNS = "im2col"


WINOGRAD_CHANNELS = 64
"""Fewest channels and filters for which the products saved outweigh the transforms: from 32 or 48 on SqueezeNet takes
8.5 ms instead of 7 (docs/engine.md, What was tried); from 128 on the layers concerned take half as long again
(Constants)."""

SMALL_SIDE = 8
"""Output rows or columns up to which tiles of 4 x 4 would hang over the edge too far: of sides of 5, 6 and 7 by 61, 44
and 23 % of their cells. Measured (docs/engine.md, Constants), as are the two below, which trade time for memory."""

FEW_TILES = 16
"""Tiles of 4 x 4 so few that their weights would have to be kept transformed, 36/9 of what they are."""

LARGE_BANK = 1 << 16
"""Channels times filters above which that is too much, and tiles of 2 x 2 do nearly as well without."""


def choose(
    weight_shape: tuple[int, ...], images: int, sampling: Sampling, *, groups: int = 1, precise: bool = False
) -> Algorithm:
    """Return the fastest algorithm for a shape, as measured on two cores with NumPy's own BLAS.

    Parameters
    ----------
    weight_shape
        Shape ``(filters, C / groups, *kernel)``.
    images
        Images in the batch.
    sampling
        Kernel, stride, dilation and output size.
    groups
        Number of channel groups.
    precise
        Whether to do without Winograd's tiles, whose rounding error is some ten times that of a plain sum.
    """
    filters, channels = weight_shape[:2]
    if len(sampling.out) != 2:
        return Algorithm.COLUMNS
    if groups > 1:
        return Algorithm.DEPTHWISE if channels == 1 and filters == groups else Algorithm.COLUMNS
    plain = sampling.stride == (1, 1) == sampling.dilation
    if precise or not plain or sampling.kernel != (3, 3) or min(filters, channels) < WINOGRAD_CHANNELS:
        return Algorithm.ROWS
    if channels * filters <= WINOGRAD_CHANNELS * 4 * WINOGRAD_CHANNELS and sampling.cells * images < 256:
        return Algorithm.ROWS
    tiles = {side: images * prod(-(-cells // side) for cells in sampling.out) for side in (2, 4)}
    streamed = tiles[4] <= FEW_TILES and tiles[2] >= MANY_TILES and channels * filters > LARGE_BANK
    return Algorithm.WINOGRAD_2 if max(sampling.out) <= SMALL_SIDE or streamed else Algorithm.WINOGRAD_4
