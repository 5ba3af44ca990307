"""A learned scale for every channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.gradients.channels import scale_gradient, scaled
from designer.kernels.norm import ScaleShift
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.emit import KerasCall, KerasWeight, OnnxCall, TorchCall
from designer.layer_api.families import Elementwise
from designer.layer_api.fields import real
from designer.layer_api.geometry import Shape, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.initial_values import Constant
from designer.layer_api.layer import Category, Formula, Quantity, WeightSpec, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, OtherLayer
from designer.layer_api.operation import ChannelAffine, Operation
from designer.layer_api.quantities import number

LARGEST_SCALE = 1000.0
"""Of what a scale may start with."""


@layer
class ChannelScale(Elementwise):
    """Multiplies each channel by a number that is learned: the layer scale of ConvNeXt, at first close to zero.

    So every residual block begins as almost nothing beside its shortcut, and deep networks start to learn.

    Formula
    -------
    y[c] = weight[c] · x[c]

    Source
    ------
    Touvron, Cord, Sablayrolles, Synnaeve and Jégou, "Going deeper with Image Transformers", ICCV 2021.

    Example
    -------
    >>> make_layer("channel_scale").weights([(96, 56, 56)])["weight"].shape
    (96, 1, 1)
    """

    kind = "channel_scale"
    label = N_("Channel scale")
    category = Category.NORMALISATION
    prefix = "scale"
    onnx_operators = ("Mul",)
    search_terms = ("layer scale", "layerscale", "gamma", "convnext")

    initial: float = real(
        1e-6,
        low=-LARGEST_SCALE,
        high=LARGEST_SCALE,
        label=N_("Initial scale"),
        help=N_("What each scale is until it is learned or loaded. ConvNeXt begins with 0.000001."),
    )

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """One number for each channel: (channels, 1, 1) for maps, as torchvision keeps it."""
        channels, *sizes = inputs[0]
        return {"weight": WeightSpec((channels, *(1,) * len(sizes)), Constant(self.initial))}

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """One learned number per channel."""
        channels = inputs[0][0]
        return (*super().explain(inputs), Formula(Quantity.PARAMETERS, f"1·{channels} = {number(channels)}"))

    def caption(self) -> str:
        """What the scales start with, where it is not the usual number."""
        return "" if self.initial == 1e-6 else f"γ {self.initial:g}"

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Every channel times its number."""
        scale = weights["weight"].reshape(-1).astype(inputs[0].dtype)
        return ScaleShift(scale, np.zeros_like(scale)).run(inputs[0], out)

    def backward(self, done: ForwardPass) -> Gradients:
        """The gradient times the scale; each scale gets the sum of gradient times input."""
        scale = done.weights["weight"].reshape(-1)
        parts = 2 if done.for_weights else 1
        with checkpoint_part(0, parts):
            inner = scaled(done.gradient, scale)
        if not done.for_weights:
            return Gradients((inner,))
        with checkpoint_part(1, parts):
            found = scale_gradient(done.inputs[0], done.gradient, np.zeros_like(scale), np.ones_like(scale))
        return Gradients((inner,), {"weight": found.reshape(done.weights["weight"].shape)})

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """It may go into the weights of the layer before."""
        return ChannelAffine(self._scale_shift)

    @staticmethod
    def _scale_shift(weights: Mapping[str, Array]) -> tuple[Array, Array]:
        scale = weights["weight"].reshape(-1).astype(np.float64)
        return scale, np.zeros_like(scale)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """A product with a constant that has one number for each channel."""
        operator.settings()
        if not any(name in constants for name in operator.inputs):
            raise OtherLayer(f"{operator.op}: " + _("the scale is computed by other operators; a constant is wanted"))
        # The constant may come first.
        ordered = sorted(operator.inputs, key=lambda name: name in constants)
        turned = OnnxOperator(operator.op, tuple(ordered), operator.attributes, operator.shapes)
        (given,) = turned.arguments(constants, "scale")
        scale, shape = turned.required(given, "scale"), turned.shape
        # The batch may be there, as an axis of one.
        without = scale[0] if scale.ndim > 1 and scale.shape[0] == 1 and scale.ndim != len(shape or ()) else scale
        wanted = shape and (shape[0], *(1,) * (len(shape) - 1))
        if without.shape != wanted and (shape is not None or any(size != 1 for size in without.shape[1:])):
            raise turned.refused(
                _("the scale is {came}; one number for each channel can be read").format(came=shape_text(scale.shape))
            )
        return turned.read(cls, {"weight": without})

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Mul``."""
        return (OnnxCall("Mul", ("input0", "weight")),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.mul`` with a parameter."""
        return (TorchCall("torch.mul", inputs=("input0", "weight"), weights=("weight",)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.EinsumDense``, whose kernel is a vector here."""
        weights = {"kernel": KerasWeight("weight", shape=(-1,))}
        return (KerasCall("layers.EinsumDense", ("...c,c->...c", inputs[0][0]), weights=weights),)
