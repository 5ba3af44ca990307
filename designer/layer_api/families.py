"""What layers of one family share, for any number of spatial axes: checks, geometry, formulas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from designer.i18n import _
from designer.kernels.arrays.windows import same_padding
from designer.layer_api.geometry import Padding, Region, Shape, Window, axes_text, shape_text
from designer.layer_api.layer import Formula, Layer, Quantity, WeightSpec
from designer.layer_api.problems import FieldError, SetFields, ShapeProblem


def require_maps(shape: Shape, rank: int) -> None:
    """Raise ShapeProblem unless ``shape`` is channels and ``rank`` spatial axes (0: any number, one at least)."""
    axes = len(shape) - 1
    if axes == rank if rank else axes > 0:
        return
    wanted = {
        1: _("channels × length"),
        2: _("channels × height × width"),
        3: _("channels × depth × height × width"),
    }
    raise ShapeProblem(
        _("input is {came}; {wanted} is wanted").format(
            came=shape_text(shape), wanted=wanted.get(rank, _("channels and a map"))
        )
    )


def axis_names(rank: int) -> tuple[str, ...]:
    """Names of the spatial axes, for formulas that differ per axis."""
    return {1: (_("length"),), 2: (_("height"), _("width")), 3: (_("depth"), _("height"), _("width"))}[rank]


class Weightless(Layer):
    """Layers without weights or counted multiply-adds."""

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        return {}

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """None by torchvision's convention."""
        return 0


class Elementwise(Layer):
    """Layers whose output has the input's shape and whose cells see their own input cell only."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return inputs[0]

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        return Window.cell(len(inputs[0]) - 1)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        return region

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """None by torchvision's convention."""
        return 0

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """The shape stays."""
        same = shape_text(inputs[0])
        return (Formula(Quantity.OUTPUT, f"{same} → {same}"),)


