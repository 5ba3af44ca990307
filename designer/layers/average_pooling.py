"""Average pooling: the mean of each window of each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_
from designer.kernels.arrays.memory import Array
from designer.kernels.gradients.linear_maps import adjoint, mean_maps
from designer.kernels.pool import average_pool, prepare_average_pool
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, in_turn, is_even, keras_pad, torch_pad
from designer.layer_api.fields import boolean, padding, pair
from designer.layer_api.geometry import Padding, Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, layer, shared_fields
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.pooling import PreparedPooling, Windows


class Means(Windows):
    """How windows lie on maps, and which of their cells count."""

    count_include_pad: bool


@shared_fields
class AveragePooling(PreparedPooling):
    """Facts of a mean over windows, for any number of spatial axes."""

    gradient_reads = ()
    onnx_operators = ("AveragePool",)

    kernel: tuple[int, ...] = pair(
        2,
        label=N_("Kernel"),
        unit="px",
        help=N_("Size of the window, a number per axis in the order of the shape."),
    )
    stride: tuple[int, ...] | None = pair(
        None,
        label=N_("Stride"),
        unit="px",
        help=N_("How far the window moves."),
        optional=N_("as the kernel"),
    )
    padding: str | Padding = padding(0, label=N_("Padding"), help=N_("Zeros added around the input."))
    ceil_mode: bool = boolean(
        False,
        label=N_("Round up"),
        help=N_("Let a last window hang over the edge instead of dropping the rest."),
    )
    count_include_pad: bool = boolean(
        True,
        label=N_("Count padding"),
        help=N_("Divide by the whole window, padding included, near the border."),
    )

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Mean per window."""
        x = inputs[0]
        return average_pool(x, self.kernel, **self._means(x.shape[2:]), out=out)

    def backward(self, done: ForwardPass) -> Gradients:
        """Each cell gets its share of every window that it lies in."""
        sizes = done.inputs[0].shape[2:]
        maps = mean_maps(sizes, self.kernel, **self._means(sizes))
        return Gradients((adjoint(done.gradient, maps),))

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return prepare_average_pool(images[2:], self.kernel, **self._means(images[2:]))

    def _means(self, sizes: Sequence[int]) -> Means:
        return {**self.windows(sizes), "count_include_pad": self.count_include_pad}

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        fields = cls.read_window(operator, constants, count_include_pad=0)
        counted = bool(operator.attributes.get("count_include_pad", 0))
        # Without padding there is nothing to count: then the layer's default says the same.
        padded = fields["padding"] == "same" or any(map(any, fields["padding"]))
        return operator.read(cls, **fields, count_include_pad=counted or not padded)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``AveragePool``."""
        attributes = {**self.onnx_window(inputs), "count_include_pad": int(self.count_include_pad)}
        return (OnnxCall("AveragePool", ("input0",), attributes),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.AvgPool2d``; where the sides differ, of padded maps, scaled to the cells that count."""
        sides = self.sides(inputs[0][1:])
        name = f"nn.AvgPool{self.rank}d"
        # AvgPool3d refuses a map that is smaller than the window before it is padded.
        fits = self.rank < 3 or all(k <= size for k, size in zip(self.kernel, inputs[0][1:], strict=True))
        if is_even(sides) and fits:
            return (self.torch_module(name, sides, count_include_pad=self.count_include_pad),)
        scaling = (
            TorchCall("torch.mul", inputs=("input0", f"scale{axis}"), constants={f"scale{axis}": factors})
            for axis, factors in self._scales(inputs, trailing=0).items()
        )
        return in_turn(*torch_pad(self.whole_windows(inputs)), self.torch_module(name), *scaling)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.AveragePooling2D``; where Keras counts otherwise, of padded maps, scaled to the cells that count."""
        name = f"layers.AveragePooling{self.rank}D"
        if isinstance(self.padding, str) and not self.count_include_pad:
            return (self.keras_layer(name, "same"),)
        scaling = (
            KerasCall("ops.multiply", inputs=("input0", f"scale{axis}"), constants={f"scale{axis}": factors})
            for axis, factors in self._scales(inputs, trailing=1).items()
        )
        return in_turn(*keras_pad(self.whole_windows(inputs)), self.keras_layer(name, "valid"), *scaling)

    def _scales(self, inputs: Sequence[Shape], *, trailing: int) -> dict[int, Array]:
        """By axis, what a mean over all cells of a window is multiplied by where some of them do not count.

        An array has the axes of the output from its own on, and ``trailing`` more (the channels, where they are last).
        """
        scales = {}
        sizes = inputs[0][1:]
        axes = zip(self.output_shape(inputs)[1:], self.sides(sizes), strict=True)
        for axis, (count, (before, after)) in enumerate(axes):
            kernel, first = self.kernel[axis], np.arange(count) * self.steps()[axis] - before
            low, high = (-before, sizes[axis] + after) if self.count_include_pad else (0, sizes[axis])
            counted = np.minimum(first + kernel, high) - np.maximum(first, low)
            if (counted != kernel).any():
                shape = (count, *(1,) * (self.rank - 1 - axis + trailing))
                scales[axis] = (kernel / counted).astype(np.float32).reshape(shape)
        return scales


@layer
class AveragePool2D(AveragePooling):
    """Mean of each window: blurs and shrinks the map.

    Used as the subsampling of LeNet-5 (LeCun et al., 1998).

    Formula
    -------
    y[c, i, j] = Σ x[c, i·S + u − P, j·S + v − P] / n over u, v; n cells count

    Source
    ------
    LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition", Proceedings of the
    IEEE 86, 1998.

    Example
    -------
    >>> make_layer("avg_pool2d", kernel=2).output_shape([(6, 28, 28)])
    (6, 14, 14)
    """

    kind = "avg_pool2d"
    label = N_("Average pooling 2D")
    category = Category.POOLING
    prefix = "avgpool"
    rank = 2
    search_terms = ("avgpool2d", "mean", "subsampling", "downsample")


@layer
class AveragePool1D(AveragePooling):
    """Mean of each window of a sequence: smooths and shortens it.

    Formula
    -------
    y[c, i] = Σ x[c, i·S + u − P] / n over u; n cells count

    Source
    ------
    Boureau, Ponce and LeCun, "A Theoretical Analysis of Feature Pooling in Visual Recognition", ICML 2010.

    Example
    -------
    >>> make_layer("avg_pool1d", kernel=4).output_shape([(32, 187)])
    (32, 46)
    """

    kind = "avg_pool1d"
    label = N_("Average pooling 1D")
    category = Category.POOLING
    prefix = "avgpool"
    rank = 1
    search_terms = ("avgpool1d", "mean", "subsampling", "downsample", "sequence", "signal")


@layer
class AveragePool3D(AveragePooling):
    """Mean of each window of a volume or a clip.

    Formula
    -------
    y[c, t, i, j] = Σ x[c, t·S + r − P, i·S + u − P, j·S + v − P] / n over r, u, v; n cells count

    Source
    ------
    Boureau, Ponce and LeCun, "A Theoretical Analysis of Feature Pooling in Visual Recognition", ICML 2010.

    Example
    -------
    >>> make_layer("avg_pool3d", kernel=2).output_shape([(64, 16, 56, 56)])
    (64, 8, 28, 28)
    """

    kind = "avg_pool3d"
    label = N_("Average pooling 3D")
    category = Category.POOLING
    prefix = "avgpool"
    rank = 3
    search_terms = ("avgpool3d", "mean", "subsampling", "downsample", "volume", "video")
