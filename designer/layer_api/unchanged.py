"""Layers that hand on their input at inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.kernels.arrays.memory import Array
from designer.kernels.elementwise import copy
from designer.layer_api.emit import OnnxCall
from designer.layer_api.families import Elementwise, Weightless
from designer.layer_api.geometry import Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.operation import Identity, Operation


class Unchanged(Weightless, Elementwise):
    """Facts of a layer that hands on its input at inference."""

    gradient_reads = ()

    @classmethod
    def passes_through(cls) -> bool:
        return True

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        return Identity()

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The input itself."""
        if out is None:
            return inputs[0]
        copy(inputs[0], out)
        return out

    def backward(self, done: ForwardPass) -> Gradients:
        """As at inference: the gradient itself."""
        return Gradients((done.gradient,))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Identity``: what a layer does in training alone has nothing in ONNX."""
        return (OnnxCall("Identity"),)
