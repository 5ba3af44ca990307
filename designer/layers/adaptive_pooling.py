"""Adaptive pooling: a map of a chosen size, whatever the size of the image."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from designer.i18n import N_, _
from designer.kernels.adaptive_max_pool import adaptive_max_gradient, adaptive_max_pool, window_cells
from designer.kernels.adaptive_pool import prepare_adaptive_average_pool
from designer.kernels.arrays.memory import Array
from designer.kernels.arrays.windows import adaptive_cells, adaptive_window
from designer.kernels.gradients.linear_maps import adaptive_maps, adjoint
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, in_turn, one_or_axes
from designer.layer_api.families import Weightless, require_maps
from designer.layer_api.fields import pair
from designer.layer_api.geometry import AxisPattern, Pattern, Region, Shape, Window, axes_text, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer, shared_fields
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Prepared


@shared_fields
class AdaptivePooling(Weightless):
    """Facts of a pooling over as many windows as the output is to have cells."""

    output: tuple[int, ...] = pair(7, label=N_("Output"), unit="px", help=N_("Height and width of the output."))

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels, *output)."""
        require_maps(inputs[0], self.rank)
        return (inputs[0][0], *self.output)

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """The window; None where windows differ in length or distance, or repeat cells."""
        axes = [adaptive_window(size, count) for size, count in zip(inputs[0][1:], self.output, strict=True)]
        even = [axis for axis in axes if axis is not None]
        if len(even) < len(axes):
            return None
        kernel, stride = zip(*even, strict=True)
        return Window(kernel, stride, ((0, 0),) * self.rank, (1,) * self.rank)

    def pattern(self, inputs: Sequence[Shape]) -> Pattern | None:
        """What the windows read repeats after as many as there are to a whole number of cells."""
        axes = []
        for size, count in zip(inputs[0][1:], self.output, strict=True):
            common = math.gcd(size, count)
            cells = (adaptive_cells(at, at, size, count) for at in range(count // common))
            axes.append(AxisPattern(tuple((int(first), int(last)) for first, last in cells), size // common))
        return tuple(axes)

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The cells of the windows of this region; beyond the border as if the map went on."""
        window = self.window(inputs)
        if window is not None:
            return window.reads(region)
        axes = zip(region, inputs[index][1:], self.output, strict=True)
        return tuple(adaptive_cells(first, last, size, count) for (first, last), size, count in axes)

    def cells_read(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Per axis H + n − gcd(H, n): of the n − 1 borders between windows all but gcd(H, n) − 1 lie inside of a cell.

        Such a cell is in both windows.
        """
        axes = zip(inputs[0][1:], self.output, strict=True)
        return output[0] * math.prod(size + count - math.gcd(size, count) for size, count in axes)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Both shapes, and how long the windows are."""
        text = f"{shape_text(inputs[0])} → {shape_text(self.output_shape(inputs))}"
        axes = zip(inputs[0][1:], self.output, strict=True)
        windows = "×".join(_lengths(size, count) for size, count in axes)
        return (Formula(Quantity.OUTPUT, text, _("windows of {sizes}").format(sizes=windows)),)

    def caption(self) -> str:
        """``→ 7×7``."""
        return f"→ {axes_text(self.output)}"

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """The wanted size itself."""
        if len(wanted) == self.rank + 1:
            yield {"output": wanted[1:]}


@layer
class AdaptiveAveragePool2D(AdaptivePooling):
    """Mean over as many windows as the output is to have cells: maps of one size from images of any size.

    Output cell i of n reads rows ⌊i·H/n⌋ to ⌈(i + 1)·H/n⌉ − 1, and columns alike (PyTorch's AdaptiveAvgPool2d). The
    windows are one sliding window where H is a multiple of n, or one more than that.

    Formula
    -------
    y[c, i, j] = mean of x[c, u, v] over ⌊i·H/n⌋ ≤ u < ⌈(i + 1)·H/n⌉ and ⌊j·W/m⌋ ≤ v < ⌈(j + 1)·W/m⌉

    Source
    ------
    He, Zhang, Ren and Sun, "Spatial Pyramid Pooling in Deep Convolutional Networks for Visual Recognition", ECCV 2014.

    Example
    -------
    >>> make_layer("adaptive_avg_pool2d", output=7).output_shape([(512, 14, 14)])
    (512, 7, 7)
    """

    kind = "adaptive_avg_pool2d"
    label = N_("Adaptive average pooling 2D")
    category = Category.POOLING
    prefix = "avgpool"
    gradient_reads = ()
    rank = 2
    search_terms = ("adaptiveavgpool2d", "mean", "resize")

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """Where each window reads is known beforehand."""
        return Prepared(self._prepare)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Mean per window."""
        return prepare_adaptive_average_pool(inputs[0].shape[2:], self.output).run(inputs[0], out)

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((adjoint(done.gradient, adaptive_maps(done.inputs[0].shape[2:], self.output)),))

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return prepare_adaptive_average_pool(images[2:], self.output)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(
            _("ONNX has no adaptive pooling; it arrives as AveragePool of windows for one size of image")
        )

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``AveragePool``, or where the windows are uneven two products with the shares of every row and column."""
        window = self.window(inputs)
        if window is not None:
            attributes = {"kernel_shape": list(window.kernel), "strides": list(window.stride), "pads": [0] * 4}
            return (OnnxCall("AveragePool", attributes={**attributes, "ceil_mode": 0, "count_include_pad": 1}),)
        rows, columns = (_shares(size, count) for size, count in zip(inputs[0][1:], self.output, strict=True))
        return (
            OnnxCall("MatMul", ("rows", "input0"), output="bands", constants={"rows": rows}),
            OnnxCall("MatMul", ("bands", "columns"), constants={"columns": np.ascontiguousarray(columns.T)}),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.AdaptiveAvgPool2d``."""
        return (TorchCall(f"nn.AdaptiveAvgPool{self.rank}d", (one_or_axes(self.output),)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.AveragePooling2D``, or where the windows are uneven products with the shares of rows and columns.

        Not ``layers.AdaptiveAveragePooling2D``: its window borders are rounded floating point numbers, which are wrong
        for 7 of 7 cells (Keras 3.15).
        """
        window = self.window(inputs)
        if window is not None:
            strides = {} if window.stride == window.kernel else {"strides": one_or_axes(window.stride)}
            return (KerasCall(f"layers.AveragePooling{self.rank}D", (one_or_axes(window.kernel),), strides),)
        rows, columns = (_shares(size, count) for size, count in zip(inputs[0][1:], self.output, strict=True))
        turned = KerasCall("layers.Permute", ((2, 1, 3),))
        return (
            KerasCall("ops.matmul", inputs=("columns", "input0"), output="narrow", constants={"columns": columns}),
            attrs.evolve(turned, inputs=("narrow",), output="turned"),
            KerasCall("ops.matmul", inputs=("rows", "turned"), output="low", constants={"rows": rows}),
            attrs.evolve(turned, inputs=("low",)),
        )


@layer
class AdaptiveMaxPool2D(AdaptivePooling):
    """Largest value of as many windows as the output is to have cells: maps of one size from images of any size.

    The windows are those of adaptive average pooling (PyTorch's AdaptiveMaxPool2d).

    Formula
    -------
    y[c, i, j] = max of x[c, u, v] over ⌊i·H/n⌋ ≤ u < ⌈(i + 1)·H/n⌉ and ⌊j·W/m⌋ ≤ v < ⌈(j + 1)·W/m⌉

    Source
    ------
    He, Zhang, Ren and Sun, "Spatial Pyramid Pooling in Deep Convolutional Networks for Visual Recognition", ECCV 2014.

    Example
    -------
    >>> make_layer("adaptive_max_pool2d", output=4).output_shape([(512, 13, 13)])
    (512, 4, 4)
    """

    kind = "adaptive_max_pool2d"
    label = N_("Adaptive max pooling 2D")
    category = Category.POOLING
    prefix = "maxpool"
    rank = 2
    search_terms = ("adaptivemaxpool2d", "pyramid", "resize")

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Maximum per window."""
        return adaptive_max_pool(inputs[0], self.output, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """To the first of the largest values of each window, as PyTorch does."""
        return Gradients((adaptive_max_gradient(done.inputs[0], done.gradient, self.output),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(_("ONNX has no adaptive pooling; it arrives as MaxPool for one size of image"))

    def _gathered(self, inputs: Sequence[Shape]) -> tuple[Window, list[Array]]:
        """The sliding window, and of each axis the cells over which it slides; none where that is the map itself."""
        window = self.window(inputs)
        if window is not None:
            return window, []
        axes = zip(inputs[0][1:], self.output, strict=True)
        cells = [window_cells(size, count) for size, count in axes]
        lengths = tuple(along.shape[1] for along in cells)
        return Window(lengths, lengths, ((0, 0),) * self.rank, (1,) * self.rank), [along.ravel() for along in cells]

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``MaxPool``, where the windows are uneven of cells that ``Gather`` puts side by side for each window."""
        window, cells = self._gathered(inputs)
        attributes = {"kernel_shape": list(window.kernel), "strides": list(window.stride), "pads": [0] * 4}
        names = ["input0", *(f"gathered{axis}" for axis in range(len(cells)))]
        return (
            *(
                OnnxCall(
                    "Gather", (names[axis], f"cells{axis}"), {"axis": axis + 2}, names[axis + 1], {f"cells{axis}": at}
                )
                for axis, at in enumerate(cells)
            ),
            OnnxCall("MaxPool", (names[-1],), {**attributes, "ceil_mode": 0}),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.AdaptiveMaxPool2d``."""
        return (TorchCall(f"nn.AdaptiveMaxPool{self.rank}d", (one_or_axes(self.output),)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.MaxPooling2D``, where the windows are uneven of cells put side by side for each window."""
        window, cells = self._gathered(inputs)
        steps = {} if window.stride == window.kernel else {"strides": one_or_axes(window.stride)}
        taking = (
            KerasCall("ops.take", (), {"axis": axis + 1}, ("input0", f"cells{axis}"), constants={f"cells{axis}": at})
            for axis, at in enumerate(cells)
        )
        return in_turn(*taking, KerasCall(f"layers.MaxPooling{self.rank}D", (one_or_axes(window.kernel),), steps))


def _lengths(size: int, count: int) -> str:
    """``2`` or ``2–3``: how many cells the windows along an axis have."""
    first, last = adaptive_cells(np.arange(count), np.arange(count), size, count)
    lengths = last - first + 1
    low, high = int(lengths.min()), int(lengths.max())
    return str(low) if low == high else f"{low}–{high}"


def _shares(size: int, count: int) -> Array:
    """How much of each of ``size`` cells every output cell takes: (count, size)."""
    place = np.arange(count)[:, np.newaxis]
    first, last = adaptive_cells(place, place, size, count)
    cells = np.arange(size)
    shares: Array = (((first <= cells) & (cells <= last)) / (last - first + 1)).astype(np.float32)
    return shares
