"""Non-linearities of the form x · gate(x): the value decides how much of itself passes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.i18n import N_
from designer.kernels import curves
from designer.kernels.epilogue import Epilogue
from designer.kernels.gradients import curves as gradients
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, unlike
from designer.layer_api.fields import choice
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Category, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator
from designer.layer_api.pointwise import PointwiseFunction


@layer
class GELU(PointwiseFunction):
    """Gaussian error linear unit: the non-linearity of ConvNeXt and of the transformers.

    The usual approximation by a hyperbolic tangent is chosen with ``approximate``, as PyTorch names it. ONNX has an
    operator of its own from opset 20 on, which is read; written are the operators it is made of.

    Formula
    -------
    y = x · Φ(x), Φ the distribution of the normal law; tanh: y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))

    Source
    ------
    Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", arXiv:1606.08415, 2016.

    Example
    -------
    >>> make_layer("gelu").forward([np.array([[-1, 0, 1]], np.float32)], {}).round(3)
    array([[-0.159,  0.   ,  0.841]], dtype=float32)
    """

    kind = "gelu"
    label = N_("GELU")
    category = Category.ACTIVATION
    prefix = "gelu"
    onnx_operators = ("Gelu",)
    search_terms = ("gaussian error", "non-linearity", "convnext", "transformer")

    approximate: str = choice(
        "none",
        {"none": N_("Exact"), "tanh": N_("By tanh")},
        label=N_("Approximation"),
        help=N_(
            "The exact function, or the usual approximation by a hyperbolic tangent; they differ by 0.0005 at most."
        ),
    )

    def caption(self) -> str:
        return "" if self.approximate == "none" else self.approximate

    def epilogue(self) -> Epilogue:
        return curves.GELU if self.approximate == "none" else curves.GELU_TANH

    def derivative(self) -> gradients.Derivative:
        return gradients.gelu if self.approximate == "none" else gradients.gelu_tanh

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        return operator.read(cls, approximate=operator.settings(approximate="none")["approximate"])

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Erf`` or ``Tanh`` and what surrounds it."""
        names = ("root", "one", "half")
        root, one, half = ({name: np.array(v, np.float32)} for name, v in zip(names, (0.5**0.5, 1, 0.5), strict=True))
        if self.approximate == "none":
            gate = [
                OnnxCall("Mul", ("input0", "root"), output="scaled", constants=root),
                OnnxCall("Erf", ("scaled",), output="bent"),
            ]
        else:
            cubic = {"cubic": np.array(curves.TANH_GELU[1], np.float32)}
            slope = {"slope": np.array(curves.TANH_GELU[0] / 2, np.float32)}
            gate = [
                OnnxCall("Mul", ("input0", "input0"), output="square"),
                OnnxCall("Mul", ("square", "input0"), output="cube"),
                OnnxCall("Mul", ("cube", "cubic"), output="term", constants=cubic),
                OnnxCall("Add", ("input0", "term"), output="sum"),
                OnnxCall("Mul", ("sum", "slope"), output="scaled", constants=slope),
                OnnxCall("Tanh", ("scaled",), output="bent"),
            ]
        return (
            *gate,
            OnnxCall("Add", ("bent", "one"), output="raised", constants=one),
            OnnxCall("Mul", ("input0", "raised"), output="product"),
            OnnxCall("Mul", ("product", "half"), constants=half),
        )

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.GELU``."""
        return (TorchCall("nn.GELU", keywords=unlike({"approximate": self.approximate}, {"approximate": "none"})),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``ops.gelu``, which approximates unless told not to."""
        exact = self.approximate == "none"
        return (KerasCall("ops.gelu", keywords={"approximate": False} if exact else {}),)


@layer
class SiLU(PointwiseFunction):
    """Sigmoid linear unit, also called swish: the non-linearity of the EfficientNets.

    Formula
    -------
    y = x / (1 + e⁻ˣ)

    Source
    ------
    Elfwing, Uchibe and Doya, "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement
    Learning", Neural Networks 107, 2018; Ramachandran, Zoph and Le, "Searching for Activation Functions",
    arXiv:1710.05941, 2017.

    Example
    -------
    >>> make_layer("silu").forward([np.array([[0, 100]], np.float32)], {})
    array([[  0., 100.]], dtype=float32)
    """

    kind = "silu"
    label = N_("SiLU")
    category = Category.ACTIVATION
    prefix = "silu"
    onnx_operators = ("Swish",)
    search_terms = ("swish", "sigmoid linear", "non-linearity", "efficientnet")

    def epilogue(self) -> Epilogue:
        return curves.SILU

    def derivative(self) -> gradients.Derivative:
        return gradients.silu

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        operator.settings(alpha=1.0)
        operator.fixed(alpha=1.0)
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Sigmoid`` and ``Mul``: ``Swish`` came with opset 24."""
        return (OnnxCall("Sigmoid", output="gate"), OnnxCall("Mul", ("input0", "gate")))

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.SiLU``."""
        return (TorchCall("nn.SiLU"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("silu",)),)


@layer
class Mish(PointwiseFunction):
    """A smooth non-linearity with a small dip below zero, made popular by YOLOv4.

    Formula
    -------
    y = x · tanh(log(1 + eˣ))

    Source
    ------
    Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", BMVC 2020.

    Example
    -------
    >>> make_layer("mish").forward([np.array([[0, 1]], np.float32)], {}).round(4)
    array([[0.    , 0.8651]], dtype=float32)
    """

    kind = "mish"
    label = N_("Mish")
    category = Category.ACTIVATION
    prefix = "mish"
    onnx_operators = ("Mish",)
    search_terms = ("non-linearity", "yolo")

    def epilogue(self) -> Epilogue:
        return curves.MISH

    def derivative(self) -> gradients.Derivative:
        return gradients.mish

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Mish``."""
        return (OnnxCall("Mish"),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Mish``."""
        return (TorchCall("nn.Mish"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("mish",)),)


@layer
class HardSwish(PointwiseFunction):
    """The SiLU made of straight pieces: nearly as good and cheap to compute; the non-linearity of MobileNet V3.

    Formula
    -------
    y = x · min(max(0, x + 3), 6) / 6

    Source
    ------
    Howard et al., "Searching for MobileNetV3", ICCV 2019.

    Example
    -------
    >>> make_layer("hard_swish").forward([np.array([[-4, 0, 6]], np.float32)], {}) + 0
    array([[0., 0., 6.]], dtype=float32)
    """

    kind = "hard_swish"
    label = N_("Hard swish")
    category = Category.ACTIVATION
    prefix = "hswish"
    onnx_operators = ("HardSwish",)
    search_terms = ("hardswish", "hard silu", "non-linearity", "mobilenet")

    def epilogue(self) -> Epilogue:
        return curves.HARD_SWISH

    def derivative(self) -> gradients.Derivative:
        return gradients.hard_swish

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``HardSwish``."""
        return (OnnxCall("HardSwish"),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Hardswish``."""
        return (TorchCall("nn.Hardswish"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("hard_silu",)),)
