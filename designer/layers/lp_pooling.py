"""Lp pooling: the p-norm of each window of each channel, between a sum and a maximum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from designer.i18n import N_
from designer.kernels.arrays.memory import Array
from designer.kernels.elementwise import each_value, empty_like
from designer.kernels.gradients.linear_maps import adjoint, mean_maps
from designer.kernels.pool import average_pool
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, in_turn, keras_pad, torch_pad
from designer.layer_api.fields import integer, padding, pair
from designer.layer_api.geometry import Padding, Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, layer, shared_fields
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.pooling import Pooling


@shared_fields
class LpPooling(Pooling):
    """Facts of a p-norm over windows, for any number of spatial axes."""

    onnx_operators = ("LpPool",)
    gradient_reads = ("inputs", "output")
    ceil_mode = False

    p: int = integer(
        2,
        high=32,
        label=N_("Power"),
        help=N_("p: 1 adds absolute values up, 2 is the root of a sum of squares, 32 is nearly the maximum."),
    )
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

    def caption(self) -> str:
        """``L2, 2×2, s2``."""
        return f"L{self.p}, {super().caption()}"

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The root of the sum of powers of each window."""
        x = inputs[0]
        powers = empty_like(x)
        p, count = self.p, math.prod(self.kernel)

        def raised(part: Array, target: Array) -> None:
            np.abs(part, out=target)
            np.power(target, p, out=target)

        def rooted(part: Array) -> None:
            np.multiply(part, part.dtype.type(count), out=part)
            np.power(part, part.dtype.type(1 / p), out=part)

        with checkpoint_part(0, 3):
            each_value(raised, x, powers)
        with checkpoint_part(1, 3):
            result = average_pool(powers, self.kernel, **self._sums(x.shape[2:]), out=out)
        with checkpoint_part(2, 3):
            each_value(rooted, result)
        return result

    def _sums(self, sizes: Sequence[int]) -> dict[str, Any]:
        """Means over whole windows: a sum is that many times as large."""
        return {**self.windows(sizes), "count_include_pad": True}

    def backward(self, done: ForwardPass) -> Gradients:
        """``g · x · |x|ᵖ⁻² / yᵖ⁻¹`` of every window; nothing where all of it is zero."""
        x, p = done.inputs[0], self.p
        scaled, slopes = np.zeros(done.output.shape, x.dtype), empty_like(x)
        count = math.prod(self.kernel)

        def divided(y: Array, g: Array, target: Array) -> None:
            np.divide(g * y.dtype.type(count), y ** (p - 1), out=target, where=y > 0)

        def sloping(part: Array, target: Array) -> None:
            np.power(np.abs(part), p - 1, out=target)
            np.multiply(target, np.sign(part), out=target)

        with checkpoint_part(0, 4):
            each_value(divided, done.output, done.gradient, scaled)
        with checkpoint_part(1, 4):
            each_value(sloping, x, slopes)
        with checkpoint_part(2, 4):
            inner = adjoint(scaled, mean_maps(x.shape[2:], self.kernel, **self._sums(x.shape[2:])))
        with checkpoint_part(3, 4):
            each_value(lambda part, slope: np.multiply(part, slope, out=part), inner, slopes)
        return Gradients((inner,))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        fields = cls.read_window(operator, constants, p=2)
        operator.fixed(ceil_mode=0)
        del fields["ceil_mode"]
        return operator.read(cls, **fields, p=operator.attributes.get("p", 2))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``LpPool``."""
        attributes = {name: value for name, value in self.onnx_window(inputs).items() if name != "ceil_mode"}
        return (OnnxCall("LpPool", ("input0",), {**attributes, "p": self.p}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """The root of ``nn.AvgPool2d`` of powers, times the cells: ``nn.LPPool2d`` takes no absolute values."""
        return in_turn(
            TorchCall("torch.abs"),
            TorchCall("torch.pow", (self.p,)),
            *torch_pad(self.whole_windows(inputs)),
            self.torch_module(f"nn.AvgPool{self.rank}d"),
            TorchCall("torch.mul", (math.prod(self.kernel),)),
            TorchCall("torch.pow", (1 / self.p,)),
        )

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """The root of ``layers.AveragePooling2D`` of powers, times the cells of a window."""
        return in_turn(
            KerasCall("ops.abs"),
            KerasCall("ops.power", (self.p,)),
            *keras_pad(self.whole_windows(inputs)),
            self.keras_layer(f"layers.AveragePooling{self.rank}D", "valid"),
            KerasCall("ops.multiply", (math.prod(self.kernel),)),
            KerasCall("ops.power", (1 / self.p,)),
        )


@layer
class LpPool2D(LpPooling):
    """The p-norm of each window: between adding up (p = 1) and keeping the strongest response (p large).

    Formula
    -------
    y[c, i, j] = (Σ |x[c, i·S + u − P, j·S + v − P]|ᵖ)¹ᐟᵖ over u, v

    Source
    ------
    Sermanet, Chintala and LeCun, "Convolutional Neural Networks Applied to House Numbers Digit Classification",
    ICPR 2012.

    Example
    -------
    >>> make_layer("lp_pool2d").forward([np.array([[[[3, 0], [0, 4]]]], np.float32)], {})
    array([[[[5.]]]], dtype=float32)
    """

    kind = "lp_pool2d"
    label = N_("Lp pooling 2D")
    category = Category.POOLING
    prefix = "pool"
    rank = 2
    search_terms = ("lppool2d", "norm", "power", "euclidean")


@layer
class LpPool1D(LpPooling):
    """The p-norm of each window of a sequence.

    Formula
    -------
    y[c, i] = (Σ |x[c, i·S + u − P]|ᵖ)¹ᐟᵖ over u

    Source
    ------
    Sermanet, Chintala and LeCun, "Convolutional Neural Networks Applied to House Numbers Digit Classification",
    ICPR 2012.

    Example
    -------
    >>> make_layer("lp_pool1d", p=1).forward([np.array([[[3, -4]]], np.float32)], {})
    array([[[7.]]], dtype=float32)
    """

    kind = "lp_pool1d"
    label = N_("Lp pooling 1D")
    category = Category.POOLING
    prefix = "pool"
    rank = 1
    search_terms = ("lppool1d", "norm", "power", "sequence", "signal")


@layer
class LpPool3D(LpPooling):
    """The p-norm of each window of a volume or a clip.

    Formula
    -------
    y[c, t, i, j] = (Σ |x[c, t·S + r − P, i·S + u − P, j·S + v − P]|ᵖ)¹ᐟᵖ over r, u, v

    Source
    ------
    Sermanet, Chintala and LeCun, "Convolutional Neural Networks Applied to House Numbers Digit Classification",
    ICPR 2012.

    Example
    -------
    >>> make_layer("lp_pool3d").output_shape([(64, 16, 56, 56)])
    (64, 8, 28, 28)
    """

    kind = "lp_pool3d"
    label = N_("Lp pooling 3D")
    category = Category.POOLING
    prefix = "pool"
    rank = 3
    search_terms = ("lppool3d", "norm", "power", "volume", "video")
