"""What a layer is told about a forward pass, and the gradients it hands back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import attrs

from designer.kernels.arrays.memory import Array


class NotDifferentiable(Exception):
    """The layer has no derivative: one line that says why."""


@attrs.frozen
class ForwardPass:
    """What a layer read and made, and the gradient of a number with respect to what it made.

    ``output`` is what ``forward`` made of ``inputs`` and ``weights``, ``gradient`` is of its shape and type. Without
    ``for_weights`` only the gradients of the inputs are wanted. Nobody changes the arrays.
    """

    inputs: Sequence[Array]
    output: Array
    gradient: Array
    weights: Mapping[str, Array]
    for_weights: bool = True


@attrs.frozen
class Gradients:
    """Gradients of a number with respect to what a layer read.

    Parameters
    ----------
    inputs
        One for each input, of its shape and type.
    weights
        One for each weight that is trained, by name and of its shape; empty where they were not asked for.

    Notes
    -----
    An array may be the gradient of the output itself or a part of it, and two may be the same one: whoever adds
    something to an array makes a copy.
    """

    inputs: Sequence[Array]
    weights: Mapping[str, Array] = attrs.field(factory=lambda: MappingProxyType({}))
