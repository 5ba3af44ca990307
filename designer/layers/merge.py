"""Joins of several paths: sum and concatenation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from designer.i18n import N_, _
from designer.kernels import merge
from designer.kernels.arrays.memory import Array
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.families import Weightless
from designer.layer_api.geometry import Region, Shape, Window, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Concatenation, Operation, Sum
from designer.layer_api.problems import MatchInputs, ShapeProblem
from designer.layer_api.quantities import number


class Merge(Weightless):
    """Facts of a join: two inputs or more, cells see their own cell of every input."""

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """One cell of each input."""
        return Window.cell(len(inputs[0]) - 1)


def _listing(shapes: Sequence[Shape]) -> str:
    texts = [shape_text(shape) for shape in shapes]
    return _("{shapes} and {last}").format(shapes=", ".join(texts[:-1]), last=texts[-1])


@layer
class Add(Merge):
    """Adds its inputs value by value: the join of a residual block, out = F(x) + x (He et al., 2015).

    All inputs must have the same shape.

    Formula
    -------
    y = x₁ + x₂ + …

    Source
    ------
    He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", arXiv:1512.03385, 2015.

    Example
    -------
    >>> make_layer("add").forward([np.full((1, 2), 3, np.float32), np.ones((1, 2), np.float32)], {})
    array([[4., 4.]], dtype=float32)
    """

    kind = "add"
    label = N_("Add")
    category = Category.MERGE
    prefix = "add"
    gradient_reads = ()
    onnx_operators = ("Add", "Sum")
    min_inputs = 2
    max_inputs = None
    search_terms = ("sum", "residual", "skip")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The inputs' common shape."""
        if len(set(inputs)) != 1:
            raise ShapeProblem(
                _("inputs are {shapes}; they must have the same shape").format(shapes=_listing(inputs)),
                *_matches(inputs),
            )
        return inputs[0]

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        return region

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        text = " + ".join(shape_text(shape) for shape in inputs)
        return (Formula(Quantity.OUTPUT, f"{text} → {shape_text(inputs[0])}"),)

    def caption(self) -> str:
        return "Σ"

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Sum of the inputs."""
        return merge.add(inputs, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """Every input gets the gradient of the sum."""
        return Gradients((done.gradient,) * len(done.inputs))

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """A sum and nothing else."""
        return Sum()

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.data_only(constants)
        operator.settings()
        shapes = {operator.shapes[name] for name in operator.inputs if name in operator.shapes}
        if len(operator.inputs) < 2 or len(shapes) > 1:
            raise operator.refused(_("two inputs or more of one shape are wanted"))
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Sum``."""
        return (OnnxCall("Sum", tuple(f"input{index}" for index in range(len(inputs)))),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.add`` of two at a time."""
        sums = [f"sum{index}" for index in range(1, len(inputs) - 1)]
        return tuple(
            TorchCall("torch.add", inputs=(first, f"input{index}"), output=output)
            for index, (first, output) in enumerate(pairwise(["input0", *sums, "output"]), 1)
        )

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Add``."""
        names = tuple(f"input{index}" for index in range(len(inputs)))
        return (KerasCall("layers.Add", inputs=names, as_list=True),)


@layer
class Concat(Merge):
    """Stacks the channels of its inputs: the join of an Inception block (Szegedy et al., 2014).

    All inputs must agree in height and width.

    Formula
    -------
    y[c] = x₁[c] where c < C₁, x₂[c − C₁] where C₁ ≤ c < C₁ + C₂, …

    Source
    ------
    Szegedy et al., "Going Deeper with Convolutions", arXiv:1409.4842, 2014.

    Example
    -------
    >>> make_layer("concat").output_shape([(64, 28, 28), (128, 28, 28)])
    (192, 28, 28)
    """

    kind = "concat"
    label = N_("Concatenate")
    category = Category.MERGE
    prefix = "concat"
    gradient_reads = ()
    onnx_operators = ("Concat",)
    min_inputs = 2
    max_inputs = None
    search_terms = ("stack", "join", "inception", "dense block")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(sum of channels, *sizes)."""
        if len({shape[1:] for shape in inputs}) != 1:
            raise ShapeProblem(
                _("inputs are {shapes}; they may differ in channels only").format(shapes=_listing(inputs)),
                *_matches(inputs, keep_channels=True),
            )
        return (sum(shape[0] for shape in inputs), *inputs[0][1:])

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The channels of this input among those asked for."""
        before = sum(shape[0] for shape in inputs[:index])
        (first, last), *cells = region
        return ((max(first - before, 0), min(last - before, inputs[index][0] - 1)), *cells)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``64 + 128 = 192`` channels."""
        parts = " + ".join(str(shape[0]) for shape in inputs)
        channels = number(sum(shape[0] for shape in inputs))
        return (Formula(Quantity.OUTPUT, f"{parts} = {channels}", _("channels")),)

    def caption(self) -> str:
        """What is joined."""
        return _("channels")

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The inputs one after the other along the channels."""
        return merge.concatenate(inputs, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """Every input gets the part with its own channels."""
        ends = list(accumulate(array.shape[1] for array in done.inputs))
        slices = zip(done.inputs, ends, strict=True)
        return Gradients([done.gradient[:, end - array.shape[1] : end] for array, end in slices])

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """Each input has channels of its own in the output."""
        return Concatenation()

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.data_only(constants)
        axis, shape = operator.settings(axis=1)["axis"], operator.shape
        if axis != 1 and (shape is None or axis != -len(shape)):
            raise operator.refused(_("the axis is {axis}; only 1, the channels, can be read").format(axis=axis))
        if len(operator.inputs) < 2:
            raise operator.refused(_("two inputs or more are wanted"))
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Concat`` along the channels."""
        names = tuple(f"input{index}" for index in range(len(inputs)))
        return (OnnxCall("Concat", names, {"axis": 1}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.cat`` along the channels."""
        names = tuple(f"input{index}" for index in range(len(inputs)))
        return (TorchCall("torch.cat", keywords={"dim": 1}, inputs=names, as_list=True),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Concatenate`` along the last axis, the channels."""
        names = tuple(f"input{index}" for index in range(len(inputs)))
        return (KerasCall("layers.Concatenate", inputs=names, as_list=True),)


def _matches(inputs: Sequence[Shape], keep_channels: bool = False) -> tuple[MatchInputs, ...]:
    """One remedy for each input shape: bring the other inputs to it, the largest map first."""
    remedies = []
    for model in sorted(set(inputs), key=lambda shape: shape[1:], reverse=True):
        wanted = tuple(
            None if shape == model else ((shape[0], *model[1:]) if keep_channels else model) for shape in inputs
        )
        if any(want is not None and want != have for want, have in zip(wanted, inputs, strict=True)):
            remedies.append(MatchInputs(wanted))
    return tuple(remedies)
