"""The arrays of the kernels: their type, and memory for large ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from designer.kernels.runtime.threads import checkpoint

Array: TypeAlias = NDArray[Any]
"""A floating-point array, laid out ``(N, C, *spatial)`` unless a function says otherwise."""

Index: TypeAlias = tuple[Any, ...]
"""One index or slice per axis, for arrays whose rank is not known when the code is written."""

RESERVE_BYTES = 1 << 24
"""Memory asked of the system between two checkpoints: 4096 pages of 4 KB, a few ms, where there are no larger ones."""

PAGE_BYTES = 1 << 12
"""The smallest page of the processors that NumPy is built for."""


def reserve(
    shape: tuple[int, ...], dtype: DTypeLike, make: Callable[[tuple[int, ...], DTypeLike], Array] = np.empty
) -> Array:
    """Return an uninitialised array, or one of zeros, whose memory the system has handed out, checkpoints passed.

    The system hands out memory in pages, up to 2 MB each, when they are first written. A tile that writes a
    strip of every channel would wait for nearly all pages of a large result at once.
    """
    array = make(shape, dtype)
    if array.nbytes > RESERVE_BYTES:
        cells = array.reshape(-1)
        step = RESERVE_BYTES // array.itemsize
        for start in range(0, cells.size, step):
            cells[start : start + step : PAGE_BYTES // array.itemsize] = 0
            checkpoint(0.0)
    return array
