"""Flatten: a stack of maps becomes one vector, or maps become rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.flat import Flat
from designer.kernels.arrays.memory import Array
from designer.kernels.rearrange import reshaped
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.fields import integer
from designer.layer_api.geometry import Region, Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.list_fields import MOST_AXES
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Plain, Prepared
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.quantities import number
from designer.layer_api.rearranging import Rearranging, axes_there, box_of_run, keras_channels_first


@layer
class Flatten(Rearranging):
    """Lays all values of the maps out as one vector, as a dense layer wants it.

    From axis 2 on, the values of each channel become one row: the patches of a vision transformer.

    Formula
    -------
    y[(c·H + i)·W + j] = x[c, i, j]; from axis 2 on y[c, i·W + j] = x[c, i, j]

    Source
    ------
    The order is that of PyTorch's ``nn.Flatten`` and of ONNX's ``Flatten``.

    Example
    -------
    >>> make_layer("flatten").output_shape([(16, 5, 5)])
    (400,)
    """

    kind = "flatten"
    label = N_("Flatten")
    category = Category.SHAPE
    prefix = "flatten"
    gradient_reads = ()
    onnx_operators = ("Flatten", "Reshape")
    search_terms = ("reshape", "vector")

    axis: int = integer(
        1,
        high=MOST_AXES,
        label=N_("First axis"),
        help=N_("The first axis that is laid out; 1 is the channels, so that everything becomes one vector."),
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels · sizes,), or the axes before the first and the product of the others."""
        if self.axis > len(inputs[0]):
            raise ShapeProblem(
                _("axis {axis} is not there: {axes}").format(axis=self.axis, axes=axes_there(inputs[0])),
                SetFields({"axis": len(inputs[0])}),
            )
        before, laid = inputs[0][: self.axis - 1], inputs[0][self.axis - 1 :]
        return (*before, math.prod(laid))

    def caption(self) -> str:
        """Nothing, or from where on."""
        return "" if self.axis == 1 else _("from axis {axis}").format(axis=self.axis)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The box around the values from the first to the last: whole maps, rows of one map, or cells of one row."""
        kept = self.axis - 1
        return (*region[:kept], *box_of_run(*region[kept], inputs[index][kept:]))

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``16·5·5 = 400``."""
        laid = inputs[0][self.axis - 1 :]
        factors = "·".join(str(size) for size in laid)
        return (Formula(Quantity.OUTPUT, f"{factors} = {number(math.prod(laid))}"),)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The same values as (N, features), or (N, rows, features)."""
        if self.axis == 1:
            return Flat().run(inputs[0], out)
        return reshaped(inputs[0], self.output_shape([inputs[0].shape[1:]]), out)

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((done.gradient.reshape(done.inputs[0].shape),))

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """Copying is all there is to be done."""
        return Prepared(self._prepare) if self.axis == 1 else Plain()

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return Flat()

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """``Reshape`` to one vector for each image, which is how PyTorch writes ``x.view(len(x), -1)``."""
        if operator.op == "Flatten":
            operator.arguments(constants)
            operator.settings(axis=1)
            operator.fixed(axis=1)
            return operator.read(cls)
        (target,) = operator.arguments(constants, "shape")
        operator.settings(allowzero=0)
        _batch, *wanted = [int(size) for size in operator.required(target, "shape").ravel()]
        before, known = wanted[:-1], operator.shape
        # A zero is the size that the input has there.
        kept = known is not None and len(before) < len(known) and before == list(known[: len(before)])
        laid = None if known is None else math.prod(known[len(before) :])
        if not wanted or (any(before) and not kept) or wanted[-1] not in (-1, laid):
            raise operator.refused(
                _("the shape is {came}; only one vector for each image can be read").format(came=wanted)
            )
        return operator.read(cls, axis=len(wanted))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Flatten``, or ``Reshape`` that keeps the axes before the first."""
        if self.axis == 1:
            return (OnnxCall("Flatten", attributes={"axis": 1}),)
        shape = np.array([0] * self.axis + [-1], np.int64)
        return (OnnxCall("Reshape", ("input0", "shape"), constants={"shape": shape}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Flatten``."""
        return (TorchCall("nn.Flatten", (self.axis,) if self.axis > 1 else ()),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Flatten`` of the channels moved to the front: the vector's order is the same as here."""
        shape = self.output_shape(inputs)
        call = KerasCall("layers.Flatten") if self.axis == 1 else KerasCall("layers.Reshape", (shape,))
        return keras_channels_first(call, before=len(inputs[0]), after=len(shape))
