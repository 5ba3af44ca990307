"""What activations share: a function of every value alone, which the engine joins to the layer before."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

from designer.kernels.activation import activate
from designer.kernels.arrays.memory import Array
from designer.kernels.epilogue import Epilogue
from designer.layer_api.emit import OnnxCall
from designer.layer_api.families import Elementwise, Weightless
from designer.layer_api.geometry import Shape
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Pointwise


class Activation(Weightless, Elementwise):
    """Facts of a function that is applied to every value.

    In ONNX it is the first of ``onnx_operators``, without attributes, where a layer does not say otherwise.
    """

    @abc.abstractmethod
    def epilogue(self) -> Epilogue:
        """The function, as it is applied to a tile of the layer before while that is in the cache."""

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """The function of each value."""
        return Pointwise(self.epilogue())

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The function of each value."""
        return activate(inputs[0], self.epilogue(), out)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        return operator.read_plain(cls, constants)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        return (OnnxCall(self.onnx_operators[0]),)
