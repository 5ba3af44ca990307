"""Joins that compute every value from the same place of each input: difference, product, maximum, average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.broadcasting import combine, summed_to
from designer.kernels.elementwise import each_value, empty_like
from designer.kernels.merge import add
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.families import Weightless
from designer.layer_api.geometry import Region, Shape, Window, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Plain
from designer.layer_api.problems import MatchInputs, ShapeProblem


class ElementwiseMerge(Weightless):
    """Facts of a join value by value of inputs of one shape."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The inputs' common shape."""
        if len(set(inputs)) != 1:
            raise ShapeProblem(
                _("inputs are {shapes}; they must have the same shape").format(shapes=_listing(inputs)),
                *_equal(inputs),
            )
        return inputs[0]

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """One cell of each input."""
        return Window.cell(len(inputs[0]) - 1)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        return region

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        text = ", ".join(shape_text(shape) for shape in inputs)
        return (Formula(Quantity.OUTPUT, f"{text} → {shape_text(self.output_shape(inputs))}"),)

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """It may write over its first input, where that has the shape of the output."""
        return Plain(in_place=inputs[0] == self.output_shape(inputs))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.data_only(constants)
        operator.settings()
        if len(operator.inputs) < cls.min_inputs:
            raise operator.refused(_("two inputs or more are wanted"))
        shapes = [operator.shapes[name] for name in operator.inputs if name in operator.shapes]
        if len(shapes) == len(operator.inputs):
            try:
                cls().output_shape(shapes)
            except ShapeProblem as problem:
                raise operator.refused(problem.message) from None
        return operator.read(cls)

    @staticmethod
    def names(inputs: Sequence[Shape]) -> tuple[str, ...]:
        """Of the inputs, in calls."""
        return tuple(f"input{index}" for index in range(len(inputs)))


def _listing(shapes: Sequence[Shape]) -> str:
    texts = [shape_text(shape) for shape in shapes]
    return _("{shapes} and {last}").format(shapes=", ".join(texts[:-1]), last=texts[-1])


def _equal(inputs: Sequence[Shape]) -> tuple[MatchInputs, ...]:
    """One remedy for each input shape: bring the other inputs to it, the largest map first."""
    models = sorted(set(inputs), key=lambda shape: shape[1:], reverse=True)
    return tuple(MatchInputs(tuple(None if shape == model else model for shape in inputs)) for model in models)


def _two_at_a_time(name: str, inputs: Sequence[Shape]) -> tuple[TorchCall, ...]:
    """A function of two values from left to right."""
    between = [f"so_far{index}" for index in range(1, len(inputs) - 1)]
    return tuple(
        TorchCall(name, inputs=(first, f"input{index}"), output=output)
        for index, (first, output) in enumerate(pairwise(["input0", *between, "output"]), 1)
    )


