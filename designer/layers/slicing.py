"""Parts of an array: a slice along one axis, and maps with their borders cut off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array, Index
from designer.kernels.rearrange import part_of, within_zeros
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, torch_pad
from designer.layer_api.families import axis_names, require_maps
from designer.layer_api.fields import LARGEST, integer, padding
from designer.layer_api.geometry import Padding, Region, Shape, Window, axes_text, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.list_fields import MOST_AXES
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.rearranging import Rearranging, axes_there, positive_axis


@layer
class Slice(Rearranging):
    """Takes a part along one axis: some channels, some rows, the first token.

    Start and end count as in Python: the end is not included, negative numbers count from the end. Every branch of a
    split is a slice of its own.

    Formula
    -------
    y[k] = x[start + k·step] along the axis, while start + k·step < end

    Source
    ------
    The rules are those of Python's slices, of PyTorch and of ONNX's ``Slice``.

    Example
    -------
    >>> make_layer("slice", axis=1, start=16, end=32).output_shape([(64, 28, 28)])
    (16, 28, 28)
    """

    kind = "slice"
    label = N_("Slice")
    category = Category.SHAPE
    prefix = "slice"
    gradient_reads = ()
    onnx_operators = ("Slice",)
    search_terms = ("split", "narrow", "chunk", "strided")

    axis: int = integer(
        1, low=-MOST_AXES, high=MOST_AXES, label=N_("Axis"), help=N_("1 is the channels, -1 the last axis.")
    )
    start: int = integer(0, low=-LARGEST, label=N_("Start"), help=N_("The first one; negative counts from the end."))
    end: int = integer(
        LARGEST,
        low=-LARGEST,
        label=N_("End"),
        help=N_("The first one that is left out; negative counts from the end. The default takes all."),
    )
    step: int = integer(1, label=N_("Step"), help=N_("Every how many-th is taken."))

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape, shorter along the axis."""
        number = positive_axis(self.axis, inputs[0])
        if number is None:
            raise ShapeProblem(
                _("axis {axis} is not there: {axes}").format(axis=self.axis, axes=axes_there(inputs[0])),
                SetFields({"axis": 1}),
            )
        size = inputs[0][number - 1]
        taken = range(size)[self._slice()]
        if not taken:
            raise ShapeProblem(
                _("nothing is left of {size} from {start} to {end}; set start below end, and within the axis").format(
                    size=size, start=self.start, end=self.end
                ),
                *(SetFields(values) for values in self._less_cut(size)),
            )
        return (*inputs[0][: number - 1], len(taken), *inputs[0][number:])

    def _less_cut(self, size: int) -> Sequence[Mapping[str, object]]:
        """One border left as it is, else both, that leaves something."""
        wide: dict[str, object] = {"start": 0, "end": LARGEST}
        cells = range(size)
        left = {"start": cells[: self.end : self.step], "end": cells[self.start :: self.step]}
        one = [{name: wide[name]} for name, taken in left.items() if taken]
        return one or [wide]

    def _slice(self) -> slice:
        return slice(self.start, self.end, self.step)

    def _taken(self, shape: Shape) -> tuple[int, range]:
        """Position of the axis in a shape, and what is taken of it."""
        number = positive_axis(self.axis, shape)
        assert number is not None
        return number - 1, range(shape[number - 1])[self._slice()]

    def _place(self, shape: Shape) -> Index:
        at, taken = self._taken(shape)
        return (slice(None),) * (at + 1) + (slice(taken.start, taken.stop, taken.step),)

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """One cell; where the axis is one of the image, every ``step``-th, the first being ``start``."""
        at, taken = self._taken(inputs[0])
        rank = len(inputs[0]) - 1
        if not at:
            return Window.cell(rank)
        ones, none = (1,) * rank, ((0, 0),) * rank
        cut = (-taken.start, taken[-1] + 1 - inputs[0][at])
        return Window(ones, (*ones[: at - 1], self.step, *ones[at:]), (*none[: at - 1], cut, *none[at:]), ones)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The same region, along the axis where it was taken from."""
        at, taken = self._taken(inputs[index])
        first, last = (taken.start + place * self.step for place in region[at])
        return (*region[:at], (first, last), *region[at + 1 :])

    def caption(self) -> str:
        """``axis 1, 16:32``."""
        end = "" if self.end == LARGEST else str(self.end)
        step = "" if self.step == 1 else f":{self.step}"
        return _("axis {axis}, {part}").format(axis=self.axis, part=f"{self.start}:{end}{step}")

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        return part_of(inputs[0], self._place(inputs[0].shape[1:]), out)

    def backward(self, done: ForwardPass) -> Gradients:
        """Zero for what was left out."""
        shape = done.inputs[0].shape
        return Gradients((within_zeros(done.gradient, self._place(shape[1:]), shape),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        given = operator.arguments(constants, "starts", "ends", "axes", "steps")
        # Until opset 9 they were attributes.
        old = operator.settings(starts=given[0], ends=given[1], axes=given[2])
        starts, ends = (operator.required(old[name], name) for name in ("starts", "ends"))
        steps = given[3] if given[3] is not None else np.ones(len(starts), np.int64)
        axes = old["axes"] if old["axes"] is not None else np.arange(len(starts))
        parts = [[int(value) for value in np.ravel(values)] for values in (axes, starts, ends, steps)]
        if [len(part) for part in parts] != [1] * 4:
            raise operator.refused(
                _("it cuts {count} axes; a slice along one axis can be read").format(count=len(parts[0]))
            )
        axis, start, end, step = (part[0] for part in parts)
        if axis == 0:
            raise operator.refused(_("it takes a part of the batch; only channels and cells can be cut"))
        # Files say the largest whole number where they mean the end.
        start, end = (max(-LARGEST, min(LARGEST, value)) for value in (start, end))
        return operator.read(cls, axis=axis, start=start, end=end, step=step)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Slice``."""
        values = {"starts": self.start, "ends": self.end, "axes": self.axis, "steps": self.step}
        constants = {name: np.array([value], np.int64) for name, value in values.items()}
        return (OnnxCall("Slice", ("input0", *constants), constants=constants),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.narrow``, with a step ``torch.take_along_dim``."""
        at, taken = self._taken(inputs[0])
        if self.step == 1:
            return (TorchCall("torch.narrow", (at + 1, taken.start, len(taken))),)
        places = np.array(taken, np.int64).reshape(*(1,) * (at + 1), -1, *(1,) * (len(inputs[0]) - at - 1))
        keywords, constants = {"dim": at + 1}, {"places": places}
        return (TorchCall("torch.take_along_dim", (), keywords, ("input0", "places"), constants=constants),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``ops.take`` along the axis."""
        at, taken = self._taken(inputs[0])
        keywords, constants = {"axis": at or len(inputs[0])}, {"places": np.array(taken, np.int64)}
        return (KerasCall("ops.take", (), keywords, ("input0", "places"), constants=constants),)


@layer
class Crop2D(Rearranging):
    """Cuts cells off the borders of the maps, each side by its own amount: what makes a U-Net's maps meet.

    Formula
    -------
    y[c, i, j] = x[c, i + top, j + left]

    Source
    ------
    Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation",
    arXiv:1505.04597, 2015.

    Example
    -------
    >>> make_layer("crop2d", cropping=4).output_shape([(512, 64, 64)])
    (512, 56, 56)
    """

    kind = "crop2d"
    label = N_("Crop 2D")
    category = Category.SHAPE
    prefix = "crop"
    gradient_reads = ()
    rank = 2
    onnx_operators = ("Slice",)
    search_terms = ("cropping2d", "centre crop", "center crop", "u-net")

    cropping: Padding = padding(1, same=False, label=N_("Cropping"), help=N_("Cells cut off at each side."))

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels, *sizes − cropping)."""
        require_maps(inputs[0], self.rank)
        sizes = tuple(size - sum(sides) for size, sides in zip(inputs[0][1:], self.cropping, strict=True))
        if min(sizes) < 1:
            fitting = tuple(
                sides if size > sum(sides) else ((size - 1) // 2,) * 2
                for size, sides in zip(inputs[0][1:], self.cropping, strict=True)
            )
            raise ShapeProblem(
                _("input is {came}; cutting {cut} cells off height and width leaves nothing: crop less").format(
                    came=shape_text(inputs[0]), cut=axes_text(tuple(sum(sides) for sides in self.cropping))
                ),
                SetFields({"cropping": fitting}),
            )
        return (inputs[0][0], *sizes)

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """One cell, moved by what is cut off."""
        ones = (1,) * self.rank
        return Window(ones, ones, tuple((-before, -after) for before, after in self.cropping), ones)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The same channels, the cells moved."""
        cells = zip(region[1:], self.cropping, strict=True)
        return (region[0], *((first + before, last + before) for (first, last), (before, _after) in cells))

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``64 − 4 − 4 = 56`` per axis."""
        lines = [
            f"{size} − {before} − {after} = {size - before - after}"
            for size, (before, after) in zip(inputs[0][1:], self.cropping, strict=True)
        ]
        names = ("",) if len(set(lines)) == 1 else axis_names(self.rank)
        return tuple(Formula(Quantity.OUTPUT, line, name) for line, name in zip(lines, names, strict=False))

    def caption(self) -> str:
        """What is cut off, once or of the four sides."""
        sides = tuple(side for axis in self.cropping for side in axis)
        return f"−{sides[0]}" if len(set(sides)) == 1 else "−" + ",".join(map(str, sides))

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """The cropping that leaves the wanted sizes, as much at both sides."""
        cuts = [size - want for size, want in zip(inputs[0][1:], wanted[1:], strict=False)]
        if len(cuts) == self.rank and min(cuts) >= 0:
            yield {"cropping": tuple((cut // 2, cut - cut // 2) for cut in cuts)}

    def _place(self, shape: Shape) -> Index:
        cut = (slice(before, size - after) for size, (before, after) in zip(shape[1:], self.cropping, strict=True))
        return (slice(None), slice(None), *cut)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        return part_of(inputs[0], self._place(inputs[0].shape[1:]), out)

    def backward(self, done: ForwardPass) -> Gradients:
        """Zero for what was cut off."""
        shape = done.inputs[0].shape
        return Gradients((within_zeros(done.gradient, self._place(shape[1:]), shape),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """A ``Slice`` of both axes of the image."""
        starts, ends, axes, steps = operator.arguments(constants, "starts", "ends", "axes", "steps")
        settings = operator.settings(starts=starts, ends=ends, axes=axes)
        parts = {name: np.ravel(operator.required(settings[name], name)).tolist() for name in settings}
        if sorted(parts["axes"]) != [2, 3] or (steps is not None and np.any(steps != 1)) or operator.shape is None:
            raise operator.refused(_("only height and width can be cut together, on maps of a known size"))
        cropping = [(0, 0)] * cls.rank
        for axis, start, end in zip(parts["axes"], parts["starts"], parts["ends"], strict=True):
            size = operator.shape[axis - 1]
            first, last, _step = slice(start, end).indices(size)
            cropping[axis - 2] = (first, size - last)
        return operator.read(cls, cropping=cropping)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Slice``."""
        sizes = zip(inputs[0][1:], self.cropping, strict=True)
        constants = {
            "starts": np.array([before for before, _after in self.cropping], np.int64),
            "ends": np.array([size - after for size, (_before, after) in sizes], np.int64),
            "axes": np.array([2, 3], np.int64),
        }
        return (OnnxCall("Slice", ("input0", *constants), constants=constants),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.ZeroPad2d`` below zero, or what passes the maps on where there is nothing to cut."""
        sides = tuple((-before, -after) for before, after in self.cropping)
        return torch_pad(sides) or (TorchCall("nn.Identity"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Cropping2D``."""
        return (KerasCall(f"layers.Cropping{self.rank}D", (self.cropping,)),)
