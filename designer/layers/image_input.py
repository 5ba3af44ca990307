"""The image that enters a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.i18n import N_, _
from designer.kernels.arrays.memory import Array
from designer.kernels.elementwise import copy
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.families import Weightless
from designer.layer_api.fields import shape
from designer.layer_api.geometry import Shape, Window, shape_text
from designer.layer_api.gradients import ForwardPass, Gradients, NotDifferentiable
from designer.layer_api.layer import Category, Formula, Quantity, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator


@layer
class ImageInput(Weightless):
    """What enters the network, channels first: an image, a sequence, a volume or a vector.

    Your picture is fitted to this size; 1 channel is grey, 3 are red, green and blue. A sequence (channels, length) is
    a picture one pixel high, a volume (channels, depth, height, width) has the picture in every slice.

    Formula
    -------
    y = (picture / 255 − mean) / std, fitted to C×H×W, C×L or C×D×H×W; how is chosen in the window or with the run

    Source
    ------
    Channels first is the order of PyTorch and ONNX; mean and standard deviation per channel are those of
    torchvision's models.

    Example
    -------
    >>> make_layer("image_input", shape=(1, 28, 28)).output_shape([])
    (1, 28, 28)
    """

    kind = "image_input"
    label = N_("Image input")
    category = Category.INPUT
    prefix = "image"
    gradient_reads = ()
    min_inputs = 0
    max_inputs = 0
    search_terms = ("source", "data", "placeholder")

    shape: tuple[int, ...] = shape(
        (3, 224, 224),
        label=N_("Shape"),
        help=N_(
            "Channels first, without the batch: channels, height and width of an image; channels and length of a "
            "sequence; channels, depth, height and width of a volume; or the length of a vector."
        ),
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The declared shape."""
        return self.shape

    def window(self, inputs: Sequence[Shape]) -> Window | None:
        """Each cell is its own pixel."""
        return Window.cell(len(self.shape) - 1)

    def explain(self, inputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """The declared shape."""
        return (Formula(Quantity.OUTPUT, shape_text(self.shape)),)

    def caption(self) -> str:
        """Channels and size."""
        return shape_text(self.shape)

    def forward(self, inputs: Sequence[Array], weights: Mapping[str, Array], out: Array | None = None) -> Array:
        """The image itself."""
        if out is None:
            return inputs[0]
        copy(inputs[0], out)
        return out

    def backward(self, done: ForwardPass) -> Gradients:
        raise NotDifferentiable(_("an image input reads nothing: the gradient of the image is what reaches its output"))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(_("an image input is an input of the graph, not an operator"))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """Nothing: it becomes the graph's input."""
        return ()

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """Nothing: it becomes the argument of ``forward``."""
        return ()

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """Nothing: it becomes ``keras.Input``."""
        return ()