@layer
class Subtract(ElementwiseMerge):
    """The difference of its two inputs, value by value.

    Formula
    -------
    y = x₁ − x₂

    Source
    ------
    ONNX operator ``Sub``; PyTorch ``torch.sub``.

    Example
    -------
    >>> make_layer("subtract").forward([np.full((1, 2), 3, np.float32), np.ones((1, 2), np.float32)], {})
    array([[2., 2.]], dtype=float32)
    """

    kind = "subtract"
    label = N_("Subtract")
    category = Category.MERGE
    prefix = "subtract"
    gradient_reads = ()
    onnx_operators = ("Sub",)
    min_inputs = 2
    max_inputs = 2
    search_terms = ("difference", "minus")

    def caption(self) -> str:
        return "−"

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """First input less the second."""
        return combine(np.subtract, inputs, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """The gradient, and its negative."""
        negative = empty_like(done.gradient)
        each_value(lambda part, target: np.negative(part, out=target), done.gradient, negative)
        return Gradients((done.gradient, negative))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Sub``."""
        return (OnnxCall("Sub", self.names(inputs)),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.sub``."""
        return (TorchCall("torch.sub", inputs=self.names(inputs)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Subtract``."""
        return (KerasCall("layers.Subtract", inputs=self.names(inputs), as_list=True),)


@layer
class Multiply(ElementwiseMerge):
    """The product of its two inputs, value by value: a gate, as in squeeze-and-excitation.

    Along an axis on which one of them has a single cell (or channel), that one stands for all: channels × 1 × 1 scales
    the channels of a map, 1 × height × width its places.

    Formula
    -------
    y = x₁ · x₂

    Source
    ------
    Hu, Shen and Sun, "Squeeze-and-Excitation Networks", CVPR 2018.

    Example
    -------
    >>> make_layer("multiply").output_shape([(64, 28, 28), (64, 1, 1)])
    (64, 28, 28)
    """

    kind = "multiply"
    label = N_("Multiply")
    category = Category.MERGE
    prefix = "multiply"
    onnx_operators = ("Mul",)
    min_inputs = 2
    max_inputs = 2
    search_terms = ("product", "gate", "scale", "squeeze", "excitation", "attention")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The shape to which both stretch."""
        first, second = inputs
        fits = len(first) == len(second) and all(a == b or 1 in (a, b) for a, b in zip(first, second, strict=True))
        if not fits:
            text = _("inputs are {shapes}; along each axis they must agree, or one of them have a single cell")
            raise ShapeProblem(text.format(shapes=_listing(inputs)), *_equal(inputs))
        return tuple(max(a, b) for a, b in zip(first, second, strict=True))

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """One cell of the input that has all of them."""
        return Window.cell(len(inputs[0]) - 1)

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The same cells, or the one that stands for all."""
        return self._reads(region, inputs[index][1:])

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        return self._reads(region, inputs[index])

    @staticmethod
    def _reads(region: Region, sizes: Sequence[int]) -> Region:
        return tuple((0, 0) if size == 1 else ends for ends, size in zip(region, sizes, strict=True))

    def caption(self) -> str:
        return "×"

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Product of the inputs."""
        return combine(np.multiply, inputs, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """The gradient times the other input, added up where one value stood for several."""
        first, second = done.inputs
        return Gradients(
            (
                summed_to(combine(np.multiply, (done.gradient, second)), first.shape),
                summed_to(combine(np.multiply, (done.gradient, first)), second.shape),
            )
        )

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Mul``."""
        return (OnnxCall("Mul", self.names(inputs)),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.mul``."""
        return (TorchCall("torch.mul", inputs=self.names(inputs)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Multiply``."""
        return (KerasCall("layers.Multiply", inputs=self.names(inputs), as_list=True),)


@layer
class Maximum(ElementwiseMerge):
    """The largest value of its inputs at each place.

    Formula
    -------
    y = max(x₁, x₂, …)

    Source
    ------
    Goodfellow, Warde-Farley, Mirza, Courville and Bengio, "Maxout Networks", ICML 2013.

    Example
    -------
    >>> make_layer("maximum").forward([np.array([[3, 0]], np.float32), np.ones((1, 2), np.float32)], {})
    array([[3., 1.]], dtype=float32)
    """

    kind = "maximum"
    label = N_("Maximum")
    category = Category.MERGE
    prefix = "maximum"
    onnx_operators = ("Max",)
    min_inputs = 2
    max_inputs = None
    search_terms = ("max", "maxout")

    def caption(self) -> str:
        return "max"

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Largest of the inputs."""
        return combine(np.maximum, inputs, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """As PyTorch's maximum of two at a time: of equal values each gets half."""
        so_far = [done.inputs[0]]
        for array in done.inputs[1:]:
            so_far.append(combine(np.maximum, (so_far[-1], array)))
        gradient, found = done.gradient, []
        for left, right in zip(reversed(so_far[:-1]), reversed(done.inputs[1:]), strict=True):
            share = combine(np.greater, (right, left), empty_like(right)) * 0.5
            share += combine(np.greater_equal, (right, left), empty_like(right)) * 0.5
            found.append(combine(np.multiply, (gradient, share)))
            gradient = combine(np.multiply, (gradient, 1 - share))
        return Gradients((gradient, *reversed(found)))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Max``."""
        return (OnnxCall("Max", self.names(inputs)),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.maximum`` of two at a time."""
        return _two_at_a_time("torch.maximum", inputs)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Maximum``."""
        return (KerasCall("layers.Maximum", inputs=self.names(inputs), as_list=True),)


@layer
class Average(ElementwiseMerge):
    """The mean of its inputs at each place.

    Formula
    -------
    y = (x₁ + … + xₙ) / n

    Source
    ------
    ONNX operator ``Mean``; Keras ``layers.Average``.

    Example
    -------
    >>> make_layer("average").forward([np.full((1, 2), 3, np.float32), np.ones((1, 2), np.float32)], {})
    array([[2., 2.]], dtype=float32)
    """

    kind = "average"
    label = N_("Average")
    category = Category.MERGE
    prefix = "average"
    gradient_reads = ()
    onnx_operators = ("Mean",)
    min_inputs = 2
    max_inputs = None
    search_terms = ("mean", "ensemble")

    def caption(self) -> str:
        return _("mean")

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Mean of the inputs."""
        out = add(inputs, out)
        each_value(lambda part: np.multiply(part, 1 / len(inputs), out=part), out)
        return out

    def backward(self, done: ForwardPass) -> Gradients:
        """Every input gets the same share."""
        share = empty_like(done.gradient)
        count = len(done.inputs)
        each_value(lambda part, target: np.multiply(part, 1 / count, out=target), done.gradient, share)
        return Gradients((share,) * count)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Mean``."""
        return (OnnxCall("Mean", self.names(inputs)),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.stack`` and ``torch.mean`` over what is stacked."""
        stack = TorchCall("torch.stack", inputs=self.names(inputs), output="stacked", as_list=True)
        return (stack, TorchCall("torch.mean", keywords={"dim": 0}, inputs=("stacked",)))

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Average``."""
        return (KerasCall("layers.Average", inputs=self.names(inputs), as_list=True),)
