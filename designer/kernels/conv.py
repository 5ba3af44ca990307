"""Convolution and transposed convolution, any spatial rank.

`convolve` and `transposed_convolve` check what they are given and choose an algorithm; the algorithms are
in `im2col` and `depthwise`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import gcd

import numpy as np

from designer.kernels.arrays import Array, Index
from designer.kernels.depthwise import convolve_depthwise
from designer.kernels.filters import Filters
from designer.kernels.im2col import convolve_columns
from designer.kernels.sampling import Sampling, forward_sampling
from designer.kernels.threads import checkpoint_part

Padding = Sequence[tuple[int, int]]


def convolve(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int],
    groups: int = 1,
) -> Array:
    """Slide every filter over the zero-padded input (cross-correlation, as all networks define it).

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    weight, bias
        Arrays ``(out, C / groups, *kernel)`` and ``(out,)``.
    stride, dilation
        One number per spatial axis.
    padding
        One (before, after) pair per spatial axis.
    groups
        Number of channel groups, each convolved by itself.

    Returns
    -------
    Array ``(N, out, *spatial)`` with the sizes of `output_size`.

    Raises
    ------
    ValueError
        Shapes that do not match, or a window that does not fit.
    """
    filters = _filters(x, weight, bias, groups)
    _check(x, filters, (stride, padding, dilation))
    sampling = forward_sampling(x.shape[2:], weight.shape[2:], stride=stride, padding=padding, dilation=dilation)
    result = np.empty((x.shape[0], weight.shape[0], *sampling.out), dtype=x.dtype)
    _correlate(x, filters, sampling, result)
    return result


def transposed_convolve(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    *,
    stride: Sequence[int],
    padding: Padding,
    dilation: Sequence[int],
    output_padding: Sequence[int],
    groups: int = 1,
) -> Array:
    """Let every input cell stamp its filter onto the output: the adjoint of `convolve`.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    weight, bias
        Arrays ``(C, out / groups, *kernel)`` and ``(out,)``.
    stride, dilation
        One number per spatial axis, those of the convolution that this one reverses.
    padding
        One (before, after) pair per spatial axis, cut off the output.
    output_padding
        Cells added at the far side of each axis.
    groups
        Number of channel groups, each convolved by itself.

    Returns
    -------
    Array ``(N, out, *spatial)`` of ``(in - 1) * stride - before - after + dilation * (kernel - 1) +
    output_padding + 1`` cells per axis.

    Raises
    ------
    ValueError
        Shapes that do not match, or nothing left of the output.

    Notes
    -----
    The output cells of one residue modulo the stride see a fixed subset of the taps, so each residue is an
    ordinary convolution with stride 1 (Dumoulin & Visin 2016, section 4; the "sub-pixel" form of Shi et
    al. 2016). Nothing is scattered, hence tiles never write to the same cell.
    """
    if weight.shape[0] % groups:
        raise ValueError(f"transposed convolution: weights {weight.shape} in {groups} groups")
    filters = _filters(x, _swap_channels(weight, groups), bias, groups)
    _check(x, filters, (stride, padding, dilation, output_padding))
    axes = zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, output_padding, strict=True)
    out = tuple((n - 1) * s - p0 - p1 + d * (k - 1) + extra + 1 for n, k, s, (p0, p1), d, extra in axes)
    if min(out) < 1:
        raise ValueError(f"transposed convolution: padding {tuple(padding)} leaves nothing of {x.shape[2:]}")
    result = np.empty((x.shape[0], filters.weight.shape[0], *out), dtype=x.dtype)
    per_axis = zip(out, weight.shape[2:], stride, padding, dilation, strict=True)
    phases = list(product(*(_axis_phases(n, k, s, before, d) for n, k, s, (before, _), d in per_axis)))
    for index, phase in enumerate(phases):
        with checkpoint_part(index, len(phases)):
            cells: Index = (..., *(axis.cells for axis in phase))
            _correlate_phase(x, filters, phase, result[cells])
    return result


@dataclass(frozen=True)
class _AxisPhase:
    """The output cells of one residue modulo the stride along one axis, and what they see."""

    cells: slice
    taps: slice
    tap_count: int
    origin: int
    dilation: int


def _axis_phases(size: int, kernel: int, stride: int, before: int, dilation: int) -> list[_AxisPhase]:
    """Split an output axis of a transposed convolution by residue.

    Input cell i meets tap k at the place ``i * stride + k * dilation`` of the uncut output. So the places
    of residue r see the taps with ``k * dilation`` of residue r: every (stride / g)-th one, where g is the
    greatest common divisor of stride and dilation; from one such tap to the next, i goes down by
    dilation / g. Taken from the last tap to the first, that is a convolution with stride 1.
    """
    shared = gcd(stride, dilation)
    step = stride // shared
    phases = []
    for first in range(min(stride, size)):
        place = first + before
        taps = [tap for tap in range(min(kernel, step)) if (place - tap * dilation) % stride == 0]
        start = taps[0] if taps else kernel
        chosen = range(start, kernel, step)
        last = chosen[-1] if chosen else 0
        phases.append(
            _AxisPhase(
                cells=slice(first, None, stride),
                taps=slice(start, None, step),
                tap_count=len(chosen),
                origin=(place - last * dilation) // stride,
                dilation=dilation // shared,
            )
        )
    return phases


def _correlate_phase(x: Array, filters: Filters, phase: Sequence[_AxisPhase], out: Array) -> None:
    """Write the output cells of one phase of a transposed convolution."""
    kernel = tuple(axis.tap_count for axis in phase)
    if 0 in kernel:
        out[...] = 0 if filters.bias is None else filters.bias.reshape(-1, *(1,) * len(phase))
        return
    taps: Index = (..., *(axis.taps for axis in phase))
    backwards = np.flip(filters.weight[taps], tuple(range(2, x.ndim)))
    sampling = Sampling(
        origin=tuple(axis.origin for axis in phase),
        kernel=kernel,
        stride=(1,) * len(phase),
        dilation=tuple(axis.dilation for axis in phase),
        out=out.shape[2:],
    )
    _correlate(x, replace(filters, weight=backwards), sampling, out)


def _swap_channels(weight: Array, groups: int) -> Array:
    """Turn ``(C, filters / groups, *kernel)`` into ``(filters, C / groups, *kernel)``."""
    channels, filters = weight.shape[:2]
    grouped = weight.reshape(groups, channels // groups, filters, *weight.shape[2:])
    return grouped.swapaxes(1, 2).reshape(groups * filters, channels // groups, *weight.shape[2:])


def _correlate(x: Array, filters: Filters, sampling: Sampling, out: Array) -> None:
    """Write the convolution described by `sampling` into `out` with the algorithm that suits it."""
    if filters.groups == x.shape[1]:
        convolve_depthwise(x, filters, sampling, out)
    else:
        convolve_columns(x, filters, sampling, out)


def _filters(x: Array, weight: Array, bias: Array | None, groups: int) -> Filters:
    return Filters(
        weight.astype(x.dtype, copy=False), None if bias is None else bias.astype(x.dtype, copy=False), groups
    )


def _check(x: Array, filters: Filters, per_axis: Sequence[Sequence[object]]) -> None:
    """Refuse arrays and per-axis numbers that do not belong together: they might broadcast into nonsense."""
    weight, bias, groups = filters.weight, filters.bias, filters.groups
    rank = x.ndim - 2
    if weight.ndim != x.ndim or any(len(numbers) != rank for numbers in per_axis):
        raise ValueError(f"convolution: input {x.shape}, weights {weight.shape}, per axis {per_axis}")
    if x.shape[1] != weight.shape[1] * groups or weight.shape[0] % groups:
        raise ValueError(f"convolution: {x.shape[1]} channels, weights {weight.shape}, {groups} groups")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"convolution: {weight.shape[0]} filters, bias {bias.shape}")
