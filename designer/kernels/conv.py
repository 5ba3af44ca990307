"""Convolution and transposed convolution, any spatial rank.

The first is done by what `prepared` chooses, the second by the matrix products of `im2col`, by way of `transposed`.
"""

from __future__ import annotations

from collections.abc import Sequence

from designer.kernels.arrays.memory import Array
from designer.kernels.convolution.prepared import prepare_weights
from designer.kernels.convolution.transposed import convolve_residues
from designer.kernels.convolution.weights import Filters
from designer.kernels.runtime.threads import checkpoint_part

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
    precise: bool = False,
    out: Array | None = None,
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
    precise
        Whether to do without the algorithms that round more than a plain sum of products.
    out
        Array to be written, of any memory layout; by default a new one, of the layout that is fastest.

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
    with checkpoint_part(0, 2):
        prepared = prepare_weights(
            filters.weight,
            filters.bias,
            x.shape,
            stride=stride,
            padding=padding,
            dilation=dilation,
            groups=groups,
            precise=precise,
        )
    with checkpoint_part(1, 2):
        return prepared.run(x, out)


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
    See `designer.kernels.convolution.transposed` for how it is done.
    """
    if weight.shape[0] % groups:
        raise ValueError(f"transposed convolution: weights {weight.shape} in {groups} groups")
    filters = _filters(x, swap_channels(weight, groups), bias, groups)
    _check(x, filters, (stride, padding, dilation, output_padding))
    axes = zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, output_padding, strict=True)
    out = tuple((n - 1) * s - p0 - p1 + d * (k - 1) + extra + 1 for n, k, s, (p0, p1), d, extra in axes)
    if min(out) < 1:
        raise ValueError(f"transposed convolution: padding {tuple(padding)} leaves nothing of {x.shape[2:]}")
    return convolve_residues(x, filters, stride=stride, padding=padding, dilation=dilation, out=out)


def swap_channels(weight: Array, groups: int) -> Array:
    """Turn ``(C, filters / groups, *kernel)`` into ``(filters, C / groups, *kernel)``."""
    channels, filters = weight.shape[:2]
    grouped = weight.reshape(groups, channels // groups, filters, *weight.shape[2:])
    return grouped.swapaxes(1, 2).reshape(groups * filters, channels // groups, *weight.shape[2:])


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
