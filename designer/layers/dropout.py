"""Dropout: noise while training, nothing at inference."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from designer.i18n import N_, _
from designer.layer_api.emit import KerasCall, OnnxCall, TorchCall
from designer.layer_api.fields import real
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Category, layer
from designer.layer_api.onnx_operator import Constants, LayerRead, OnnxOperator, decimal
from designer.layer_api.unchanged import Unchanged


@layer
class Dropout(Unchanged):
    """Switches random units off while training; passes everything through at inference (Srivastava et al., 2014).

    Formula
    -------
    y = x at inference; in training y = x / (1 − rate) with probability 1 − rate, 0 otherwise

    Source
    ------
    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: A Simple Way to Prevent Neural Networks from
    Overfitting", JMLR 15, 2014.

    Example
    -------
    >>> make_layer("dropout").forward([np.array([[-1, 2]], np.float32)], {})
    array([[-1.,  2.]], dtype=float32)
    """

    kind = "dropout"
    label = N_("Dropout")
    category = Category.NORMALISATION
    prefix = "dropout"
    onnx_operators = ("Dropout",)
    search_terms = ("regularisation", "regularization")

    rate: float = real(
        0.5,
        low=0.0,
        high=1.0,
        label=N_("Rate"),
        help=N_("Share of the units switched off in a training step."),
    )

    def caption(self) -> str:
        return f"{self.rate:g}"

    @classmethod
    def from_onnx(cls, operator: OnnxOperator, constants: Constants) -> LayerRead:
        ratio, training = operator.arguments(constants, "ratio", "training_mode")
        if training is not None and training.any():
            raise operator.refused(_("training_mode is set; only inference can be read"))
        # Until opset 11 the ratio was an attribute.
        rate = operator.settings(ratio=0.5 if ratio is None else float(ratio), seed=0)["ratio"]
        return operator.read(cls, rate=decimal(rate))

    def to_onnx(self, inputs: Sequence[Shape]) -> Sequence[OnnxCall]:
        """``Dropout``, which does nothing outside of training but keeps the rate; no runtime takes a rate of 1."""
        if np.float32(self.rate) == 1:
            return (OnnxCall("Identity"),)
        return (OnnxCall("Dropout", ("input0", "ratio"), constants={"ratio": np.array(self.rate, np.float32)}),)

    def to_torch(self, inputs: Sequence[Shape]) -> Sequence[TorchCall]:
        """``nn.Dropout``, which does nothing in ``eval()``."""
        return (TorchCall("nn.Dropout", (self.rate,)),)

    def to_keras(self, inputs: Sequence[Shape]) -> Sequence[KerasCall]:
        """``layers.Dropout``, which does nothing but in training."""
        return (KerasCall("layers.Dropout", (self.rate,)),)
