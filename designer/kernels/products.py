"""Products of two computed arrays: matrix products, and the attention that is made of two of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt

import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.tiles import TILE_MACS, WAKING_MACS, cell_blocks, even_runs
from designer.kernels.runtime.threads import core_count, run_tiles

TILE_SCORES = 1 << 17
"""Scores of a tile of attention: with their exponentials they stay in the second-level cache."""


def products(a: Array, b: Array, scale: float = 1.0, out: Array | None = None) -> Array:
    """Return ``scale · a @ b`` of stacks of matrices ``(…, m, k)`` and ``(…, k, n)``, of any memory layout."""
    shape = (*a.shape[:-1], b.shape[-1])
    out = np.empty(shape, a.dtype) if out is None else out
    depth = max(1, a.shape[-1])
    longest = TILE_MACS // depth
    whole = prod(shape) * depth <= WAKING_MACS
    if not whole:
        longest = min(longest, -(-prod(shape) // core_count()))
    tiles = cell_blocks(shape, longest)

    def work(index: int) -> None:
        *stack, rows, columns = tiles[index]
        left, right = a[(*stack, rows)], b[(*stack, slice(None), columns)]
        part = out[tiles[index]]
        np.matmul(_plain(left), _plain(right), out=part)
        if scale != 1:
            np.multiply(part, part.dtype.type(scale), out=part)

    run_tiles(work, len(tiles), 1 if whole else None)
    return out


def _plain(matrices: Array) -> Array:
    """The matrices as BLAS takes them: it steps by one value along one of both axes."""
    steps = matrices.strides[-2:]
    return matrices if matrices.itemsize in steps else np.ascontiguousarray(matrices)


def attention(query: Array, key: Array, value: Array, heads: int, out: Array | None = None) -> Array:
    """Return ``softmax(Q · Kᵀ / √d) · V`` of each head, heads side by side.

    Parameters
    ----------
    query, key, value
        Arrays ``(N, rows, heads · d)``, ``(N, others, heads · d)`` and ``(N, others, heads · e)``.
    out
        Array ``(N, rows, heads · e)``.
    """
    out = np.empty((*query.shape[:2], value.shape[2]), query.dtype) if out is None else out
    q, k, v, target = (split_heads(array, heads) for array in (query, key, value, out))
    runs = _runs(q, k)
    tiles = [(image, head, run) for image in range(q.shape[0]) for head in range(heads) for run in runs]

    def work(index: int) -> None:
        image, head, run = tiles[index]
        shares = _shares(q[image, head, run], k[image, head])
        np.matmul(shares, _plain(v[image, head]), out=target[image, head, run])

    run_tiles(work, len(tiles), 1 if _macs(q, k, v) <= WAKING_MACS else None)
    return out


def attention_gradients(
    query: Array, key: Array, value: Array, gradient: Array, heads: int
) -> tuple[Array, Array, Array]:
    """Return the gradients of query, key and value; the shares are computed again, a few rows at a time."""
    found = tuple(np.zeros(array.shape, array.dtype) for array in (query, key, value))
    q, k, v, g = (split_heads(array, heads) for array in (query, key, value, gradient))
    of_q, of_k, of_v = (split_heads(array, heads) for array in found)
    scale = q.dtype.type(1 / sqrt(q.shape[-1]))
    runs = _runs(q, k)

    def work(index: int) -> None:
        place = divmod(index, heads)
        keys, values = _plain(k[place]), _plain(v[place])
        for run in runs:
            rows = _plain(q[place][run])
            shares, top = _shares(rows, keys), _plain(g[place][run])
            of_v[place] += np.matmul(shares.T, top)
            inner = np.matmul(top, values.T)
            inner -= np.einsum("ij,ij->i", inner, shares)[:, np.newaxis]
            inner *= shares
            inner *= scale
            np.matmul(inner, keys, out=of_q[place][run])
            of_k[place] += np.matmul(inner.T, rows)

    run_tiles(work, q.shape[0] * heads, 1 if _macs(q, k, v) <= WAKING_MACS else None)
    return found[0], found[1], found[2]


def split_heads(rows: Array, heads: int) -> Array:
    """View ``(N, rows, heads · d)`` as ``(N, heads, rows, d)``."""
    images, count, features = rows.shape
    steps = rows.strides
    each = features // heads
    # Written by its strides: reshaping copies where rows are adjacent in memory.
    return np.lib.stride_tricks.as_strided(
        rows, (images, heads, count, each), (steps[0], steps[2] * each, steps[1], steps[2])
    )


def _runs(q: Array, k: Array) -> Sequence[slice]:
    """Cut the rows of the query."""
    others, depth = k.shape[2:]
    longest = min(TILE_SCORES // max(1, others), TILE_MACS // max(1, 2 * others * depth))
    return list(even_runs(q.shape[2], max(1, longest)))


def _macs(q: Array, k: Array, v: Array) -> int:
    return int(q.size * k.shape[2] + q.size // max(1, q.shape[3]) * k.shape[2] * v.shape[3])


def _shares(rows: Array, keys: Array) -> Array:
    """How much of every value each row takes: they add up to one."""
    shares: Array = np.matmul(_plain(rows), _plain(keys).T)
    shares *= shares.dtype.type(1 / sqrt(rows.shape[-1]))
    shares -= shares.max(axis=-1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=-1, keepdims=True)
    return shares
