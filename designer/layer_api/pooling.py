"""What poolings of any rank share: how windows lie on the map, and what they are called elsewhere."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import attrs

from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.stages import Kernel
from designer.layer_api.emit import KerasCall, TorchCall, one_or_axes, unlike
from designer.layer_api.families import Weightless, Windowed
from designer.layer_api.geometry import Padding, Shape, axes_text
from designer.layer_api.layer import Formula
from designer.layer_api.onnx_operator import Constants, OnnxOperator
from designer.layer_api.operation import Operation, Prepared
from designer.layer_api.problems import SetFields, ShapeProblem


class Windows(TypedDict):
    """How windows lie on maps, as the kernels take it."""

    stride: tuple[int, ...]
    padding: Padding
    ceil_mode: bool


class Pooling(Windowed, Weightless):
    """Facts of a pooling over any number of spatial axes; channels stay."""

    ceil_mode: bool

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

    def windows(self, sizes: Sequence[int]) -> Windows:
        """Stride, padding and rounding for maps of these spatial sizes."""
        return {"stride": self.steps(), "padding": self.sides(sizes), "ceil_mode": self.ceil_mode}

    def onnx_window(self, inputs: Sequence[Shape]) -> dict[str, object]:
        """Attributes that ONNX poolings share."""
        window = self.window(inputs)
        floored = attrs.evolve(window, ceil_mode=False)
        # ONNX's shape inference, unlike its operators, keeps a last window that starts in the padding: only ask it to
        # round up where something is left to round.
        rounds_up = window.output_sizes(inputs[0][1:]) != floored.output_sizes(inputs[0][1:])
        return {**super().onnx_window(inputs), "ceil_mode": int(rounds_up)}

    def whole_windows(self, inputs: Sequence[Shape]) -> Padding:
        """Padding with which every window lies inside of the map, so that nothing has to be rounded up."""
        sizes = inputs[0][1:]
        axes = zip(sizes, self.sides(sizes), self.output_shape(inputs)[1:], self.kernel, self.steps(), strict=True)
        return tuple(
            (before, max(after, (count - 1) * s + k - size - before)) for size, (before, after), count, k, s in axes
        )

    def torch_module(self, name: str, sides: Padding | None = None, **more: Any) -> TorchCall:
        """PyTorch's pooling over this window; it pads these sides itself, None: all windows are inside already."""
        values = {
            "stride": None if self.steps() == self.kernel else one_or_axes(self.steps()),
            "padding": one_or_axes([before for before, _after in sides or ((0, 0),)]),
            "ceil_mode": self.ceil_mode and sides is not None,
            **more,
        }
        defaults = {"stride": None, "padding": 0, "ceil_mode": False, "count_include_pad": True}
        return TorchCall(name, (one_or_axes(self.kernel),), unlike(values, defaults))

    def keras_layer(self, name: str, padding: str) -> KerasCall:
        """Keras's pooling over this window, ``"same"`` or ``"valid"``."""
        steps = None if self.steps() == self.kernel else one_or_axes(self.steps())
        keywords = unlike({"strides": steps, "padding": padding}, {"strides": None, "padding": "valid"})
        return KerasCall(name, (one_or_axes(self.kernel),), keywords)

    @classmethod
    def read_window(cls, operator: OnnxOperator, constants: Constants, **own: int) -> dict[str, Any]:
        """The fields that ONNX poolings share; ``own`` are the attributes of one of them with their defaults."""
        operator.arguments(constants)
        kernel = operator.attributes.get("kernel_shape", ())
        rank = len(kernel)
        operator.require_rank(cls, rank)
        ones = [1] * rank
        settings = operator.settings(
            kernel_shape=(), strides=ones, pads=[], dilations=ones, auto_pad="", ceil_mode=0, **own
        )
        operator.fixed(dilations=ones)
        strides = list(settings["strides"])
        return {
            "kernel": tuple(kernel),
            "stride": None if strides == list(kernel) else strides,
            "padding": operator.padding(rank),
            "ceil_mode": bool(settings["ceil_mode"]),
        }


class PreparedPooling(Pooling):
    """A pooling whose kernel is made once for a size of images."""

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """Where each window reads is known beforehand."""
        return Prepared(self._prepare)

    @abc.abstractmethod
    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel: ...
