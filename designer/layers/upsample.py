"""Upsampling: enlarge maps without weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.gradients.linear_maps import adjoint, linear_maps, nearest_maps
from designer.kernels.resample import upsample_linear, upsample_nearest
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, one_or_axes, unlike
from designer.layer_api.families import Weightless, axis_names, require_maps
from designer.layer_api.fields import choice, pair
from designer.layer_api.geometry import AxisPattern, Pattern, Region, Shape, Window, axes_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, whole_numbers


class Upsampling(Weightless):
    """Facts of an upsampling over any number of spatial axes."""

    gradient_reads = ()
    onnx_operators = ("Resize",)

    scale: tuple[int, ...]
    mode: str

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels, *sizes · scale)."""
        require_maps(inputs[0], self.rank)
        return (inputs[0][0], *(size * s for size, s in zip(inputs[0][1:], self.scale, strict=True)))

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """None: neighbouring cells may read the same input cell, so there is no whole stride."""
        return None

    def pattern(self, inputs: Sequence[Shape]) -> Pattern | None:
        """``scale`` cells read the same cell, or the two that each of them lies between."""
        return tuple(AxisPattern(tuple(self._near(at, scale) for at in range(scale)), 1) for scale in self.scale)

    def _near(self, place: int, scale: int) -> tuple[int, int]:
        """First and last cell that an output cell is made of, borders aside."""
        if self.mode == "nearest" or scale == 1:
            return place // scale, place // scale
        # Twice the place times the scale: (2·i + 1 − scale) / (2·scale) without rounding.
        twice = 2 * place + 1 - scale
        return twice // (2 * scale), -(twice // (-2 * scale))

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The nearest cell, or the two cells that a linear interpolation blends."""
        cells = []
        for (first, last), scale, size in zip(region, self.scale, inputs[index][1:], strict=True):
            if self.mode == "nearest" or scale == 1:
                cells.append((first // scale, last // scale))
                continue
            low = math.floor((first + 0.5) / scale - 0.5)
            high = math.floor((last + 0.5) / scale - 0.5)
            high += (last + 0.5) / scale - 0.5 > high
            cells.append((max(low, 0), min(high, size - 1)))
        return tuple(cells)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``14·2 = 28`` per axis."""
        lines = [f"{size}·{s} = {size * s}" for size, s in zip(inputs[0][1:], self.scale, strict=True)]
        names = ("",) if len(set(lines)) == 1 else axis_names(self.rank)
        return tuple(Formula(Quantity.OUTPUT, line, name) for line, name in zip(lines, names, strict=False))

    def caption(self) -> str:
        """``×2 nearest``."""
        factor = str(self.scale[0]) if len(set(self.scale)) == 1 else axes_text(self.scale)
        return f"×{factor} " + _(self._mode_labels()[self.mode]).lower()

    def _mode_labels(self) -> Mapping[str, str]:
        return {"nearest": N_("Nearest"), "bilinear": N_("Bilinear")}

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The maps enlarged; linear interpolation as PyTorch's ``align_corners=False``."""
        return (upsample_nearest if self.mode == "nearest" else upsample_linear)(inputs[0], self.scale, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """The same shares of the same cells, gathered instead of handed out."""
        maps = (nearest_maps if self.mode == "nearest" else linear_maps)(done.inputs[0].shape[2:], self.scale)
        return Gradients((adjoint(done.gradient, maps),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        _region, factors, sizes = operator.arguments(constants, "roi", "scales", "sizes")
        mode = _resize_mode(operator)
        shape = operator.shape
        if factors is not None and factors.size:
            wanted = factors.astype(np.float64)
        elif sizes is not None and shape is not None and sizes.size == len(shape) + 1:
            wanted = np.array([1, *(size / have for size, have in zip(sizes[1:].tolist(), shape, strict=True))])
        else:
            raise operator.refused(_("scales are missing, or the sizes that its input has to be enlarged to"))
        operator.require_rank(cls, wanted.size - 2)
        scale = whole_numbers(wanted)
        if scale is None or scale[:2] != (1, 1):
            raise operator.refused(
                _("the scales are {came}; whole ones of height and width can be read").format(came=wanted.tolist())
            )
        return operator.read(cls, scale=scale[2:], mode=mode)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Resize`` with whole scales."""
        attributes = (
            {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            if self.mode == "nearest"
            else {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        )
        scales = np.array([1, 1, *self.scale], np.float32)
        return (OnnxCall("Resize", ("input0", "", "scales"), attributes, constants={"scales": scales}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Upsample``."""
        keywords = {"scale_factor": one_or_axes(self.scale), **unlike({"mode": self.mode}, {"mode": "nearest"})}
        return (TorchCall("nn.Upsample", keywords=keywords),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.UpSampling2D``."""
        keywords = unlike({"interpolation": self.mode}, {"interpolation": "nearest"})
        return (KerasCall(f"layers.UpSampling{self.rank}D", (one_or_axes(self.scale),), keywords),)


def _resize_mode(operator: OnnxOperator) -> str:
    """How the layer enlarges: with whole factors several of ONNX's ways are one."""
    settings = operator.settings(
        mode="nearest",
        coordinate_transformation_mode="half_pixel",
        nearest_mode="round_prefer_floor",
        cubic_coeff_a=-0.75,
        exclude_outside=0,
        extrapolation_value=0.0,
        antialias=0,
        keep_aspect_ratio_policy="stretch",
    )
    operator.fixed(exclude_outside=0, antialias=0, keep_aspect_ratio_policy="stretch")
    mode, place, rounding = (settings[name] for name in list(settings)[:3])
    halves = place in ("half_pixel", "pytorch_half_pixel")
    if mode == "linear" and halves:
        return "bilinear"
    if mode == "nearest" and ((place, rounding) == ("asymmetric", "floor") or (halves and rounding[:6] == "round_")):
        return "nearest"
    raise operator.refused(
        _("{mode} with {place} and {rounding} cannot be read").format(mode=mode, place=place, rounding=rounding)
    )


@layer
class Upsample2D(Upsampling):
    """Enlarges the maps by a whole factor, repeating pixels or blending them; it has no weights.

    Formula
    -------
    nearest: y[c, i, j] = x[c, ⌊i/s⌋, ⌊j/s⌋]; bilinear: y[c, i, j] = x at ((i + ½)/s − ½, (j + ½)/s − ½), blended from
    the four cells around it

    Source
    ------
    Odena, Dumoulin and Olah, "Deconvolution and Checkerboard Artifacts", Distill, 2016: why one may want it before a
    convolution.

    Example
    -------
    >>> make_layer("upsample2d", scale=2).output_shape([(256, 14, 14)])
    (256, 28, 28)
    """

    kind = "upsample2d"
    label = N_("Upsample 2D")
    category = Category.SHAPE
    prefix = "up"
    rank = 2
    search_terms = ("resize", "interpolate", "enlarge")

    scale: tuple[int, ...] = pair(2, label=N_("Scale"), help=N_("How many times higher and wider the maps become."))
    mode: str = choice(
        "nearest",
        {"nearest": N_("Nearest"), "bilinear": N_("Bilinear")},
        label=N_("Mode"),
        help=N_("Nearest repeats pixels; bilinear blends the neighbours."),
    )
