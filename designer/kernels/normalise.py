"""Normalisation by what the values themselves are: mean and variance of a layer, a group or a map; neighbour channels.

Nothing is remembered from training, so that every image is normalised by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from designer.kernels.activation import LONG_ROW
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import TILE_BYTES, cell_blocks
from designer.kernels.elementwise import INLINE_VALUES, each_cell, empty_like
from designer.kernels.runtime.threads import checkpoint_part, run_tiles

LEAST_VARIANCE = 1e-30
"""What a variance and its epsilon are at least, so that their root has an inverse in float32."""

FEW_OFFSETS = 8
"""Neighbours on one side that are added one after the other; of more the sums are differences of running sums."""

SHORT_ROW = 1 << 12
"""Values that are added up in their own type: float32 then loses less than its last four bits."""


def standardise(
    x: Array,
    axes: Sequence[int],
    epsilon: float,
    scale: Array | None = None,
    shift: Array | None = None,
    out: Array | None = None,
) -> Array:
    """Return ``(x − mean) / sqrt(var + epsilon) · scale + shift`` with mean and variance over `axes`.

    Parameters
    ----------
    x
        Array of any axes; the first is that of the images.
    axes
        Which of them are normalised together.
    scale, shift
        Arrays that broadcast to `x`, with as many axes; left out, the values have mean 0 and variance 1.
    out
        Array to be written; may be `x`.

    References
    ----------
    Ba, Kiros and Hinton (2016), "Layer normalization", equation 3.
    """
    out = empty_like(x) if out is None else out
    order, kept = _kept_first(x.ndim, axes)
    source, target = x.transpose(order), out.transpose(order)
    factors, moves = (
        None if array is None else np.broadcast_to(array.astype(x.dtype, copy=False), x.shape).transpose(order)
        for array in (scale, shift)
    )
    if prod(source.shape[kept:]) > LONG_ROW:
        _long_rows(source, target, kept, epsilon, factors, moves)
        return out
    reduced = tuple(range(kept, x.ndim))
    tiles = _row_tiles(source, kept)

    def work(index: int) -> None:
        part, written = source[tiles[index]], target[tiles[index]]
        np.subtract(part, _mean(part, reduced), out=written)
        np.multiply(written, _inverse_deviation(written, reduced, epsilon), out=written)
        if factors is not None:
            np.multiply(written, factors[tiles[index]], out=written)
        if moves is not None:
            np.add(written, moves[tiles[index]], out=written)

    run_tiles(work, len(tiles), 1 if x.size <= INLINE_VALUES else None)
    return out


def standardise_gradient(
    x: Array, gradient: Array, axes: Sequence[int], epsilon: float, scale: Array | None = None
) -> tuple[Array, Array]:
    """Return the gradient of the input of `standardise`, and ``gradient · (x − mean) / sqrt(var + epsilon)``.

    The sum of the second over all places that one value of ``scale`` stands for is the gradient of that value.

    With x̂ the normalised values, g the gradient times scale and means over the axes:
    ``(g − mean(g) − x̂ · mean(g · x̂)) / sqrt(var + epsilon)``.
    """
    result, products = empty_like(x), empty_like(x)
    order, kept = _kept_first(x.ndim, axes)
    source, given, target, product = (array.transpose(order) for array in (x, gradient, result, products))
    factors = None if scale is None else np.broadcast_to(scale.astype(x.dtype), x.shape).transpose(order)
    reduced = tuple(range(kept, x.ndim))
    tiles = _row_tiles(source, kept)

    def work(index: int) -> None:
        tile = tiles[index]
        part, g = source[tile], given[tile]
        normal = part - _mean(part, reduced)
        inverse = _inverse_deviation(normal, reduced, epsilon)
        normal *= inverse
        product[tile] = g * normal
        scaled = g if factors is None else g * factors[tile]
        found = scaled - _mean(scaled, reduced)
        found -= normal * _mean(scaled * normal, reduced)
        np.multiply(found, inverse, out=target[tile])

    run_tiles(work, len(tiles), 1 if x.size <= INLINE_VALUES else None)
    return result, products


def local_response(x: Array, size: int, alpha: float, beta: float, k: float, out: Array | None = None) -> Array:
    """Return ``x / (k + alpha / size · Σ x²)^beta``, the sum over `size` channels around each; `size` is odd.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    out
        Array to be written; may be `x`.

    References
    ----------
    Krizhevsky, Sutskever and Hinton (2012), section 3.3, whose alpha is that of PyTorch and ONNX divided by the size.
    """
    out = empty_like(x) if out is None else out

    def work(part: Array, target: Array) -> None:
        np.multiply(part, _power(_response(part, size, alpha, k), beta), out=target)

    each_cell(work, x, out)
    return out


def local_response_gradient(x: Array, gradient: Array, size: int, alpha: float, beta: float, k: float) -> Array:
    """Return the gradient of the input of `local_response`.

    With d the base of the power: ``g · d^−β − 2αβ/size · x · Σ g · x · d^−(β + 1)``, the sum over the same channels.
    """
    result = empty_like(x)

    def work(part: Array, g: Array, target: Array) -> None:
        base = _response(part, size, alpha, k)
        power = _power(base, beta)
        inner = _neighbour_sums(g * part * power / base, size // 2)
        inner *= part
        inner *= 2 * alpha * beta / size
        np.subtract(g * power, inner, out=target)

    each_cell(work, x, gradient, result)
    return result


def _kept_first(count: int, axes: Sequence[int]) -> tuple[tuple[int, ...], int]:
    """Order of the axes in which those that are normalised together come last, and how many come before them."""
    kept = [axis for axis in range(count) if axis not in axes]
    return (*kept, *sorted(axes)), len(kept)


def _row_tiles(source: Array, kept: int) -> list[tuple[slice, ...]]:
    each = prod(source.shape[kept:]) * source.itemsize
    return cell_blocks(source.shape[:kept], max(1, TILE_BYTES // max(1, each)))


def _is_short_row(part: Array, reduced: tuple[int, ...]) -> bool:
    return len(reduced) == 1 and part.strides[-1] == part.itemsize and part.shape[-1] <= SHORT_ROW


def _mean(part: Array, reduced: tuple[int, ...]) -> Array:
    """Mean over the last axes, which keep one cell each."""
    if _is_short_row(part, reduced):
        # Adjacent in memory, as the channels are: a quarter of the time of `mean`.
        return np.asarray(np.einsum("...i->...", part)[..., np.newaxis] * part.dtype.type(1 / part.shape[-1]))
    return np.asarray(part.mean(axis=reduced, keepdims=True, dtype=np.float64), part.dtype)


def _inverse_deviation(centred: Array, reduced: tuple[int, ...], epsilon: float) -> Array:
    """``1 / sqrt(var + epsilon)`` of values whose mean is 0."""
    if _is_short_row(centred, reduced):
        squares = np.einsum("...i,...i->...", centred, centred)[..., np.newaxis] / centred.shape[-1]
    else:
        squares = np.square(centred).mean(axis=reduced, keepdims=True, dtype=np.float64)
    return np.asarray(1 / np.sqrt(np.maximum(squares + epsilon, LEAST_VARIANCE)), centred.dtype)


def _long_rows(
    source: Array, target: Array, kept: int, epsilon: float, factors: Array | None, moves: Array | None
) -> None:
    """One row after the other, each a tile at a time: mean, variance, and then what is written."""
    tiles = cell_blocks(source.shape[kept:], TILE_BYTES // source.itemsize)
    rows = list(np.ndindex(*source.shape[:kept]))
    count = prod(source.shape[kept:])
    for number, row in enumerate(rows):
        part, written = source[row], target[row]

        def summed(pass_number: int, mean: float, part: Array = part, number: int = number) -> float:
            sums = np.zeros(len(tiles))

            def add_up(index: int) -> None:
                tile = part[tiles[index]]
                values = np.square(tile - part.dtype.type(mean)) if pass_number else tile
                sums[index] = values.sum(dtype=np.float64)

            with checkpoint_part(3 * number + pass_number, 3 * len(rows)):
                run_tiles(add_up, len(tiles))
            return float(sums.sum()) / count

        mean = summed(0, 0.0)
        inverse = 1 / np.sqrt(max(summed(1, mean) + epsilon, LEAST_VARIANCE))

        def write(
            index: int, row: tuple[int, ...] = row, part: Array = part, written: Array = written,
            mean: float = mean, inverse: float = inverse,
        ) -> None:  # fmt: skip
            tile = tiles[index]
            np.subtract(part[tile], part.dtype.type(mean), out=written[tile])
            written[tile] *= part.dtype.type(inverse)
            if factors is not None:
                written[tile] *= factors[row][tile]
            if moves is not None:
                written[tile] += moves[row][tile]

        with checkpoint_part(3 * number + 2, 3 * len(rows)):
            run_tiles(write, len(tiles))


def _response(part: Array, size: int, alpha: float, k: float) -> Array:
    base = _neighbour_sums(np.square(part), size // 2)
    base *= part.dtype.type(alpha / size)
    base += part.dtype.type(k)
    return base


def _power(base: Array, beta: float) -> Array:
    """``base^−beta``; of 3/4, which all published networks have, by two roots in a tenth of the time."""
    if beta == 0.75:
        return np.asarray(1 / np.sqrt(base * np.sqrt(base)))
    return np.asarray(np.power(base, base.dtype.type(-beta)))


def _neighbour_sums(values: Array, reach: int) -> Array:
    """Sums along the last axis over each value and `reach` on both sides of it."""
    channels = values.shape[-1]
    reach = min(reach, channels - 1)
    if reach <= FEW_OFFSETS:
        sums = values.copy()
        for offset in range(1, reach + 1):
            sums[..., offset:] += values[..., :-offset]
            sums[..., :-offset] += values[..., offset:]
        return sums
    running = np.zeros((*values.shape[:-1], channels + 1))
    np.cumsum(values, axis=-1, dtype=np.float64, out=running[..., 1:])
    place = np.arange(channels)
    far, near = np.minimum(place + reach + 1, channels), np.maximum(place - reach, 0)
    return np.asarray(running[..., far] - running[..., near], values.dtype)
