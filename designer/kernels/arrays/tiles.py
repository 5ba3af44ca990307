"""How work is cut into tiles: runs of channels, runs of output cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from designer.kernels.arrays.memory import Array

TILE_BYTES = 1 << 20
"""What one tile of an element-wise kernel reads.

Larger tiles leave the second-level cache, smaller ones spend their time waking threads: two threads that
call NumPy every few microseconds wait for the interpreter lock more than they compute."""

TILE_MACS = 1 << 28
"""Most multiply-adds of a product between two checkpoints: 6 ms at 92 GFLOP/s (docs/engine.md), which bounds how long a
cancellation waits."""

WAKING_MACS = 1_000_000
"""What a thread multiplies, at 92 GFLOP/s, in the 22 µs in which it wakes another: what is less is done alone."""

Block = tuple[slice, ...]


def channel_blocks(x: Array, budget: int = TILE_BYTES) -> list[tuple[int, slice]]:
    """Cut ``(N, C, *spatial)`` into (image, channels) tiles of about `budget` bytes, at least one channel."""
    images, channels = x.shape[:2]
    per_channel = max(1, x[:1, :1].size * x.itemsize)
    return [(image, run) for image in range(images) for run in even_runs(channels, max(1, budget // per_channel))]


def even_runs(size: int, longest: int) -> Iterator[slice]:
    """Cut ``range(size)`` into the fewest runs no longer than `longest`, all of nearly the same length."""
    count = -(-size // max(1, longest))
    for index in range(count):
        yield slice(index * size // count, (index + 1) * size // count)


def cell_blocks(out: Sequence[int], longest: int) -> list[Block]:
    """Cut a spatial grid into blocks of at most `longest` cells that are one run in memory.

    The last axes are whole, one axis is cut, and the axes before it have length 1: a run of rows when a
    row is short enough, else pieces of one row.
    """
    longest = max(1, longest)
    inner = 1
    runs: list[list[slice]] = []
    for size in reversed(out):
        runs.insert(0, list(even_runs(size, longest // inner)))
        inner = inner * size if inner * size <= longest else longest
    return list(product(*runs))


def flat_run(block: Block, out: Sequence[int]) -> slice:
    """Return the cells of a block of `cell_blocks` as one slice of the flattened grid."""
    first = last = 0
    for run, size in zip(block, out, strict=True):
        first = first * size + run.start
        last = last * size + run.stop - 1
    return slice(first, last + 1)
