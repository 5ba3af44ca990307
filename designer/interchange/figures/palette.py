"""The colours of layer categories, wherever they are drawn."""

from __future__ import annotations

from collections.abc import Mapping

from designer.layer_api.layer import Category

CATEGORY_COLOURS: Mapping[Category, str] = {
    Category.INPUT: "#999999",
    Category.CONVOLUTION: "#0072b2",
    Category.POOLING: "#009e73",
    Category.NORMALISATION: "#cc79a7",
    Category.ACTIVATION: "#e69f00",
    Category.DENSE: "#d55e00",
    Category.MERGE: "#f0e442",
    Category.SHAPE: "#56b4e9",
}
"""Okabe and Ito, "Color Universal Design" (2008), which most colour-blind people tell apart; grey in place of black."""
