"""Pooling: one number for each window of each channel."""

from __future__ import annotations

import abc
import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.gradients.linear_maps import adjoint, mean_maps
from designer.kernels.gradients.max_pool import max_pool_gradient
from designer.kernels.pool import average_pool, max_pool, prepare_average_pool, prepare_max_pool
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.emit import (
    KerasCall,
    OnnxCall,
    TorchCall,
    in_turn,
    is_even,
    keras_pad,
    one_or_axes,
    torch_pad,
    unlike,
)
from designer.layer_api.families import Weightless, Windowed
from designer.layer_api.fields import boolean, padding, pair
from designer.layer_api.geometry import Padding, Shape, axes_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Layer, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Prepared
from designer.layer_api.problems import SetFields, ShapeProblem


class Pooling(Windowed, Weightless):
    """Facts of a pooling over any number of spatial axes; channels stay."""

    ceil_mode: bool

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """Where each window reads is known beforehand."""
        return Prepared(self._prepare)

    @abc.abstractmethod
    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel: ...

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels, *sizes)."""
        sizes = self.spatial_sizes(inputs)
        for side, kernel in zip(self.window(inputs).padding, self.kernel, strict=True):
            if max(side) * 2 > kernel:
                raise ShapeProblem(
                    _(
                        "padding {padding} is more than half the kernel {kernel}: a window would see only padding"
                    ).format(padding=max(side), kernel=axes_text(self.kernel)),
                    SetFields({"padding": tuple(k // 2 for k in self.kernel)}),
                )
        return (inputs[0][0], *sizes)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        return self.explain_sizes(inputs)

    def caption(self) -> str:
        """``2×2, s2``."""
        return self.caption_window() + (", " + _("ceil") if self.ceil_mode else "")

    def onnx_window(self, inputs: Sequence[Shape]) -> dict[str, object]:
        """Attributes that ONNX poolings share."""
        sides = self.sides(inputs[0][1:])
        window = self.window(inputs)
        floored = attrs.evolve(window, ceil_mode=False)
        # ONNX's shape inference, unlike its operators, keeps a last window that starts in the padding: only ask it to
        # round up where something is left to round.
        rounds_up = window.output_sizes(inputs[0][1:]) != floored.output_sizes(inputs[0][1:])
        return {
            "kernel_shape": list(self.kernel),
            "strides": list(self.steps()),
            "pads": [before for before, _after in sides] + [after for _before, after in sides],
            "ceil_mode": int(rounds_up),
        }

    def whole_windows(self, inputs: Sequence[Shape]) -> Padding:
        """Padding with which every window lies inside of the map, so that nothing has to be rounded up."""
        sizes = inputs[0][1:]
        axes = zip(sizes, self.sides(sizes), self.output_shape(inputs)[1:], self.kernel, self.steps(), strict=True)
        return tuple(
            (before, max(after, (count - 1) * s + k - size - before)) for size, (before, after), count, k, s in axes
        )

    def torch_module(self, name: str, sides: Padding | None = None, **more: Any) -> TorchCall:
        """PyTorch's pooling over this window; it pads these sides itself, None: all windows are inside already."""
        values = {
            "stride": None if self.steps() == self.kernel else one_or_axes(self.steps()),
            "padding": one_or_axes([before for before, _after in sides or ((0, 0),)]),
            "ceil_mode": self.ceil_mode and sides is not None,
            **more,
        }
        defaults = {"stride": None, "padding": 0, "ceil_mode": False, "count_include_pad": True}
        return TorchCall(name, (one_or_axes(self.kernel),), unlike(values, defaults))

    def keras_layer(self, name: str, padding: str) -> KerasCall:
        """Keras's pooling over this window, ``"same"`` or ``"valid"``."""
        steps = None if self.steps() == self.kernel else one_or_axes(self.steps())
        keywords = unlike({"strides": steps, "padding": padding}, {"strides": None, "padding": "valid"})
        return KerasCall(name, (one_or_axes(self.kernel),), keywords)


