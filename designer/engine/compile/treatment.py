"""What becomes of a layer for what it declares: the one place where the engine tells operations apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

import attrs

from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import Epilogue
from designer.layer_api.operation import (
    ChannelAffine,
    Concatenation,
    Identity,
    Operation,
    Plain,
    Pointwise,
    Prepared,
    Sum,
    Tensors,
)


@attrs.frozen(eq=False)
class Treatment:
    """What the compiler may do with a layer; by default it calls ``forward`` into memory of its own.

    Parameters
    ----------
    passes_on
        Its array is that of its input: nothing is computed.
    joins
        Its inputs may be computed where they belong in its array.
    adds
        It may become the residual of the kernel that computes one of its inputs.
    in_place
        It may write over its first input.
    kernel
        What computes it, and a residual and an epilogue with it.
    epilogue
        It may go to the end of the kernel before it, as this.
    scale_shift
        It may go into the weights of the layer before it, as these numbers of each channel.
    """

    passes_on: bool = False
    joins: bool = False
    adds: bool = False
    in_place: bool = False
    kernel: Prepared | None = None
    epilogue: Epilogue | None = None
    scale_shift: Callable[[Tensors], tuple[Array, Array]] | None = None


def treatment_of(operation: Operation) -> Treatment:
    """What the compiler may do with a layer that declares this."""
    match operation:
        case Plain(in_place):
            return Treatment(in_place=in_place)
        case Identity():
            return Treatment(passes_on=True)
        case Sum():
            return Treatment(adds=True, in_place=True)
        case Concatenation():
            return Treatment(joins=True)
        case Pointwise(epilogue):
            return Treatment(epilogue=epilogue, in_place=True)
        case ChannelAffine(scale_shift):
            return Treatment(kernel=Prepared(operation.prepare), scale_shift=scale_shift, in_place=True)
        case Prepared():
            return Treatment(kernel=operation)
        case _:
            assert_never(operation)


@attrs.frozen(eq=False)
class Fold:
    """A norm that goes into the weights of the layer before it; both are named by their nodes."""

    layer: str
    norm: str
    _folded: Callable[[Tensors, Array, Array], Tensors]
    _scale_shift: Callable[[Tensors], tuple[Array, Array]]

    def weights(self, layer: Tensors, norm: Tensors) -> Tensors:
        """The weights with which the layer computes both, from those of each."""
        return self._folded(layer, *self._scale_shift(norm))


def fold_of(layer: str, norm: str, treatments: Mapping[str, Treatment]) -> Fold | None:
    """How a node goes into the weights of the one before it; None where it cannot."""
    kernel, scale_shift = treatments[layer].kernel, treatments[norm].scale_shift
    if kernel is None or kernel.folded is None or scale_shift is None:
        return None
    return Fold(layer, norm, kernel.folded, scale_shift)
