"""The matrix product of two computed arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.products import products
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.fields import boolean, real
from designer.layer_api.geometry import Region, Shape, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.problems import MatchInputs, SetFields, ShapeProblem
from designer.layer_api.products import Product, listing
from designer.layer_api.quantities import number


@layer
class MatMul(Product):
    """The matrix product of its two inputs: rows of the first with columns of the second.

    Of maps with channels the matrices of each channel are multiplied. The second may be transposed, so that rows meet
    rows, and the product be scaled: the scores of an attention are Q·Kᵀ / √d.

    Formula
    -------
    y[i, j] = scale · Σ a[i, k] · b[k, j] over k; transposed, scale · Σ a[i, k] · b[j, k]

    Source
    ------
    The rules are those of ``torch.matmul`` and of ONNX's ``MatMul``. Multiply-adds: as PyTorch's ``FlopCounterMode``
    counts them, with which torchvision makes its figures.

    Example
    -------
    >>> make_layer("matmul", transpose=True).output_shape([(197, 64), (197, 64)])
    (197, 197)
    """

    kind = "matmul"
    label = N_("Matrix product")
    category = Category.MERGE
    prefix = "matmul"
    onnx_operators = ("MatMul",)
    min_inputs = 2
    max_inputs = 2
    search_terms = ("matmul", "multiply", "attention", "transformer", "dot")

    transpose: bool = boolean(
        False, label=N_("Transpose second"), help=N_("Multiply with the rows of the second input, not its columns.")
    )
    scale: float = real(
        1.0, low=0.0, high=100.0, above=True, label=N_("Scale"), help=N_("Multiply the product by this number.")
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(…, rows of the first, columns of the second)."""
        first, second = inputs
        if len(first) < 2 or len(first) != len(second):
            raise ShapeProblem(
                _("inputs are {shapes}; two matrices, rows × columns, or as many maps of each are wanted").format(
                    shapes=listing(inputs)
                )
            )
        stacked, depth = first[:-2] == second[:-2], second[-1] if self.transpose else second[-2]
        others = second[-2] if self.transpose else second[-1]
        if stacked and depth == first[-1]:
            return (*first[:-1], others)
        sides = (second[-2], first[-1]) if self.transpose else (first[-1], second[-1])
        raise ShapeProblem(
            _("inputs are {shapes}: the first has {columns} columns, the second {depth} {lines}").format(
                shapes=listing(inputs),
                columns=first[-1],
                depth=depth,
                lines=_("columns") if self.transpose else _("rows"),
            ),
            *([SetFields({"transpose": not self.transpose})] if stacked and others == first[-1] else []),
            MatchInputs((None, (*first[:-2], *sides))),
        )

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Every value of the output is a sum over a row."""
        return math.prod(output) * inputs[0][-1]

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        output = self.output_shape(inputs)
        second = f"({shape_text(inputs[1])})ᵀ" if self.transpose else shape_text(inputs[1])
        factors = "·".join(str(size) for size in (*output, inputs[0][-1]))
        return (
            Formula(Quantity.OUTPUT, f"{shape_text(inputs[0])} · {second} → {shape_text(output)}"),
            Formula(Quantity.MACS, f"{factors} = {number(self.macs(inputs, output))}"),
        )

    def caption(self) -> str:
        """``A·Bᵀ × 0.125``."""
        return ("A·Bᵀ" if self.transpose else "A·B") + ("" if self.scale == 1 else f" × {self.scale:.4g}")

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """Whole rows of the first, whole columns of the second."""
        *stack, rows, columns = region
        depth = (0, inputs[0][-1] - 1)
        if index == 0:
            return (*stack, rows, depth)
        return (*stack, columns, depth) if self.transpose else (*stack, depth, columns)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Scale · A·B."""
        first, second = inputs
        return products(first, second.swapaxes(-1, -2) if self.transpose else second, self.scale, out)

    def backward(self, done: ForwardPass) -> Gradients:
        """G·Bᵀ for the first, Aᵀ·G for the second, both scaled."""
        first, second = done.inputs
        of_first = products(done.gradient, second if self.transpose else second.swapaxes(-1, -2), self.scale)
        left, right = first.swapaxes(-1, -2), done.gradient
        if self.transpose:
            left, right = done.gradient.swapaxes(-1, -2), first
        return Gradients((of_first, products(left, right, self.scale)))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.settings()
        operator.data_only(constants)
        if len(operator.inputs) != 2:
            raise operator.refused(_("two inputs are wanted"))
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``MatMul``, the second input transposed before it and the product scaled after it where that is asked."""
        axes = len(inputs[0]) + 1
        swapped = [*range(axes - 2), axes - 1, axes - 2]
        turned = [OnnxCall("Transpose", ("input1",), {"perm": swapped}, "turned")] if self.transpose else []
        scaled = self.scale != 1
        names = ("input0", "turned" if self.transpose else "input1")
        product = OnnxCall("MatMul", names, output="product" if scaled else "output")
        scale = {"scale": np.array(self.scale, np.float32)}
        return (*turned, product, *([OnnxCall("Mul", ("product", "scale"), constants=scale)] if scaled else []))

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.matmul``."""
        turned = [TorchCall("torch.transpose", (-2, -1), inputs=("input1",), output="turned")] if self.transpose else []
        scaled = self.scale != 1
        names = ("input0", "turned" if self.transpose else "input1")
        product = TorchCall("torch.matmul", inputs=names, output="product" if scaled else "output")
        return (*turned, product, *([TorchCall("torch.mul", (self.scale,), inputs=("product",))] if scaled else []))

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``ops.matmul`` of the channels, which are rows, moved to the front."""
        axes = len(inputs[0])
        front = (axes, *range(1, axes))
        second = (*front[:-2], front[-1], front[-2]) if self.transpose else front
        scaling = [KerasCall("ops.multiply", (self.scale,), inputs=("product",), output="scaled")]
        scaled = self.scale != 1
        return (
            KerasCall("layers.Permute", (front,), inputs=("input0",), output="first"),
            KerasCall("layers.Permute", (second,), inputs=("input1",), output="second"),
            KerasCall("ops.matmul", inputs=("first", "second"), output="product"),
            *(scaling if scaled else []),
            KerasCall("layers.Permute", ((*range(2, axes + 1), 1),), inputs=("scaled" if scaled else "product",)),
        )
