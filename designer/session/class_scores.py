"""Scores of classes as a run answers with them: the most probable ones, with their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs
import numpy as np

from designer.graph.design import Design
from designer.i18n import _
from designer.kernels.activation import softmax
from designer.kernels.arrays.memory import Array

SHOWN = 5
"""Of so many classes networks for ImageNet are judged (top-5 accuracy)."""


@attrs.frozen(eq=False)
class ClassScores:
    """Probabilities of classes, and their names.

    Parameters
    ----------
    probabilities
        One for each class, (classes,).
    names
        As many, or none.
    """

    probabilities: Array
    names: tuple[str, ...] = ()

    def best(self) -> tuple[tuple[int, float], ...]:
        """Number and probability of the five most probable classes, of equal ones the first; NaN comes last."""
        order = np.argsort(-np.nan_to_num(self.probabilities, nan=-1.0), kind="stable")[:SHOWN]
        return tuple((int(index), float(self.probabilities[index])) for index in order)

    def name(self, index: int) -> str:
        """The name of a class, or its number in words."""
        return self.names[index] if self.names else _("class {number}").format(number=index)

    def lines(self) -> tuple[str, ...]:
        """The five in words: ``tabby: 91.3 %``."""
        return tuple(f"{self.name(index)}: {percent(value)}" for index, value in self.best())


def percent(value: float) -> str:
    """``91.3 %``; a dash for what is no number."""
    return f"{100.0 * value:.1f} %" if np.isfinite(value) else "–"


def class_scores(design: Design, node: str, values: Array) -> ClassScores | None:
    """What the values of a node (N, …) say about classes, of the first image.

    None where they are no scores: neither a softmax made them, nor has the node, or an output that it feeds, a name for
    each. Scores with names that no softmax made are turned into probabilities here.
    """
    scores = values[0].reshape(-1)
    readers = [edge.target for edge in design.outgoing.get(node, ())]
    named = [design.nodes[key].layer.class_names() for key in (node, *readers)]
    names = next((given for given in named if len(given) == scores.size), ())
    probable = _is_probable(design, node)
    if not probable and not names:
        return None
    return ClassScores(scores if probable else softmax(scores[np.newaxis])[0], names)


def named_scores(design: Design, maps: Mapping[str, Array]) -> Iterator[tuple[str, ClassScores]]:
    """The scores of every node that names its classes itself, as far as it is among the maps."""
    for node, values in maps.items():
        if design.nodes[node].layer.class_names():
            found = class_scores(design, node, values)
            if found is not None and found.names:
                yield node, found


def _is_probable(design: Design, node: str) -> bool:
    """Whether the values add up to one, also where they were handed on."""
    while True:
        layer = design.nodes[node].layer
        if layer.yields_probabilities():
            return True
        sources = [edge.source for edge in design.incoming.get(node, ())]
        if not layer.passes_through() or len(sources) != 1:
            return False
        node = sources[0]
