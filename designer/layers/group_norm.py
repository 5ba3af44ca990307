"""Normalisation of groups of channels, and of every channel by itself."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.gradients.channels import channel_sums
from designer.kernels.normalise import standardise, standardise_gradient
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.emit import KerasCall, KerasWeight, OnnxCall, TorchCall, unlike
from designer.layer_api.families import Elementwise, require_maps
from designer.layer_api.fields import boolean, integer, real
from designer.layer_api.geometry import AxisPattern, Pattern, Region, Shape, Window, shape_text, whole
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, WeightSpec, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, decimal
from designer.layer_api.operation import Operation, Plain
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.quantities import number

LEAST_EPSILON = 1e-12
"""What an epsilon of zero, which a file may have, is read as."""


class Normalisation(Elementwise):
    """Facts of a normalisation by the mean and variance of some channels over the whole map, image by image."""

    epsilon: float
    affine: bool

    @abc.abstractmethod
    def group_count(self, channels: int) -> int:
        """Groups that the channels are cut into."""

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """Scale and shift (channels,)."""
        shape = inputs[0][:1]
        return {"weight": WeightSpec(shape, "ones"), "bias": WeightSpec(shape, "zeros")} if self.affine else {}

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """None: every cell depends on the whole map."""
        return None

    def pattern(self, inputs: Sequence[Shape]) -> Pattern | None:
        """Every cell reads all of them."""
        return tuple(AxisPattern(((0, size - 1),), 0) for size in inputs[0][1:])

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The whole map."""
        return whole(inputs[index][1:])

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The whole map, of the groups of the channels asked for."""
        channels, *sizes = inputs[index]
        size = channels // self.group_count(channels)
        first, last = region[0]
        return ((first // size * size, last // size * size + size - 1), *whole(tuple(sizes)))

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Two learned numbers per channel."""
        found, channels = super().explain(inputs), inputs[0][0]
        if not self.affine:
            return found
        return (*found, Formula(Quantity.PARAMETERS, f"2·{channels} = {number(2 * channels)}"))

    def _grouped(self, x: Array) -> Array:
        """``(N, groups, channels of one, *spatial)``, a view."""
        groups = self.group_count(x.shape[1])
        return x.reshape(x.shape[0], groups, -1, *x.shape[2:])

    def _spread(self, weight: Array | None, x: Array) -> Array | None:
        groups = self.group_count(x.shape[1])
        return None if weight is None else weight.reshape(1, groups, -1, *(1,) * (x.ndim - 2))

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """(x − mean) / sqrt(var + ε) · scale + shift."""
        x = inputs[0]
        out = np.empty_like(x, subok=False) if out is None else out
        scale, shift = (self._spread(weights.get(name), x) for name in ("weight", "bias"))
        axes = range(2, x.ndim + 1)
        standardise(self._grouped(x), axes, self.epsilon, scale, shift, self._grouped(out))
        return out

    def backward(self, done: ForwardPass) -> Gradients:
        """Mean and variance depend on the values too."""
        x = done.inputs[0]
        scale, axes = self._spread(done.weights.get("weight"), x), range(2, x.ndim + 1)
        learns = done.for_weights and self.affine
        with checkpoint_part(0, 3 if learns else 1):
            inner, products = standardise_gradient(
                self._grouped(x), self._grouped(done.gradient), axes, self.epsilon, scale
            )
        if not learns:
            return Gradients((inner.reshape(x.shape),))
        with checkpoint_part(1, 3):
            weight = channel_sums(products.reshape(x.shape))
        with checkpoint_part(2, 3):
            return Gradients((inner.reshape(x.shape),), {"weight": weight, "bias": channel_sums(done.gradient)})

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """It may write over its input: the statistics are known before."""
        return Plain(in_place=True)

    def keras_call(self, groups: int) -> tuple[KerasCall, ...]:
        """``layers.GroupNormalization``; -1 groups are as many as there are channels."""
        values = {"groups": groups, "epsilon": self.epsilon, "center": self.affine, "scale": self.affine}
        keywords = unlike(values, {"groups": 32, "epsilon": 1e-3, "center": True, "scale": True})
        named = {"gamma": "weight", "beta": "bias"} if self.affine else {}
        weights = {name: KerasWeight(ours) for name, ours in named.items()}
        return (KerasCall("layers.GroupNormalization", keywords=keywords, weights=weights),)


