"""Layers that act in training alone, and the one that never does: at inference the input arrives unchanged."""

from __future__ import annotations

from collections.abc import Sequence

from designer.i18n import N_, _
from designer.layer_api.emit import KerasCall, TorchCall
from designer.layer_api.fields import real
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Category, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.unchanged import Unchanged


@layer
class Identity(Unchanged):
    """Hands on its input: a place holder, or a wire that has a name.

    Formula
    -------
    y = x

    Source
    ------
    ONNX operator ``Identity``; PyTorch ``nn.Identity``.

    Example
    -------
    >>> make_layer("identity").forward([np.array([[-1, 2]], np.float32)], {})
    array([[-1.,  2.]], dtype=float32)
    """

    kind = "identity"
    label = N_("Identity")
    category = Category.NORMALISATION
    prefix = "identity"
    onnx_operators = ("Identity",)
    search_terms = ("pass", "nothing", "no operation")

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        operator.settings()
        return operator.read(cls)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Identity``."""
        return (TorchCall("nn.Identity"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Identity``."""
        return (KerasCall("layers.Identity"),)


class Dropping(Unchanged):
    """Facts of a layer that drops something at random in training; subclasses declare the field ``rate``."""

    rate: float

    def caption(self) -> str:
        return f"{self.rate:g}"

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        del constants
        raise operator.refused(_("ONNX keeps no trace of {label}").format(label=_(cls.label)))


@layer
class SpatialDropout(Dropping):
    """Switches whole channels off while training, since neighbouring cells say much the same.

    Formula
    -------
    y = x at inference; in training a channel is x / (1 − rate) with probability 1 − rate, 0 otherwise

    Source
    ------
    Tompson, Goroshin, Jain, LeCun and Bregler, "Efficient Object Localization Using Convolutional Networks", CVPR 2015.

    Example
    -------
    >>> make_layer("spatial_dropout").forward([np.array([[-1, 2]], np.float32)], {})
    array([[-1.,  2.]], dtype=float32)
    """

    kind = "spatial_dropout"
    label = N_("Spatial dropout")
    category = Category.NORMALISATION
    prefix = "dropout"
    search_terms = ("dropout2d", "channel dropout", "regularisation", "regularization")

    rate: float = real(
        0.5, low=0.0, high=1.0, label=N_("Rate"), help=N_("Share of the channels switched off in a training step.")
    )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Dropout2d``, or that of the input's axes, which does nothing in ``eval()``."""
        rank = len(inputs[0]) - 1
        return (TorchCall(f"nn.Dropout{rank}d" if rank else "nn.Dropout", (self.rate,)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.SpatialDropout2D``, or that of the input's axes."""
        rank = len(inputs[0]) - 1
        return (KerasCall(f"layers.SpatialDropout{rank}D" if rank else "layers.Dropout", (self.rate,)),)


@layer
class StochasticDepth(Dropping):
    """Leaves a residual branch out at random while training; the network at inference has its full depth.

    It stands at the end of the branch, before the sum. Neither ONNX nor the frameworks have it as a layer of their own:
    exported it is the identity that it is at inference.

    Formula
    -------
    y = x at inference; in training, for each image, x / (1 − rate) with probability 1 − rate, 0 otherwise

    Source
    ------
    Huang, Sun, Liu, Sedra and Weinberger, "Deep Networks with Stochastic Depth", ECCV 2016.

    Example
    -------
    >>> make_layer("stochastic_depth").forward([np.array([[-1, 2]], np.float32)], {})
    array([[-1.,  2.]], dtype=float32)
    """

    kind = "stochastic_depth"
    label = N_("Stochastic depth")
    category = Category.NORMALISATION
    prefix = "drop_path"
    search_terms = ("drop path", "drop connect", "regularisation", "regularization")

    rate: float = real(
        0.2, low=0.0, high=1.0, label=N_("Rate"), help=N_("How often the branch is left out in a training step.")
    )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Identity``."""
        return (TorchCall("nn.Identity"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Identity``."""
        return (KerasCall("layers.Identity"),)
