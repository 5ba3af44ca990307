"""Softmax and its logarithm: the activations in which every value depends on all channels of its cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.i18n import N_, _
from designer.kernels import activation
from designer.kernels.arrays.memory import Array
from designer.kernels.gradients import activation as gradients
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.families import Elementwise, Weightless
from designer.layer_api.geometry import Region, Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Plain


@layer
class Softmax(Weightless, Elementwise):
    """Turns the channels' scores into probabilities that add up to one.

    Formula
    -------
    y[c] = eˣ⁽ᶜ⁾ / Σ eˣ⁽ᵏ⁾ over the channels k

    Source
    ------
    Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs, with Relationships to
    Statistical Pattern Recognition", in "Neurocomputing", 1990.

    Example
    -------
    >>> make_layer("softmax").forward([np.zeros((1, 4), np.float32)], {})
    array([[0.25, 0.25, 0.25, 0.25]], dtype=float32)
    """

    kind = "softmax"
    label = N_("Softmax")
    category = Category.ACTIVATION
    prefix = "softmax"
    gradient_reads = ("output",)
    onnx_operators = ("Softmax",)
    search_terms = ("probability", "classifier")

    @classmethod
    def yields_probabilities(cls) -> bool:
        """True: that is what it is for."""
        return True

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """A value depends on its own cell alone, all of which is read before it is written."""
        return Plain(in_place=True)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """All channels of each cell: they share the sum."""
        return ((0, inputs[index][0] - 1), *region[1:])

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """eˣ / Σ eˣ over the channel axis."""
        return activation.softmax(inputs[0], axis=1, out=out)

    def backward(self, done: ForwardPass) -> Gradients:
        """``y·(g − Σ g·y)``: every output of a cell depends on all its inputs."""
        return Gradients((gradients.softmax(done.output, done.gradient),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        _require_channels(operator, constants)
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Softmax`` over the channels."""
        return (OnnxCall("Softmax", attributes={"axis": 1}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Softmax`` over the channels."""
        return (TorchCall("nn.Softmax", keywords={"dim": 1}),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Softmax`` over the last axis, the channels."""
        return (KerasCall("layers.Softmax"),)


@layer
class LogSoftmax(Weightless, Elementwise):
    """The logarithm of the softmax: scores become logarithms of probabilities.

    Formula
    -------
    y[c] = x[c] − log Σ eˣ⁽ᵏ⁾ over the channels k

    Source
    ------
    Goodfellow, Bengio and Courville, "Deep Learning", MIT Press 2016, section 6.2.2.3.

    Example
    -------
    >>> make_layer("log_softmax").forward([np.zeros((1, 4), np.float32)], {}).round(4)
    array([[-1.3863, -1.3863, -1.3863, -1.3863]], dtype=float32)
    """

    kind = "log_softmax"
    label = N_("Log-softmax")
    category = Category.ACTIVATION
    prefix = "log_softmax"
    gradient_reads = ("output",)
    onnx_operators = ("LogSoftmax",)
    search_terms = ("probability", "classifier")

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """A value depends on its own cell alone, all of which is read before it is written."""
        return Plain(in_place=True)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """All channels of each cell: they share the sum."""
        return ((0, inputs[index][0] - 1), *region[1:])

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """X − log Σ eˣ over the channel axis."""
        return activation.log_softmax(inputs[0], out)

    def backward(self, done: ForwardPass) -> Gradients:
        """``g − eʸ·Σ g``: every output of a cell depends on all its inputs."""
        return Gradients((gradients.log_softmax(done.output, done.gradient),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        _require_channels(operator, constants)
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``LogSoftmax`` over the channels."""
        return (OnnxCall("LogSoftmax", attributes={"axis": 1}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.LogSoftmax`` over the channels."""
        return (TorchCall("nn.LogSoftmax", keywords={"dim": 1}),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation`` over the last axis, the channels."""
        return (KerasCall("layers.Activation", ("log_softmax",)),)


def _require_channels(operator: OnnxOperator, constants: Constants) -> None:
    """Raise CannotRead unless the operator works along the channels."""
    operator.arguments(constants)
    axis, shape = operator.settings(axis=-1)["axis"], operator.shape
    if axis != 1 and (shape is None or axis != -len(shape)):
        raise operator.refused(_("the axis is {axis}; only 1, the channels, can be read").format(axis=axis))
