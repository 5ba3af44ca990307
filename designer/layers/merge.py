"""Joins of several paths: sum and concatenation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from designer.i18n import N_, _
from designer.kernels import merge
from designer.kernels.arrays.memory import Array
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.families import Weightless
from designer.layer_api.fields import integer
from designer.layer_api.geometry import Region, Shape, Window, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.list_fields import MOST_AXES
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Concatenation, Operation, Plain, Sum
from designer.layer_api.problems import MatchInputs, SetFields, ShapeProblem
from designer.layer_api.quantities import number
from designer.layer_api.rearranging import axes_there, positive_axis


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
    """Puts its inputs one behind the other: their channels, as an Inception block does (Szegedy et al., 2014).

    Along another axis rows, columns or tokens follow each other. All inputs must agree in the other axes.

    Formula
    -------
    y[c] = x₁[c] where c < C₁, x₂[c − C₁] where C₁ ≤ c < C₁ + C₂, …; along another axis alike

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
    onnx_operators = ("Concat",)
    gradient_reads = ()
    min_inputs = 2
    max_inputs = None
    search_terms = ("stack", "join", "inception", "dense block")

    axis: int = integer(
        1, low=-MOST_AXES, high=MOST_AXES, label=N_("Axis"), help=N_("1 is the channels, -1 the last axis.")
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The inputs' shape, longer along the axis."""
        place = positive_axis(self.axis, inputs[0])
        if place is None:
            raise ShapeProblem(
                _("axis {axis} is not there: {axes}").format(axis=self.axis, axes=axes_there(inputs[0])),
                SetFields({"axis": 1}),
            )
        if len({(*shape[: place - 1], *shape[place:]) for shape in inputs}) != 1:
            text = (
                _("inputs are {shapes}; they may differ in channels only")
                if place == 1
                else _("inputs are {shapes}; they may differ along axis {axis} only")
            )
            raise ShapeProblem(text.format(shapes=_listing(inputs), axis=place), *_matches(inputs, place))
        joined = sum(shape[place - 1] for shape in inputs)
        return (*inputs[0][: place - 1], joined, *inputs[0][place:])

    def _at(self, shape: Shape) -> int:
        """Position of the axis in a shape that has it."""
        return (positive_axis(self.axis, shape) or 1) - 1

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """One cell of each input; None where the cells of one lie beside those of another."""
        return super().window(inputs) if self._at(inputs[0]) == 0 else None

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The same cells, along the axis those that are of this input."""
        return self.reads_values(((0, self.output_shape(inputs)[0] - 1), *region), inputs, index)[1:]

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """What of this input is among that asked for."""
        at = self._at(inputs[0])
        before = sum(shape[at] for shape in inputs[:index])
        first, last = region[at]
        own = (max(first - before, 0), min(last - before, inputs[index][at] - 1))
        return (*region[:at], own, *region[at + 1 :])

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``64 + 128 = 192`` channels."""
        at = self._at(inputs[0])
        parts = " + ".join(str(shape[at]) for shape in inputs)
        total = number(sum(shape[at] for shape in inputs))
        return (Formula(Quantity.OUTPUT, f"{parts} = {total}", self._axis_text(at + 1)),)

    def caption(self) -> str:
        """What is joined."""
        return self._axis_text(self.axis)

    @staticmethod
    def _axis_text(axis: int) -> str:
        return _("channels") if axis == 1 else _("axis {axis}").format(axis=axis)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The inputs one after the other along the axis."""
        return merge.concatenate(inputs, out, self._at(inputs[0].shape[1:]) + 1)

    def backward(self, done: ForwardPass) -> Gradients:
        """Every input gets its own part."""
        at = self._at(done.inputs[0].shape[1:]) + 1
        ends = list(accumulate(array.shape[at] for array in done.inputs))
        lead = (slice(None),) * at
        slices = zip(done.inputs, ends, strict=True)
        return Gradients([done.gradient[(*lead, slice(end - array.shape[at], end))] for array, end in slices])

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """Each input has channels of its own in the output."""
        return Concatenation() if self._at(inputs[0]) == 0 else Plain()

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.data_only(constants)
        axis, shape = operator.settings(axis=1)["axis"], operator.shape
        if axis == 0:
            raise operator.refused(_("the axis is 0; it joins batches, and only channels and cells can be joined"))
        if len(operator.inputs) < 2:
            raise operator.refused(_("two inputs or more are wanted"))
        # Counted from the end, the channels are known by the number of axes.
        return operator.read(cls, axis=1 if shape is not None and axis == -len(shape) else axis)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Concat`` along the axis."""
        names = tuple(f"input{index}" for index in range(len(inputs)))
        return (OnnxCall("Concat", names, {"axis": self.axis}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.cat`` along the axis."""
        names = tuple(f"input{index}" for index in range(len(inputs)))
        return (TorchCall("torch.cat", keywords={"dim": self.axis}, inputs=names, as_list=True),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Concatenate`` along the axis; the channels are the last one."""
        names, at = tuple(f"input{index}" for index in range(len(inputs))), self._at(inputs[0])
        return (KerasCall("layers.Concatenate", keywords={"axis": at} if at else {}, inputs=names, as_list=True),)


def _matches(inputs: Sequence[Shape], free: int | None = None) -> tuple[MatchInputs, ...]:
    """One remedy for each input shape: bring the other inputs to it, but for a free axis; the largest map first."""
    remedies = []
    for model in sorted(set(inputs), key=lambda shape: shape[1:], reverse=True):
        wanted = tuple(None if shape == model else _like(model, shape, free) for shape in inputs)
        if any(want is not None and want != have for want, have in zip(wanted, inputs, strict=True)):
            remedies.append(MatchInputs(wanted))
    return tuple(remedies)


def _like(model: Shape, shape: Shape, free: int | None) -> Shape:
    """The model, with the shape's own size along the free axis."""
    if free is None or len(shape) < free:
        return model
    return (*model[: free - 1], shape[free - 1], *model[free:])