class Windowed(Layer):
    """Layers with a window sliding over the map: convolutions and poolings of any rank.

    Subclasses declare the fields ``kernel``, ``stride`` and ``padding``, and may declare ``dilation`` and
    ``ceil_mode``. A ``stride`` of None means "as the kernel", as PyTorch's poolings have it.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...] | None
    padding: str | Padding

    def steps(self) -> tuple[int, ...]:
        """The stride per axis."""
        return self.kernel if self.stride is None else self.stride

    def spread(self) -> tuple[int, ...]:
        """The dilation per axis."""
        return getattr(self, "dilation", (1,) * self.rank)

    def sides(self, sizes: Sequence[int]) -> Padding:
        """Padding before and after every axis for an input of these spatial sizes; "same" pads the far side more."""
        if isinstance(self.padding, str):
            return tuple(
                same_padding(size, k, s, d)
                for size, k, s, d in zip(sizes, self.kernel, self.steps(), self.spread(), strict=True)
            )
        return self.padding

    def window(self, inputs: Sequence[Shape]) -> Window:
        """The sliding window on an input of this shape."""
        return Window(
            self.kernel,
            self.steps(),
            self.sides(inputs[0][1:]),
            self.spread(),
            getattr(self, "ceil_mode", False),
        )

    def spatial_sizes(self, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """Output sizes per axis; raises ShapeProblem where the window is larger than the padded input."""
        require_maps(inputs[0], self.rank)
        window = self.window(inputs)
        sizes = window.output_sizes(inputs[0][1:])
        if min(sizes) < 1:
            raise self._too_large(inputs[0], window)
        return sizes

    def _too_large(self, shape: Shape, window: Window) -> ShapeProblem:
        padded = tuple(size + sum(pad) for size, pad in zip(shape[1:], window.padding, strict=True))
        lacking = [max(0, e - p) for e, p in zip(window.extents(), padded, strict=True)]
        needed = tuple(
            (before + math.ceil(lack / 2),) * 2 for (before, _after), lack in zip(window.padding, lacking, strict=True)
        )
        smaller = tuple(min(k, (p - 1) // d + 1) for k, p, d in zip(self.kernel, padded, window.dilation, strict=True))
        return ShapeProblem(
            _(
                "kernel {kernel} spans {extent} but the padded input is {padded}; pad more or use a smaller kernel"
            ).format(kernel=axes_text(self.kernel), extent=axes_text(window.extents()), padded=axes_text(padded)),
            *(SetFields(values) for values in ({"padding": needed}, {"kernel": smaller}) if self._takes(values)),
        )

    def _takes(self, values: Mapping[str, object]) -> bool:
        """Whether these are values the fields accept: no padding is as large as what a huge dilation would need."""
        try:
            self.replace(**values)
        except FieldError:
            return False
        return True

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """Padding that gives the wanted sizes; rounding up where the layer can; a stride of one."""
        if len(wanted) != self.rank + 1 or len(inputs[0]) != self.rank + 1:
            return
        sizes = inputs[0][1:]
        if "ceil_mode" in self.fields():
            yield {"ceil_mode": not getattr(self, "ceil_mode", False)}
        pads: list[tuple[int, int]] = []
        for axis, (size, target) in enumerate(zip(sizes, wanted[1:], strict=True)):
            extent = self.spread()[axis] * (self.kernel[axis] - 1) + 1
            total = (target - 1) * self.steps()[axis] + extent - size
            if total < 0:
                pads = []
                break
            pads.append((total // 2, total - total // 2))
        if pads:
            symmetric = tuple((math.ceil(sum(axis) / 2),) * 2 for axis in pads)
            yield {"padding": symmetric}
            yield {"padding": tuple(pads)}
        yield {"stride": (1,) * self.rank}
        yield {
            "stride": (1,) * self.rank,
            "padding": tuple((e - 1) // 2 for e in self.window(inputs).extents()),
        }

    def caption_window(self) -> str:
        """Kernel, stride and padding as a node shows them: ``5×5, s1, p2``."""
        parts = [axes_text(self.kernel), "s" + _short(self.steps())]
        if isinstance(self.padding, str):
            parts.append(self.padding)
        elif any(any(axis) for axis in self.padding):
            flat = tuple(side for axis in self.padding for side in axis)
            even = all(before == after for before, after in self.padding)
            parts.append("p" + (_short(tuple(axis[0] for axis in self.padding)) if even else ",".join(map(str, flat))))
        if any(d != 1 for d in self.spread()):
            parts.append("d" + _short(self.spread()))
        return ", ".join(parts)

    def onnx_window(self, inputs: Sequence[Shape]) -> dict[str, object]:
        """The attributes that ONNX's windowed operators share, with explicit pads."""
        sides = self.sides(inputs[0][1:])
        return {
            "kernel_shape": list(self.kernel),
            "strides": list(self.steps()),
            "pads": [before for before, _after in sides] + [after for _before, after in sides],
        }

    def explain_sizes(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``⌊(32 + 2·2 − 5)/1⌋ + 1 = 32`` per axis, once where all axes agree.

        With dilation D the kernel spans D·(K − 1) + 1 cells (Dumoulin & Visin, 2016, section 5).
        """
        window = self.window(inputs)
        outputs = window.output_sizes(inputs[0][1:])
        lines = []
        for axis, size in enumerate(inputs[0][1:]):
            before, after = window.padding[axis]
            k, d, s = window.kernel[axis], window.dilation[axis], window.stride[axis]
            pads = f" + 2·{before}" if before == after else f" + {before} + {after}"
            span = f"{k}" if d == 1 else f"({d}·({k} − 1) + 1)"
            left, right = ("⌈", "⌉") if window.ceil_mode else ("⌊", "⌋")
            text = f"{left}({size}{pads} − {span})/{s}{right} + 1"
            rounded = -((size + before + after - (d * (k - 1) + 1)) // -s) + 1
            if window.ceil_mode and rounded != outputs[axis]:
                text += " − 1"
            lines.append(f"{text} = {outputs[axis]}")
        if len(set(lines)) == 1:
            return (Formula(Quantity.OUTPUT, lines[0]),)
        return tuple(
            Formula(Quantity.OUTPUT, line, name) for line, name in zip(lines, axis_names(self.rank), strict=True)
        )


def _short(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else axes_text(values)
