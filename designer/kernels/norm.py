"""Batch normalisation, and in general a scale and a shift for each channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.kernels.arrays.channels_last import channels_last
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.per_channel import PerChannel
from designer.kernels.arrays.tiles import even_runs
from designer.kernels.elementwise import each_cell, empty_like
from designer.kernels.epilogue import Epilogue
from designer.kernels.runtime.stages import Kernel, Scratch, Stage, Whole
from designer.kernels.runtime.threads import run_tiles

VECTOR_VALUES = 1 << 18
"""Channels of images without cells that are scaled at once: 1 MB, as a tile of the element-wise kernels."""


def scale_and_shift(
    weight: Array, bias: Array, running_mean: Array, running_var: Array, epsilon: float
) -> tuple[Array, Array]:
    """Return scale and shift ``(C,)`` in float64: in use, mean and variance are constants.

    ``(x - mean) / sqrt(var + epsilon) * weight + bias`` is ``x * scale + shift``.
    """
    with np.errstate(all="ignore"):
        scale = weight.astype(np.float64) / np.sqrt(running_var.astype(np.float64) + epsilon)
        return scale, np.asarray(bias - running_mean * scale)


def folded(weight: Array, bias: Array | None, scale: Array, shift: Array) -> tuple[Array, Array]:
    """Return weights ``(filters, …)`` and bias of the layer that scales and shifts its own output."""
    with np.errstate(all="ignore"):
        factors = scale.reshape(-1, *(1,) * (weight.ndim - 1)).astype(weight.dtype)
        moved = shift if bias is None else bias * scale + shift
    return weight * factors, moved.astype(weight.dtype)


class ScaleShift(Kernel):
    """``x * scale + shift`` per channel.

    Parameters
    ----------
    scale, shift
        Arrays ``(C,)`` of the type of the images.
    """

    name = "scale and shift"

    def __init__(self, scale: Array, shift: Array) -> None:
        self._scale, self._shift = PerChannel(scale), PerChannel(shift)

    def empty(self, x: Array) -> Array:
        """As the images."""
        return empty_like(x)

    def stages(self, x: Array, out: Array, epilogue: Epilogue, scratch: Scratch) -> Sequence[Stage]:
        """Scale and shift ``(N, C, *spatial)``; `out` may be `x`."""
        return [Whole(lambda: self._scale_cells(x, out, epilogue))]

    def _scale_cells(self, x: Array, out: Array, epilogue: Epilogue) -> None:
        arrays = [x, out, *(() if epilogue.residual is None else (epilogue.residual,))]
        if x.ndim == 2 and x.shape[1] > VECTOR_VALUES:
            self._run_vectors(arrays, epilogue)
            return
        turned = [channels_last(array) for array in arrays]
        if all(array.flags.c_contiguous for array in turned):
            # A row of cells at a time, its scale repeated: the inner loop is then as long as the row.
            cells = x.size // max(1, x.shape[1])
            scale, shift = self._scale.row(cells), self._shift.row(cells)
            arrays = [array.reshape(1, -1, scale.size).swapaxes(1, 2) for array in turned]
        else:
            scale, shift = self._scale.values, self._shift.values

        def work(part: Array, target: Array, residual: Array | None = None) -> None:
            np.multiply(part, scale, out=target)
            epilogue.apply(target, shift, residual)

        each_cell(work, *arrays)

    def _run_vectors(self, arrays: list[Array], epilogue: Epilogue) -> None:
        """Scale and shift ``(N, C)`` of so many channels that one image is more than a tile."""
        runs = list(even_runs(self._scale.values.size, VECTOR_VALUES))

        def work(index: int) -> None:
            run = runs[index]
            part, target, *residual = (array[:, run] for array in arrays)
            np.multiply(part, self._scale.values[run], out=target)
            epilogue.apply(target, self._shift.values[run], *residual)

        run_tiles(work, len(runs))


def batch_norm(
    x: Array,
    weight: Array,
    bias: Array,
    running_mean: Array,
    running_var: Array,
    *,
    epsilon: float,
    out: Array | None = None,
) -> Array:
    """Return ``(x - mean) / sqrt(var + epsilon) * weight + bias`` per channel, with the running statistics.

    Inference mode: mean and variance are constants, so each channel is one multiply-add.

    Parameters
    ----------
    x
        Array ``(N, C, *spatial)``.
    weight, bias, running_mean, running_var
        Arrays ``(C,)``.
    epsilon
        Added to the variance.
    out
        Array to be written; may be `x`.

    References
    ----------
    Ioffe & Szegedy (2015), "Batch normalization", algorithm 2.
    """
    scale, shift = scale_and_shift(weight, bias, running_mean, running_var, epsilon)
    with np.errstate(all="ignore"):
        kernel = ScaleShift(scale.astype(x.dtype), shift.astype(x.dtype))
    return kernel.run(x, out)
