"""PReLU: a leaky ReLU that learns its slope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.gradients import slopes as gradients
from designer.kernels.slopes import prelu
from designer.layer_api.emit import KerasCall, KerasWeight, OnnxCall, TorchCall
from designer.layer_api.families import Elementwise
from designer.layer_api.fields import boolean
from designer.layer_api.geometry import Shape, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.initial_values import Constant
from designer.layer_api.layer import Category, Formula, Quantity, WeightSpec, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Plain
from designer.layer_api.quantities import number


@layer
class PReLU(Elementwise):
    """A leaky ReLU whose slope below zero is learned: one for all channels, as PyTorch begins, or one for each.

    Formula
    -------
    y = x where x > 0, weight[c] · x elsewhere

    Source
    ------
    He, Zhang, Ren and Sun, "Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet
    Classification", ICCV 2015.

    Example
    -------
    >>> make_layer("prelu", per_channel=True).weights([(64, 56, 56)])["weight"].shape
    (64,)
    """

    kind = "prelu"
    label = N_("PReLU")
    category = Category.ACTIVATION
    prefix = "prelu"
    onnx_operators = ("PRelu",)
    search_terms = ("parametric", "rectified", "non-linearity")

    per_channel: bool = boolean(
        False, label=N_("One per channel"), help=N_("Learn a slope for each channel instead of one for all.")
    )

    def caption(self) -> str:
        return _("per channel") if self.per_channel else ""

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """``weight`` (1,) or (channels,), 0.25 at first (He et al., section 2.1)."""
        return {"weight": WeightSpec(inputs[0][:1] if self.per_channel else (1,), Constant(0.25))}

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """A slope for each channel, or one."""
        count = number(inputs[0][0] if self.per_channel else 1)
        return (*super().explain(inputs), Formula(Quantity.PARAMETERS, f"{count} = {count}"))

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        return Plain(in_place=True)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """X where positive, weight·x elsewhere."""
        return prelu(inputs[0], weights["weight"], out)

    def backward(self, done: ForwardPass) -> Gradients:
        """The slope at each value; for the weights, gradient times input, added up where the input is negative."""
        x, weight = done.inputs[0], done.weights["weight"]
        inner = gradients.prelu(x, weight, done.gradient)
        if not done.for_weights:
            return Gradients((inner,))
        return Gradients((inner,), {"weight": gradients.slope(x, weight, done.gradient)})

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """The slope is one number, or one for each channel."""
        [given] = operator.arguments(constants, "slope")
        operator.settings()
        slope = operator.required(given, "slope")
        # Of the shape that broadcasts over images: (channels, 1, 1), or (1, channels, 1, 1).
        rank = None if operator.shape is None else len(operator.shape) - 1
        axes = [axis for axis, size in enumerate(slope.shape) if size > 1]
        if len(axes) > 1 or (axes and rank is not None and slope.ndim - axes[0] - 1 != rank):
            raise operator.refused(
                _("the slope is {shape}; one number, or one for each channel, is wanted").format(
                    shape=shape_text(slope.shape)
                )
            )
        return operator.read(cls, {"weight": slope.reshape(-1)}, per_channel=slope.size > 1)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``PRelu``, whose slope has to broadcast over the images."""
        rank = len(inputs[0]) - 1
        if not self.per_channel or rank == 0:
            return (OnnxCall("PRelu", ("input0", "weight")),)
        shape = {"shape": np.array((-1, *(1,) * rank), np.int64)}
        return (
            OnnxCall("Reshape", ("weight", "shape"), output="slope", constants=shape),
            OnnxCall("PRelu", ("input0", "slope")),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.PReLU``."""
        arguments = (inputs[0][0],) if self.per_channel else ()
        return (TorchCall("nn.PReLU", arguments, weights=("weight",)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.PReLU``, which has a slope for each value unless told which axes share one."""
        rank = len(inputs[0]) - 1
        shape = (*(1,) * rank, -1)
        shared = tuple(range(1, rank + (1 if self.per_channel else 2)))
        keywords = {"shared_axes": shared} if shared else {}
        return (KerasCall("layers.PReLU", keywords=keywords, weights={"alpha": KerasWeight("weight", shape=shape)}),)
