"""Attention: queries meet keys, and take of the values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.products import attention, attention_gradients
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.fields import integer
from designer.layer_api.geometry import Region, Shape, shape_text, whole
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.problems import MatchInputs, SetFields, ShapeProblem
from designer.layer_api.products import Product, listing
from designer.layer_api.quantities import number


@layer
class ScaledDotProductAttention(Product):
    """Every row of the query takes from all rows of the value, most from those whose keys are like it.

    Inputs are rows of features: query, key and value, keys and values row by row together. Each head does so with its
    own share of the features. The maps before it, and the one that mixes the heads after it, are dense layers.

    Formula
    -------
    y = softmax(Q·Kᵀ / √d)·V of each head, d features of Q and K wide

    Source
    ------
    Vaswani et al., "Attention Is All You Need", arXiv:1706.03762, 2017. Multiply-adds: both products, as PyTorch's
    ``FlopCounterMode`` counts them, with which torchvision makes its figures.

    Example
    -------
    >>> make_layer("scaled_dot_product_attention", heads=3).output_shape([(197, 192)] * 3)
    (197, 192)
    """

    kind = "scaled_dot_product_attention"
    label = N_("Attention")
    category = Category.MERGE
    prefix = "attention"
    rank = 1
    onnx_operators = ("Attention",)
    min_inputs = 3
    max_inputs = 3
    input_names = (N_("query"), N_("key"), N_("value"))
    search_terms = ("scaled dot product", "transformer", "self-attention", "multi-head", "vit", "softmax", "qkv")

    heads: int = integer(
        1, high=65_536, label=N_("Heads"), help=N_("Features are split into as many parts, each attending by itself.")
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(rows of the query, features of the value)."""
        query, key, value = inputs
        if {len(shape) for shape in inputs} != {2}:
            raise ShapeProblem(
                _("inputs are {shapes}; rows × features are wanted of all three").format(shapes=listing(inputs))
            )
        if key[1] != query[1] or value[0] != key[0]:
            raise ShapeProblem(
                _(
                    "inputs are {shapes}; a key has as many features as a query, and there are as many values as keys"
                ).format(shapes=listing(inputs)),
                MatchInputs((None, (value[0], query[1]), None)),
                MatchInputs((None, query, (query[0], value[1]))),
            )
        common = math.gcd(query[1], value[1])
        if common % self.heads:
            nearest = max(count for count in range(1, min(common, self.heads) + 1) if common % count == 0)
            raise ShapeProblem(
                _("{heads} heads must divide the {features} features of queries and the {values} of values").format(
                    heads=self.heads, features=query[1], values=value[1]
                ),
                SetFields({"heads": nearest}),
            )
        return (query[0], value[1])

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """A query meets every key, and the shares every value."""
        return output[0] * inputs[1][0] * (inputs[0][1] + output[1])

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        output = self.output_shape(inputs)
        (rows, features), others = inputs[0], inputs[1][0]
        macs = f"{rows}·{others}·({features} + {output[1]}) = {number(self.macs(inputs, output))}"
        return (
            Formula(Quantity.OUTPUT, f"{rows}×{others} · {shape_text(inputs[2])} → {shape_text(output)}"),
            Formula(Quantity.MACS, macs),
        )

    def caption(self) -> str:
        """``3 heads``."""
        return _("{count} heads").format(count=self.heads) if self.heads > 1 else _("one head")

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The same rows of the query, and all of keys and values; of the features, the heads that are asked for."""
        rows, (first, last) = region
        each = inputs[2][1] // self.heads
        if index == 2:
            return (*whole(inputs[2][:1]), (first, last))
        width = inputs[index][1] // self.heads
        features = (first // each * width, (last // each + 1) * width - 1)
        return (rows, features) if index == 0 else (*whole(inputs[1][:1]), features)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Softmax(Q·Kᵀ / √d)·V."""
        query, key, value = inputs
        return attention(query, key, value, self.heads, out)

    def backward(self, done: ForwardPass) -> Gradients:
        query, key, value = done.inputs
        return Gradients(attention_gradients(query, key, value, done.gradient, self.heads))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """``Attention`` of opset 23, without a mask, over rows."""
        settings = operator.settings(
            q_num_heads=0, kv_num_heads=0, scale=None, is_causal=0, softcap=0.0, qk_matmul_output_mode=0
        )
        operator.fixed(is_causal=0, softcap=0.0, qk_matmul_output_mode=0)
        operator.data_only(constants)
        if len([name for name in operator.inputs if name]) != 3:
            raise operator.refused(_("query, key and value are wanted, and no mask"))
        heads = settings["q_num_heads"]
        if not heads or heads != settings["kv_num_heads"]:
            raise operator.refused(_("as many heads of the query as of key and value are wanted"))
        if settings["scale"] is not None:
            width = operator.shape[-1] / heads if operator.shape else None
            if width is None or not math.isclose(settings["scale"], 1 / math.sqrt(width), rel_tol=1e-5):
                raise operator.refused(
                    _("the scale is {scale}; only one over the root of a head's features can be read").format(
                        scale=settings["scale"]
                    )
                )
        return operator.read(cls, heads=heads)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """Both products and the softmax between them: opset 17 has no ``Attention``."""
        split, scale = np.array([0, 0, self.heads, -1], np.int64), np.array(self._scale(inputs), np.float32)
        parts = (
            OnnxCall("Reshape", (f"input{port}", f"split{port}"), output=name, constants={f"split{port}": split})
            for port, name in enumerate(("queries", "keys", "values"))
        )
        return (
            *parts,
            OnnxCall("Transpose", ("queries",), {"perm": [0, 2, 1, 3]}, "query"),
            OnnxCall("Transpose", ("keys",), {"perm": [0, 2, 3, 1]}, "key"),
            OnnxCall("Transpose", ("values",), {"perm": [0, 2, 1, 3]}, "value"),
            OnnxCall("MatMul", ("query", "key"), output="scores"),
            OnnxCall("Mul", ("scores", "scale"), output="scaled", constants={"scale": scale}),
            OnnxCall("Softmax", ("scaled",), {"axis": -1}, "shares"),
            OnnxCall("MatMul", ("shares", "value"), output="heads"),
            OnnxCall("Transpose", ("heads",), {"perm": [0, 2, 1, 3]}, "rows"),
            OnnxCall("Reshape", ("rows", "joined"), constants={"joined": np.array([0, 0, -1], np.int64)}),
        )

    def _scale(self, inputs: Sequence[Shape]) -> float:
        return 1 / math.sqrt(inputs[0][1] // self.heads)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """Both products and the softmax: PyTorch before 2.0 has no function for them together."""
        names = ("queries", "keys", "values")
        split = (
            TorchCall("nn.Unflatten", (2, (self.heads, shape[1] // self.heads)), inputs=(f"input{port}",), output=name)
            for port, (shape, name) in enumerate(zip(inputs, names, strict=True))
        )
        return (
            *split,
            TorchCall("torch.transpose", (1, 2), inputs=("queries",), output="query"),
            TorchCall("torch.permute", ((0, 2, 3, 1),), inputs=("keys",), output="key"),
            TorchCall("torch.transpose", (1, 2), inputs=("values",), output="value"),
            TorchCall("torch.matmul", inputs=("query", "key"), output="scores"),
            TorchCall("torch.mul", (self._scale(inputs),), inputs=("scores",), output="scaled"),
            TorchCall("nn.Softmax", keywords={"dim": 3}, inputs=("scaled",), output="shares"),
            TorchCall("torch.matmul", inputs=("shares", "value"), output="heads"),
            TorchCall("torch.transpose", (1, 2), inputs=("heads",), output="rows"),
            TorchCall("nn.Flatten", (2,), inputs=("rows",)),
        )

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """Both products and the softmax, of rows moved to the front."""
        output = self.output_shape(inputs)
        calls = []
        for port, (rows, features) in enumerate(inputs):
            # Keys are wanted as heads × features × rows.
            split = (self.heads, features // self.heads, rows)
            calls.append(KerasCall("layers.Reshape", (split,), inputs=(f"input{port}",), output=f"head{port}"))
        turn = (1, 3, 2)
        return (
            *calls,
            KerasCall("layers.Permute", (turn,), inputs=("head0",), output="query"),
            KerasCall("layers.Permute", (turn,), inputs=("head2",), output="value"),
            KerasCall("ops.matmul", inputs=("query", "head1"), output="scores"),
            KerasCall("ops.multiply", (self._scale(inputs),), inputs=("scores",), output="scaled"),
            KerasCall("layers.Softmax", inputs=("scaled",), output="shares"),
            KerasCall("ops.matmul", inputs=("shares", "value"), output="heads"),
            KerasCall("layers.Permute", (turn,), inputs=("heads",), output="turned"),
            KerasCall("layers.Reshape", ((output[1], output[0]),), inputs=("turned",)),
        )
