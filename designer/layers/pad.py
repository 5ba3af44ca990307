"""Borders of any kind around the maps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.gather import Border, border_maps, gathered
from designer.kernels.gradients.linear_maps import AxisMap, adjoint
from designer.kernels.resample import zero_pad
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, in_turn, keras_pad, torch_pad
from designer.layer_api.families import Weightless, axis_names, require_maps
from designer.layer_api.fields import choice, padding, real
from designer.layer_api.geometry import Padding, Region, Shape, Window, axes_text, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, OtherLayer, decimal
from designer.layer_api.problems import SetFields, ShapeProblem

MOST_PADDED = 65_536
ONNX_MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@layer
class Pad2D(Weightless):
    """Surrounds the maps with a number, their mirror image, their border or their other end; below zero it cuts off.

    Every side has its own amount. What is cut off is cut off first. Zeros alone are a layer of their own, Zero padding.

    Formula
    -------
    y[c, i, j] = x[c, i − top, j − left] inside of the map; outside of it the value, or the cell that the mode names

    Source
    ------
    The modes are those of PyTorch's ``torch.nn.functional.pad``.

    Example
    -------
    >>> make_layer("pad2d", mode="reflect", padding=((0, 0), (2, 2))).forward([np.float32([[[[1, 2, 3]]]])], {})
    array([[[[3., 2., 1., 2., 3., 2., 1.]]]], dtype=float32)
    """

    kind = "pad2d"
    label = N_("Padding 2D")
    category = Category.SHAPE
    prefix = "pad"
    gradient_reads = ()
    rank = 2
    onnx_operators = ("Pad",)
    search_terms = ("reflectionpad2d", "replicationpad2d", "circularpad2d", "constantpad2d", "mirror", "wrap", "border")

    padding: Padding = padding(
        1,
        same=False,
        low=-MOST_PADDED,
        label=N_("Padding"),
        help=N_("Cells added at each side; below zero they are cut off."),
    )
    mode: str = choice(
        "reflect",
        {
            "constant": N_("Constant"),
            "reflect": N_("Reflect"),
            "replicate": N_("Replicate"),
            "circular": N_("Circular"),
        },
        label=N_("Mode"),
        help=N_("What stands outside: a value, the mirror image, the border cell, or the cells of the other end."),
    )
    value: float = real(
        0.0, low=-1000.0, high=1000.0, label=N_("Value"), help=N_("What stands outside in the mode Constant.")
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(channels, *sizes + padding)."""
        require_maps(inputs[0], self.rank)
        kept = [
            size + min(0, before) + min(0, after)
            for size, (before, after) in zip(inputs[0][1:], self.padding, strict=True)
        ]
        if min(kept) < 1:
            raise ShapeProblem(
                _("input is {came}; cutting off {padding} leaves nothing: cut less").format(
                    came=shape_text(inputs[0]), padding=self.caption_sides()
                ),
                SetFields({"padding": tuple((max(0, before), max(0, after)) for before, after in self.padding)}),
            )
        # A mirror image ends with the last cell but one, a map that goes round with the last.
        most = [size - 1 if self.mode == "reflect" else size for size in kept]
        if self.mode in ("reflect", "circular") and any(
            max(sides) > limit for sides, limit in zip(self.padding, most, strict=True)
        ):
            fitting = tuple(
                (min(before, limit), min(after, limit))
                for (before, after), limit in zip(self.padding, most, strict=True)
            )
            raise ShapeProblem(
                _("input is {came}; the mode has at most {most} cells for a side: pad less, or replicate").format(
                    came=shape_text(inputs[0]), most=axes_text(tuple(most))
                ),
                SetFields({"padding": fitting}),
                SetFields({"mode": "replicate"}),
            )
        grown = zip(inputs[0][1:], self.padding, strict=True)
        return (inputs[0][0], *(size + sum(sides) for size, sides in grown))

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """One cell, moved by the padding."""
        ones = (1,) * self.rank
        return Window(ones, ones, self.padding, ones)

    def reads(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The cells that stand there; beyond the padding as if there were more."""
        moved = cast("Window", self.window(inputs)).reads(region)
        if self.mode == "constant":
            return moved
        cells = []
        for (first, last), ends, axis in zip(region, moved, self._maps(inputs[0][1:]), strict=True):
            outside = first < 0 or last >= len(axis.cells)
            places = axis.cells[max(first, 0) : max(last, 0) + 1]
            if outside or not places.size:
                cells.append((min(ends[0], 0), max(ends[1], axis.size - 1)))
            else:
                cells.append((int(places.min()), int(places.max())))
        return tuple(cells)

    def _maps(self, sizes: Sequence[int]) -> list[AxisMap]:
        return border_maps(sizes, self.padding, cast(Border, self.mode))

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``1 + 32 + 1 = 34`` per axis."""
        lines = []
        for size, (before, after) in zip(inputs[0][1:], self.padding, strict=True):
            start = f"{before} + {size}" if before >= 0 else f"{size} − {-before}"
            lines.append(f"{start} {'+' if after >= 0 else '−'} {abs(after)} = {before + size + after}")
        names = ("",) if len(set(lines)) == 1 else axis_names(self.rank)
        return tuple(Formula(Quantity.OUTPUT, line, name) for line, name in zip(lines, names, strict=False))

    def caption_sides(self) -> str:
        """One number for all sides, or the four of them."""
        sides = tuple(side for axis in self.padding for side in axis)
        return (str(sides[0]) if len(set(sides)) == 1 else ",".join(map(str, sides))).replace("-", "−")

    def caption(self) -> str:
        """``reflect, p1``."""
        mode = self.fields()["mode"].options[self.mode]  # type: ignore[attr-defined]
        value = f" {self.value:g}" if self.mode == "constant" else ""
        return f"{_(mode).lower()}{value}, p{self.caption_sides()}"

    def adjustments(self, inputs: Sequence[Shape], wanted: Shape) -> Iterable[Mapping[str, object]]:
        """The padding that gives the wanted sizes, as much at both sides."""
        more = [want - size for size, want in zip(inputs[0][1:], wanted[1:], strict=False)]
        if len(more) == self.rank and max(map(abs, more)) <= MOST_PADDED:
            yield {"padding": tuple((cells // 2, cells - cells // 2) for cells in more)}

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The maps with their new border."""
        if self.mode == "constant":
            return zero_pad(inputs[0], self.padding, out, self.value)
        return gathered(inputs[0], self._maps(inputs[0].shape[2:]), out)

    def backward(self, done: ForwardPass) -> Gradients:
        """What lies inside, and what stands outside in its place."""
        return Gradients((adjoint(done.gradient, self._maps(done.inputs[0].shape[2:])),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        given, value, axes = operator.arguments(constants, "pads", "constant_value", "axes")
        # Until opset 10 the pads and the value were attributes.
        settings = operator.settings(mode="constant", pads=given, value=value)
        names = {name: mode for mode, name in ONNX_MODES.items()}
        if settings["mode"] not in names:
            raise operator.refused(_("mode is {mode}; it is not known").format(mode=settings["mode"]))
        if axes is not None:
            raise operator.refused(_("it has axes; pads of all axes can be read"))
        mode, filled = names[settings["mode"]], settings["value"]
        constant = 0.0 if filled is None else decimal(float(np.ravel(filled)[0]))
        pads = [int(side) for side in np.ravel(operator.required(settings["pads"], "pads"))]
        half = len(pads) // 2
        operator.require_rank(cls, half - 2)
        if any((*pads[:2], *pads[half : half + 2])):
            raise operator.refused(_("it pads channels or images; only height and width can be read"))
        if mode == "constant" and constant == 0 and min(pads) >= 0:
            raise OtherLayer(f"{operator.op}: " + _("it pads with zeros, which is a layer of its own"))
        sides = tuple(zip(pads[2:half], pads[half + 2 :], strict=True))
        return operator.read(cls, padding=sides, mode=mode, value=constant if mode == "constant" else 0.0)

    def _cut(self) -> Padding:
        return tuple((max(0, -before), max(0, -after)) for before, after in self.padding)

    def _added(self) -> Padding:
        return tuple((max(0, before), max(0, after)) for before, after in self.padding)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Slice`` where cells are cut off, and ``Pad``; in a circle ``Gather``, as ``Pad`` can from opset 19 on."""
        if self.mode == "circular":
            rows, columns = (axis.cells[:, 0] for axis in self._maps(inputs[0][1:]))
            return (
                OnnxCall("Gather", ("input0", "rows"), {"axis": 2}, "high", {"rows": rows.astype(np.int64)}),
                OnnxCall("Gather", ("high", "columns"), {"axis": 3}, constants={"columns": columns.astype(np.int64)}),
            )
        cut, added = self._cut(), self._added()
        pads = [0, 0, *(side for side, _after in added), 0, 0, *(side for _before, side in added)]
        constants = {"pads": np.array(pads, np.int64)}
        names: tuple[str, ...] = ("pads",)
        if self.mode == "constant":
            constants, names = {**constants, "value": np.array(self.value, np.float32)}, ("pads", "value")
        attributes = {"mode": ONNX_MODES[self.mode]}
        if not np.any(cut):
            return (OnnxCall("Pad", ("input0", *names), attributes, constants=constants),)
        ends = {
            "starts": [before for before, _after in cut],
            "ends": [size - after for size, (_before, after) in zip(inputs[0][1:], cut, strict=True)],
            "axes": [2, 3],
        }
        ranges = {name: np.array(numbers, np.int64) for name, numbers in ends.items()}
        return (
            OnnxCall("Slice", ("input0", *ranges), {}, "cut", ranges),
            OnnxCall("Pad", ("cut", *names), attributes, constants=constants),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.ReflectionPad2d``, ``nn.ReplicationPad2d``, ``nn.ConstantPad2d``; round the map a choice of cells."""
        if self.mode == "circular":
            rows, columns = (axis.cells[:, 0] for axis in self._maps(inputs[0][1:]))
            # nn.CircularPad2d is there from PyTorch 2.1 on.
            places = {"rows": rows.reshape(1, 1, -1, 1), "columns": columns.reshape(1, 1, 1, -1)}
            return in_turn(
                *(
                    TorchCall("torch.take_along_dim", (), {"dim": dim}, ("input0", name), constants={name: value})
                    for dim, (name, value) in enumerate(places.items(), start=2)
                )
            )
        added = self._added()
        calls = [*torch_pad(tuple((-before, -after) for before, after in self._cut()))]
        if self.mode == "constant":
            calls += torch_pad(added, self.value)
        elif np.any(added):
            name = {"reflect": "nn.ReflectionPad2d", "replicate": "nn.ReplicationPad2d"}[self.mode]
            calls.append(TorchCall(name, (tuple(side for axis in reversed(added) for side in axis),)))
        return in_turn(*calls) or (TorchCall("nn.Identity"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Cropping2D`` and ``ops.pad`` of a constant; in the other modes a choice of cells by ``ops.take``."""
        if self.mode == "constant":
            crop = [KerasCall("layers.Cropping2D", (self._cut(),))] if np.any(self._cut()) else []
            return in_turn(*crop, *keras_pad(self._added(), self.value)) or (KerasCall("layers.Identity"),)
        places = {
            name: axis.cells[:, 0] for name, axis in zip(("rows", "columns"), self._maps(inputs[0][1:]), strict=True)
        }
        return in_turn(
            *(
                KerasCall("ops.take", (), {"axis": axis}, ("input0", name), constants={name: value.astype(np.int64)})
                for axis, (name, value) in enumerate(places.items(), start=1)
            )
        )
