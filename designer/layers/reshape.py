"""Other shapes for the same values: reshape, and axes in another order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.rearrange import permuted, reshaped
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.geometry import Region, Shape, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, layer
from designer.layer_api.list_fields import MOST_AXES, axes, sizes
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.problems import SetFields, ShapeProblem
from designer.layer_api.rearranging import Rearranging, box_of_run, keras_channels_first, run_of_box


@layer
class Reshape(Rearranging):
    """Gives the same values another shape, in the order in which they are; one size may be -1, what the others leave.

    The batch is not part of the shape.

    Formula
    -------
    y = x with the same values from first to last, the last axis running fastest

    Source
    ------
    The order is that of PyTorch's ``torch.reshape`` and of ONNX's ``Reshape``.

    Example
    -------
    >>> make_layer("reshape", shape=(256, -1)).output_shape([(4096,)])
    (256, 16)
    """

    kind = "reshape"
    label = N_("Reshape")
    category = Category.SHAPE
    prefix = "reshape"
    gradient_reads = ()
    onnx_operators = ("Reshape",)
    search_terms = ("view", "unflatten")

    shape: tuple[int, ...] = sizes(
        (-1,),
        label=N_("Shape"),
        help=N_("Channels and sizes of the output, without the batch; -1 is what the others leave."),
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The declared shape, complete."""
        count, known = math.prod(inputs[0]), math.prod(size for size in self.shape if size > 0)
        if count != known and (-1 not in self.shape or count % known):
            raise ShapeProblem(
                _("input is {came}, {count} values; they do not fit into {wanted}: set one of its sizes to -1").format(
                    came=shape_text(inputs[0]), count=count, wanted=shape_text(self.shape)
                ),
                *(SetFields({"shape": free}) for free in _with_one_free(self.shape, count)),
            )
        return tuple(count // known if size < 0 else size for size in self.shape)

    def caption(self) -> str:
        """``256×−1``."""
        return shape_text(self.shape).replace("-", "\N{MINUS SIGN}")

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The box around the values from the first to the last."""
        return box_of_run(*run_of_box(region, self.output_shape(inputs)), inputs[index])

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        return reshaped(inputs[0], self.output_shape([inputs[0].shape[1:]]), out)

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((reshaped(done.gradient, done.inputs[0].shape[1:]),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        (target,) = operator.arguments(constants, "shape")
        operator.settings(allowzero=0)
        operator.fixed(allowzero=0)
        batch, *wanted = [int(size) for size in operator.required(target, "shape").ravel()]
        known = operator.shape
        # A zero is the size that the input has there.
        if known is not None:
            wanted = [known[at] if size == 0 and at < len(known) else size for at, size in enumerate(wanted)]
        kept = known is None or -1 in wanted or math.prod(wanted) == math.prod(known)
        if not wanted or 0 in wanted or (batch == -1 and -1 in wanted) or not kept:
            raise operator.refused(
                _("the shape is {came}; one that leaves the images apart, all sizes known, can be read").format(
                    came=[batch, *wanted]
                )
            )
        return operator.read(cls, shape=wanted)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Reshape`` that keeps the first axis; a single -1 is written out, for with it the batch could be lost."""
        wanted = self.shape if len(self.shape) > 1 else self.output_shape(inputs)
        return (OnnxCall("Reshape", ("input0", "shape"), constants={"shape": np.array([0, *wanted], np.int64)}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.reshape`` with the batch open."""
        return (TorchCall("torch.reshape", ((-1, *self.output_shape(inputs)),)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Reshape`` of the channels moved to the front, and back."""
        wanted = self.output_shape(inputs)
        call = KerasCall("layers.Reshape", (wanted,))
        return keras_channels_first(call, before=len(inputs[0]), after=len(wanted))


def _with_one_free(shape: Shape, count: int) -> list[Shape]:
    """The shape with one size left open that fits: the last one first; at the end a vector."""
    fixed = tuple(max(1, size) for size in shape)
    found = []
    for at in reversed(range(len(shape))):
        free = (*fixed[:at], -1, *fixed[at + 1 :])
        if count % math.prod(size for size in free if size > 0) == 0 and free != shape:
            found.append(free)
    return [*found, (-1,)] if shape != (-1,) else found


@layer
class Permute(Rearranging):
    """Puts the axes in another order: channels of patches become rows of features, and back.

    Axis 1 is the channels, 2 and 3 are height and width; the batch stays in front.

    Formula
    -------
    y[i₁, i₂, …] = x[j₁, j₂, …] with j at axis axes[k] = i_k

    Source
    ------
    The numbers are those of PyTorch's ``torch.permute`` and of Keras's ``Permute``, the batch being axis 0.

    Example
    -------
    >>> make_layer("permute", axes=(2, 3, 1)).output_shape([(64, 28, 14)])
    (28, 14, 64)
    """

    kind = "permute"
    label = N_("Permute axes")
    category = Category.SHAPE
    prefix = "permute"
    gradient_reads = ()
    onnx_operators = ("Transpose",)
    search_terms = ("transpose", "swap", "channels last")

    axes: tuple[int, ...] = axes(
        (2, 1),
        permutation=True,
        label=N_("Order"),
        help=N_("Which axis of the input comes first, second and so on; 1 is the channels."),
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The sizes in the order of ``axes``."""
        if len(inputs[0]) != len(self.axes):
            last = len(inputs[0])
            orders = [tuple(range(1, last + 1))[::-1]] if last <= MOST_AXES else []
            raise ShapeProblem(
                _("input is {came}; {count} axes are wanted: name an order of all of its axes").format(
                    came=shape_text(inputs[0]), count=len(self.axes)
                ),
                *(SetFields({"axes": order}) for order in orders),
            )
        return tuple(inputs[0][axis - 1] for axis in self.axes)

    def caption(self) -> str:
        """``2, 3, 1``."""
        return ", ".join(map(str, self.axes))

    def reads_values(self, region: Region, inputs: Sequence[Shape], index: int) -> Region:
        """The same region, its axes where they come from."""
        return tuple(region[self.axes.index(axis)] for axis in range(1, len(self.axes) + 1))

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        return permuted(inputs[0], (0, *self.axes), out)

    def backward(self, done: ForwardPass) -> Gradients:
        """The other way round."""
        return Gradients((permuted(done.gradient, np.argsort((0, *self.axes)).tolist()),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        order = operator.settings(perm=None)["perm"]
        if order is None:
            raise operator.refused(_("perm is missing: all axes turned round, the batch too"))
        if not order or order[0] != 0:
            raise operator.refused(
                _("perm is {came}; one that leaves the batch in front can be read").format(came=order)
            )
        return operator.read(cls, axes=list(order[1:]))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Transpose``."""
        return (OnnxCall("Transpose", attributes={"perm": [0, *self.axes]}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.permute``."""
        return (TorchCall("torch.permute", ((0, *self.axes),)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Permute`` from channels last to channels last."""
        last = len(self.axes)
        places = [last if axis == 1 else axis - 1 for axis in self.axes]
        return (KerasCall("layers.Permute", ((*places[1:], places[0]),)),)
