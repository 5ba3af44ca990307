"""Local response normalisation, across neighbouring channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.normalise import local_response, local_response_gradient
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, unlike
from designer.layer_api.families import Elementwise, Weightless, require_maps
from designer.layer_api.fields import integer, real
from designer.layer_api.geometry import Region, Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, decimal
from designer.layer_api.operation import Operation, Plain
from designer.layer_api.problems import SetFields, ShapeProblem


@layer
class LocalResponseNorm(Weightless, Elementwise):
    """Divides each value by what it and its neighbour channels have at the same place: the strongest stand out.

    AlexNet (k = 2) and GoogLeNet had it; batch normalisation took its place. α is that of PyTorch and ONNX, which
    divide it by the size; the α of the AlexNet paper, 10⁻⁴, is not divided, so that it is 5·10⁻⁴ here.

    Formula
    -------
    y[c] = x[c] / (k + α/n · Σ x[j]²)ᵝ over the n channels j around c

    Source
    ------
    Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", NIPS 2012,
    section 3.3.

    Example
    -------
    >>> make_layer("local_response_norm", size=5).output_shape([(96, 55, 55)])
    (96, 55, 55)
    """

    kind = "local_response_norm"
    label = N_("Local response normalisation")
    category = Category.NORMALISATION
    prefix = "lrn"
    onnx_operators = ("LRN",)
    search_terms = ("lrn", "normalization", "alexnet", "googlenet")

    size: int = integer(
        5, label=N_("Size"), help=N_("Channels that are added up, its own in the middle: an odd number.")
    )
    alpha: float = real(
        1e-4, low=1e-9, high=10.0, label=N_("Alpha"), help=N_("Weight of the squares, divided by the size.")
    )
    beta: float = real(0.75, low=0.01, high=2.0, label=N_("Beta"), help=N_("Power of what is divided by."))
    k: float = real(
        1.0,
        low=0.1,
        high=100.0,
        label=N_("Offset k"),
        help=N_("What is added to the squares, so that none are divided by zero."),
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        require_maps(inputs[0], self.rank)
        if self.size % 2 == 0:
            raise ShapeProblem(
                _("size is {size}: there is no channel in the middle; an odd number is wanted").format(size=self.size),
                SetFields({"size": self.size + 1}),
                SetFields({"size": self.size - 1}),
            )
        return inputs[0]

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The same cells, of the channels around."""
        (first, last), *cells = region
        reach = self.size // 2
        return ((max(first - reach, 0), min(last + reach, inputs[index][0] - 1)), *cells)

    def caption(self) -> str:
        """``n5``."""
        return f"n{self.size}"

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """X / (k + α/n · Σ x²)^β."""
        return local_response(inputs[0], self.size, self.alpha, self.beta, self.k, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """What a value adds to the divisors of its neighbours counts too."""
        x = done.inputs[0]
        return Gradients((local_response_gradient(x, done.gradient, self.size, self.alpha, self.beta, self.k),))

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """It may write over its input: all channels of a cell are read before."""
        return Plain(in_place=True)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        settings = operator.settings(alpha=1e-4, beta=0.75, bias=1.0, size=None)
        size = int(operator.required(settings["size"], "size"))
        if size % 2 == 0:
            raise operator.refused(_("size is {size}; an odd one can be read").format(size=size))
        alpha, beta, k = (decimal(settings[name]) for name in ("alpha", "beta", "bias"))
        return operator.read(cls, size=size, alpha=alpha, beta=beta, k=k)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``LRN``, which runtimes know of images only: others become an image of one row for it."""
        attributes = {"size": self.size, "alpha": self.alpha, "beta": self.beta, "bias": self.k}
        channels, *sizes = inputs[0]
        if len(sizes) == 2:
            return (OnnxCall("LRN", attributes=attributes),)
        flat, back = np.array([0, channels, 1, -1], np.int64), np.array([0, channels, *sizes], np.int64)
        return (
            OnnxCall("Reshape", ("input0", "flat"), {}, "image", {"flat": flat}),
            OnnxCall("LRN", ("image",), attributes, "normal"),
            OnnxCall("Reshape", ("normal", "back"), constants={"back": back}),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.LocalResponseNorm``."""
        values = {"alpha": self.alpha, "beta": self.beta, "k": self.k}
        keywords = unlike(values, {"alpha": 1e-4, "beta": 0.75, "k": 1.0})
        return (TorchCall("nn.LocalResponseNorm", (self.size,), keywords),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """The sums are a product with a banded matrix; Keras has no such layer."""
        place = np.arange(inputs[0][0])
        near = np.abs(place[:, np.newaxis] - place) <= self.size // 2
        band = np.asarray(near * (self.alpha / self.size), np.float32)
        return (
            KerasCall("ops.square", output="squares"),
            KerasCall("ops.matmul", inputs=("squares", "band"), output="sums", constants={"band": band}),
            KerasCall("ops.add", (self.k,), inputs=("sums",), output="base"),
            KerasCall("ops.power", (-self.beta,), inputs=("base",), output="factors"),
            KerasCall("ops.multiply", inputs=("input0", "factors")),
        )
