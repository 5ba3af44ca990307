"""Depthwise convolution: filters for every channel by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.layer_api.convolution import Convolution
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.families import Windowed, require_maps
from designer.layer_api.fields import LARGEST, boolean, choice, integer, padding, pair
from designer.layer_api.geometry import Padding, Shape, Window
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, WeightSpec, layer, shared_fields
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation
from designer.layer_api.problems import SetFields, ShapeProblem


@shared_fields
class _InGroups(Convolution):
    """The convolution with as many groups as channels that it is; no layer of the catalogue."""

    label = N_("Convolution 2D")
    rank = 2


@layer
class DepthwiseConv2D(Windowed):
    """Convolves every channel by itself, with one filter or with several: the first half of a separable convolution.

    It is a convolution with as many groups as channels, whatever their number. A 1×1 convolution behind it mixes them.

    Formula
    -------
    y[c·M + m, i, j] = b[c·M + m] + Σ w[c·M + m, u, v] · x[c, i·S + u·D − P, j·S + v·D − P] over u, v

    Source
    ------
    Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", arXiv:1610.02357, 2016. The multiplier is
    that of Keras's ``DepthwiseConv2D``.

    Example
    -------
    >>> make_layer("depthwise_conv2d", multiplier=2).output_shape([(32, 28, 28)])
    (64, 26, 26)
    """

    kind = "depthwise_conv2d"
    label = N_("Depthwise convolution 2D")
    category = Category.CONVOLUTION
    prefix = "conv"
    rank = 2
    search_terms = ("depthwise", "separable", "mobilenet", "xception", "channel")

    multiplier: int = integer(
        1, high=65_536, label=N_("Multiplier"), help=N_("Filters for every channel, and so channels of the output.")
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
    dilation: tuple[int, ...] = pair(
        1, label=N_("Dilation"), help=N_("Distance between the taps of the kernel; 2 leaves one pixel out.")
    )
    bias: bool = boolean(True, label=N_("Bias"), help=N_("Add one learned number to each filter's output."))
    initializer: str = choice(
        "auto",
        {"auto": N_("Automatic"), "he": N_("He"), "xavier": N_("Xavier")},
        label=N_("Initial weights"),
        help=N_("What the weights are until a file is loaded. Automatic: He."),
    )

    def _in_groups(self, channels: int) -> _InGroups:
        values: dict[str, Any] = {name: value for name, value in self.parameters().items() if name != "multiplier"}
        return _InGroups.from_parameters({**values, "filters": channels * self.multiplier, "groups": channels})

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels · multiplier, *sizes)."""
        require_maps(inputs[0], self.rank)
        if inputs[0][0] * self.multiplier > LARGEST:
            raise ShapeProblem(
                _("{channels} channels times {multiplier} are too many; use a smaller multiplier").format(
                    channels=inputs[0][0], multiplier=self.multiplier
                ),
                SetFields({"multiplier": 1}),
            )
        return (inputs[0][0] * self.multiplier, *self.spatial_sizes(inputs))

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """``weight`` (channels · multiplier, 1, *kernel) and ``bias`` (channels · multiplier,)."""
        return self._in_groups(inputs[0][0]).weights(inputs)

    def window(self, inputs: Sequence[Shape]) -> Window:
        """The sliding window."""
        return super().window(inputs)

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """One multiply-add per kernel weight and output position."""
        return self._in_groups(inputs[0][0]).macs(inputs, output)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Output size, parameters and multiply-adds."""
        return self._in_groups(inputs[0][0]).explain(inputs)

    def caption(self) -> str:
        """``3×3, s1, p1``, and the multiplier where it is not one."""
        text = self.caption_window()
        return text if self.multiplier == 1 else f"×{self.multiplier} @ {text}"

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """What fits the sizes, and a multiplier where the wanted channels are a multiple."""
        if len(wanted) == self.rank + 1 and wanted[0] % inputs[0][0] == 0:
            multiplier = {"multiplier": wanted[0] // inputs[0][0]}
            yield multiplier
            for change in super().adjustments(inputs, wanted):
                yield {**multiplier, **change}
        yield from super().adjustments(inputs, wanted)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Cross-correlation of every channel."""
        return self._in_groups(inputs[0].shape[1]).forward(inputs, weights, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """As of a convolution in groups."""
        return self._in_groups(done.inputs[0].shape[1]).backward(done)

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """As of a convolution in groups."""
        return self._in_groups(inputs[0][0]).operation(inputs)

    def filter_kernels(self, weights: Mapping[str, Array]) -> Array | None:
        """The weight as it is."""
        return weights.get("weight")

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(_("ONNX has no depthwise convolution; it arrives as Conv in as many groups as channels"))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Conv`` in as many groups as channels."""
        return self._in_groups(inputs[0][0]).to_onnx(inputs)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Conv2d`` in as many groups as channels."""
        return self._in_groups(inputs[0][0]).to_torch(inputs)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.DepthwiseConv2D``, or ``layers.Conv2D`` in as many groups as channels."""
        return self._in_groups(inputs[0][0]).to_keras(inputs)
