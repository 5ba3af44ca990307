"""Global pooling: one number for each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from designer.i18n import N_
from designer.kernels.arrays.memory import Array
from designer.kernels.global_pool import WholeImage
from designer.kernels.gradients.linear_maps import global_mean_gradient
from designer.kernels.gradients.max_pool import global_max_pool_gradient
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.families import Weightless, require_maps
from designer.layer_api.geometry import Shape, Window, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Prepared


class GlobalPooling(Weightless):
    """Facts of a pooling whose window is the whole map."""

    reduction: ClassVar[np.ufunc]
    """What joins two values."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels, 1, …)."""
        require_maps(inputs[0], self.rank)
        return (inputs[0][0], *(1 for _size in inputs[0][1:]))

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """The whole map."""
        return Window.everything(inputs[0][1:])

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """A reduction that takes an epilogue."""
        return Prepared(self._prepare)

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return WholeImage(self.reduction)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """One number per channel."""
        return WholeImage(self.reduction).run(inputs[0], out)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        return operator.read_plain(cls, constants)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        return (OnnxCall(self.onnx_operators[0]),)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Every map becomes one number."""
        return (Formula(Quantity.OUTPUT, f"{shape_text(inputs[0])} → {shape_text(self.output_shape(inputs))}"),)


@layer
class GlobalAveragePool(GlobalPooling):
    """Mean of each whole map: one number per channel, whatever the image size.

    It replaces the large dense layers at the end of a network (Lin et al., "Network in Network", 2013).

    Formula
    -------
    y[c] = mean of x[c, i, j] over i, j

    Source
    ------
    Lin, Chen and Yan, "Network In Network", arXiv:1312.4400, 2013.

    Example
    -------
    >>> make_layer("global_avg_pool").output_shape([(2048, 7, 7)])
    (2048, 1, 1)
    """

    kind = "global_avg_pool"
    label = N_("Global average pooling")
    category = Category.POOLING
    prefix = "gap"
    gradient_reads = ()
    onnx_operators = ("GlobalAveragePool",)
    search_terms = ("gap", "adaptive", "mean")
    reduction = np.add

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((global_mean_gradient(done.gradient, done.inputs[0].shape[2:]),))

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.AdaptiveAvgPool2d`` to one cell."""
        return (TorchCall(f"nn.AdaptiveAvgPool{len(inputs[0]) - 1}d", (1,)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.GlobalAveragePooling2D``, the axes kept."""
        return (KerasCall(f"layers.GlobalAveragePooling{len(inputs[0]) - 1}D", keywords={"keepdims": True}),)


@layer
class GlobalMaxPool(GlobalPooling):
    """Largest value of each whole map: whether this feature occurred anywhere.

    Formula
    -------
    y[c] = max of x[c, i, j] over i, j

    Source
    ------
    Oquab, Bottou, Laptev and Sivic, "Is object localization for free? Weakly-supervised learning with convolutional
    neural networks", CVPR 2015.

    Example
    -------
    >>> make_layer("global_max_pool").output_shape([(64, 13, 13)])
    (64, 1, 1)
    """

    kind = "global_max_pool"
    label = N_("Global max pooling")
    category = Category.POOLING
    prefix = "gmp"
    onnx_operators = ("GlobalMaxPool",)
    search_terms = ("adaptive", "maximum")
    reduction = np.maximum

    def backward(self, done: ForwardPass) -> Gradients:
        """To the first of the largest values of each map."""
        return Gradients((global_max_pool_gradient(done.inputs[0], done.gradient),))

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.AdaptiveMaxPool2d`` to one cell."""
        return (TorchCall(f"nn.AdaptiveMaxPool{len(inputs[0]) - 1}d", (1,)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.GlobalMaxPooling2D``, the axes kept."""
        return (KerasCall(f"layers.GlobalMaxPooling{len(inputs[0]) - 1}D", keywords={"keepdims": True}),)
