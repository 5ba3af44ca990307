"""Resizing maps to any size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.gather import Coordinates, Rounding, gathered, matrix_of, resize_maps, resize_places, rounded
from designer.kernels.gradients.linear_maps import AxisMap, adjoint
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.families import Weightless, require_maps
from designer.layer_api.fields import choice, pair, real
from designer.layer_api.geometry import AxisPattern, Pattern, Region, Shape, Window, axes_text, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, OtherLayer, decimal
from designer.layer_api.problems import SetFields, ShapeProblem

ONNX_MODES = {"nearest": "nearest", "bilinear": "linear", "bicubic": "cubic"}


@layer
class Resize2D(Weightless):
    """Makes the maps any size, larger or smaller, without weights: by repeating cells or blending neighbours.

    Coordinates say where the cells of the output lie. Half pixel: both images cover the same area. Aligned corners: the
    first and last cells of both lie on each other. Asymmetric: the first cells do. Nothing is smoothed to shrink it.

    Formula
    -------
    y[i] = x at (i + ½)·n/m − ½ (half pixel), i·(n − 1)/(m − 1) (aligned corners) or i·n/m (asymmetric), n cells to m

    Source
    ------
    The rules are those of ONNX's ``Resize`` and PyTorch's ``interpolate``; bicubic: Keys, "Cubic convolution
    interpolation for digital image processing", 1981, with a = −¾.

    Example
    -------
    >>> make_layer("resize2d", size=(65, 65), coordinates="align_corners").output_shape([(256, 33, 33)])
    (256, 65, 65)
    """

    kind = "resize2d"
    label = N_("Resize 2D")
    category = Category.SHAPE
    prefix = "resize"
    gradient_reads = ()
    rank = 2
    onnx_operators = ("Resize",)
    search_terms = ("interpolate", "upsample", "downsample", "bicubic", "align corners", "scale")

    scale: float = real(
        2.0,
        low=0.001,
        high=1000.0,
        unit="×",
        label=N_("Scale"),
        help=N_("How many times higher and wider the maps become; the size is rounded down."),
    )
    size: tuple[int, ...] | None = pair(
        None,
        label=N_("Size"),
        unit="px",
        optional=N_("by the scale"),
        help=N_("Height and width of the output, in place of a scale."),
    )
    mode: str = choice(
        "bilinear",
        {"nearest": N_("Nearest"), "bilinear": N_("Bilinear"), "bicubic": N_("Bicubic")},
        label=N_("Mode"),
        help=N_("Nearest takes one cell; bilinear blends two along each axis, bicubic four."),
    )
    coordinates: str = choice(
        "half_pixel",
        {
            "half_pixel": N_("Half pixel"),
            "align_corners": N_("Aligned corners"),
            "asymmetric": N_("Asymmetric"),
        },
        label=N_("Coordinates"),
        help=N_("Where the cells of the output lie on the input."),
    )
    rounding: str = choice(
        "round_prefer_ceil",
        {
            "floor": N_("Down"),
            "ceil": N_("Up"),
            "round_prefer_floor": N_("Nearest, halves down"),
            "round_prefer_ceil": N_("Nearest, halves up"),
        },
        label=N_("Rounding"),
        help=N_("Which cell is nearest, in the mode Nearest."),
    )

    def _sizes(self, shape: Shape) -> tuple[int, ...]:
        if self.size is not None:
            return self.size
        # As a decimal: 1.1·10 is 11, not what the nearest number in binary gives.
        return tuple(math.floor(round(size * self.scale, 9)) for size in shape[1:])

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels, *size), or *sizes · scale rounded down."""
        require_maps(inputs[0], self.rank)
        sizes = self._sizes(inputs[0])
        if min(sizes) < 1:
            raise ShapeProblem(
                _("input is {came}; at scale {scale} nothing is left: a larger scale is wanted").format(
                    came=shape_text(inputs[0]), scale=f"{self.scale:g}"
                ),
                SetFields({"scale": 1.0}),
            )
        return (inputs[0][0], *sizes)

    def _maps(self, shape: Shape) -> list[AxisMap]:
        rules = cast(Any, (self.mode, self.coordinates, self.rounding))
        return resize_maps(shape[1:], self._sizes(shape), *rules)

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """None: neighbouring cells may read the same input cell, so there is no whole stride."""
        return None

    def pattern(self, inputs: Sequence[Shape]) -> Pattern | None:
        """What is read repeats as often as output cells lie on the same place of an input cell."""
        return tuple(
            self._axis_pattern(size, count) for size, count in zip(inputs[0][1:], self._sizes(inputs[0]), strict=True)
        )

    def _axis_pattern(self, size: int, count: int) -> AxisPattern:
        coordinates = cast(Coordinates, self.coordinates)
        step = Fraction(size, count)
        if coordinates == "align_corners":
            step = Fraction(size - 1, count - 1) if count > 1 and size > 1 else Fraction(0)
        # As long as there are output cells enough: a place depends on the number of the cell alone.
        places = resize_places(size, count, coordinates)[: step.denominator]
        return AxisPattern(tuple(self._near(place) for place in places), step.numerator)

    def _near(self, place: Fraction) -> tuple[int, int]:
        """First and last cell that are taken at a place, borders aside."""
        if self.mode == "nearest":
            cell = rounded(place, cast(Rounding, self.rounding))
            return cell, cell
        low, high = math.floor(place), math.ceil(place)
        return (low, high) if self.mode == "bilinear" or low == high else (low - 1, high + 1)

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The nearest cells, or those that are blended; beyond the border as the border cell."""
        cells = []
        for (first, last), axis in zip(region, self._maps(inputs[0]), strict=True):
            run = slice(min(max(first, 0), len(axis.cells) - 1), max(last, 0) + 1)
            read = axis.cells[run][axis.shares[run] != 0]
            cells.append((int(read.min()), int(read.max())))
        return tuple(cells)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``256×33×33 → 256×65×65``."""
        return (Formula(Quantity.OUTPUT, f"{shape_text(inputs[0])} → {shape_text(self.output_shape(inputs))}"),)

    def caption(self) -> str:
        """``×1.5 bilinear``, ``→ 65×65 bicubic``."""
        target = f"×{self.scale:g}" if self.size is None else f"→ {axes_text(self.size)}"
        mode = self.fields()["mode"].options[self.mode]  # type: ignore[attr-defined]
        return f"{target} {_(mode).lower()}"

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """The wanted size itself."""
        if len(wanted) == self.rank + 1:
            yield {"size": wanted[1:]}

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The maps at their new size."""
        return gathered(inputs[0], self._maps(inputs[0].shape[1:]), out)

    def backward(self, done: ForwardPass) -> Gradients:
        """The same shares of the same cells, gathered instead of handed out."""
        return Gradients((adjoint(done.gradient, self._maps(done.inputs[0].shape[1:])),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        _region, factors, sizes = operator.arguments(constants, "roi", "scales", "sizes")
        settings = operator.settings(
            mode="nearest",
            coordinate_transformation_mode="half_pixel",
            nearest_mode="round_prefer_floor",
            cubic_coeff_a=-0.75,
            exclude_outside=0,
            extrapolation_value=0.0,
            antialias=0,
            axes=None,
            keep_aspect_ratio_policy="stretch",
        )
        operator.fixed(cubic_coeff_a=-0.75, exclude_outside=0, antialias=0, keep_aspect_ratio_policy="stretch")
        modes, place = {name: mode for mode, name in ONNX_MODES.items()}, settings["coordinate_transformation_mode"]
        place = "half_pixel" if place == "pytorch_half_pixel" else place
        if settings["mode"] not in modes or place not in ("half_pixel", "align_corners", "asymmetric"):
            raise operator.refused(_("{mode} with {place} cannot be read").format(mode=settings["mode"], place=place))
        axes = None if settings["axes"] is None else [int(axis) for axis in settings["axes"]]
        if axes not in (None, [2, 3]):
            raise operator.refused(_("axes are {axes}; height and width can be resized").format(axes=axes))
        lead = 0 if axes else 2
        mode = modes[settings["mode"]]
        found: dict[str, Any] = {"mode": mode, "coordinates": place}
        if mode == "nearest":
            found["rounding"] = settings["nearest_mode"]
        if sizes is not None and sizes.size:
            operator.require_rank(cls, sizes.size - lead)
            return operator.read(cls, **found, size=sizes[lead:].tolist())
        if factors is None or not factors.size:
            raise OtherLayer(f"{operator.op}: " + _("scales or sizes are missing"))
        operator.require_rank(cls, factors.size - lead)
        return operator.read(cls, **found, **cls._scale_of(operator, factors.tolist(), lead))

    @classmethod
    def _scale_of(cls, operator: OnnxOperator, factors: Sequence[float], lead: int) -> dict[str, Any]:
        """The scale, or the size where both differ and that of the input is known."""
        scales, shape = [decimal(factor) for factor in factors[lead:]], operator.shape
        if any(factor != 1 for factor in factors[:lead]):
            raise OtherLayer(f"{operator.op}: " + _("it resizes channels or images; only height and width can be read"))
        whole = all(scale == round(scale) for scale in scales)
        if shape is not None and not whole:
            sizes = [size * scale for size, scale in zip(shape[1:], scales, strict=True)]
            if any(abs(size - round(size)) > 1e-4 for size in sizes):
                raise operator.refused(_("the scales leave a part of a cell; sizes in whole cells can be read"))
            if len(set(scales)) > 1:
                return {"size": [round(size) for size in sizes]}
        elif len(set(scales)) > 1 or not whole:
            raise OtherLayer(
                f"{operator.op}: " + _("scales differ or are no whole numbers, and the size of the input is not known")
            )
        return {"scale": scales[0]}

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Resize`` to sizes of height and width, which it can since opset 18."""
        attributes: dict[str, Any] = {
            "mode": ONNX_MODES[self.mode],
            "coordinate_transformation_mode": self.coordinates,
            "axes": [2, 3],
        }
        if self.mode == "nearest":
            attributes["nearest_mode"] = self.rounding
        sizes = {"sizes": np.array(self._sizes(inputs[0]), np.int64)}
        return (OnnxCall("Resize", ("input0", "", "", "sizes"), attributes, constants=sizes),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Upsample`` where it has these coordinates, or else products with the shares of rows and columns."""
        sizes, aligned = self._sizes(inputs[0]), self.coordinates == "align_corners"
        if self.mode != "nearest" and self.coordinates != "asymmetric":
            keywords = {"size": sizes, "mode": self.mode, **({"align_corners": True} if aligned else {})}
            return (TorchCall("nn.Upsample", keywords=keywords),)
        named = {("half_pixel", "round_prefer_ceil"): "nearest-exact", ("asymmetric", "floor"): "nearest"}
        if self.mode == "nearest" and (self.coordinates, self.rounding) in named:
            mode = named[self.coordinates, self.rounding]
            return (TorchCall("nn.Upsample", keywords={"size": sizes, "mode": mode}),)
        rows, columns = (matrix_of(axis) for axis in self._maps(inputs[0]))
        turned = {"columns": np.ascontiguousarray(columns.T)}
        return (
            TorchCall("torch.matmul", inputs=("rows", "input0"), output="high", constants={"rows": rows}),
            TorchCall("torch.matmul", inputs=("high", "columns"), constants=turned),
        )

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """Products with the shares of rows and columns: Keras has other cubic weights and one kind of coordinates."""
        rows, columns = (matrix_of(axis) for axis in self._maps(inputs[0]))
        turned = ("layers.Permute", ((2, 1, 3),))
        return (
            KerasCall("ops.matmul", inputs=("columns", "input0"), output="wide", constants={"columns": columns}),
            KerasCall(*turned, inputs=("wide",), output="turned"),
            KerasCall("ops.matmul", inputs=("rows", "turned"), output="high", constants={"rows": rows}),
            KerasCall(*turned, inputs=("high",)),
        )
