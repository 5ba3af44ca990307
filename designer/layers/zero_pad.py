"""Zero padding as a layer of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array, Index
from designer.kernels.resample import zero_pad
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, keras_pad, torch_pad
from designer.layer_api.families import Weightless, axis_names, require_maps
from designer.layer_api.fields import padding
from designer.layer_api.geometry import Padding, Shape, Window, axes_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator


class ZeroPadding(Weightless):
    """Facts of zero padding over any number of spatial axes."""

    gradient_reads = ()
    onnx_operators = ("Pad",)

    padding: Padding

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels, *sizes + padding)."""
        require_maps(inputs[0], self.rank)
        sizes = (size + sum(sides) for size, sides in zip(inputs[0][1:], self.padding, strict=True))
        return (inputs[0][0], *sizes)

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """One cell, moved by the padding."""
        ones = (1,) * self.rank
        return Window(ones, ones, self.padding, ones)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``1 + 32 + 1 = 34`` per axis."""
        lines = [
            f"{before} + {size} + {after} = {before + size + after}"
            for size, (before, after) in zip(inputs[0][1:], self.padding, strict=True)
        ]
        names = ("",) if len(set(lines)) == 1 else axis_names(self.rank)
        return tuple(Formula(Quantity.OUTPUT, line, name) for line, name in zip(lines, names, strict=False))

    @classmethod
    def passes_through(cls) -> bool:
        """With zeros around."""
        return True

    def caption(self) -> str:
        """``p1`` or the four sides."""
        sides = tuple(side for axis in self.padding for side in axis)
        return f"p{sides[0]}" if len(set(sides)) == 1 else "p" + axes_text(sides).replace("×", ",")

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The maps with zeros around them."""
        return zero_pad(inputs[0], self.padding, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """What lies inside of the padding."""
        axes = zip(self.padding, done.inputs[0].shape[2:], strict=True)
        inside: Index = (..., *(slice(before, before + size) for (before, _after), size in axes))
        return Gradients((done.gradient[inside],))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        given, value, axes = operator.arguments(constants, "pads", "constant_value", "axes")
        # Until opset 10 the pads and the value were attributes.
        settings = operator.settings(mode="constant", pads=given, value=value)
        operator.fixed(mode="constant")
        if axes is not None:
            raise operator.refused(_("it has axes; pads of all axes can be read"))
        filled = settings["value"]
        if filled is not None and np.any(np.asarray(filled) != 0):
            raise operator.refused(_("it fills with {value}; only 0 can be read").format(value=float(filled)))
        pads = [int(side) for side in np.ravel(operator.required(settings["pads"], "pads"))]
        half = len(pads) // 2
        operator.require_rank(cls, half - 2)
        if any((*pads[:2], *pads[half : half + 2])):
            raise operator.refused(_("it pads channels or images; only height and width can be read"))
        return operator.read(cls, padding=tuple(zip(pads[2:half], pads[half + 2 :], strict=True)))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Pad`` with constant zero."""
        before = [0, 0, *(side for side, _after in self.padding)]
        after = [0, 0, *(side for _before, side in self.padding)]
        return (OnnxCall("Pad", ("input0", "pads"), constants={"pads": np.array(before + after, np.int64)}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.ZeroPad2d``, or what passes the maps on where there is nothing to pad."""
        return torch_pad(self.padding) or (TorchCall("nn.Identity"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.ZeroPadding2D``, or what passes the maps on where there is nothing to pad."""
        return keras_pad(self.padding) or (KerasCall("layers.Identity"),)


@layer
class ZeroPad2D(ZeroPadding):
    """Surrounds the maps with zeros, each side by its own amount.

    Formula
    -------
    y[c, i, j] = x[c, i − top, j − left] inside of the map, 0 around it

    Source
    ------
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016.

    Example
    -------
    >>> make_layer("zero_pad2d", padding=3).output_shape([(3, 224, 224)])
    (3, 230, 230)
    """

    kind = "zero_pad2d"
    label = N_("Zero padding 2D")
    category = Category.SHAPE
    prefix = "pad"
    rank = 2
    search_terms = ("zeropad2d", "border")

    padding: Padding = padding(1, same=False, label=N_("Padding"), help=N_("Zeros added at each side."))
