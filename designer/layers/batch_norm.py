"""Batch normalisation, as it acts at inference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_
from designer.kernels.arrays.memory import Array
from designer.kernels.gradients.channels import channel_sums, scale_gradient, scaled
from designer.kernels.norm import batch_norm, scale_and_shift
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.emit import KerasCall, KerasWeight, OnnxCall, TorchCall, unlike
from designer.layer_api.families import Elementwise
from designer.layer_api.fields import real
from designer.layer_api.geometry import Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, WeightSpec, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, decimal
from designer.layer_api.operation import ChannelAffine, Operation
from designer.layer_api.quantities import number

LEAST_EPSILON = 1e-38
"""About the smallest normal number of float32: what an epsilon of zero, which a file may have, is read as."""


@layer
class BatchNorm(Elementwise):
    """Shifts and scales each channel by the mean and variance seen in training (Ioffe and Szegedy, 2015).

    Scale and shift are learned; the running mean and variance are counted apart from the parameters, as PyTorch does.

    Formula
    -------
    y = (x − mean[c]) / √(var[c] + ε) · weight[c] + bias[c]

    Source
    ------
    Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    ICML 2015.

    Example
    -------
    >>> list(make_layer("batch_norm").weights([(64, 56, 56)]))
    ['weight', 'bias', 'running_mean', 'running_var']
    """

    kind = "batch_norm"
    label = N_("Batch normalisation")
    category = Category.NORMALISATION
    prefix = "bn"
    onnx_operators = ("BatchNormalization",)
    search_terms = ("batchnorm2d", "bn", "normalization")

    epsilon: float = real(
        1e-5,
        low=0.0,
        high=1.0,
        above=True,
        label=N_("Epsilon"),
        help=N_("Added to the variance so that a constant channel is not divided by zero."),
    )

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """Four vectors (channels,): scale, shift and the two running statistics."""
        shape = inputs[0][:1]
        return {
            "weight": WeightSpec(shape, "ones"),
            "bias": WeightSpec(shape, "zeros"),
            "running_mean": WeightSpec(shape, "zeros", trainable=False),
            "running_var": WeightSpec(shape, "ones", trainable=False),
        }

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Two learned numbers per channel."""
        channels = inputs[0][0]
        parameters = Formula(Quantity.PARAMETERS, f"2·{channels} = {number(2 * channels)}")
        return (*super().explain(inputs), parameters)

    def caption(self) -> str:
        """Epsilon where it is not the usual one."""
        return "" if self.epsilon == 1e-5 else f"ε {self.epsilon:g}"

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """(x − mean) / sqrt(var + ε) · scale + shift."""
        return batch_norm(
            inputs[0],
            weights["weight"],
            weights["bias"],
            weights["running_mean"],
            weights["running_var"],
            epsilon=self.epsilon,
            out=out,
        )

    def backward(self, done: ForwardPass) -> Gradients:
        """Of the form used at inference: the running statistics are constants, not functions of the batch."""
        deviation = np.sqrt(done.weights["running_var"].astype(np.float64) + self.epsilon)
        parts = 3 if done.for_weights else 1
        with checkpoint_part(0, parts):
            inner = scaled(done.gradient, done.weights["weight"] / deviation)
        if not done.for_weights:
            return Gradients((inner,))
        with checkpoint_part(1, parts):
            scale = scale_gradient(done.inputs[0], done.gradient, done.weights["running_mean"], deviation)
        with checkpoint_part(2, parts):
            return Gradients((inner,), {"weight": scale, "bias": channel_sums(done.gradient)})

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """At inference the statistics are constants."""
        return ChannelAffine(self._scale_shift)

    def _scale_shift(self, weights: Mapping[str, Array]) -> tuple[Array, Array]:
        return scale_and_shift(
            weights["weight"], weights["bias"], weights["running_mean"], weights["running_var"], self.epsilon
        )

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """At inference: ``momentum`` matters to training alone."""
        names = ("weight", "bias", "running_mean", "running_var")
        given = operator.arguments(constants, *names)
        settings = operator.settings(epsilon=1e-5, momentum=0.9, training_mode=0, spatial=1)
        operator.fixed(training_mode=0, spatial=1)
        tensors = {name: operator.required(array, name) for name, array in zip(names, given, strict=True)}
        return operator.read(cls, tensors, epsilon=decimal(settings["epsilon"]) or LEAST_EPSILON)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``BatchNormalization``."""
        names = ("input0", "weight", "bias", "running_mean", "running_var")
        return (OnnxCall("BatchNormalization", names, {"epsilon": self.epsilon}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.BatchNorm2d``, or that of the input's axes."""
        channels, *sizes = inputs[0]
        keywords = unlike({"eps": self.epsilon}, {"eps": 1e-5})
        name = f"nn.BatchNorm{max(len(sizes), 1)}d"
        return (TorchCall(name, (channels,), keywords, weights=tuple(self.weights(inputs))),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.BatchNormalization`` over the last axis, the channels."""
        weights = {
            "gamma": KerasWeight("weight"),
            "beta": KerasWeight("bias"),
            "moving_mean": KerasWeight("running_mean"),
            "moving_variance": KerasWeight("running_var"),
        }
        keywords = unlike({"epsilon": self.epsilon}, {"epsilon": 1e-3})
        return (KerasCall("layers.BatchNormalization", keywords=keywords, weights=weights),)
