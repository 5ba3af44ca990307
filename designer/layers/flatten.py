"""Flatten: a stack of maps becomes one vector."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.flat import Flat
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, in_turn
from designer.layer_api.families import Weightless
from designer.layer_api.geometry import Region, Shape, Window, whole
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Prepared
from designer.layer_api.quantities import number


@layer
class Flatten(Weightless):
    """Lays all values of the maps out as one vector, as a dense layer wants it.

    Formula
    -------
    y[(c·H + i)·W + j] = x[c, i, j]

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
    onnx_operators = ("Flatten", "Reshape")
    search_terms = ("reshape", "vector")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels · sizes,)."""
        return (math.prod(inputs[0]),)

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """None: a vector has no place on the image."""
        return None

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The box around the values from the first to the last: whole maps, rows of one map, or cells of one row."""
        first, last = ([int(at) for at in np.unravel_index(place, inputs[index])] for place in region[0])
        box: list[tuple[int, int]] = []
        for start, end in zip(first, last, strict=True):
            box.append((start, end))
            if start != end:
                break
        return (*box, *whole(inputs[index][len(box) :]))

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``16·5·5 = 400``."""
        factors = "·".join(str(size) for size in inputs[0])
        return (Formula(Quantity.OUTPUT, f"{factors} = {number(math.prod(inputs[0]))}"),)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The same values as (N, features)."""
        return Flat().run(inputs[0], out)

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((done.gradient.reshape(done.inputs[0].shape),))

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """Copying is all there is to be done."""
        return Prepared(self._prepare)

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
        wanted = [int(size) for size in operator.required(target, "shape").ravel()]
        features = None if operator.shape is None else math.prod(operator.shape)
        if len(wanted) != 2 or wanted[1] not in (-1, features):
            raise operator.refused(
                _("the shape is {came}; only one vector for each image can be read").format(came=wanted)
            )
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Flatten``."""
        return (OnnxCall("Flatten", attributes={"axis": 1}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Flatten``."""
        return (TorchCall("nn.Flatten"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Flatten`` of the channels moved to the front: the vector's order is the same as here."""
        flatten = KerasCall("layers.Flatten")
        axes = len(inputs[0])
        return in_turn(KerasCall("layers.Permute", ((axes, *range(1, axes)),)), flatten) if axes > 1 else (flatten,)
