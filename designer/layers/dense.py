"""Dense (fully connected, linear): every output sees every input."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.dense import DenseProducts, dense
from designer.kernels.gradients import dense as dense_gradients
from designer.kernels.gradients.channels import channel_sums
from designer.kernels.runtime.stages import Kernel
from designer.kernels.runtime.threads import checkpoint_part
from designer.layer_api.emit import KerasCall, KerasWeight, OnnxCall, TorchCall, in_turn, unlike
from designer.layer_api.fields import LARGEST, boolean, choice, integer
from designer.layer_api.geometry import Region, Shape, Window, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Layer, Quantity, WeightSpec, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Prepared, fold_into_filters
from designer.layer_api.problems import InsertBefore, ShapeProblem
from designer.layer_api.quantities import number


@layer
class Dense(Layer):
    """Fully connected layer: each unit is a weighted sum of the whole input vector.

    Over K×K×C inputs it is a K×K convolution without padding. Rows of features, (rows, features), all meet the same
    weights, as in PyTorch's ``nn.Linear``. Maps, (channels, height, width), are refused, although their last axis could
    be taken in the same way: a dense layer behind a map nearly always lacks a Flatten in between.

    Formula
    -------
    y[o] = b[o] + Σ w[o, i] · x[i] over i, for every row

    Source
    ------
    Rosenblatt, "The Perceptron: A Probabilistic Model for Information Storage and Organization in the Brain",
    Psychological Review 65, 1958.

    Example
    -------
    >>> make_layer("dense", units=84).output_shape([(120,)])
    (84,)
    """

    kind = "dense"
    label = N_("Dense")
    category = Category.DENSE
    prefix = "fc"
    onnx_operators = ("Gemm", "MatMul")
    search_terms = ("fully connected", "linear", "fc")

    units: int = integer(10, high=10 * LARGEST, label=N_("Units"), help=N_("Number of outputs."))
    bias: bool = boolean(True, label=N_("Bias"), help=N_("Add one learned number to each output."))
    initializer: str = choice(
        "auto",
        {"auto": N_("Automatic"), "he": N_("He"), "xavier": N_("Xavier")},
        label=N_("Initial weights"),
        help=N_("What the weights are until a file is loaded. Automatic: Xavier."),
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(units,), or (rows, units)."""
        if len(inputs[0]) > 2:
            raise ShapeProblem(
                _("input is {came}; a vector is wanted: put a Flatten before it").format(came=shape_text(inputs[0])),
                InsertBefore("flatten"),
            )
        return (*inputs[0][:-1], self.units)

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """``weight`` (units, features) and ``bias`` (units,)."""
        features = inputs[0][-1]
        kernel = WeightSpec((self.units, features), fan_in=features, fan_out=self.units)
        return {"weight": kernel, "bias": WeightSpec((self.units,), "zeros")} if self.bias else {"weight": kernel}

    @classmethod
    def weights_follow_channels(cls) -> bool:
        """False: of (rows, features) they follow the last axis."""
        return False

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """None: a vector has no place on the image."""
        return None

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """All features, of the rows asked for."""
        return (*region[:-1], (0, inputs[index][-1] - 1))

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """One multiply-add per weight and row."""
        return math.prod(inputs[0]) * self.units

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Parameters and multiply-adds."""
        features = inputs[0][-1]
        total = features * self.units
        factors = "·".join(str(size) for size in (*inputs[0], self.units))
        parameters = (
            f"({features} + 1)·{self.units} = {number(total + self.units)}"
            if self.bias
            else f"{features}·{self.units} = {number(total)}"
        )
        return (
            Formula(Quantity.OUTPUT, f"{shape_text(inputs[0])} → {shape_text(self.output_shape(inputs))}"),
            Formula(Quantity.PARAMETERS, parameters),
            Formula(Quantity.MACS, f"{factors} = {number(math.prod(inputs[0]) * self.units)}"),
        )

    def caption(self) -> str:
        """The number of units."""
        return _("{units} units").format(units=self.units)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """X·Wᵀ + b."""
        return dense(inputs[0], weights["weight"], weights.get("bias"), out)

    def backward(self, done: ForwardPass) -> Gradients:
        """G·W for the input, Gᵀ·X for the weights; rows of one image or of several are alike."""
        x, parts = done.inputs[0], 2 if done.for_weights else 1
        rows = done.gradient.reshape(-1, done.gradient.shape[-1])
        with checkpoint_part(0, parts):
            inner = dense_gradients.input_gradient(rows, done.weights["weight"]).reshape(x.shape)
        if not done.for_weights:
            return Gradients((inner,))
        with checkpoint_part(1, parts):
            found = {"weight": dense_gradients.weight_gradient(x.reshape(-1, x.shape[-1]), rows)}
        if self.bias:
            found["bias"] = channel_sums(rows)
        return Gradients((inner,), found)

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        """The work is cut into tiles once; in a vector each unit is one channel of the output, in rows each row is."""
        folded = fold_into_filters if len(inputs[0]) == 1 else None
        return Prepared(self._prepare, folded, partial(self._prepared_bytes, inputs))

    def _prepare(self, weights: Mapping[str, Array], images: Shape, *, precise: bool) -> Kernel:
        bias = weights.get("bias")
        return DenseProducts(
            np.ascontiguousarray(weights["weight"], np.float32),
            None if bias is None else np.ascontiguousarray(bias, np.float32),
            math.prod(images[:-1]),
        )

    def _prepared_bytes(self, inputs: Sequence[Shape], batch: int, *, precise: bool, folded: bool) -> int:
        return 4 * self.weights(inputs)["weight"].size if folded else 0  # else they are read as they are

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """``alpha`` and ``beta`` go into the weights."""
        if operator.op == "MatMul":
            operator.settings()
            (weight,), bias = operator.arguments(constants, "weight"), None
            settings = {"alpha": 1.0, "beta": 1.0, "transB": 0}
        else:
            weight, bias = operator.arguments(constants, "weight", "bias")
            settings = operator.settings(alpha=1.0, beta=1.0, transA=0, transB=0)
            operator.fixed(transA=0)
        matrix = operator.required(weight, "weight")
        if matrix.ndim != 2:
            raise operator.refused(
                _("the weights are {shape}; a matrix is wanted").format(shape=shape_text(matrix.shape))
            )
        matrix = (matrix if settings["transB"] else matrix.T) * np.float32(settings["alpha"])
        if bias is not None:
            if bias.size not in (1, len(matrix)):
                raise operator.refused(
                    _("the bias is {shape}; a vector is wanted").format(shape=shape_text(bias.shape))
                )
            bias = np.broadcast_to(bias.reshape(-1) * np.float32(settings["beta"]), len(matrix))
        return operator.read(cls, {"weight": matrix, "bias": bias}, units=len(matrix), bias=bias is not None)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Gemm`` with the weight transposed; it takes vectors only, so rows are a ``MatMul`` and an ``Add``."""
        if len(inputs[0]) == 1:
            names = ("input0", "weight", "bias") if self.bias else ("input0", "weight")
            return (OnnxCall("Gemm", names, {"transB": 1}),)
        turned = OnnxCall("Transpose", ("weight",), {"perm": [1, 0]}, "turned")
        product = OnnxCall("MatMul", ("input0", "turned"), output="product" if self.bias else "output")
        return (turned, product, *([OnnxCall("Add", ("product", "bias"))] if self.bias else []))

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Linear``."""
        keywords = unlike({"bias": self.bias}, {"bias": True})
        return (TorchCall("nn.Linear", (inputs[0][-1], self.units), keywords, weights=tuple(self.weights(inputs))),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Dense`` with the weight transposed; rows, which are channels, move to the front for it."""
        weights = {"kernel": KerasWeight("weight", (1, 0))} | ({"bias": KerasWeight("bias")} if self.bias else {})
        keywords = unlike({"use_bias": self.bias}, {"use_bias": True})
        call = KerasCall("layers.Dense", (self.units,), keywords, weights=weights)
        turn = KerasCall("layers.Permute", ((2, 1),))
        return (call,) if len(inputs[0]) == 1 else in_turn(turn, call, turn)
