"""What convolutions and transposed convolutions of any rank share: groups, filters, formulas, and names elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.layer_api.emit import KerasWeight, OnnxCall, TorchCall, one_or_axes, unlike
from designer.layer_api.families import Windowed
from designer.layer_api.geometry import Padding, Shape
from designer.layer_api.layer import Formula, Quantity, WeightSpec
from designer.layer_api.onnx_operator import Constants, OnnxOperator
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.quantities import number


class Sliding(TypedDict):
    """How filters move over maps, as the kernels take it."""

    stride: tuple[int, ...]
    padding: Padding
    dilation: tuple[int, ...]
    groups: int


class Convolutional(Windowed):
    """Layers with one filter for each output channel, over one group of the input channels.

    Subclasses declare the fields ``filters``, ``groups``, ``bias`` and ``dilation`` beside those of the window.
    """

    filters: int
    groups: int
    bias: bool
    dilation: tuple[int, ...]

    def sliding(self, sizes: Sequence[int]) -> Sliding:
        """Stride, padding, dilation and groups for maps of these spatial sizes."""
        return {
            "stride": self.steps(),
            "padding": self.sides(sizes),
            "dilation": self.dilation,
            "groups": self.groups,
        }

    def require_groups(self, channels: int) -> None:
        """Raise ShapeProblem unless the groups divide the input channels and the filters."""
        if channels % self.groups == 0 and self.filters % self.groups == 0:
            return
        common = math.gcd(channels, self.filters)
        nearest = max(g for g in range(1, min(common, self.groups) + 1) if common % g == 0)
        rounded = max(1, round(self.filters / self.groups)) * self.groups
        remedies = [SetFields({"groups": nearest})]
        if channels % self.groups == 0:
            remedies.insert(0, SetFields({"filters": rounded}))
        raise ShapeProblem(
            _("{groups} groups must divide the {channels} input channels and the {filters} filters").format(
                groups=self.groups, channels=channels, filters=self.filters
            ),
            *remedies,
        )

    def with_bias(self, kernel: WeightSpec) -> Mapping[str, WeightSpec]:
        """``weight``, and ``bias`` (filters,) where there is one."""
        return {"weight": kernel, "bias": WeightSpec((self.filters,), "zeros")} if self.bias else {"weight": kernel}

    def explain_counts(self, inputs: Sequence[Shape], places: Sequence[int]) -> tuple[Formula, ...]:
        """Parameters, and the multiply-adds of a kernel that is applied at so many places."""
        depth = f"{inputs[0][0]}" if self.groups == 1 else f"{inputs[0][0]}/{self.groups}"
        taps = "·".join(str(k) for k in self.kernel)
        total = sum(spec.size for spec in self.weights(inputs).values())
        count = f"({taps}·{depth} + 1)·{self.filters}" if self.bias else f"{taps}·{depth}·{self.filters}"
        macs = number(self.macs(inputs, self.output_shape(inputs)))
        return (
            Formula(Quantity.PARAMETERS, f"{count} = {number(total)}"),
            Formula(Quantity.MACS, f"{'·'.join(map(str, places))} · {taps}·{depth} · {self.filters} = {macs}"),
        )

    def caption(self) -> str:
        """``6 @ 5×5, s1, p2``."""
        text = f"{self.filters} @ {self.caption_window()}"
        return text if self.groups == 1 else f"{text}, g{self.groups}"

    def adjusted_with_filters(
        self, changes: Iterable[Mapping[str, object]], channels: int
    ) -> Iterable[Mapping[str, object]]:
        """As many filters as channels are wanted, alone and with each of the changes."""
        filters = {"filters": channels}
        yield filters
        for change in changes:
            yield change
            if channels != self.filters:
                yield {**filters, **change}

    @classmethod
    def read_filters(
        cls, operator: OnnxOperator, constants: Constants, *own: str
    ) -> tuple[Array, Array | None, dict[str, Any]]:
        """Weight, bias and the fields that ONNX's convolutions share; ``own`` are attributes that the caller reads."""
        kernel, bias = operator.arguments(constants, "weight", "bias")
        weight = operator.required(kernel, "weight")
        sizes = list(weight.shape[2:])
        operator.require_rank(cls, len(sizes))
        ones = [1] * len(sizes)
        settings = operator.settings(
            kernel_shape=sizes, strides=ones, dilations=ones, pads=[], group=1, auto_pad="", **dict.fromkeys(own)
        )
        operator.fixed(kernel_shape=sizes)
        fields = {
            "kernel": sizes,
            "stride": settings["strides"],
            "padding": operator.padding(len(sizes)),
            "dilation": settings["dilations"],
            "groups": settings["group"],
            "bias": bias is not None,
        }
        return weight, bias, fields

    def onnx_call(self, op: str, inputs: Sequence[Shape]) -> OnnxCall:
        """ONNX's convolution with explicit pads."""
        names = ("input0", "weight", "bias") if self.bias else ("input0", "weight")
        own = {"dilations": list(self.dilation), "group": self.groups}
        return OnnxCall(op, names, {**self.onnx_window(inputs), **own})

    def torch_module(self, name: str, inputs: Sequence[Shape], padding: Sequence[int]) -> TorchCall:
        """PyTorch's convolution of this name, which pads by as much on both sides of an axis."""
        values = {
            "stride": one_or_axes(self.steps()),
            "padding": one_or_axes(padding),
            "dilation": one_or_axes(self.dilation),
            "groups": self.groups,
            "bias": self.bias,
        }
        keywords = unlike(values, {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True})
        arguments = (inputs[0][0], self.filters, one_or_axes(self.kernel))
        return TorchCall(f"nn.{name}{self.rank}d", arguments, keywords, weights=tuple(self.weights(inputs)))

    def keras_weights(self, *channel_axes: int) -> dict[str, KerasWeight]:
        """Keras's variables: it keeps the kernel's spatial axes first, then these two."""
        kernel = {"kernel": KerasWeight("weight", (*range(2, 2 + self.rank), *channel_axes))}
        return {**kernel, "bias": KerasWeight("bias")} if self.bias else kernel
