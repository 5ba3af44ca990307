"""A layer in a place that suits it: legal parameters, input shapes it works on, weights and arrays for a run."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from hypothesis import reject, settings
from hypothesis import strategies as st

from designer.kernels.arrays.memory import Array
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer
from designer.layer_api.problems import FieldError, MatchInputs, SetFields, ShapeProblem
from tests.helpers.designs import layers_of

ATTEMPTS = 5


def for_each_kind(examples: int) -> settings:
    """So many examples of every kind of layer in the gate, as there are sixty kinds; a profile that explores keeps its
    number.
    """
    usual = settings.get_profile("gate").max_examples
    return settings() if settings.default.max_examples > usual else settings(max_examples=examples)


@attrs.frozen
class Case:
    """A layer, the shapes that reach it and the shape it declares for its output."""

    layer: Layer
    inputs: tuple[Shape, ...]
    output: Shape

    def arrays(self, seed: int, batch: int = 1) -> list[Array]:
        """Random inputs (batch, *shape)."""
        random = np.random.default_rng(seed)
        shapes = self.inputs or (self.output,)
        return [random.standard_normal((batch, *shape)).astype(np.float32) for shape in shapes]

    def weights(self, seed: int) -> dict[str, Array]:
        """Random weights; what starts as one (a scale, a variance) stays positive."""
        random = np.random.default_rng(seed)
        return {
            name: (
                random.uniform(0.5, 1.5, spec.shape) if spec.initial == "ones" else random.standard_normal(spec.shape)
            ).astype(np.float32)
            for name, spec in self.layer.weights(self.inputs).items()
        }


def distinct(seed: int, shape: tuple[int, ...], apart: float) -> Array:
    """Values from -4 to 9 in random order, each of its own, and so far from 0 and from 6: nothing bends in between."""
    count = int(np.prod(shape))
    values = -4.0 + 13.0 * (np.arange(count) + 0.5) / count
    values[np.abs(values) < apart] = 2 * apart
    values[np.abs(values - 6) < apart] = 6 + 2 * apart
    return np.random.default_rng(seed).permutation(values).reshape(shape)


@st.composite
def input_shapes(draw: st.DrawFn, cls: type[Layer], *, largest: int = 8) -> tuple[Shape, ...]:
    """Shapes of as many inputs as the class takes, equal but for the channels; they need not suit."""
    spread = 2 if cls.max_inputs is None else cls.max_inputs - cls.min_inputs
    count = cls.min_inputs + draw(st.integers(0, spread))
    rank = cls.rank or draw(st.integers(0, 3))
    sizes = tuple(draw(st.integers(1, largest if rank < 3 else 4)) for _axis in range(rank))
    return tuple((draw(st.integers(1, 6)), *sizes) for _input in range(count))


@st.composite
def cases(draw: st.DrawFn, cls: type[Layer], *, largest: int = 8) -> Case:
    """A layer of this class where it works; what the layer's own remedies can mend is mended."""
    layer = draw(layers_of(cls))
    shapes = draw(input_shapes(cls, largest=largest))
    for _attempt in range(ATTEMPTS):
        try:
            return Case(layer, shapes, layer.output_shape(shapes))
        except ShapeProblem as problem:
            layer, shapes = _mended(draw, problem, layer, shapes)
    return reject()


def _mended(
    draw: st.DrawFn, problem: ShapeProblem, layer: Layer, shapes: tuple[Shape, ...]
) -> tuple[Layer, tuple[Shape, ...]]:
    if not problem.remedies:
        return layer, shapes
    match draw(st.sampled_from(problem.remedies)):
        case SetFields(values):
            return _replaced(layer, values), shapes
        case MatchInputs(wanted):
            return layer, tuple(want or have for want, have in zip(wanted, shapes, strict=True))
        case _:
            # What another layer before this one would do (flatten).
            return layer, tuple((int(np.prod(shape)),) for shape in shapes)


def _replaced(layer: Layer, values: Any) -> Layer:
    try:
        return layer.replace(**values)
    except FieldError:
        return reject()
