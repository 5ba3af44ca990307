"""Rectifiers that bend into an exponential below zero, so that the mean of their output is near zero."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from designer.i18n import N_
from designer.kernels import curves
from designer.kernels.epilogue import Epilogue
from designer.kernels.gradients import curves as gradients
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall, unlike
from designer.layer_api.fields import real
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Category, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, decimal
from designer.layer_api.pointwise import PointwiseFunction


@layer
class ELU(PointwiseFunction):
    """Exponential linear unit: below zero it levels off at −alpha.

    Formula
    -------
    y = x where x > 0, alpha · (eˣ − 1) elsewhere

    Source
    ------
    Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by Exponential Linear Units (ELUs)",
    ICLR 2016.

    Example
    -------
    >>> make_layer("elu").forward([np.array([[-100, 2]], np.float32)], {})
    array([[-1.,  2.]], dtype=float32)
    """

    kind = "elu"
    label = N_("ELU")
    category = Category.ACTIVATION
    prefix = "elu"
    onnx_operators = ("Elu",)
    search_terms = ("exponential linear", "non-linearity")

    alpha: float = real(
        1.0, low=0.0, high=10.0, label=N_("Alpha"), help=N_("What the values far below zero come near to, negated.")
    )

    def caption(self) -> str:
        return "" if self.alpha == 1 else f"α {self.alpha:g}"

    def epilogue(self) -> Epilogue:
        return curves.elu(self.alpha)

    def derivative(self) -> gradients.Derivative:
        return partial(gradients.elu, alpha=self.alpha)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        return operator.read(cls, alpha=decimal(operator.settings(alpha=1.0)["alpha"]))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Elu``."""
        return (OnnxCall("Elu", attributes={"alpha": self.alpha}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.ELU``."""
        return (TorchCall("nn.ELU", keywords=unlike({"alpha": self.alpha}, {"alpha": 1})),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.ELU``."""
        return (KerasCall("layers.ELU", keywords=unlike({"alpha": self.alpha}, {"alpha": 1})),)


@layer
class SELU(PointwiseFunction):
    """Scaled exponential linear unit: keeps mean 0 and variance 1 from layer to layer.

    Formula
    -------
    y = 1.0507 · x where x > 0, 1.0507 · 1.6733 · (eˣ − 1) elsewhere

    Source
    ------
    Klambauer, Unterthiner, Mayr and Hochreiter, "Self-Normalizing Neural Networks", NeurIPS 2017.

    Example
    -------
    >>> make_layer("selu").forward([np.array([[-100, 0]], np.float32)], {}).round(4)
    array([[-1.7581,  0.    ]], dtype=float32)
    """

    kind = "selu"
    label = N_("SELU")
    category = Category.ACTIVATION
    prefix = "selu"
    onnx_operators = ("Selu",)
    search_terms = ("self-normalizing", "exponential linear", "non-linearity")

    def epilogue(self) -> Epilogue:
        return curves.SELU

    def derivative(self) -> gradients.Derivative:
        return gradients.selu

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        given = operator.settings(alpha=curves.SELU_ALPHA, gamma=curves.SELU_SCALE)
        # Both constants are given at times, rounded to float32 or to fewer digits.
        near = {"alpha": curves.SELU_ALPHA, "gamma": curves.SELU_SCALE}
        operator.fixed(
            **{name: given[name] if abs(given[name] - value) < 1e-5 else value for name, value in near.items()}
        )
        return operator.read(cls)

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Selu``."""
        return (OnnxCall("Selu"),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.SELU``."""
        return (TorchCall("nn.SELU"),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Activation``."""
        return (KerasCall("layers.Activation", ("selu",)),)


@layer
class CELU(PointwiseFunction):
    """Continuously differentiable exponential linear unit: an ELU whose slope has no step at zero for any alpha.

    Formula
    -------
    y = x where x > 0, alpha · (eˣᐟᵃˡᵖʰᵃ − 1) elsewhere

    Source
    ------
    Barron, "Continuously Differentiable Exponential Linear Units", arXiv:1704.07483, 2017.

    Example
    -------
    >>> make_layer("celu", alpha=2).forward([np.array([[-100, 2]], np.float32)], {})
    array([[-2.,  2.]], dtype=float32)
    """

    kind = "celu"
    label = N_("CELU")
    category = Category.ACTIVATION
    prefix = "celu"
    onnx_operators = ("Celu",)
    search_terms = ("exponential linear", "non-linearity")

    # Below 0.1 it is a ReLU to within a tenth.
    alpha: float = real(
        1.0, low=0.1, high=10.0, label=N_("Alpha"), help=N_("What the values far below zero come near to, negated.")
    )

    def caption(self) -> str:
        return "" if self.alpha == 1 else f"α {self.alpha:g}"

    def epilogue(self) -> Epilogue:
        return curves.celu(self.alpha)

    def derivative(self) -> gradients.Derivative:
        return partial(gradients.celu, alpha=self.alpha)

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        operator.arguments(constants)
        return operator.read(cls, alpha=decimal(operator.settings(alpha=1.0)["alpha"]))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Celu``."""
        return (OnnxCall("Celu", attributes={"alpha": self.alpha}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.CELU``."""
        return (TorchCall("nn.CELU", keywords=unlike({"alpha": self.alpha}, {"alpha": 1})),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``ops.celu``."""
        return (KerasCall("ops.celu", keywords=unlike({"alpha": self.alpha}, {"alpha": 1})),)
