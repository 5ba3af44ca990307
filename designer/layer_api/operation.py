"""What the engine may do with a layer beside calling its ``forward``: one declared value for each layer.

Every one is a claim about ``forward``, and a contract test holds all layers to theirs. `Plain` claims nothing, so that
a new layer is right before it is quick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import attrs
import numpy as np

from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import Epilogue
from designer.kernels.norm import ScaleShift, folded
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.geometry import Shape

Tensors = Mapping[str, Array]
"""Weights by name."""


class Prepare(Protocol):
    """Makes a layer ready for weights and for images of one shape, the batch included.

    ``precise`` does without algorithms that round more than a plain sum of products does.
    """

    def __call__(self, weights: Tensors, images: Shape, *, precise: bool) -> Kernel:
        """The kernel for these weights and images ``(N, C, *spatial)``."""


class PreparedBytes(Protocol):
    """Memory that preparing takes beside the weights, about; ``folded`` weights are in memory for this layer alone."""

    def __call__(self, batch: int, *, precise: bool, folded: bool) -> int:
        """Bytes for a batch of so many images."""


def _no_bytes(batch: int, *, precise: bool, folded: bool) -> int:
    del batch, precise, folded
    return 0


@attrs.frozen
class Plain:
    """Nothing is known: the engine calls ``forward``.

    With ``in_place``, ``out`` may be the first input: each value is read before its own place is written.
    """

    in_place: bool = False


@attrs.frozen
class Identity:
    """The output is the input itself: nothing is computed."""


@attrs.frozen
class Sum:
    """The output is the sum of the inputs; ``out`` may be the first of them."""


@attrs.frozen
class Concatenation:
    """The output is the inputs one after the other along the channels: they may be computed where they belong."""


@attrs.frozen
class Pointwise:
    """Every value becomes a function of itself; ``out`` may be the input.

    ``epilogue`` does the same to a tile of the layer before, while it is in the cache.
    """

    epilogue: Epilogue


@attrs.frozen
class ChannelAffine:
    """Every channel is multiplied by one number and moved by another; ``out`` may be the input.

    ``scale_shift`` gives both for each channel, float64, so that they can go into the weights of the layer before.
    """

    scale_shift: Callable[[Tensors], tuple[Array, Array]]

    def prepare(self, weights: Tensors, images: Shape, *, precise: bool) -> Kernel:
        """The layer by itself, ready for its weights; see `Prepare`."""
        del images, precise
        scale, shift = self.scale_shift(weights)
        with np.errstate(all="ignore"):
            return ScaleShift(scale.astype(np.float32), shift.astype(np.float32))


@attrs.frozen
class Prepared:
    """The work is done by a kernel that is made once for weights and a shape of images.

    Parameters
    ----------
    prepare
        Makes the kernel.
    folded
        Given weights, a scale and a shift of the output channels, the weights with which a biased layer of this kind
        computes its old output times the scale plus the shift; None where it cannot.
    prepared_bytes
        What the kernel takes beside the weights.
    """

    prepare: Prepare
    folded: Callable[[Tensors, Array, Array], Tensors] | None = None
    prepared_bytes: PreparedBytes = _no_bytes


def fold_into_filters(weights: Tensors, scale: Array, shift: Array) -> Tensors:
    """`Prepared.folded` of a layer in which a row of ``weight`` and a value of ``bias`` give one output channel."""
    weight, bias = folded(weights["weight"], weights.get("bias"), scale, shift)
    return {"weight": weight, "bias": bias}


Operation = Plain | Identity | Sum | Concatenation | Pointwise | ChannelAffine | Prepared


def computes_nothing(operation: Operation) -> bool:
    """Whether the output is the input itself, at no cost."""
    return operation == Identity()
