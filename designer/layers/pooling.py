"""Pooling: one number for each window of each channel."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

import attrs

from designer.i18n import N_, _
from designer.kernels.gradients.linear_maps import adjoint, mean_maps
from designer.kernels.gradients.max_pool import max_pool_gradient
from designer.kernels.pool import average_pool, max_pool, prepare_average_pool, prepare_max_pool
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.emit import OnnxCall
from designer.layer_api.families import Weightless, Windowed
from designer.layer_api.fields import boolean, padding, pair
from designer.layer_api.geometry import Padding, Shape, axes_text
from designer.layer_api.gradients import Gradients
from designer.layer_api.layer import Array, Category, Formula, layer
from designer.layer_api.operation import Operation, Prepared
from designer.layer_api.problems import SetFields, ShapeProblem


class Pooling(Windowed, Weightless):
    """Facts of a pooling over any number of spatial axes; channels stay."""

    ceil_mode: bool

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """Where each window reads is known beforehand."""
        return Prepared(self._prepare)

    @abc.abstractmethod
    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel: ...

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels, *sizes)."""
        sizes = self.spatial_sizes(inputs)
        for side, kernel in zip(self.window(inputs).padding, self.kernel, strict=True):
            if max(side) * 2 > kernel:
                raise ShapeProblem(
                    _(
                        "padding {padding} is more than half the kernel {kernel}: a window would see only padding"
                    ).format(padding=max(side), kernel=axes_text(self.kernel)),
                    SetFields({"padding": tuple(k // 2 for k in self.kernel)}),
                )
        return (inputs[0][0], *sizes)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        return self.explain_sizes(inputs)

    def caption(self) -> str:
        """``2×2, s2``."""
        return self.caption_window() + (", " + _("ceil") if self.ceil_mode else "")

    def onnx_window(self, inputs: Sequence[Shape]) -> dict[str, object]:
        """Attributes that ONNX poolings share."""
        sides = self.sides(inputs[0][1:])
        window = self.window(inputs)
        floored = attrs.evolve(window, ceil_mode=False)
        # ONNX's shape inference, unlike its operators, keeps a last window that starts in the padding: only ask it to
        # round up where something is left to round.
        rounds_up = window.output_sizes(inputs[0][1:]) != floored.output_sizes(inputs[0][1:])
        return {
            "kernel_shape": list(self.kernel),
            "strides": list(self.steps()),
            "pads": [before for before, _after in sides] + [after for _before, after in sides],
            "ceil_mode": int(rounds_up),
        }


@layer
class MaxPool2D(Pooling):
    """Largest value of each window: keeps the strongest response and shrinks the map.

    A stride equal to the kernel, the default, makes the windows tile the map.
    """

    kind = "max_pool2d"
    label = N_("Max pooling 2D")
    category = Category.POOLING
    prefix = "pool"
    rank = 2
    search_terms = ("maxpool2d", "subsampling", "downsample")

    kernel: tuple[int, ...] = pair(2, label=N_("Kernel"), unit="px", help=N_("Height and width of the window."))
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
        return max_pool(
            inputs[0],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(inputs[0].shape[2:]),
            ceil_mode=self.ceil_mode,
            out=out,
        )

    def backward(
        self,
        inputs: Sequence[Array],
        output: Array,
        gradient: Array,
        weights: Mapping[str, Array],
        *,
        for_weights: bool = True,
    ) -> Gradients:
        """To the first of the largest values of each window, as PyTorch does."""
        inner = max_pool_gradient(
            inputs[0],
            output,
            gradient,
            self.kernel,
            stride=self.steps(),
            padding=self.sides(inputs[0].shape[2:]),
            ceil_mode=self.ceil_mode,
        )
        return Gradients((inner,))

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return prepare_max_pool(
            images[2:],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(images[2:]),
            ceil_mode=self.ceil_mode,
        )

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``MaxPool``."""
        return (OnnxCall("MaxPool", ("input0",), self.onnx_window(inputs)),)


@layer
class AveragePool2D(Pooling):
    """Mean of each window: blurs and shrinks the map.

    Used as the subsampling of LeNet-5 (LeCun et al., 1998).
    """

    kind = "avg_pool2d"
    label = N_("Average pooling 2D")
    category = Category.POOLING
    prefix = "avgpool"
    rank = 2
    search_terms = ("avgpool2d", "mean", "subsampling", "downsample")

    kernel: tuple[int, ...] = pair(2, label=N_("Kernel"), unit="px", help=N_("Height and width of the window."))
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
        return average_pool(
            inputs[0],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(inputs[0].shape[2:]),
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
            out=out,
        )

    def backward(
        self,
        inputs: Sequence[Array],
        output: Array,
        gradient: Array,
        weights: Mapping[str, Array],
        *,
        for_weights: bool = True,
    ) -> Gradients:
        """Each cell gets its share of every window that it lies in."""
        maps = mean_maps(
            inputs[0].shape[2:],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(inputs[0].shape[2:]),
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
        )
        return Gradients((adjoint(gradient, maps),))

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        return prepare_average_pool(
            images[2:],
            self.kernel,
            stride=self.steps(),
            padding=self.sides(images[2:]),
            ceil_mode=self.ceil_mode,
            count_include_pad=self.count_include_pad,
        )

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``AveragePool``."""
        attributes = {**self.onnx_window(inputs), "count_include_pad": int(self.count_include_pad)}
        return (OnnxCall("AveragePool", ("input0",), attributes),)
