"""Layer normalisation, over the channels of each cell or over the last axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.normalise import standardise, standardise_gradient
from designer.layer_api.emit import KerasCall, KerasWeight, OnnxCall, TorchCall, in_turn, unlike
from designer.layer_api.families import Elementwise
from designer.layer_api.fields import boolean, real
from designer.layer_api.geometry import AxisPattern, Pattern, Region, Shape, Window, shape_text, whole
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, WeightSpec, layer
from designer.layer_api.list_fields import axes
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, decimal
from designer.layer_api.operation import Operation, Plain
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.quantities import number
from designer.layer_api.rearranging import axes_there, positive_axis

LEAST_EPSILON = 1e-12
"""What an epsilon of zero, which a file may have, is read as."""


@layer
class LayerNorm(Elementwise):
    """Gives the values along some axes mean 0 and variance 1, for every image by itself, then scales and shifts them.

    Over axis 1 the channels of every cell are normalised, as in ConvNeXt (torchvision's ``LayerNorm2d``). Over -1, or
    several last axes, it is PyTorch's ``nn.LayerNorm``: the features of every token of a transformer.

    Formula
    -------
    y = (x − mean) / √(var + ε) · weight + bias, mean and variance over the values along the axes

    Source
    ------
    Ba, Kiros and Hinton, "Layer Normalization", arXiv:1607.06450, 2016.

    Example
    -------
    >>> make_layer("layer_norm").weights([(96, 56, 56)])["weight"].shape
    (96,)
    >>> make_layer("layer_norm", axes=[-2, -1]).weights([(96, 7, 14)])["weight"].shape
    (7, 14)
    """

    kind = "layer_norm"
    label = N_("Layer normalisation")
    category = Category.NORMALISATION
    prefix = "norm"
    onnx_operators = ("LayerNormalization",)
    search_terms = ("layernorm2d", "ln", "normalization", "convnext", "transformer")

    axes: tuple[int, ...] = axes(
        (1,),
        label=N_("Axes"),
        help=N_("Which values are normalised together: 1 is the channels of each cell, -1 the last axis."),
    )
    epsilon: float = real(
        1e-5,
        low=LEAST_EPSILON,
        high=1.0,
        label=N_("Epsilon"),
        help=N_("Added to the variance, so that equal values are not divided by zero."),
    )
    affine: bool = boolean(
        True, label=N_("Scale and shift"), help=N_("Learn two numbers for every value along the axes.")
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        shape = inputs[0]
        there = self._numbers(shape)
        if 0 in there or len(set(there)) < len(self.axes):
            found = sorted(set(there) - {0})
            raise ShapeProblem(
                _("axes {axes} are wanted, each once; {there}").format(
                    axes=", ".join(map(str, self.axes)), there=axes_there(shape)
                ),
                SetFields({"axes": found or [1]}),
            )
        if math.prod(shape[at - 1] for at in there) == 1:
            everything = list(range(1, len(shape) + 1))
            raise ShapeProblem(
                _("input is {came}: along axes {axes} there is a single value; several are wanted").format(
                    came=shape_text(shape), axes=", ".join(map(str, self.axes))
                ),
                *([SetFields({"axes": everything})] if math.prod(shape) > 1 else []),
            )
        return shape

    def _numbers(self, shape: Shape) -> tuple[int, ...]:
        """The axes from 1 on, in order; 0 for one that is not there."""
        return tuple(sorted(positive_axis(axis, shape) or 0 for axis in self.axes))

    def _is_last(self, shape: Shape) -> bool:
        """Whether the axes are the last ones: those that PyTorch and ONNX know."""
        return self._numbers(shape) == tuple(range(len(shape) - len(self.axes) + 1, len(shape) + 1))

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """Scale and shift, as large as the input along the axes."""
        if not self.affine:
            return {}
        shape = tuple(inputs[0][at - 1] for at in self._numbers(inputs[0]))
        return {"weight": WeightSpec(shape, "ones"), "bias": WeightSpec(shape, "zeros")}

    @classmethod
    def weights_follow_channels(cls) -> bool:
        """False: they follow the axes that are normalised."""
        return False

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """Its own cell; None where a whole axis of the map is normalised."""
        return Window.cell(len(inputs[0]) - 1) if self._numbers(inputs[0]) == (1,) else None

    def pattern(self, inputs: Sequence[Shape]) -> Pattern | None:
        """Every cell reads all of those along the axes, and its own along the others."""
        numbers = self._numbers(inputs[0])
        return tuple(
            AxisPattern(((0, size - 1),), 0) if at in numbers else AxisPattern(((0, 0),), 1)
            for at, size in enumerate(inputs[0][1:], start=2)
        )

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The whole of the axes that are normalised, the same places of the others."""
        return self.reads_values(((0, 0), *region), inputs, index)[1:]

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        numbers, all_cells = self._numbers(inputs[index]), whole(inputs[index])
        return tuple(all_cells[at] if at + 1 in numbers else ends for at, ends in enumerate(region))

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Two learned numbers for each value along the axes."""
        found = super().explain(inputs)
        if not self.affine:
            return found
        sizes = [inputs[0][at - 1] for at in self._numbers(inputs[0])]
        text = f"2·{'·'.join(map(str, sizes))} = {number(2 * math.prod(sizes))}"
        return (*found, Formula(Quantity.PARAMETERS, text))

    def caption(self) -> str:
        """``axes 2, 3``, and epsilon where it is not the usual one."""
        over = "" if self.axes == (1,) else _("axes {axes}").format(axes=", ".join(map(str, self.axes)))
        small = "" if self.epsilon == 1e-5 else f"ε {self.epsilon:g}"
        return ", ".join(part for part in (over, small) if part)

    def _spread(self, weight: Array | None, shape: Shape) -> Array | None:
        """A weight with one cell along each axis that it does not have, the batch included."""
        if weight is None:
            return None
        numbers = self._numbers(shape)
        return weight.reshape(1, *(size if at in numbers else 1 for at, size in enumerate(shape, 1)))

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """(x − mean) / sqrt(var + ε) · scale + shift."""
        shape = inputs[0].shape[1:]
        scale, shift = (self._spread(weights.get(name), shape) for name in ("weight", "bias"))
        return standardise(inputs[0], self._numbers(shape), self.epsilon, scale, shift, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """Mean and variance depend on the values too."""
        x, shape = done.inputs[0], done.inputs[0].shape[1:]
        numbers = self._numbers(shape)
        scale = self._spread(done.weights.get("weight"), shape)
        inner, products = standardise_gradient(x, done.gradient, numbers, self.epsilon, scale)
        if not done.for_weights or not self.affine:
            return Gradients((inner,))
        others = tuple(at for at in range(x.ndim) if at not in numbers)
        weight, bias = (array.sum(axis=others, dtype=np.float64) for array in (products, done.gradient))
        return Gradients((inner,), {"weight": weight.astype(x.dtype), "bias": bias.astype(x.dtype)})

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """It may write over its input: the statistics are known before."""
        return Plain(in_place=True)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """The axes are counted from the last one. Without a shift and with scales of 1 nothing is learned."""
        scale, bias = operator.arguments(constants, "scale", "bias")
        settings = operator.settings(axis=-1, epsilon=1e-5, stash_type=1)
        scale, axis, shape = operator.required(scale, "scale"), settings["axis"], operator.shape
        count = -axis if axis < 0 else (scale.ndim if shape is None else len(shape) + 1 - axis)
        if axis == 0 or count < 1:
            raise operator.refused(_("the axis is {axis}; the batch cannot be normalised").format(axis=axis))
        over, epsilon = list(range(-count, 0)), max(decimal(settings["epsilon"]), LEAST_EPSILON)
        if bias is None and np.all(scale == 1):
            return operator.read(cls, affine=False, axes=over, epsilon=epsilon)
        given = {"weight": scale, "bias": np.zeros_like(scale) if bias is None else bias}
        return operator.read(cls, given, axes=over, epsilon=epsilon)

    def _to_last(self, shape: Shape) -> tuple[int, ...]:
        """An order of the axes, the batch first, in which those that are normalised are the last ones."""
        numbers = self._numbers(shape)
        return (*(at for at in range(len(shape) + 1) if at not in numbers), *numbers)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``LayerNormalization`` of the last axes; others are put there and back."""
        shape, numbers = inputs[0], self._numbers(inputs[0])
        turned = not self._is_last(shape)
        source, target = ("turned", "normal") if turned else ("input0", "output")
        attributes = {"axis": -len(numbers), "epsilon": self.epsilon}
        if self.affine:
            norm = OnnxCall("LayerNormalization", (source, "weight", "bias"), attributes, target)
        else:
            ones = {"ones": np.ones([shape[at - 1] for at in numbers], np.float32)}
            norm = OnnxCall("LayerNormalization", (source, "ones"), attributes, target, ones)
        if not turned:
            return (norm,)
        order = self._to_last(shape)
        return (
            OnnxCall("Transpose", ("input0",), {"perm": list(order)}, "turned"),
            norm,
            OnnxCall("Transpose", ("normal",), {"perm": np.argsort(order).tolist()}),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.LayerNorm`` of the last axes; others are put there and back, as ``LayerNorm2d`` does."""
        shape, numbers = inputs[0], self._numbers(inputs[0])
        defaults = {"eps": 1e-5, "elementwise_affine": True}
        keywords = unlike({"eps": self.epsilon, "elementwise_affine": self.affine}, defaults)
        sizes = tuple(shape[at - 1] for at in numbers)
        norm = TorchCall("nn.LayerNorm", (sizes,), keywords, weights=tuple(self.weights(inputs)))
        if self._is_last(shape):
            return (norm,)
        order = self._to_last(shape)
        back = tuple(np.argsort(order).tolist())
        return in_turn(TorchCall("torch.permute", (order,)), norm, TorchCall("torch.permute", (back,)))

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.LayerNormalization``, whose channels are the last axis."""
        shape, numbers = inputs[0], self._numbers(inputs[0])
        # Channels behind the others, as in the arrays.
        places = [at - 1 if at > 1 else len(shape) for at in numbers]
        order = tuple(np.argsort(places).tolist())
        values = {"axis": tuple(sorted(places)), "epsilon": self.epsilon, "center": self.affine, "scale": self.affine}
        keywords = unlike(values, {"axis": (len(shape),), "epsilon": 1e-3, "center": True, "scale": True})
        turn = order if list(order) != sorted(order) else ()
        named = {"gamma": "weight", "beta": "bias"} if self.affine else {}
        weights = {name: KerasWeight(ours, turn) for name, ours in named.items()}
        return (KerasCall("layers.LayerNormalization", keywords=keywords, weights=weights),)
