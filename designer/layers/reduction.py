"""Mean and maximum over chosen axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.reduction import max_gradient, mean_gradient, reduce_max, reduce_mean
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.fields import boolean
from designer.layer_api.geometry import Region, Shape, Window
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, layer
from designer.layer_api.list_fields import axes
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.rearranging import Rearranging, axes_there, keras_channels_first, positive_axis


class Reduction(Rearranging):
    """Facts of a layer that makes one value of all values along some axes."""

    torch_function: ClassVar[str]
    keras_function: ClassVar[str]

    axes: tuple[int, ...]
    keepdims: bool

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape, without the axes or with one cell along them."""
        shape = inputs[0]
        numbers = [positive_axis(axis, shape) for axis in self.axes]
        there = sorted({number for number in numbers if number is not None})
        if len(there) < len(self.axes):
            raise ShapeProblem(
                _("axes {axes} are wanted, each once; {there}").format(
                    axes=", ".join(map(str, self.axes)), there=axes_there(shape)
                ),
                SetFields({"axes": there or [len(shape)]}),
            )
        if self.keepdims:
            return tuple(1 if number in there else size for number, size in enumerate(shape, 1))
        if len(there) == len(shape):
            raise ShapeProblem(
                _("nothing is left of {there}; keep the axes with one cell each").format(there=axes_there(shape)),
                SetFields({"keepdims": True}),
            )
        return tuple(size for number, size in enumerate(shape, 1) if number not in there)

    def _numbers(self, shape: Shape) -> tuple[int, ...]:
        """The axes from 1 on, in order; only where there is an output."""
        return tuple(sorted(positive_axis(axis, shape) or 0 for axis in self.axes))

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """The whole map along the axes, one cell along the others; None where axes are left out."""
        if not self.keepdims:
            return None
        numbers = self._numbers(inputs[0])
        kernel = tuple(size if at in numbers else 1 for at, size in enumerate(inputs[0][1:], 2))
        ones = (1,) * len(kernel)
        return Window(kernel, ones, ((0, 0),) * len(kernel), ones)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The whole axes that are left out, and the same places of the others."""
        numbers, given = self._numbers(inputs[index]), iter(region)
        found = []
        for number, size in enumerate(inputs[index], 1):
            kept = next(given) if self.keepdims or number not in numbers else None
            found.append((0, size - 1) if number in numbers or kept is None else kept)
        return tuple(found)

    def caption(self) -> str:
        """``axes 2, 3``."""
        return _("axes {axes}").format(axes=", ".join(map(str, self.axes)))

    def _reduced_out(self, out: Array | None, numbers: tuple[int, ...]) -> Array | None:
        """``out`` without the axes that have one cell."""
        return np.squeeze(out, numbers) if out is not None and self.keepdims else out

    def _kept(self, result: Array, numbers: tuple[int, ...]) -> Array:
        return np.expand_dims(result, numbers) if self.keepdims else result

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        (given,) = operator.arguments(constants, "axes")
        # Until opset 17 the axes were an attribute.
        settings = operator.settings(axes=given, keepdims=1, noop_with_empty_axes=0)
        numbers = [int(axis) for axis in np.ravel(operator.required(settings["axes"], "axes"))]
        if 0 in numbers or not numbers:
            raise operator.refused(_("it reduces the batch too; axes of channels and cells can be read"))
        return operator.read(cls, axes=numbers, keepdims=bool(settings["keepdims"]))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``ReduceMean`` or ``ReduceMax``."""
        constants = {"axes": np.array(self.axes, np.int64)}
        return (
            OnnxCall(self.onnx_operators[0], ("input0", "axes"), {"keepdims": int(self.keepdims)}, "output", constants),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.mean`` or ``torch.amax``."""
        keepdim = {"keepdim": True} if self.keepdims else {}
        return (TorchCall(self.torch_function, keywords={"dim": self.axes, **keepdim}),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``ops.mean`` or ``ops.max`` of the channels moved to the front."""
        keepdims = {"keepdims": True} if self.keepdims else {}
        call = KerasCall(self.keras_function, keywords={"axis": self._numbers(inputs[0]), **keepdims})
        return keras_channels_first(call, before=len(inputs[0]), after=len(self.output_shape(inputs)))


@layer
class ReduceMean(Reduction):
    """Mean over chosen axes: over the cells of every map, over the tokens of a transformer.

    Formula
    -------
    y = mean of x over all places along the axes

    Source
    ------
    The rules are those of PyTorch's ``torch.mean`` and of ONNX's ``ReduceMean``.

    Example
    -------
    >>> make_layer("reduce_mean").output_shape([(512, 7, 7)])
    (512,)
    """

    kind = "reduce_mean"
    label = N_("Mean over axes")
    category = Category.POOLING
    prefix = "mean"
    gradient_reads = ()
    onnx_operators = ("ReduceMean",)
    search_terms = ("average", "reduce")
    torch_function = "torch.mean"
    keras_function = "ops.mean"

    axes: tuple[int, ...] = axes((2, 3), label=N_("Axes"), help=N_("Over which; 1 is the channels, -1 the last axis."))
    keepdims: bool = boolean(False, label=N_("Keep axes"), help=N_("Leave the axes in place, with one cell each."))

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        numbers = self._numbers(inputs[0].shape[1:])
        found = reduce_mean(inputs[0], numbers, self._reduced_out(out, numbers))
        return self._kept(found, numbers) if out is None else out

    def backward(self, done: ForwardPass) -> Gradients:
        """To all values of a run alike."""
        x = done.inputs[0]
        numbers = self._numbers(x.shape[1:])
        gradient = np.squeeze(done.gradient, numbers) if self.keepdims else done.gradient
        return Gradients((mean_gradient(gradient, x.shape, numbers),))


@layer
class ReduceMax(Reduction):
    """Largest value over chosen axes: the strongest answer, wherever along them it came.

    Formula
    -------
    y = max of x over all places along the axes

    Source
    ------
    The rules are those of PyTorch's ``torch.amax`` and of ONNX's ``ReduceMax``.

    Example
    -------
    >>> make_layer("reduce_max", axes=1, keepdims=True).output_shape([(64, 28, 28)])
    (1, 28, 28)
    """

    kind = "reduce_max"
    label = N_("Maximum over axes")
    category = Category.POOLING
    prefix = "max"
    onnx_operators = ("ReduceMax",)
    search_terms = ("amax", "largest", "reduce")
    torch_function = "torch.amax"
    keras_function = "ops.max"

    axes: tuple[int, ...] = axes((2, 3), label=N_("Axes"), help=N_("Over which; 1 is the channels, -1 the last axis."))
    keepdims: bool = boolean(False, label=N_("Keep axes"), help=N_("Leave the axes in place, with one cell each."))

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        numbers = self._numbers(inputs[0].shape[1:])
        found = reduce_max(inputs[0], numbers, self._reduced_out(out, numbers))
        return self._kept(found, numbers) if out is None else out

    def backward(self, done: ForwardPass) -> Gradients:
        """To the first of the largest values."""
        x = done.inputs[0]
        numbers = self._numbers(x.shape[1:])
        gradient = np.squeeze(done.gradient, numbers) if self.keepdims else done.gradient
        return Gradients((max_gradient(x, gradient, numbers),))
