"""Locally connected layer: a convolution that shares no weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.unshared import convolve_unshared, unshared_gradients
from designer.layer_api.emit import (
    KerasCall,
    KerasWeight,
    OnnxCall,
    TorchCall,
    in_turn,
    keras_pad,
    one_or_axes,
    torch_pad,
)
from designer.layer_api.families import Windowed
from designer.layer_api.fields import boolean, choice, integer, padding, pair
from designer.layer_api.geometry import Padding, Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, WeightSpec, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.quantities import number


@layer
class LocallyConnected2D(Windowed):
    """A window slides as in a convolution, but every place has kernels of its own: what sharing weights saves.

    Formula
    -------
    y[o, i, j] = b[o, i, j] + Σ w[i, j, o, c, u, v] · x[c, i·S + u − P, j·S + v − P] over c, u, v

    Source
    ------
    LeCun, "Generalization and Network Design Strategies", in "Connectionism in Perspective", 1989; Taigman, Yang,
    Ranzato and Wolf, "DeepFace", CVPR 2014. It is the ``LocallyConnected2D`` of Keras 2.

    Example
    -------
    >>> make_layer("locally_connected2d", filters=1, kernel=10, bias=False).weights([(1, 1009, 1009)])["weight"].size
    100000000
    """

    kind = "locally_connected2d"
    label = N_("Locally connected 2D")
    category = Category.CONVOLUTION
    prefix = "local"
    rank = 2
    search_terms = ("unshared", "local", "convolution", "deepface")

    filters: int = integer(
        16, label=N_("Filters"), help=N_("Number of kernels at every place; each gives one output channel.")
    )
    kernel: tuple[int, ...] = pair(
        3, label=N_("Kernel"), unit="px", help=N_("Size of the window, a number per axis in the order of the shape.")
    )
    stride: tuple[int, ...] = pair(
        1, label=N_("Stride"), unit="px", help=N_("How far the window moves from one output cell to the next.")
    )
    padding: str | Padding = padding(
        0, label=N_("Padding"), help=N_('Zeros added around the input; "same" keeps the size at stride 1.')
    )
    bias: bool = boolean(True, label=N_("Bias"), help=N_("Add one learned number to each value of the output."))
    initializer: str = choice(
        "auto",
        {"auto": N_("Automatic"), "he": N_("He"), "xavier": N_("Xavier")},
        label=N_("Initial weights"),
        help=N_("What the weights are until a file is loaded. Automatic: He."),
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(filters, *sizes)."""
        return (self.filters, *self.spatial_sizes(inputs))

    def _taps(self, inputs: Sequence[Shape]) -> int:
        return inputs[0][0] * math.prod(self.kernel)

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """``weight`` (rows, columns, filters, channels · kernel) and ``bias`` (filters, rows, columns)."""
        sizes, taps = self.spatial_sizes(inputs), self._taps(inputs)
        fan_out = self.filters * math.prod(self.kernel)
        kernel = WeightSpec((*sizes, self.filters, taps), fan_in=taps, fan_out=fan_out)
        return (
            {"weight": kernel, "bias": WeightSpec((self.filters, *sizes), "zeros")} if self.bias else {"weight": kernel}
        )

    @classmethod
    def weights_follow_channels(cls) -> bool:
        """False: every place has its own."""
        return False

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """One multiply-add per weight."""
        return math.prod(output) * self._taps(inputs)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Output size, parameters and multiply-adds."""
        output = self.output_shape(inputs)
        taps = "·".join(str(size) for size in (*self.kernel, inputs[0][0]))
        places = "·".join(str(size) for size in output[1:])
        total = sum(spec.size for spec in self.weights(inputs).values())
        each = f"({taps} + 1)" if self.bias else taps
        return (
            *self.explain_sizes(inputs),
            Formula(Quantity.PARAMETERS, f"{places}·{each}·{self.filters} = {number(total)}"),
            Formula(Quantity.MACS, f"{places} · {taps} · {self.filters} = {number(self.macs(inputs, output))}"),
        )

    def caption(self) -> str:
        """``6 @ 5×5, s1``."""
        return f"{self.filters} @ {self.caption_window()}"

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """As many filters as channels are wanted, alone and with what fits the sizes."""
        yield {"filters": wanted[0]}
        for change in super().adjustments(inputs, wanted):
            yield change
            yield {"filters": wanted[0], **change}

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Every window times the kernels of its place."""
        x = inputs[0]
        sides = self.sides(x.shape[2:])
        weight, bias = weights["weight"], weights.get("bias")
        return convolve_unshared(x, weight, bias, self.kernel, stride=self.stride, padding=sides, out=out)

    def backward(self, done: ForwardPass) -> Gradients:
        """Every place by itself, added up where windows overlap."""
        x = done.inputs[0]
        inner, of_weight = unshared_gradients(
            x,
            done.gradient,
            done.weights["weight"],
            self.kernel,
            stride=self.stride,
            padding=self.sides(x.shape[2:]),
            for_weights=done.for_weights,
        )
        if of_weight is None:
            return Gradients((inner,))
        found = {"weight": of_weight}
        if self.bias:
            found["bias"] = done.gradient.sum(axis=0, dtype=np.float64).astype(done.gradient.dtype)
        return Gradients((inner,), found)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(_("ONNX has no locally connected layer; it arrives as Conv and Einsum"))

    def _one_hot(self, inputs: Sequence[Shape]) -> Array:
        """Filters (taps, channels, *kernel) that pick one value of a window each."""
        taps = self._taps(inputs)
        return np.eye(taps, dtype=np.float32).reshape(taps, inputs[0][0], *self.kernel)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Conv`` that lays each window out as channels, and ``Einsum`` with the weights of its place."""
        attributes = {**self.onnx_window(inputs), "dilations": [1, 1], "group": 1}
        product, taps = "product" if self.bias else "output", {"taps": self._one_hot(inputs)}
        return (
            OnnxCall("Conv", ("input0", "taps"), attributes, "windows", taps),
            OnnxCall("Einsum", ("windows", "weight"), {"equation": "ndhw,hwfd->nfhw"}, product),
            *([OnnxCall("Add", ("product", "bias"))] if self.bias else []),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Unfold``, and ``torch.matmul`` with the weights of each place."""
        sizes = self.output_shape(inputs)[1:]
        steps = {} if set(self.stride) == {1} else {"stride": one_or_axes(self.stride)}
        unfolding = in_turn(
            *torch_pad(self.sides(inputs[0][1:])),
            TorchCall("nn.Unfold", (one_or_axes(self.kernel),), steps),
            TorchCall("nn.Unflatten", (2, sizes)),
            TorchCall("torch.permute", ((0, 2, 3, 1),)),
            TorchCall("torch.unsqueeze", (-1,)),
        )
        *before, last = unfolding
        adding = [TorchCall("torch.add", inputs=("maps", "bias"), weights=("bias",))] if self.bias else []
        return (
            *before,
            TorchCall(last.name, last.arguments, inputs=last.inputs, output="windows"),
            TorchCall("torch.matmul", inputs=("weight", "windows"), output="products", weights=("weight",)),
            TorchCall("torch.squeeze", (-1,), inputs=("products",), output="values"),
            TorchCall("torch.permute", ((0, 3, 1, 2),), inputs=("values",), output="maps" if self.bias else "output"),
            *adding,
        )

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``ops.conv`` that lays each window out as channels, and ``layers.EinsumDense`` with weights of each place."""
        output = self.output_shape(inputs)
        steps = {} if set(self.stride) == {1} else {"strides": one_or_axes(self.stride)}
        taps = np.ascontiguousarray(self._one_hot(inputs).transpose(2, 3, 1, 0))
        weights = {"kernel": KerasWeight("weight")} | ({"bias": KerasWeight("bias", (1, 2, 0))} if self.bias else {})
        keywords = {"output_shape": (*output[1:], output[0]), **({"bias_axes": "hwf"} if self.bias else {})}
        return in_turn(
            *keras_pad(self.sides(inputs[0][1:])),
            KerasCall("ops.conv", keywords=steps, inputs=("input0", "taps"), constants={"taps": taps}),
            KerasCall("layers.EinsumDense", ("bhwd,hwfd->bhwf",), keywords, weights=weights),
        )