def window_of_onnx(cls: type[Layer], operator: OnnxOperator, constants: Constants, **own: int) -> dict[str, Any]:
    """The fields that ONNX poolings share; ``own`` are the attributes of one of them with their defaults."""
    operator.arguments(constants)
    kernel = operator.attributes.get("kernel_shape", ())
    rank = len(kernel)
    operator.require_rank(cls, rank)
    ones = [1] * rank
    settings = operator.settings(
        kernel_shape=(), strides=ones, pads=[], dilations=ones, auto_pad="", ceil_mode=0, **own
    )
    operator.fixed(dilations=ones)
    strides = list(settings["strides"])
    return {
        "kernel": tuple(kernel),
        "stride": None if strides == list(kernel) else strides,
        "padding": operator.padding(rank),
        "ceil_mode": bool(settings["ceil_mode"]),
    }


@layer
class MaxPool2D(Pooling):
    """Largest value of each window: keeps the strongest response and shrinks the map.

    A stride equal to the kernel, the default, makes the windows tile the map.

    Formula
    -------
    y[c, i, j] = max of x[c, i·S + u − P, j·S + v − P] over u, v

    Source
    ------
    Scherer, Müller and Behnke, "Evaluation of Pooling Operations in Convolutional Architectures for Object
    Recognition", ICANN 2010.

    Example
    -------
    >>> make_layer("max_pool2d", kernel=3, stride=2, padding=1).output_shape([(64, 112, 112)])
    (64, 56, 56)
    """

    kind = "max_pool2d"
    label = N_("Max pooling 2D")
    category = Category.POOLING
    prefix = "pool"
    onnx_operators = ("MaxPool",)
    rank = 2
    search_terms = ("maxpool2d", "subsampling", "downsample")

    kernel: tuple[int, ...] = pair(2, label=N_("Kernel"), unit="px", help=N_("Height and width of the window."))
    stride: tuple[int, ...] | None = pair(
        None,
        label=N_("Stride"),
        unit="px",
        help=N_("How far the window moves."),
        optional=N_("as the kernel"),
    )
    padding: str | Padding = padding(
        0, label=N_("Padding"), help=N_("Cells added around the input; they never win the maximum.")
    )
    ceil_mode: bool = boolean(
        False,
        label=N_("Round up"),
        help=N_("Let a last window hang over the edge instead of dropping the rest."),
    )

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Maximum per window."""
        return max_pool(
            inputs[0],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(inputs[0].shape[2:]),
            ceil_mode=self.ceil_mode,
            out=out,
        )

    def backward(self, done: ForwardPass) -> Gradients:
        """To the first of the largest values of each window, as PyTorch does."""
        inner = max_pool_gradient(
            done.inputs[0],
            done.output,
            done.gradient,
            self.kernel,
            stride=self.steps(),
            padding=self.sides(done.inputs[0].shape[2:]),
            ceil_mode=self.ceil_mode,
        )
        return Gradients((inner,))

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return prepare_max_pool(
            images[2:],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(images[2:]),
            ceil_mode=self.ceil_mode,
        )

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        fields = window_of_onnx(cls, operator, constants, storage_order=0)
        operator.fixed(storage_order=0)
        return operator.read(cls, **fields)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``MaxPool``."""
        return (OnnxCall("MaxPool", ("input0",), self.onnx_window(inputs)),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.MaxPool2d``; where the sides differ, of maps padded with what never wins."""
        sides = self.sides(inputs[0][1:])
        name = f"nn.MaxPool{self.rank}d"
        if is_even(sides):
            return (self.torch_module(name, sides),)
        return in_turn(*torch_pad(self.whole_windows(inputs), -math.inf), self.torch_module(name))

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.MaxPooling2D``; where Keras would pad otherwise, of maps padded with what never wins."""
        name = f"layers.MaxPooling{self.rank}D"
        if isinstance(self.padding, str):
            return (self.keras_layer(name, "same"),)
        return in_turn(*keras_pad(self.whole_windows(inputs), -math.inf), self.keras_layer(name, "valid"))


@layer
class AveragePool2D(Pooling):
    """Mean of each window: blurs and shrinks the map.

    Used as the subsampling of LeNet-5 (LeCun et al., 1998).

    Formula
    -------
    y[c, i, j] = Σ x[c, i·S + u − P, j·S + v − P] / n over u, v; n cells count

    Source
    ------
    LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition", Proceedings of the
    IEEE 86, 1998.

    Example
    -------
    >>> make_layer("avg_pool2d", kernel=2).output_shape([(6, 28, 28)])
    (6, 14, 14)
    """

    kind = "avg_pool2d"
    label = N_("Average pooling 2D")
    category = Category.POOLING
    prefix = "avgpool"
    onnx_operators = ("AveragePool",)
    rank = 2
    search_terms = ("avgpool2d", "mean", "subsampling", "downsample")

    kernel: tuple[int, ...] = pair(2, label=N_("Kernel"), unit="px", help=N_("Height and width of the window."))
    stride: tuple[int, ...] | None = pair(
        None,
        label=N_("Stride"),
        unit="px",
        help=N_("How far the window moves."),
        optional=N_("as the kernel"),
    )
    padding: str | Padding = padding(0, label=N_("Padding"), help=N_("Zeros added around the input."))
    ceil_mode: bool = boolean(
        False,
        label=N_("Round up"),
        help=N_("Let a last window hang over the edge instead of dropping the rest."),
    )
    count_include_pad: bool = boolean(
        True,
        label=N_("Count padding"),
        help=N_("Divide by the whole window, padding included, near the border."),
    )

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Mean per window."""
        return average_pool(
            inputs[0],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(inputs[0].shape[2:]),
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
            out=out,
        )

    def backward(self, done: ForwardPass) -> Gradients:
        """Each cell gets its share of every window that it lies in."""
        maps = mean_maps(
            done.inputs[0].shape[2:],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(done.inputs[0].shape[2:]),
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
        )
        return Gradients((adjoint(done.gradient, maps),))

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return prepare_average_pool(
            images[2:],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(images[2:]),
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
        )

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        fields = window_of_onnx(cls, operator, constants, count_include_pad=0)
        counted = bool(operator.attributes.get("count_include_pad", 0))
        # Without padding there is nothing to count: then the layer's default says the same.
        padded = fields["padding"] == "same" or any(map(any, fields["padding"]))
        return operator.read(cls, **fields, count_include_pad=counted or not padded)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``AveragePool``."""
        attributes = {**self.onnx_window(inputs), "count_include_pad": int(self.count_include_pad)}
        return (OnnxCall("AveragePool", ("input0",), attributes),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.AvgPool2d``; where the sides differ, of padded maps, scaled to the cells that count."""
        sides = self.sides(inputs[0][1:])
        name = f"nn.AvgPool{self.rank}d"
        if is_even(sides):
            return (self.torch_module(name, sides, count_include_pad=self.count_include_pad),)
        scaling = (
            TorchCall("torch.mul", inputs=("input0", f"scale{axis}"), constants={f"scale{axis}": factors})
            for axis, factors in self._scales(inputs, trailing=0).items()
        )
        return in_turn(*torch_pad(self.whole_windows(inputs)), self.torch_module(name), *scaling)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.AveragePooling2D``; where Keras counts otherwise, of padded maps, scaled to the cells that count."""
        name = f"layers.AveragePooling{self.rank}D"
        if isinstance(self.padding, str) and not self.count_include_pad:
            return (self.keras_layer(name, "same"),)
        scaling = (
            KerasCall("ops.multiply", inputs=("input0", f"scale{axis}"), constants={f"scale{axis}": factors})
            for axis, factors in self._scales(inputs, trailing=1).items()
        )
        return in_turn(*keras_pad(self.whole_windows(inputs)), self.keras_layer(name, "valid"), *scaling)

    def _scales(self, inputs: Sequence[Shape], *, trailing: int) -> dict[int, Array]:
        """By axis, what a mean over all cells of a window is multiplied by where some of them do not count.

        An array has the axes of the output from its own on, and ``trailing`` more (the channels, where they are last).
        """
        scales = {}
        sizes = inputs[0][1:]
        axes = zip(self.output_shape(inputs)[1:], self.sides(sizes), strict=True)
        for axis, (count, (before, after)) in enumerate(axes):
            kernel, first = self.kernel[axis], np.arange(count) * self.steps()[axis] - before
            low, high = (-before, sizes[axis] + after) if self.count_include_pad else (0, sizes[axis])
            counted = np.minimum(first + kernel, high) - np.maximum(first, low)
            if (counted != kernel).any():
                shape = (count, *(1,) * (self.rank - 1 - axis + trailing))
                scales[axis] = (kernel / counted).astype(np.float32).reshape(shape)
        return scales
