"""Transposed convolution ("deconvolution"): the adjoint of a convolution, used to enlarge maps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array, Index
from designer.kernels.conv import convolve, transposed_convolve
from designer.kernels.elementwise import copy
from designer.kernels.gradients.channels import channel_sums
from designer.kernels.gradients.convolution import weight_gradient
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.convolutional import Convolutional, Sliding
from designer.layer_api.emit import (
    KerasCall,
    NotExpressible,
    OnnxCall,
    TorchCall,
    in_turn,
    one_or_axes,
    torch_pad,
    unlike,
)
from designer.layer_api.families import axis_names, require_maps
from designer.layer_api.fields import boolean, choice, integer, padding, pair
from designer.layer_api.geometry import AxisPattern, Padding, Pattern, Region, Shape, Window, axes_text, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, WeightSpec, layer, shared_fields
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.problems import SetFields, ShapeProblem


@shared_fields
class TransposedConvolution(Convolutional):
    """Facts of a transposed convolution over any number of spatial axes (Dumoulin & Visin, 2016, section 4)."""

    onnx_operators = ("ConvTranspose",)

    filters: int = integer(16, label=N_("Filters"), help=N_("Number of output channels (feature maps)."))
    kernel: tuple[int, ...] = pair(
        2,
        label=N_("Kernel"),
        unit="px",
        help=N_("Size of the stamp, a number per axis in the order of the shape."),
    )
    stride: tuple[int, ...] = pair(
        1, label=N_("Stride"), unit="px", help=N_("Distance between the stamps: how much the map grows.")
    )
    padding: Padding = padding(0, same=False, label=N_("Padding"), help=N_("Cells cut from every side of the output."))
    output_padding: tuple[int, ...] = pair(
        0,
        low=0,
        label=N_("Output padding"),
        unit="px",
        help=N_("Cells added at the far side: which of the sizes that a convolution makes this small comes out."),
    )
    dilation: tuple[int, ...] = pair(1, label=N_("Dilation"), help=N_("Distance between the taps of the stamp."))
    groups: int = integer(
        1,
        label=N_("Groups"),
        help=N_("Input channels are split into this many groups that are convolved apart."),
    )
    bias: bool = boolean(True, label=N_("Bias"), help=N_("Add one learned number to each output channel."))
    initializer: str = choice(
        "auto",
        {"auto": N_("Automatic"), "he": N_("He"), "xavier": N_("Xavier")},
        label=N_("Initial weights"),
        help=N_("What the weights are until a file is loaded. Automatic: He."),
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(filters, *sizes) with (in − 1)·S − P − P' + D·(K − 1) + O + 1 per axis."""
        require_maps(inputs[0], self.rank)
        self.require_groups(inputs[0][0])
        most = tuple(step - 1 for step in self.stride)
        if any(extra > bound for extra, bound in zip(self.output_padding, most, strict=True)):
            raise ShapeProblem(
                _("output padding {came} is as large as the stride; at most {most} is wanted").format(
                    came=axes_text(self.output_padding), most=axes_text(most)
                ),
                SetFields({"output_padding": tuple(map(min, self.output_padding, most))}),
            )
        sizes = self._sizes(inputs[0])
        if min(sizes) < 1:
            raise ShapeProblem(
                _("padding {padding} removes the whole output of {size}; use less padding").format(
                    padding=axes_text(tuple(before for before, _after in self.padding)),
                    size=shape_text(sizes),
                ),
                SetFields({"padding": 0}),
            )
        return (self.filters, *sizes)

    def _sizes(self, shape: Shape) -> tuple[int, ...]:
        return tuple(
            (size - 1) * s - before - after + d * (k - 1) + extra + 1
            for size, k, s, d, (before, after), extra in zip(
                shape[1:], self.kernel, self.stride, self.dilation, self.padding, self.output_padding, strict=True
            )
        )

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """``weight`` (channels, filters / groups, *kernel) and ``bias`` (filters,)."""
        taps = math.prod(self.kernel)
        per_group = self.filters // self.groups
        return self.with_bias(
            WeightSpec(
                (inputs[0][0], per_group, *self.kernel),
                fan_in=max(1, inputs[0][0] // self.groups * taps // math.prod(self.stride)),
                fan_out=per_group * taps,
            )
        )

    def window(self, inputs: Sequence[Shape]) -> Window | None:  # type: ignore[override]
        """None: which taps reach a cell depends on where it stands between the strides."""
        return None

    def pattern(self, inputs: Sequence[Shape]) -> Pattern | None:
        """``stride`` cells, each of which other taps of the stamps reach."""
        axes = zip(self.kernel, self.stride, self.dilation, self.padding, strict=True)
        return tuple(
            AxisPattern(
                tuple((-((at + before - d * (k - 1)) // -s), (at + before) // s) for at in range(s)),
                1,
            )
            for k, s, d, (before, _after) in axes
        )

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """Input cells whose stamped kernel covers the region."""
        cells = []
        for axis, (first, last) in enumerate(region):
            before, stride = self.padding[axis][0], self.stride[axis]
            extent = self.dilation[axis] * (self.kernel[axis] - 1)
            low = -((first + before - extent) // -stride)
            high = (last + before) // stride
            cells.append((min(low, high), max(low, high)))
        return tuple(cells)

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """One multiply-add per kernel weight and input position, as fvcore counts it."""
        return math.prod(inputs[0]) * self.filters // self.groups * math.prod(self.kernel)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Output size, parameters and multiply-adds."""
        output = self.output_shape(inputs)
        lines = []
        for axis, size in enumerate(inputs[0][1:]):
            before, after = self.padding[axis]
            pads = f"2·{before}" if before == after else f"{before} − {after}"
            k, d, s = self.kernel[axis], self.dilation[axis], self.stride[axis]
            span = f"{k}" if d == 1 else f"({d}·({k} − 1) + 1)"
            more = f" + {self.output_padding[axis]}" if self.output_padding[axis] else ""
            lines.append(f"({size} − 1)·{s} − {pads} + {span}{more} = {output[axis + 1]}")
        names = ("",) if len(set(lines)) == 1 else axis_names(self.rank)
        sizes = tuple(Formula(Quantity.OUTPUT, line, name) for line, name in zip(lines, names, strict=False))
        return (*sizes, *self.explain_counts(inputs, inputs[0][1:]))

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """As many filters as channels are wanted; padding that cuts what is too much; stamps side by side."""
        if len(wanted) != self.rank + 1 or len(inputs[0]) != self.rank + 1:
            return ()
        surplus = [
            size + before + after - target
            for size, (before, after), target in zip(self._sizes(inputs[0]), self.padding, wanted[1:], strict=True)
        ]
        changes: list[Mapping[str, object]] = []
        if min(surplus) >= 0:
            changes.append({"padding": tuple((extra // 2, extra - extra // 2) for extra in surplus)})
        lacking = tuple(more - extra for more, extra in zip(self.output_padding, surplus, strict=True))
        if all(0 <= more < step for more, step in zip(lacking, self.stride, strict=True)):
            changes.append({"output_padding": lacking})
        if all(target % size == 0 for size, target in zip(inputs[0][1:], wanted[1:], strict=True)):
            factor = tuple(target // size for size, target in zip(inputs[0][1:], wanted[1:], strict=True))
            changes.append({"kernel": factor, "stride": factor, "padding": 0, "output_padding": 0, "dilation": 1})
        return self.adjusted_with_filters(changes, wanted[0])

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Stamp the kernel, scaled by each input cell, at stride distance."""
        result = transposed_convolve(
            inputs[0],
            weights["weight"],
            weights.get("bias"),
            output_padding=self.output_padding,
            **self.sliding(inputs[0].shape[2:]),
        )
        if out is None:
            return result
        copy(result, out)
        return out

    def backward(self, done: ForwardPass) -> Gradients:
        """The convolution that this one is the adjoint of, and its correlation with both ends exchanged."""
        x, weight = done.inputs[0], done.weights["weight"]
        sliding, gradient = self._stamped(done)
        nothing = gradient.size == 0  # every stamp is cut off: all that is left was added
        parts = 3 if done.for_weights else 1
        with checkpoint_part(0, parts):
            inner = np.zeros_like(x) if nothing else convolve(gradient, weight, **sliding)
        if not done.for_weights:
            return Gradients((inner,))
        with checkpoint_part(1, parts):
            found = {"weight": np.zeros_like(weight)}
            if not nothing:
                found["weight"] = weight_gradient(gradient, x, self.kernel, **sliding)
        if self.bias:
            with checkpoint_part(2, parts):
                found["bias"] = channel_sums(done.gradient)
        return Gradients((inner,), found)

    def _stamped(self, done: ForwardPass) -> tuple[Sliding, Array]:
        """How the convolution slides, and over what: added cells are fewer cut off, or lie behind every stamp."""
        far = [after - extra for (_before, after), extra in zip(self.padding, self.output_padding, strict=True)]
        padding = tuple((before, max(0, after)) for (before, _after), after in zip(self.padding, far, strict=True))
        sizes = done.gradient.shape[2:]
        stamped = [slice(0, max(0, size + min(0, after))) for size, after in zip(sizes, far, strict=True)]
        sliding: Sliding = {**self.sliding(done.inputs[0].shape[2:]), "padding": padding}
        place: Index = (..., *stamped)
        return sliding, done.gradient[place]

    def filter_kernels(self, weights: Mapping[str, Array]) -> Array | None:
        """The weight, which lies by input channel, turned round: the stamp each input channel leaves in an output."""
        weight = weights.get("weight")
        if weight is None:
            return None
        channels, per_group, *kernel = weight.shape
        grouped = weight.reshape(self.groups, channels // self.groups, per_group, *kernel).swapaxes(1, 2)
        return grouped.reshape(self.filters, channels // self.groups, *kernel)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        weight, bias, fields = cls.read_filters(operator, constants, "output_padding")
        padding = fields["padding"]
        if padding == "same":
            raise operator.refused(_("auto_pad is SAME_UPPER; write the pads as numbers"))
        fields["output_padding"] = list(operator.attributes.get("output_padding", [0] * cls.rank))
        filters = weight.shape[1] * fields["groups"]
        return operator.read(cls, {"weight": weight, "bias": bias}, filters=filters, **fields)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``ConvTranspose``."""
        call = self.onnx_call("ConvTranspose", inputs)
        if not any(self.output_padding):
            return (call,)
        return (attrs.evolve(call, attributes={**call.attributes, "output_padding": list(self.output_padding)}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.ConvTranspose2d``, cropped where more is to go from one side than from the other."""
        both = tuple(min(axis) for axis in self.padding)
        surplus = tuple(
            (least - before, least - after) for least, (before, after) in zip(both, self.padding, strict=True)
        )
        call = self.torch_module("ConvTranspose", inputs, both)
        if any(self.output_padding):
            more = {"output_padding": one_or_axes(self.output_padding)}
            call = attrs.evolve(call, keywords={**call.keywords, **more})
        return in_turn(call, *torch_pad(surplus))

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Conv2DTranspose``, cropped by the padding."""
        if self.groups > 1:
            raise NotExpressible(_("Keras has no transposed convolution in groups"))
        if max(self.stride) > 1 and max(self.dilation) > 1:
            raise NotExpressible(_("Keras has no transposed convolution with both a stride and a dilation"))
        # The output of Keras has a whole stride of cells for every input cell, those without a tap included.
        cropped = tuple(
            (before, after + max(0, s - d * (k - 1) - 1) - extra)
            for (before, after), k, s, d, extra in zip(
                self.padding, self.kernel, self.stride, self.dilation, self.output_padding, strict=True
            )
        )
        if min(after for _before, after in cropped) < 0:
            raise NotExpressible(_("Keras has no cells to add behind the last kernel of a transposed convolution"))
        crop = KerasCall(f"layers.Cropping{self.rank}D", (cropped if self.rank > 1 else cropped[0],))
        keywords = unlike(
            {"strides": one_or_axes(self.stride), "dilation_rate": one_or_axes(self.dilation), "use_bias": self.bias},
            {"strides": 1, "dilation_rate": 1, "use_bias": True},
        )
        name, arguments = f"layers.Conv{self.rank}DTranspose", (self.filters, one_or_axes(self.kernel))
        convolution = KerasCall(name, arguments, keywords, weights=self.keras_weights(1, 0))
        return in_turn(convolution, *([crop] if any(any(axis) for axis in cropped) else []))


@layer
class ConvTranspose2D(TransposedConvolution):
    """Transposed convolution ("deconvolution"): each input pixel stamps a kernel, which enlarges the map by the stride.

    It is the adjoint of a convolution, not its inverse (Zeiler et al., 2010).

    Formula
    -------
    y[o, i·S + u·D − P, j·S + v·D − P] = b[o] + Σ w[c, o, u, v] · x[c, i, j] over all that meet there

    Source
    ------
    Zeiler, Krishnan, Taylor and Fergus, "Deconvolutional Networks", CVPR 2010. Sizes:
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016.

    Example
    -------
    >>> make_layer("conv_transpose2d", filters=64, kernel=2, stride=2).output_shape([(128, 28, 28)])
    (64, 56, 56)
    """

    kind = "conv_transpose2d"
    label = N_("Transposed convolution 2D")
    category = Category.CONVOLUTION
    prefix = "deconv"
    rank = 2
    search_terms = ("deconvolution", "upconvolution", "convtranspose2d")


@layer
class ConvTranspose1D(TransposedConvolution):
    """Transposed convolution of a sequence: each input cell stamps a kernel, which enlarges a sequence by the stride.

    Formula
    -------
    y[o, i·S + u·D − P] = b[o] + Σ w[c, o, u] · x[c, i] over all that meet there

    Source
    ------
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016.

    Example
    -------
    >>> make_layer("conv_transpose1d", filters=32, kernel=2, stride=2).output_shape([(64, 90)])
    (32, 180)
    """

    kind = "conv_transpose1d"
    label = N_("Transposed convolution 1D")
    category = Category.CONVOLUTION
    prefix = "deconv"
    rank = 1
    search_terms = ("deconvolution", "upconvolution", "convtranspose1d", "sequence", "signal")


@layer
class ConvTranspose3D(TransposedConvolution):
    """Transposed convolution of a volume: each input cell stamps a kernel, which enlarges a volume by the stride.

    Formula
    -------
    y[o, t·S + r·D − P, i·S + u·D − P, j·S + v·D − P] = b[o] + Σ w[c, o, r, u, v] · x[c, t, i, j] over all that
    meet there

    Source
    ------
    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285, 2016.

    Example
    -------
    >>> make_layer("conv_transpose3d", filters=32, kernel=2, stride=2).output_shape([(64, 8, 14, 14)])
    (32, 16, 28, 28)
    """

    kind = "conv_transpose3d"
    label = N_("Transposed convolution 3D")
    category = Category.CONVOLUTION
    prefix = "deconv"
    rank = 3
    search_terms = ("deconvolution", "upconvolution", "convtranspose3d", "volume", "video")
