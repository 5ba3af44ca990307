"""Non-linearities: between two linear layers they are what makes depth worth having."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.i18n import N_, _
from designer.kernels.activation import SIGMOID, leaky
from designer.kernels.epilogue import RELU, RELU6, TANH, Epilogue
from designer.kernels.gradients import activation as gradients
from designer.layer_api.activation import Activation
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.fields import real
from designer.layer_api.geometry import Shape
from designer.layer_api.gradients import ForwardPass, Gradients
from designer.layer_api.layer import Category, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, decimal


@layer
class ReLU(Activation):
    """Rectified linear unit: negative values become zero.

    Formula
    -------
    y = max(0, x)

    Source
    ------
    Nair and Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010.

    Example
    -------
    >>> make_layer("relu").forward([np.array([[-1, 2]], np.float32)], {})
    array([[0., 2.]], dtype=float32)
    """

    kind = "relu"
    label = N_("ReLU")
    category = Category.ACTIVATION
    prefix = "relu"
    gradient_reads = ("output",)
    onnx_operators = ("Relu",)
    search_terms = ("rectified", "non-linearity")

    def epilogue(self) -> Epilogue:
        return RELU

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((gradients.relu(done.output, done.gradient),))

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.ReLU``."""
        return (TorchCall("nn.ReLU"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.ReLU``."""
        return (KerasCall("layers.ReLU"),)


@layer
class ReLU6(Activation):
    """Rectified linear unit that stops at six: made for few bits, and the non-linearity of the MobileNets.

    Formula
    -------
    y = min(max(0, x), 6)

    Source
    ------
    Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010; Sandler et al., "MobileNetV2: Inverted
    Residuals and Linear Bottlenecks", CVPR 2018.

    Example
    -------
    >>> make_layer("relu6").forward([np.array([[-1, 2, 9]], np.float32)], {})
    array([[0., 2., 6.]], dtype=float32)
    """

    kind = "relu6"
    label = N_("ReLU6")
    category = Category.ACTIVATION
    prefix = "relu"
    gradient_reads = ("output",)
    onnx_operators = ("Clip",)
    search_terms = ("rectified", "non-linearity", "mobilenet", "clip")

    def epilogue(self) -> Epilogue:
        return RELU6

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((gradients.relu6(done.output, done.gradient),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        low, high = operator.arguments(constants, "min", "max")
        # Until opset 10 the bounds were attributes.
        bounds = operator.settings(min=low, max=high)
        came = [None if bound is None else float(bound) for bound in bounds.values()]
        if came != [0, 6]:
            raise operator.refused(_("the bounds are {came}; only 0 and 6 can be read").format(came=came))
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Clip`` between 0 and 6."""
        bounds = {"low": np.array(0, np.float32), "high": np.array(6, np.float32)}
        return (OnnxCall("Clip", ("input0", "low", "high"), constants=bounds),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.ReLU6``."""
        return (TorchCall("nn.ReLU6"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.ReLU`` with an upper bound."""
        return (KerasCall("layers.ReLU", keywords={"max_value": 6.0}),)


@layer
class LeakyReLU(Activation):
    """Negative values are kept but made small, so that no unit dies.

    Formula
    -------
    y = x where x > 0, slope · x elsewhere

    Source
    ------
    Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", ICML 2013.

    Example
    -------
    >>> make_layer("leaky_relu", slope=0.5).forward([np.array([[-4, 2]], np.float32)], {})
    array([[-2.,  2.]], dtype=float32)
    """

    kind = "leaky_relu"
    label = N_("Leaky ReLU")
    category = Category.ACTIVATION
    prefix = "leaky"
    onnx_operators = ("LeakyRelu",)
    search_terms = ("rectified", "non-linearity")

    slope: float = real(0.01, low=-10.0, high=10.0, label=N_("Slope"), help=N_("Factor on negative values."))

    def caption(self) -> str:
        return f"{self.slope:g}"

    def epilogue(self) -> Epilogue:
        return leaky(self.slope)

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((gradients.leaky_relu(done.inputs[0], done.gradient, self.slope),))

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        return operator.read(cls, slope=decimal(operator.settings(alpha=0.01)["alpha"]))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``LeakyRelu``."""
        return (OnnxCall("LeakyRelu", attributes={"alpha": self.slope}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.LeakyReLU``."""
        return (TorchCall("nn.LeakyReLU", (self.slope,)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.LeakyReLU``, which refuses a negative slope; the function takes it."""
        name = "layers.LeakyReLU" if self.slope >= 0 else "ops.leaky_relu"
        return (KerasCall(name, keywords={"negative_slope": self.slope}),)


@layer
class Sigmoid(Activation):
    """Squeezes every value between 0 and 1.

    Formula
    -------
    y = 1 / (1 + e⁻ˣ)

    Source
    ------
    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", Nature 323, 1986.

    Example
    -------
    >>> make_layer("sigmoid").forward([np.zeros((1, 2), np.float32)], {})
    array([[0.5, 0.5]], dtype=float32)
    """

    kind = "sigmoid"
    label = N_("Sigmoid")
    category = Category.ACTIVATION
    prefix = "sigmoid"
    gradient_reads = ("output",)
    onnx_operators = ("Sigmoid",)
    search_terms = ("logistic", "non-linearity")

    def epilogue(self) -> Epilogue:
        return SIGMOID

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((gradients.sigmoid(done.output, done.gradient),))

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Sigmoid``."""
        return (TorchCall("nn.Sigmoid"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("sigmoid",)),)


@layer
class Tanh(Activation):
    """Squeezes every value between −1 and 1: the non-linearity of LeNet-5.

    Formula
    -------
    y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)

    Source
    ------
    LeCun, Bottou, Orr and Müller, "Efficient BackProp", in "Neural Networks: Tricks of the Trade", 1998.

    Example
    -------
    >>> make_layer("tanh").forward([np.array([[0, 100]], np.float32)], {})
    array([[0., 1.]], dtype=float32)
    """

    kind = "tanh"
    label = N_("Tanh")
    category = Category.ACTIVATION
    prefix = "tanh"
    gradient_reads = ("output",)
    onnx_operators = ("Tanh",)
    search_terms = ("hyperbolic tangent", "non-linearity")

    def epilogue(self) -> Epilogue:
        return TANH

    def backward(self, done: ForwardPass) -> Gradients:
        return Gradients((gradients.tanh(done.output, done.gradient),))

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Tanh``."""
        return (TorchCall("nn.Tanh"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("tanh",)),)