@layer
class GroupNorm(Normalisation):
    """Gives every group of channels of an image mean 0 and variance 1, then scales and shifts each channel.

    It needs no batch: what small batches make of batch normalisation was its reason. The paper has 32 groups.

    Formula
    -------
    y = (x − mean[g]) / √(var[g] + ε) · weight[c] + bias[c], mean and variance over the channels of group g and the map

    Source
    ------
    Wu and He, "Group Normalization", ECCV 2018.

    Example
    -------
    >>> list(make_layer("group_norm", groups=32).weights([(64, 56, 56)]))
    ['weight', 'bias']
    """

    kind = "group_norm"
    label = N_("Group normalisation")
    category = Category.NORMALISATION
    prefix = "gn"
    onnx_operators = ("GroupNormalization",)
    search_terms = ("groupnorm", "gn", "normalization")

    groups: int = integer(4, label=N_("Groups"), help=N_("Into how many the channels are cut; they must divide them."))
    epsilon: float = real(
        1e-5,
        low=LEAST_EPSILON,
        high=1.0,
        label=N_("Epsilon"),
        help=N_("Added to the variance, so that equal values are not divided by zero."),
    )
    affine: bool = boolean(True, label=N_("Scale and shift"), help=N_("Learn two numbers for every channel."))

    def group_count(self, channels: int) -> int:
        return self.groups

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        channels, *sizes = inputs[0]
        if channels % self.groups:
            fitting = max(count for count in range(1, min(self.groups, channels) + 1) if channels % count == 0)
            raise ShapeProblem(
                _("input has {channels} channels; they do not make {groups} equal groups: {fitting} would").format(
                    channels=channels, groups=self.groups, fitting=fitting
                ),
                SetFields({"groups": fitting}),
            )
        if channels == self.groups and all(size == 1 for size in sizes):
            remedies = [SetFields({"groups": 1})] if channels > 1 else []
            raise ShapeProblem(
                _("input is {came}: a group would be a single value; fewer groups are wanted").format(
                    came=shape_text(inputs[0])
                ),
                *remedies,
            )
        return inputs[0]

    def caption(self) -> str:
        """``32 groups``."""
        return _("{count} groups").format(count=self.groups)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """Until opset 20 a scale stood for a whole group."""
        scale, bias = operator.arguments(constants, "scale", "bias")
        settings = operator.settings(epsilon=1e-5, num_groups=None, stash_type=1)
        given = {"weight": operator.required(scale, "scale"), "bias": operator.required(bias, "bias")}
        groups = int(operator.required(settings["num_groups"], "num_groups"))
        channels = None if operator.shape is None else operator.shape[0]
        if channels and channels % groups == 0 and channels != groups:
            given = {
                name: np.repeat(array, channels // groups) if array.size == groups else array
                for name, array in given.items()
            }
        return operator.read(cls, given, groups=groups, epsilon=max(decimal(settings["epsilon"]), LEAST_EPSILON))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``InstanceNormalization`` of the groups, then scale and shift: one operator there is from opset 21 on."""
        channels, *sizes = inputs[0]
        shapes = {
            "groups": [0, self.groups, -1],
            "whole": [0, channels, *sizes],
            "each": [channels, *(1,) * len(sizes)],
        }
        reshape = {name: {name: np.array(shape, np.int64)} for name, shape in shapes.items()}
        plain = {"ones": np.ones(self.groups, np.float32), "zeros": np.zeros(self.groups, np.float32)}
        epsilon = {"epsilon": self.epsilon}
        calls = [
            OnnxCall("Reshape", ("input0", "groups"), {}, "grouped", reshape["groups"]),
            OnnxCall("InstanceNormalization", ("grouped", "ones", "zeros"), epsilon, "normal", plain),
            OnnxCall("Reshape", ("normal", "whole"), {}, "laid" if self.affine else "output", reshape["whole"]),
        ]
        if not self.affine:
            return calls
        return [
            *calls,
            OnnxCall("Reshape", ("weight", "each"), {}, "scale", reshape["each"]),
            OnnxCall("Mul", ("laid", "scale"), {}, "scaled"),
            OnnxCall("Reshape", ("bias", "alike"), {}, "shift", {"alike": np.array(shapes["each"], np.int64)}),
            OnnxCall("Add", ("scaled", "shift")),
        ]

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.GroupNorm``."""
        keywords = unlike({"eps": self.epsilon, "affine": self.affine}, {"eps": 1e-5, "affine": True})
        arguments = (self.groups, inputs[0][0])
        return (TorchCall("nn.GroupNorm", arguments, keywords, weights=tuple(self.weights(inputs))),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.GroupNormalization``."""
        return self.keras_call(self.groups)


@layer
class InstanceNorm(Normalisation):
    """Gives every channel of an image mean 0 and variance 1 over its map: its contrast is gone.

    Formula
    -------
    y[c] = (x[c] − mean[c]) / √(var[c] + ε) · weight[c] + bias[c], mean and variance over the map of channel c

    Source
    ------
    Ulyanov, Vedaldi and Lempitsky, "Instance Normalization: The Missing Ingredient for Fast Stylization",
    arXiv:1607.08022, 2016.

    Example
    -------
    >>> make_layer("instance_norm").output_shape([(64, 56, 56)])
    (64, 56, 56)
    """

    kind = "instance_norm"
    label = N_("Instance normalisation")
    category = Category.NORMALISATION
    prefix = "norm"
    onnx_operators = ("InstanceNormalization",)
    search_terms = ("instancenorm2d", "normalization", "style", "contrast")

    epsilon: float = real(
        1e-5,
        low=LEAST_EPSILON,
        high=1.0,
        label=N_("Epsilon"),
        help=N_("Added to the variance, so that equal values are not divided by zero."),
    )
    affine: bool = boolean(False, label=N_("Scale and shift"), help=N_("Learn two numbers for every channel."))

    def group_count(self, channels: int) -> int:
        return channels

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        require_maps(inputs[0], self.rank)
        if all(size == 1 for size in inputs[0][1:]):
            raise ShapeProblem(
                _("input is {came}: a channel is a single value; maps of more than one cell are wanted").format(
                    came=shape_text(inputs[0])
                )
            )
        return inputs[0]

    def caption(self) -> str:
        """Epsilon where it is not the usual one."""
        return "" if self.epsilon == 1e-5 else f"ε {self.epsilon:g}"

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """With scales of 1 and shifts of 0 nothing is learned."""
        scale, bias = operator.arguments(constants, "scale", "bias")
        epsilon = max(decimal(operator.settings(epsilon=1e-5)["epsilon"]), LEAST_EPSILON)
        scale, bias = operator.required(scale, "scale"), operator.required(bias, "bias")
        if np.all(scale == 1) and not np.any(bias):
            return operator.read(cls, epsilon=epsilon)
        return operator.read(cls, {"weight": scale, "bias": bias}, epsilon=epsilon, affine=True)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``InstanceNormalization``."""
        epsilon, channels = {"epsilon": self.epsilon}, inputs[0][0]
        if self.affine:
            return (OnnxCall("InstanceNormalization", ("input0", "weight", "bias"), epsilon),)
        plain = {"ones": np.ones(channels, np.float32), "zeros": np.zeros(channels, np.float32)}
        return (OnnxCall("InstanceNormalization", ("input0", "ones", "zeros"), epsilon, constants=plain),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.InstanceNorm2d``, or that of the input's axes."""
        channels, *sizes = inputs[0]
        keywords = unlike({"eps": self.epsilon, "affine": self.affine}, {"eps": 1e-5, "affine": False})
        weights = tuple(self.weights(inputs))
        return (TorchCall(f"nn.InstanceNorm{len(sizes)}d", (channels,), keywords, weights=weights),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.GroupNormalization`` with a group for each channel."""
        return self.keras_call(-1)
