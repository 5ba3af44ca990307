"""Batch normalisation."""

from __future__ import annotations

import numpy as np

from designer.kernels.arrays import Array
from designer.kernels.blocks import channel_blocks
from designer.kernels.threads import run_tiles


def batch_norm(
    x: Array, weight: Array, bias: Array, running_mean: Array, running_var: Array, *, epsilon: float
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

    References
    ----------
    Ioffe & Szegedy (2015), "Batch normalization", algorithm 2.
    """
    per_channel = (x.shape[1],) + (1,) * (x.ndim - 2)
    with np.errstate(all="ignore"):
        slope = weight.astype(np.float64) / np.sqrt(running_var.astype(np.float64) + epsilon)
        factor = slope.astype(x.dtype).reshape(per_channel)
        term = (bias - running_mean * slope).astype(x.dtype).reshape(per_channel)
    out = np.empty(x.shape, dtype=x.dtype)
    blocks = channel_blocks(x)

    def work(index: int) -> None:
        image, channels = blocks[index]
        part = out[image, channels]
        np.multiply(x[image, channels], factor[channels], out=part)
        part += term[channels]

    run_tiles(work, len(blocks))
    return out
