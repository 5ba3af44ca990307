"""What a transformer learns beside its products: a token before a sequence, and where each token stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.broadcasting import combine
from designer.kernels.merge import concatenate
from designer.layer_api.emit import KerasCall, KerasWeight, OnnxCall, TorchCall
from designer.layer_api.families import Elementwise
from designer.layer_api.geometry import Region, Shape, Window, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.initial_values import Uniform
from designer.layer_api.layer import Category, Formula, Layer, Quantity, WeightSpec, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.operation import Operation, Plain
from designer.layer_api.problems import ShapeProblem
from designer.layer_api.quantities import number

DEVIATION = 0.02
"""Standard deviation of positions at first, as in torchvision's ``VisionTransformer``."""


def _require_rows(shape: Shape) -> None:
    if len(shape) != 2:
        raise ShapeProblem(
            _("input is {came}; rows × features are wanted: flatten maps from axis 2 on and exchange both axes").format(
                came=shape_text(shape)
            )
        )


@layer
class ClassToken(Layer):
    """Puts one learned row before a sequence: through attention it gathers what the classifier reads from it.

    Formula
    -------
    y[0] = weight, y[i] = x[i − 1] for i > 0

    Source
    ------
    Dosovitskiy et al., "An Image Is Worth 16×16 Words: Transformers for Image Recognition at Scale",
    arXiv:2010.11929, 2020. It is zero at first, as in torchvision's ``VisionTransformer``.

    Example
    -------
    >>> make_layer("class_token").output_shape([(196, 192)])
    (197, 192)
    """

    kind = "class_token"
    label = N_("Class token")
    category = Category.SHAPE
    prefix = "token"
    gradient_reads = ()
    rank = 1
    search_terms = ("cls", "transformer", "vit", "learned")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(rows + 1, features)."""
        _require_rows(inputs[0])
        rows, features = inputs[0]
        return (rows + 1, features)

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """``weight`` (1, features)."""
        return {"weight": WeightSpec((1, inputs[0][-1]), "zeros")}

    @classmethod
    def weights_follow_channels(cls) -> bool:
        """False: of (rows, features) they follow the last axis."""
        return False

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """One cell: a feature of the row before."""
        return Window.cell(1)

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """Each row but the first is one of the input."""
        (first, last), features = region
        return ((max(first - 1, 0), last - 1), features)

    def macs(self, inputs: Sequence[Shape], output: Shape) -> int:
        """None: nothing is multiplied."""
        return 0

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """``1 + 196 = 197``."""
        rows, features = inputs[0]
        return (
            Formula(Quantity.OUTPUT, f"1 + {rows} = {number(rows + 1)}", _("rows")),
            Formula(Quantity.PARAMETERS, f"{number(features)} = {number(features)}"),
        )

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The token, and the rows after it."""
        x, token = inputs[0], weights["weight"]
        first = np.broadcast_to(token.astype(x.dtype, copy=False), (x.shape[0], *token.shape))
        return concatenate([first, x], out)

    def backward(self, done: ForwardPass) -> Gradients:
        """To each row its own; to the token those of the first row of every image."""
        inner = done.gradient[:, 1:]
        if not done.for_weights:
            return Gradients((inner,))
        token = done.gradient[:, :1].sum(axis=0, dtype=np.float64)
        return Gradients((inner,), {"weight": token.astype(done.gradient.dtype)})

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(_("ONNX has no learned token; it arrives as Concat of a constant"))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """Both ``Pad`` with zeros where the other is, and ``Add``: a ``Concat`` would have to know the batch."""
        rows = inputs[0][0]
        before, after = np.array([0, 1, 0, 0, 0, 0], np.int64), np.array([0, 0, rows, 0], np.int64)
        return (
            OnnxCall("Pad", ("input0", "before"), output="moved", constants={"before": before}),
            OnnxCall("Pad", ("weight", "after"), output="token", constants={"after": after}),
            OnnxCall("Add", ("moved", "token")),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """The one row of an ``nn.Embedding``; both are padded with zeros and added."""
        rows, features = inputs[0]
        index = {"index": np.zeros(1, np.int64)}
        embedding = TorchCall("nn.Embedding", (1, features), {}, ("index",), "row", False, index, ("weight",))
        return (
            embedding,
            TorchCall("nn.ZeroPad2d", ((0, 0, 0, rows),), inputs=("row",), output="token"),
            TorchCall("nn.ZeroPad2d", ((0, 0, 1, 0),), inputs=("input0",), output="moved"),
            TorchCall("torch.add", inputs=("moved", "token")),
        )

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """The one row of a ``layers.Embedding``; both are padded with zeros and added."""
        rows, features = inputs[0]
        weights, index = {"embeddings": KerasWeight("weight")}, {"index": np.zeros(1, np.int32)}
        embedding = KerasCall("layers.Embedding", (1, features), {}, ("index",), "row", False, index, weights)
        return (
            embedding,
            KerasCall("ops.transpose", inputs=("row",), output="column"),
            KerasCall("ops.pad", (((0, 0), (0, rows)),), inputs=("column",), output="token"),
            KerasCall("ops.pad", (((0, 0), (0, 0), (1, 0)),), inputs=("input0",), output="moved"),
            KerasCall("ops.add", inputs=("moved", "token")),
        )


@layer
class PositionEmbedding(Elementwise):
    """Adds a learned row to each row of a sequence: without it attention could not tell where a row stands.

    Formula
    -------
    y[i] = x[i] + weight[i]

    Source
    ------
    Dosovitskiy et al., "An Image Is Worth 16×16 Words: Transformers for Image Recognition at Scale",
    arXiv:2010.11929, 2020. At first its values have the standard deviation 0.02, as in torchvision.

    Example
    -------
    >>> make_layer("position_embedding").weights([(197, 192)])["weight"].shape
    (197, 192)
    """

    kind = "position_embedding"
    label = N_("Position embedding")
    category = Category.SHAPE
    prefix = "position"
    gradient_reads = ()
    rank = 1
    onnx_operators = ("Add",)
    search_terms = ("positional", "encoding", "transformer", "vit", "learned")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        _require_rows(inputs[0])
        return inputs[0]

    def weights(self, inputs: Sequence[Shape]) -> Mapping[str, WeightSpec]:
        """``weight`` (rows, features)."""
        reach = DEVIATION * sqrt(3)
        return {"weight": WeightSpec(inputs[0], Uniform(-reach, reach))}

    @classmethod
    def weights_follow_channels(cls) -> bool:
        """False: there is a row for each place."""
        return False

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        rows, features = inputs[0]
        return (
            *super().explain(inputs),
            Formula(Quantity.PARAMETERS, f"{rows}·{features} = {number(rows * features)}"),
        )

    def operation(self, inputs: Sequence[Shape]) -> Operation:
        return Plain(in_place=True)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """Sum of the rows and those learned."""
        return combine(np.add, (inputs[0], weights["weight"][np.newaxis].astype(inputs[0].dtype, copy=False)), out)

    def backward(self, done: ForwardPass) -> Gradients:
        """The gradient itself; for the rows learned, its sum over the images."""
        if not done.for_weights:
            return Gradients((done.gradient,))
        found = done.gradient.sum(axis=0, dtype=np.float64).astype(done.gradient.dtype)
        return Gradients((done.gradient,), {"weight": found})

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        """``Add`` of a constant with a value for each of the input's."""
        operator.settings()
        (given,) = operator.arguments(constants, "weight")
        weight = operator.required(given, "weight")
        if operator.shape is None or weight.shape not in (operator.shape, (1, *operator.shape)):
            raise operator.refused(
                _("the constant is {came}; one of the input's shape is wanted").format(came=shape_text(weight.shape))
            )
        return operator.read(cls, {"weight": weight.reshape(operator.shape)})

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Add``."""
        return (OnnxCall("Add", ("input0", "weight")),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """All rows of an ``nn.Embedding``, added."""
        rows, features = inputs[0]
        places = {"places": np.arange(rows)}
        embedding = TorchCall("nn.Embedding", (rows, features), {}, ("places",), "rows", False, places, ("weight",))
        return (embedding, TorchCall("torch.add", inputs=("input0", "rows")))

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """All rows of a ``layers.Embedding``, which are channels here, added."""
        rows, features = inputs[0]
        weights, places = {"embeddings": KerasWeight("weight")}, {"places": np.arange(rows, dtype=np.int32)}
        embedding = KerasCall("layers.Embedding", (rows, features), {}, ("places",), "rows", False, places, weights)
        return (
            embedding,
            KerasCall("ops.transpose", inputs=("rows",), output="columns"),
            KerasCall("ops.add", inputs=("input0", "columns")),
        )
