"""Transposed convolution as ordinary convolutions, one for each run of residues modulo the stride.

Input cell i meets tap k at the place ``i * stride + k * dilation`` of the output. Scattering products to
these places would make tiles write to each other's cells. Seen from the output it is a gather: the places of
one residue modulo the stride see a fixed subset of the taps, so they are an ordinary convolution with stride
1 (Dumoulin & Visin 2016, section 4). Neighbouring residues often see the same input cells; they become
further filters of one convolution, which is the "sub-pixel" form of Shi et al. (2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, product
from math import gcd, prod

import numpy as np

from designer.kernels.arrays.memory import Array, Index, reserve
from designer.kernels.arrays.tiles import channel_blocks
from designer.kernels.arrays.windows import Sampling
from designer.kernels.convolution.im2col import convolve_columns
from designer.kernels.convolution.weights import Filters
from designer.kernels.runtime.threads import checkpoint_part, run_tiles


def convolve_residues(
    x: Array,
    filters: Filters,
    *,
    stride: Sequence[int],
    padding: Sequence[tuple[int, int]],
    dilation: Sequence[int],
    out: tuple[int, ...],
) -> Array:
    """Return the transposed convolution ``(N, filters, *out)``.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    filters
        Weights ``(filters, C / groups, *kernel)`` with the taps in the order of the transposed convolution.
    stride, padding, dilation
        As `designer.kernels.conv.transposed_convolve` takes them.
    out
        Cells of the result per axis.
    """
    kernel = filters.weight.shape[2:]
    per_axis = zip(out, kernel, stride, padding, dilation, strict=True)
    runs = list(product(*(_residue_runs(n, k, s, before, d) for n, k, s, (before, _), d in per_axis)))
    # Seen as (N, filters, rows / stride, stride, …), the residues of an axis lie along an axis of their own.
    wholes = tuple(-(-cells // step) for cells, step in zip(out, stride, strict=True))
    split = tuple(n for pair in zip(wholes, stride, strict=True) for n in pair)
    canvas = reserve((x.shape[0], filters.weight.shape[0], *split), x.dtype)
    for index, run in enumerate(runs):
        residues: Index = tuple(n for axis in run for n in (slice(0, axis.cells), axis.residues))
        with checkpoint_part(index, len(runs)):
            _convolve_run(x, filters, run, canvas[(..., *residues)])
    joined = canvas.reshape(*canvas.shape[:2], *(n * step for n, step in zip(wholes, stride, strict=True)))
    inside: Index = (..., *(slice(0, cells) for cells in out))
    return np.ascontiguousarray(joined[inside])


@dataclass(frozen=True)
class _ResidueRun:
    """Neighbouring residues of one axis that see the same input cells.

    `taps` has a row of tap numbers for each residue, in the order in which they meet the input.
    """

    residues: slice
    cells: int
    taps: Array
    origin: int
    dilation: int


def _residue_runs(size: int, kernel: int, stride: int, before: int, dilation: int) -> list[_ResidueRun]:
    """Split an output axis of `size` cells into runs of residues.

    Residue r sees the taps with ``k * dilation`` of residue r: every (stride / g)-th one, where g is the
    greatest common divisor of stride and dilation. From one such tap to the next, the input cell goes down
    by dilation / g, so from the last tap to the first it goes up as in a convolution.
    """
    shared = gcd(stride, dilation)

    def seen(first: int) -> tuple[int, list[int]]:
        """Return the input cell where the window of output cell `first` begins, and its taps."""
        place = first + before
        taps = [tap for tap in reversed(range(kernel)) if (place - tap * dilation) % stride == 0]
        return ((place - taps[0] * dilation) // stride if taps else 0), taps

    views = [(first, *seen(first)) for first in range(min(stride, size))]
    runs = []
    for (origin, _), members in groupby(views, key=lambda view: (view[1], len(view[2]))):
        firsts, _, taps = zip(*members, strict=True)
        runs.append(
            _ResidueRun(
                residues=slice(firsts[0], firsts[-1] + 1),
                cells=-(-(size - firsts[0]) // stride),
                taps=np.array(taps, dtype=np.intp),
                origin=origin,
                dilation=dilation // shared,
            )
        )
    return runs


def _convolve_run(x: Array, filters: Filters, run: Sequence[_ResidueRun], out: Array) -> None:
    """Write one run of residues into `out` ``(N, filters, cells, residues, cells, residues, …)``."""
    rank = len(run)
    if any(axis.taps.size == 0 for axis in run):
        out[...] = 0 if filters.bias is None else filters.bias.reshape(-1, *(1,) * (2 * rank))
        return
    sampling = Sampling(
        origin=tuple(axis.origin for axis in run),
        kernel=tuple(axis.taps.shape[1] for axis in run),
        stride=(1,) * rank,
        dilation=tuple(axis.dilation for axis in run),
        out=tuple(axis.cells for axis in run),
    )
    stacked = _stacked(filters, [axis.taps for axis in run])
    cells = reserve((x.shape[0], stacked.weight.shape[0], *sampling.out), x.dtype)
    with checkpoint_part(0, 2):
        convolve_columns(x, stacked, sampling, cells)
    # (N, filters, residues…, cells…) to (N, filters, cells, residues, …)
    residues_first = cells.reshape(*out.shape[:2], *(axis.taps.shape[0] for axis in run), *sampling.out)
    order = tuple(n for axis in range(rank) for n in (2 + rank + axis, 2 + axis))
    interleaved = residues_first.transpose(0, 1, *order)
    blocks = channel_blocks(interleaved)

    def work(index: int) -> None:
        # Residue by residue, because NumPy walks the innermost axis of `out`, and that is shortest here.
        for residue in range(out.shape[-1]):
            out[blocks[index]][..., residue] = interleaved[blocks[index]][..., residue]

    with checkpoint_part(1, 2):
        run_tiles(work, len(blocks))


def _stacked(filters: Filters, taps: Sequence[Array]) -> Filters:
    """Return for every filter one filter per combination of residues, made of the taps these see.

    `taps` has an array (residues, taps) per axis.
    """
    rank = len(taps)
    grids = [
        axis_taps.reshape(
            *(axis_taps.shape[0] if n == axis else 1 for n in range(rank)),
            *(axis_taps.shape[1] if n == axis else 1 for n in range(rank)),
        )
        for axis, axis_taps in enumerate(taps)
    ]
    under_taps: Index = (slice(None), slice(None), *grids)
    chosen: Array = filters.weight[under_taps]
    # (filters, C, residues…, taps…) to (filters, residues…, C, taps…)
    weight = np.moveaxis(chosen, 1, 1 + rank)
    count = prod(axis_taps.shape[0] for axis_taps in taps)
    return Filters(
        weight.reshape(filters.weight.shape[0] * count, *weight.shape[1 + rank :]),
        None if filters.bias is None else np.repeat(filters.bias, count),
        filters.groups,
    )
