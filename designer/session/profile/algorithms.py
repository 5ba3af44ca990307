"""How a layer was computed, in words: what the engine calls an algorithm, and what it does."""

from __future__ import annotations

from collections.abc import Mapping

from designer.i18n import N_, _
from designer.layer_api.registry import catalogue

_WORDS: Mapping[str, tuple[str, str]] = {
    "im2row": (
        N_("matrix product"),
        N_("The window of every output cell is copied as a row; one product with the filters computes all of them."),
    ),
    "im2col": (
        N_("matrix product by group"),
        N_("The window of every output cell is copied as a column; each group of filters is one product with them."),
    ),
    "winograd 2": (
        N_("Winograd 2×2"),
        N_("Winograd's minimal filtering: 16 multiplications for 2×2 output cells where the definition needs 36."),
    ),
    "winograd 4": (
        N_("Winograd 4×4"),
        N_("Winograd's minimal filtering: 36 multiplications for 4×4 output cells where the definition needs 144."),
    ),
    "depthwise": (
        N_("shifted sums"),
        N_("Every channel has its own filter: the image is shifted, multiplied and added for each of its weights."),
    ),
    "matrix product": (N_("matrix product"), N_("One product of the inputs with the weights.")),
    "maximum": (N_("maximum"), N_("The largest value of each window, along one axis after the other.")),
    "mean": (N_("mean"), N_("The sum of each window, along one axis after the other, divided by its cells.")),
    "scale and shift": (N_("scale and shift"), N_("Each channel times one number, plus another.")),
    "copy": (N_("copy"), N_("The values are put in the order of a vector.")),
    "in place": (N_("nothing copied"), N_("The inputs were written where they belong when they were computed.")),
}
"""The engine's name → short, and as a sentence."""

_DIRECT = N_("direct"), N_("Computed as the layer is defined.")


def algorithm_text(name: str) -> str:
    """``Winograd 4×4``; ``direct`` where a layer has only one way to be computed."""
    return _(_words(name)[0])


def algorithm_explanation(name: str) -> str:
    """What happens, in a sentence."""
    return _(_words(name)[1])


def _words(name: str) -> tuple[str, str]:
    if name in catalogue():
        return _DIRECT
    return _WORDS.get(name, (name, name))
