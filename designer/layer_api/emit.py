"""What a layer becomes in another framework, as plain values: no framework is imported here or in a layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np


@attrs.frozen
class OnnxCall:
    """One ONNX operator (opset 17 or later) of the sequence that a layer becomes.

    Parameters
    ----------
    op
        Operator name in the default domain.
    inputs
        Names: ``"input0"``, ``"input1"`` … for the layer's inputs, a weight's name for that weight, a key of
        ``constants``, or the ``output`` of an earlier call of the same layer; ``""`` for an omitted optional input.
    attributes
        Operator attributes.
    output
        Name of the result; the layer's output is the call named ``"output"``.
    constants
        Small arrays the call needs (a shape, a scale).
    """

    op: str
    inputs: tuple[str, ...] = ("input0",)
    attributes: Mapping[str, Any] = attrs.field(factory=dict)
    output: str = "output"
    constants: Mapping[str, np.ndarray] = attrs.field(factory=dict)
