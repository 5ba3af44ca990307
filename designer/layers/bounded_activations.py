"""Non-linearities that level off or are cut off at bounds, and the smooth counterpart of the ReLU."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from designer.i18n import N_, _
from designer.kernels import curves
from designer.kernels.epilogue import Epilogue
from designer.kernels.gradients import curves as gradients
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.fields import real
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Category, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, decimal
from designer.layer_api.pointwise import PointwiseFunction
from designer.layer_api.problems import SetFields, ShapeProblem

UNBOUNDED = 1e38
"""What a bound that a file leaves out is read as; float32 ends at 3.4e38, which is no round number."""


def _bounds(operator: OnnxOperator, constants: Constants) -> tuple[float, float]:
    """The bounds of a ``Clip``."""
    least, largest = operator.arguments(constants, "min", "max")
    # Until opset 10 they were attributes.
    given = operator.settings(min=least, max=largest)
    low = -UNBOUNDED if given["min"] is None else decimal(float(given["min"]))
    high = UNBOUNDED if given["max"] is None else decimal(float(given["max"]))
    return max(low, -UNBOUNDED), min(high, UNBOUNDED)


@layer
class HardSigmoid(PointwiseFunction):
    """The sigmoid made of straight pieces, with the slope 1/6 that PyTorch and MobileNet V3 have.

    Formula
    -------
    y = min(max(0, x + 3), 6) / 6

    Source
    ------
    Howard et al., "Searching for MobileNetV3", ICCV 2019.

    Example
    -------
    >>> make_layer("hard_sigmoid").forward([np.array([[-4, 0, 4]], np.float32)], {})
    array([[0. , 0.5, 1. ]], dtype=float32)
    """

    kind = "hard_sigmoid"
    label = N_("Hard sigmoid")
    category = Category.ACTIVATION
    prefix = "hsigmoid"
    onnx_operators = ("HardSigmoid",)
    search_terms = ("hardsigmoid", "non-linearity", "mobilenet")

    def epilogue(self) -> Epilogue:
        return curves.HARD_SIGMOID

    def derivative(self) -> gradients.Derivative:
        return gradients.hard_sigmoid

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        given = operator.settings(alpha=0.2, beta=0.5)
        if not math.isclose(given["alpha"], 1 / 6, rel_tol=1e-4) or not math.isclose(given["beta"], 0.5, rel_tol=1e-4):
            raise operator.refused(
                _("alpha and beta are {alpha:g} and {beta:g}; only 1/6 and 1/2 can be read").format(**given)
            )
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``HardSigmoid`` with PyTorch's slope."""
        return (OnnxCall("HardSigmoid", attributes={"alpha": 1 / 6, "beta": 0.5}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Hardsigmoid``."""
        return (TorchCall("nn.Hardsigmoid"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("hard_sigmoid",)),)


@layer
class HardTanh(PointwiseFunction):
    """The hyperbolic tangent made of straight pieces: the value itself between −1 and 1.

    Other bounds are those of a Clip.

    Formula
    -------
    y = min(max(−1, x), 1)

    Source
    ------
    Collobert, "Large Scale Machine Learning", thesis, Université Paris VI, 2004.

    Example
    -------
    >>> make_layer("hard_tanh").forward([np.array([[-4, 0.5, 4]], np.float32)], {})
    array([[-1. ,  0.5,  1. ]], dtype=float32)
    """

    kind = "hard_tanh"
    label = N_("Hard tanh")
    category = Category.ACTIVATION
    prefix = "htanh"
    onnx_operators = ("Clip",)
    search_terms = ("hardtanh", "non-linearity")

    def epilogue(self) -> Epilogue:
        return Epilogue(low=-1.0, high=1.0)

    def derivative(self) -> gradients.Derivative:
        return gradients.hard_tanh

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        came = _bounds(operator, constants)
        if list(came) != [-1, 1]:
            raise operator.refused(_("the bounds are {came}; only −1 and 1 can be read").format(came=came))
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Clip`` between −1 and 1."""
        bounds = {"low": np.array(-1, np.float32), "high": np.array(1, np.float32)}
        return (OnnxCall("Clip", ("input0", "low", "high"), constants=bounds),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Hardtanh``."""
        return (TorchCall("nn.Hardtanh"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("hard_tanh",)),)


@layer
class Clip(PointwiseFunction):
    """Cuts every value off at two bounds.

    Formula
    -------
    y = min(max(low, x), high)

    Source
    ------
    ONNX operator ``Clip``; PyTorch ``torch.clamp``.

    Example
    -------
    >>> make_layer("clip", low=-1, high=2).forward([np.array([[-3, 1, 3]], np.float32)], {})
    array([[-1.,  1.,  2.]], dtype=float32)
    """

    kind = "clip"
    label = N_("Clip")
    category = Category.ACTIVATION
    prefix = "clip"
    onnx_operators = ("Clip",)
    search_terms = ("clamp", "bounds", "non-linearity")

    low: float = real(0.0, low=-UNBOUNDED, high=UNBOUNDED, label=N_("Lower bound"), help=N_("The least value."))
    high: float = real(1.0, low=-UNBOUNDED, high=UNBOUNDED, label=N_("Upper bound"), help=N_("The largest value."))

    def caption(self) -> str:
        return f"{self.low:g} … {self.high:g}"

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        low, high = self.low, self.high
        if low > high:
            text = _("the lower bound is {low:g} and the upper {high:g}; exchange them").format(low=low, high=high)
            raise ShapeProblem(text, SetFields({"low": high, "high": low}))
        return inputs[0]

    def epilogue(self) -> Epilogue:
        return Epilogue(low=self.low, high=self.high)

    def derivative(self) -> gradients.Derivative:
        return partial(gradients.clip, low=self.low, high=self.high)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        low, high = _bounds(operator, constants)
        return operator.read(cls, low=low, high=high)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Clip``."""
        bounds = {"low": np.array(self.low, np.float32), "high": np.array(self.high, np.float32)}
        return (OnnxCall("Clip", ("input0", "low", "high"), constants=bounds),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``torch.clamp``."""
        return (TorchCall("torch.clamp", (self.low, self.high)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``ops.clip``."""
        return (KerasCall("ops.clip", (self.low, self.high)),)


@layer
class Softplus(PointwiseFunction):
    """A smooth ReLU: never negative, and its slope is a sigmoid.

    Formula
    -------
    y = log(1 + eˣ)

    Source
    ------
    Dugas, Bengio, Bélisle, Nadeau and Garcia, "Incorporating Second-Order Functional Knowledge for Better Option
    Pricing", NeurIPS 2000.

    Example
    -------
    >>> make_layer("softplus").forward([np.array([[0, 100]], np.float32)], {}).round(4)
    array([[  0.6931, 100.    ]], dtype=float32)
    """

    kind = "softplus"
    label = N_("Softplus")
    category = Category.ACTIVATION
    prefix = "softplus"
    onnx_operators = ("Softplus",)
    search_terms = ("smooth", "non-linearity")

    def epilogue(self) -> Epilogue:
        return curves.SOFTPLUS

    def derivative(self) -> gradients.Derivative:
        return gradients.softplus

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Softplus``."""
        return (OnnxCall("Softplus"),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Softplus``, which from 20 on is the value itself, as it is to float32."""
        return (TorchCall("nn.Softplus"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("softplus",)),)


@layer
class Softsign(PointwiseFunction):
    """Squeezes every value between −1 and 1 like the tanh, but comes near to them more slowly.

    Formula
    -------
    y = x / (1 + |x|)

    Source
    ------
    Bergstra, Desjardins, Lamblin and Bengio, "Quadratic Polynomials Learn Better Image Features", technical report
    1337, Université de Montréal, 2009.

    Example
    -------
    >>> make_layer("softsign").forward([np.array([[-1, 0, 3]], np.float32)], {})
    array([[-0.5 ,  0.  ,  0.75]], dtype=float32)
    """

    kind = "softsign"
    label = N_("Softsign")
    category = Category.ACTIVATION
    prefix = "softsign"
    onnx_operators = ("Softsign",)
    search_terms = ("non-linearity",)

    def epilogue(self) -> Epilogue:
        return curves.SOFTSIGN

    def derivative(self) -> gradients.Derivative:
        return gradients.softsign

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Softsign``."""
        return (OnnxCall("Softsign"),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Softsign``."""
        return (TorchCall("nn.Softsign"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("softsign",)),)
