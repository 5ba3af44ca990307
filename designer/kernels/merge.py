"""Sums and concatenations of several arrays."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.elementwise import copy, each_value, empty_like
from designer.kernels.runtime.threads import checkpoint_part


def add(inputs: Sequence[Array], out: Array | None = None) -> Array:
    """Return the sum of arrays of one shape, added up from left to right; `out` may be the first of them."""
    out = empty_like(inputs[0]) if out is None else out

    def work(target: Array, first: Array, second: Array, *further: Array) -> None:
        np.add(first, second, out=target)
        for part in further:
            np.add(target, part, out=target)

    each_value(work, out, *inputs)
    return out


def concatenate(inputs: Sequence[Array], out: Array | None = None, axis: int = 1) -> Array:
    """Return arrays ``(N, C, *spatial)`` one after the other along the channels, or another axis but the first.

    Parameters
    ----------
    out
        Where they are put. An input that is the part of `out` where it belongs is there already.
    """
    if out is None:
        first = inputs[0].shape
        shape = (*first[:axis], sum(array.shape[axis] for array in inputs), *first[axis + 1 :])
        out = np.empty(shape, dtype=inputs[0].dtype)
    ends = list(accumulate(array.shape[axis] for array in inputs))
    lead = (slice(None),) * axis
    for index, (array, end) in enumerate(zip(inputs, ends, strict=True)):
        place = out[(*lead, slice(end - array.shape[axis], end))]
        if place.strides == array.strides and place.ctypes.data == array.ctypes.data:
            continue
        with checkpoint_part(index, len(inputs)):
            copy(array, place)
    return out
