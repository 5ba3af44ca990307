"""What convolutions of any rank share, depthwise ones included: shapes, weights, forward pass, names elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from designer.i18n import N_
from designer.kernels.arrays.memory import Array
from designer.kernels.conv import convolve
from designer.kernels.convolution.prepared import prepare_weights, prepared_bytes
from designer.kernels.gradients.channels import channel_sums
from designer.kernels.gradients.convolution import input_gradient, weight_gradient
from designer.kernels.runtime.stages import Kernel
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.convolutional import Convolutional
from designer.layer_api.emit import (
    KerasCall,
    OnnxCall,
    TorchCall,
    in_turn,
    is_even,
    keras_pad,
    one_or_axes,
    torch_pad,
    unlike,
)
from designer.layer_api.fields import boolean, choice, integer, padding, pair
from designer.layer_api.geometry import Padding, Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Formula, WeightSpec, shared_fields
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Prepared, fold_into_filters


@shared_fields
class Convolution(Convolutional):
    """Facts of a convolution over any number of spatial axes."""

    onnx_operators = ("Conv",)

    filters: int = integer(
        16, label=N_("Filters"), help=N_("Number of kernels; each gives one output channel (feature map).")
    )
    kernel: tuple[int, ...] = pair(
        3,
        label=N_("Kernel"),
        unit="px",
        help=N_("Size of the window, a number per axis in the order of the shape."),
    )
    stride: tuple[int, ...] = pair(
        1,
        label=N_("Stride"),
        unit="px",
        help=N_("How far the window moves from one output cell to the next."),
    )
    padding: str | Padding = padding(
        0, label=N_("Padding"), help=N_('Zeros added around the input; "same" keeps the size at stride 1.')
    )
    dilation: tuple[int, ...] = pair(
        1, label=N_("Dilation"), help=N_("Distance between the taps of the kernel; 2 leaves one pixel out.")
    )
    groups: int = integer(
        1,
        label=N_("Groups"),
        help=N_("Input channels are split into this many groups that are convolved apart; all channels: depthwise."),
    )
    bias: bool = boolean(True, label=N_("Bias"), help=N_("Add one learned number to each filter's output."))
    initializer: str = choice(
        "auto",
        {"auto": N_("Automatic"), "he": N_("He"), "xavier": N_("Xavier")},
        label=N_("Initial weights"),
        help=N_("What the weights are until a file is loaded. Automatic: He."),
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(filters, *sizes)."""
        sizes = self.spatial_sizes(inputs)
        self.require_groups(inputs[0][0])
        return (self.filters, *sizes)

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """``weight`` (filters, channels / groups, *kernel) and ``bias`` (filters,)."""
        taps = math.prod(self.kernel)
        per_group = inputs[0][0] // self.groups
        return self.with_bias(
            WeightSpec(
                (self.filters, per_group, *self.kernel),
                fan_in=per_group * taps,
                fan_out=self.filters // self.groups * taps,
            )
        )

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """One multiply-add per kernel weight and output position."""
        return math.prod(output) * inputs[0][0] // self.groups * math.prod(self.kernel)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Output size, parameters and multiply-adds as the article writes them."""
        return (*self.explain_sizes(inputs), *self.explain_counts(inputs, self.output_shape(inputs)[1:]))

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """As many filters as channels are wanted, alone and with what fits the sizes."""
        return self.adjusted_with_filters(super().adjustments(inputs, wanted), wanted[0])

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Cross-correlation, as every framework's "convolution"."""
        x = inputs[0]
        return convolve(x, weights["weight"], weights.get("bias"), **self.sliding(x.shape[2:]), out=out)

    def backward(self, done: ForwardPass) -> Gradients:
        """A transposed convolution for the input, a correlation for the filters."""
        kernel, spatial = done.weights["weight"], done.inputs[0].shape[2:]
        sliding = self.sliding(spatial)
        parts = 3 if done.for_weights else 1
        with checkpoint_part(0, parts):
            inner = input_gradient(done.gradient, kernel, spatial, **sliding)
        if not done.for_weights:
            return Gradients((inner,))
        with checkpoint_part(1, parts):
            found = {"weight": weight_gradient(done.inputs[0], done.gradient, self.kernel, **sliding)}
        if self.bias:
            with checkpoint_part(2, parts):
                found["bias"] = channel_sums(done.gradient)
        return Gradients((inner,), found)

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """The algorithm is chosen, and weights brought into its form, once; each filter gives one output channel."""
        return Prepared(self._prepare, fold_into_filters, partial(self._prepared_bytes, inputs))

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return prepare_weights(
            np.ascontiguousarray(weights["weight"], np.float32),
            None if "bias" not in weights else np.ascontiguousarray(weights["bias"], np.float32),
            images,
            precise=precise,
            **self.sliding(images[2:]),
        )

    def _prepared_bytes(self, inputs: Sequence[Shape], batch: int, *, precise: bool, folded: bool) -> int:
        return prepared_bytes(
            self.weights(inputs)["weight"].shape,
            (batch, *inputs[0]),
            precise=precise,
            folded=folded,
            **self.sliding(inputs[0][1:]),
        )

    def filter_kernels(self, weights: Mapping[str, Array]) -> Array | None:
        """The weight as it is."""
        return weights.get("weight")

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        weight, bias, fields = cls.read_filters(operator, constants)
        return operator.read(cls, {"weight": weight, "bias": bias}, filters=weight.shape[0], **fields)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Conv``."""
        return (self.onnx_call("Conv", inputs),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Conv2d``, zeros around the maps first where the sides differ."""
        sides = self.sides(inputs[0][1:])
        if is_even(sides):
            return (self.torch_module("Conv", inputs, [before for before, _after in sides]),)
        return in_turn(*torch_pad(sides), self.torch_module("Conv", inputs, [0]))

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Conv2D``, zeros around the maps first where Keras does not pad so by itself."""
        # Keras refuses to step and to dilate at once: then the places between the steps are dropped afterwards.
        steps = self.steps()
        thinned = max(steps) > 1 and max(self.dilation) > 1
        same = not thinned and self._keras_calls_it_same(inputs[0][1:])
        around = () if same else keras_pad(self.sides(inputs[0][1:]))
        thinning = KerasCall(f"layers.MaxPooling{self.rank}D", (1,), {"strides": one_or_axes(steps)})
        values = {
            "strides": 1 if thinned else one_or_axes(steps),
            "padding": "same" if same else "valid",
            "dilation_rate": one_or_axes(self.dilation),
            "groups": self.groups,
            "use_bias": self.bias,
        }
        return in_turn(*around, self._keras_convolution(inputs[0][0], values), *([thinning] if thinned else []))

    def _keras_calls_it_same(self, sizes: Sequence[int]) -> bool:
        """Whether Keras pads as much by itself; at a stride of one that does not depend on the size."""
        sides = self.sides(sizes)
        if isinstance(self.padding, str) or max(self.steps()) > 1 or not any(any(axis) for axis in sides):
            return isinstance(self.padding, str)
        return sides == self.replace(padding="same").sides(sizes)

    def _keras_convolution(self, channels: int, values: Mapping[str, object]) -> KerasCall:
        defaults = {"strides": 1, "padding": "valid", "dilation_rate": 1, "groups": 1, "use_bias": True}
        keywords = unlike(values, defaults)
        kernel = one_or_axes(self.kernel)
        # TensorFlow on a CPU convolves in groups only this way, and only with one stride for all axes.
        if self.groups == channels == self.filters > 1 and self.rank < 3 and isinstance(values["strides"], int):
            del keywords["groups"]
            name, weights = f"layers.DepthwiseConv{self.rank}D", self.keras_weights(0, 1)
            return KerasCall(name, (kernel,), keywords, weights=weights)
        name, weights = f"layers.Conv{self.rank}D", self.keras_weights(1, 0)
        return KerasCall(name, (self.filters, kernel), keywords, weights=weights)
