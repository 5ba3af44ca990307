"""What non-linearities share that are one function of every value: forward pass, gradient, ONNX without attributes."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

from designer.kernels.activation import activate
from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import Epilogue
from designer.kernels.gradients.curves import Derivative, through
from designer.layer_api.families import Elementwise, Weightless
from designer.layer_api.geometry import Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Pointwise


class PointwiseFunction(Weightless, Elementwise):
    """Layers whose every output value is one function of one input value."""

    @abc.abstractmethod
    def epilogue(self) -> Epilogue:
        """The function, as it is applied to a tile of the layer before; the same object for equal layers."""

    @abc.abstractmethod
    def derivative(self) -> Derivative:
        """The derivative at each input value."""

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """It may go to the end of the layer before."""
        return Pointwise(self.epilogue())

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The function of every value."""
        return activate(inputs[0], self.epilogue(), out)

    def backward(self, done: ForwardPass) -> Gradients:
        """The gradient times the derivative at the input."""
        return Gradients((through(self.derivative(), done.inputs[0], done.gradient),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        operator.settings()
        return operator.read(cls)
