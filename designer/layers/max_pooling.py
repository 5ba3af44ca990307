"""Max pooling: the largest value of each window of each channel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from designer.i18n import N_
from designer.kernels.arrays.memory import Array
from designer.kernels.gradients.max_pool import max_pool_gradient
from designer.kernels.pool import max_pool, prepare_max_pool
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, in_turn, is_even, keras_pad, torch_pad
from designer.layer_api.fields import boolean, padding, pair
from designer.layer_api.geometry import Padding, Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, layer, shared_fields
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.pooling import PreparedPooling


@shared_fields
class MaxPooling(PreparedPooling):
    """Facts of a maximum over windows, for any number of spatial axes."""

    gradient_reads = ("inputs", "output")
    onnx_operators = ("MaxPool",)

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
    padding: str | Padding = padding(
        0, label=N_("Padding"), help=N_("Cells added around the input; they never win the maximum.")
    )
    ceil_mode: bool = boolean(
        False,
        label=N_("Round up"),
        help=N_("Let a last window hang over the edge instead of dropping the rest."),
    )

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Maximum per window."""
        return max_pool(inputs[0], self.kernel, **self.windows(inputs[0].shape[2:]), out=out)

    def backward(self, done: ForwardPass) -> Gradients:
        """To the first of the largest values of each window, as PyTorch does."""
        x = done.inputs[0]
        windows = self.windows(x.shape[2:])
        return Gradients((max_pool_gradient(x, done.output, done.gradient, self.kernel, **windows),))

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return prepare_max_pool(images[2:], self.kernel, **self.windows(images[2:]))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        fields = cls.read_window(operator, constants, storage_order=0)
        operator.fixed(storage_order=0)
        return operator.read(cls, **fields)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``MaxPool``."""
        return (OnnxCall("MaxPool", ("input0",), self.onnx_window(inputs)),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.MaxPool2d``; where the sides differ, of maps padded with what never wins."""
        sides = self.sides(inputs[0][1:])
        name = f"nn.MaxPool{self.rank}d"
        if is_even(sides):
            return (self.torch_module(name, sides),)
        return in_turn(*torch_pad(self.whole_windows(inputs), -math.inf), self.torch_module(name))

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.MaxPooling2D``; where Keras would pad otherwise, of maps padded with what never wins."""
        name = f"layers.MaxPooling{self.rank}D"
        if isinstance(self.padding, str):
            return (self.keras_layer(name, "same"),)
        return in_turn(*keras_pad(self.whole_windows(inputs), -math.inf), self.keras_layer(name, "valid"))


@layer
class MaxPool2D(MaxPooling):
    """Largest value of each window: keeps the strongest response and shrinks the map.

    A stride equal to the kernel, the default, makes the windows tile the map.

    Formula
    -------
    y[c, i, j] = max of x[c, i·S + u − P, j·S + v − P] over u, v

    Source
    ------
    Scherer, Müller and Behnke, "Evaluation of Pooling Operations in Convolutional Architectures for Object
    Recognition", ICANN 2010.

    Example
    -------
    >>> make_layer("max_pool2d", kernel=3, stride=2, padding=1).output_shape([(64, 112, 112)])
    (64, 56, 56)
    """

    kind = "max_pool2d"
    label = N_("Max pooling 2D")
    category = Category.POOLING
    prefix = "pool"
    rank = 2
    search_terms = ("maxpool2d", "subsampling", "downsample")


@layer
class MaxPool1D(MaxPooling):
    """Largest value of each window of a sequence: keeps the strongest response and shortens it.

    Formula
    -------
    y[c, i] = max of x[c, i·S + u − P] over u

    Source
    ------
    Collobert, Weston, Bottou, Karlen, Kavukcuoglu and Kuksa, "Natural Language Processing (Almost) from Scratch",
    Journal of Machine Learning Research 12, 2011.

    Example
    -------
    >>> make_layer("max_pool1d", kernel=2).output_shape([(32, 187)])
    (32, 93)
    """

    kind = "max_pool1d"
    label = N_("Max pooling 1D")
    category = Category.POOLING
    prefix = "pool"
    rank = 1
    search_terms = ("maxpool1d", "subsampling", "downsample", "sequence", "signal")


@layer
class MaxPool3D(MaxPooling):
    """Largest value of each window of a volume or a clip.

    Formula
    -------
    y[c, t, i, j] = max of x[c, t·S + r − P, i·S + u − P, j·S + v − P] over r, u, v

    Source
    ------
    Tran, Bourdev, Fergus, Torresani and Paluri, "Learning Spatiotemporal Features with 3D Convolutional Networks",
    ICCV 2015.

    Example
    -------
    >>> make_layer("max_pool3d", kernel=[1, 2, 2]).output_shape([(64, 16, 112, 112)])
    (64, 16, 56, 56)
    """

    kind = "max_pool3d"
    label = N_("Max pooling 3D")
    category = Category.POOLING
    prefix = "pool"
    rank = 3
    search_terms = ("maxpool3d", "subsampling", "downsample", "volume", "video")
