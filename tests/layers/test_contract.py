"""What every layer owes the rest of the program; a new layer is covered as soon as the registry finds it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer import i18n
from designer.graph.edits import ID_PATTERN
from designer.kernels.arrays.memory import Array
from designer.layer_api import fields
from designer.layer_api.geometry import Region, Shape, shape_text
from designer.layer_api.layer import Category, Layer, Quantity
from designer.layer_api.problems import FieldError, SetFields, ShapeProblem
from designer.layer_api.registry import catalogue
from tests.helpers.designs import layers_of
from tests.helpers.layer_cases import Case, cases, for_each_kind, input_shapes
from tests.helpers.onnx_model import by_onnxruntime, by_reference, model_of, reference_fails


def default_case(cls: type[Layer]) -> Case:
    """The layer as the palette places it, on a map of 8×8 or, where it wants one, a vector or rows."""
    layer = cls()
    for shape in ((12, *(8,) * (cls.rank or 2)), (12,), (12, 8)):
        inputs = (shape,) * cls.min_inputs
        try:
            return Case(layer, inputs, layer.output_shape(inputs))
        except ShapeProblem:
            continue
    raise AssertionError(f"{cls.kind} works neither on a map nor on a vector or rows")


CLASSES = [pytest.param(cls, id=kind) for kind, cls in catalogue().items()]
COMPUTING = [pytest.param(cls, id=kind) for kind, cls in catalogue().items() if not cls.is_source()]

SLIDING = {
    kind
    for kind, cls in catalogue().items()
    if not cls.is_source() and cls().window(default_case(cls).inputs) is not None
}

SOMETIMES_UNEVEN = {"adaptive_avg_pool2d", "adaptive_max_pool2d", "concat", "layer_norm"}
"""Kinds that have one sliding window on some sizes, or along some axes, only; the cells read are always exact."""

PRODUCTS = {"matmul", "scaled_dot_product_attention"}
"""Kinds that multiply what other layers computed: multiply-adds without weights."""

CUT_OFF = {"clip", "hard_tanh"}
"""Kinds on whose bounds a value often lies, and then does not change with its input."""

every_layer = pytest.mark.parametrize("cls", CLASSES)
every_computing_layer = pytest.mark.parametrize("cls", COMPUTING)

Check = Callable[[Case, st.DataObject], None]

RUN: list[Check] = []
"""What holds of a case that is computed."""

COUNTED: list[Check] = []
"""What holds of a case by its numbers alone."""


def holds(claims: list[Check]) -> Callable[[Check], Check]:
    """Add a claim to those that one test of each kind makes of every case.

    Drawing a case takes far longer than most claims about it, so that a test for each would draw all over again.
    """

    def added(check: Check) -> Check:
        claims.append(check)
        return check

    return added


def check_all(claims: list[Check], case: Case, data: st.DataObject) -> None:
    for check in claims:
        try:
            check(case, data)
        except AssertionError as failed:
            failed.add_note(f"what does not hold: {check.__name__}")
            raise


@every_layer
@for_each_kind(15)
@given(st.data())
def test_what_is_claimed_of_a_layer_that_runs(cls: type[Layer], data: st.DataObject) -> None:
    check_all(RUN, data.draw(cases(cls)), data)


@every_layer
@for_each_kind(20)
@given(st.data())
def test_what_is_claimed_of_the_numbers_of_a_layer(cls: type[Layer], data: st.DataObject) -> None:
    check_all(COUNTED, data.draw(cases(cls, largest=40)), data)


# -- forward pass


def check_forward(case: Case) -> None:
    inputs, weights = case.arrays(seed=1, batch=2), case.weights(seed=2)
    kept = [array.copy() for array in inputs], {name: array.copy() for name, array in weights.items()}
    for array in (*inputs, *weights.values()):
        array.flags.writeable = False
    output = case.layer.forward(inputs, weights)
    assert output.shape == (2, *case.output)
    assert output.dtype == np.float32
    assert np.isfinite(output).all()
    for array, before in zip(inputs, kept[0], strict=True):
        np.testing.assert_array_equal(array, before)
    for name, before in kept[1].items():
        np.testing.assert_array_equal(weights[name], before)
    np.testing.assert_array_equal(case.layer.forward(inputs, weights), output)


@every_layer
def test_a_layer_works_as_the_palette_places_it(cls: type[Layer]) -> None:
    check_forward(default_case(cls))


@holds(RUN)
def the_output_has_the_declared_shape_and_nothing_else_changes(case: Case, data: st.DataObject) -> None:
    check_forward(case)


@holds(RUN)
def one_image_does_not_depend_on_the_others_of_its_batch(case: Case, data: st.DataObject) -> None:
    inputs, weights = case.arrays(seed=3, batch=3), case.weights(seed=4)
    together = case.layer.forward(inputs, weights)
    alone = case.layer.forward([array[1:2] for array in inputs], weights)
    np.testing.assert_allclose(alone[0], together[1], rtol=1e-5, atol=1e-5)


# -- ONNX


@holds(RUN)
def onnx_computes_the_same(case: Case, data: st.DataObject) -> None:
    if case.layer.is_source():
        return
    inputs, weights = case.arrays(seed=5), case.weights(seed=6)
    calls = case.layer.to_onnx(case.inputs)
    model = model_of(case.layer, inputs, weights)
    expected = case.layer.forward(inputs, weights)
    if not reference_fails(calls, inputs):
        np.testing.assert_allclose(by_reference(model, inputs), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(by_onnxruntime(model, inputs), expected, rtol=1e-4, atol=1e-4)


# -- what an output cell sees


def dependence(case: Case, index: int) -> Array:
    """Which output cells change when one cell of input ``index`` does: (input cells, *output sizes), by trying."""
    random = np.random.default_rng(7)
    inputs, weights = case.arrays(seed=8), case.weights(seed=9)
    sizes = case.inputs[index][1:]
    # The same number of images in both, so that every sum is added up in the same order.
    poked = [np.repeat(array, math.prod(sizes), axis=0) for array in inputs]
    before = case.layer.forward([array.copy() for array in poked], weights)
    for number, cell in enumerate(np.ndindex(*sizes)):
        # Far more than any other value and different for each channel, so that a maximum and a softmax notice.
        poked[index][(number, slice(None), *cell)] += random.uniform(50, 100, case.inputs[index][0])
    changed: Array = (case.layer.forward(poked, weights) != before).any(axis=1)
    return changed


def region_of(cell: tuple[int, ...]) -> Region:
    return tuple((place, place) for place in cell)


def check_nothing_else_is_read(changed: Array, sizes: Sequence[int], region: Region, declared: Region) -> None:
    """Fail where something in `region` of the output changes with a place of an input that lies not in `declared`."""
    assert len(declared) == len(sizes)
    inside = (slice(None), *(slice(first, last + 1) for first, last in region))
    seen = changed[inside].reshape(changed.shape[0], -1).any(axis=1)
    read = np.zeros(sizes, bool)
    # A declared region may begin before the first place, in the padding.
    read[tuple(slice(max(first, 0), max(last + 1, 0)) for first, last in declared)] = True
    assert not (seen & ~read.ravel()).any()


def check_corners_are_read(case: Case, changed: Array) -> None:
    assert case.layer.window(case.inputs) is not None or case.layer.kind in SOMETIMES_UNEVEN
    number = {place: index for index, place in enumerate(np.ndindex(*case.inputs[0][1:]))}
    for cell in np.ndindex(*case.output[1:]):
        declared = case.layer.reads(region_of(cell), case.inputs, 0)
        if any(last < first for first, last in declared):
            continue  # nothing of this input is read
        for corner in set(product(*declared)):
            if corner in number:
                assert changed[(number[corner], *cell)]


@every_computing_layer
@for_each_kind(18)
@given(st.data())
def test_a_region_depends_on_what_it_declares_to_read_and_on_all_corners_of_a_window(
    cls: type[Layer], data: st.DataObject
) -> None:
    case = data.draw(cases(cls, largest=6))
    whole = tuple((0, size - 1) for size in case.output[1:])
    some = data.draw(st.tuples(*[st.tuples(st.integers(0, last), st.integers(0, last)) for _first, last in whole]))
    regions = [region_of(cell) for cell in np.ndindex(*case.output[1:])]
    regions += [whole, tuple((min(ends), max(ends)) for ends in some)]
    for index, shape in enumerate(case.inputs):
        changed = dependence(case, index)
        for region in regions:
            check_nothing_else_is_read(changed, shape[1:], region, case.layer.reads(region, case.inputs, index))
        # A single channel may be computed without looking: its share of a softmax is 1.
        if index == 0 and cls.kind in SLIDING - CUT_OFF and shape[0] > 1:
            check_corners_are_read(case, changed)


def values_changed(case: Case, index: int) -> Array:
    """Which output values change when one value of input ``index`` does: (input values, *output), by trying."""
    inputs, weights = case.arrays(seed=8), case.weights(seed=9)
    poked = [np.repeat(array, math.prod(case.inputs[index]), axis=0) for array in inputs]
    before = case.layer.forward([array.copy() for array in poked], weights)
    for number, place in enumerate(np.ndindex(*case.inputs[index])):
        poked[index][(number, *place)] += 50 + number
    changed: Array = case.layer.forward(poked, weights) != before
    return changed


@every_computing_layer
@for_each_kind(12)
@given(st.data())
def test_values_of_the_output_depend_on_no_other_values_than_declared(cls: type[Layer], data: st.DataObject) -> None:
    case = data.draw(cases(cls, largest=4))
    ends = data.draw(st.tuples(*[st.tuples(*[st.integers(0, size - 1)] * 2) for size in case.output]))
    regions = [tuple((min(pair), max(pair)) for pair in ends), tuple((pair[0], pair[0]) for pair in ends)]
    for index, shape in enumerate(case.inputs):
        changed = values_changed(case, index)
        for region in regions:
            check_nothing_else_is_read(changed, shape, region, case.layer.reads_values(region, case.inputs, index))


@holds(COUNTED)
def the_declared_window_gives_the_declared_size(case: Case, data: st.DataObject) -> None:
    window = None if case.layer.is_source() else case.layer.window(case.inputs)
    if window is None:
        assert case.layer.kind not in SLIDING or case.layer.kind in SOMETIMES_UNEVEN
        return
    assert window.output_sizes(case.inputs[0][1:]) == case.output[1:]


# -- weights, costs and formulas


@holds(COUNTED)
def weights_and_costs_are_counts(case: Case, data: st.DataObject) -> None:
    for name, spec in case.layer.weights(case.inputs).items():
        assert name.isidentifier()
        assert spec.size == math.prod(spec.shape) >= 1
        assert spec.fan_in >= 1
        assert spec.fan_out >= 1
    macs = case.layer.macs(case.inputs, case.output)
    assert isinstance(macs, int)
    assert macs >= 0
    if case.layer.kind not in PRODUCTS and not any(
        spec.initial == "kernel" for spec in case.layer.weights(case.inputs).values()
    ):
        assert macs == 0


@holds(COUNTED)
def weights_follow_channels_where_that_is_said(case: Case, data: st.DataObject) -> None:
    if case.layer.weights_follow_channels():
        larger = tuple((shape[0], *(size + 3 for size in shape[1:])) for shape in case.inputs)
        assert case.layer.weights(larger) == case.layer.weights(case.inputs)


@holds(RUN)
def kernels_shown_as_pictures_are_one_for_each_output_channel(case: Case, data: st.DataObject) -> None:
    kernels = case.layer.filter_kernels(case.weights(seed=10))
    if kernels is not None:
        assert kernels.shape[0] == case.output[0]
        assert kernels.ndim == 2 + len(case.output[1:])
        assert kernels.size == case.weights(seed=10)["weight"].size


def value_of(arithmetic: str) -> float:
    """The value of arithmetic as the formulas write it: ⌊(32 + 2·2 − 5)/1⌋ + 1."""
    text = arithmetic.replace("\N{NO-BREAK SPACE}", "").replace("·", "*").replace("−", "-")
    text = text.replace("⌊", "math.floor(").replace("⌈", "math.ceil(").replace("⌋", ")").replace("⌉", ")")
    assert re.fullmatch(r"(?:math\.(?:floor|ceil)|[0-9+\-*/() .])+", text), arithmetic
    return float(eval(text, {"math": math}))


@holds(COUNTED)
def every_formula_is_true(case: Case, data: st.DataObject) -> None:
    layer, weights = case.layer, case.layer.weights(case.inputs)
    totals = {
        Quantity.PARAMETERS: sum(spec.size for spec in weights.values() if spec.trainable),
        Quantity.MACS: layer.macs(case.inputs, case.output),
    }
    formulas = layer.explain(case.inputs)
    assert [formula for formula in formulas if formula.quantity is Quantity.OUTPUT]
    told = {formula.quantity for formula in formulas}
    assert {quantity for quantity, total in totals.items() if total} <= told
    for formula in formulas:
        assert formula.text.isprintable() or "\N{NO-BREAK SPACE}" in formula.text
        if "=" in formula.text:
            left, right = formula.text.split("=")
            assert value_of(left) == value_of(right)
            wanted = [totals[formula.quantity]] if formula.quantity in totals else case.output
            assert value_of(right) in wanted
        else:
            assert formula.text.endswith((shape_text(case.output), str(case.output[0])))


# -- parameters, words and messages


@every_layer
@for_each_kind(20)
@given(st.data())
def test_parameters_survive_json_and_the_caption_is_one_short_line(cls: type[Layer], data: st.DataObject) -> None:
    layer = data.draw(layers_of(cls))
    again = cls.from_parameters(json.loads(json.dumps(layer.to_json(), allow_nan=False)))
    assert again == layer
    assert hash(again) == hash(layer)
    assert cls.from_parameters(layer.parameters()) == layer
    caption = layer.caption()
    assert caption == "" or caption.isprintable()
    assert len(caption) <= 60


@every_layer
def test_defaults_are_left_out_of_json(cls: type[Layer]) -> None:
    assert cls().to_json() == {}
    assert cls.from_parameters(cls.defaults()) == cls()


@every_layer
def test_everything_has_a_name_and_is_explained(cls: type[Layer]) -> None:
    assert cls.label.strip()
    assert cls.category in Category
    assert ID_PATTERN.fullmatch(cls.prefix)
    assert cls.description().endswith(".")
    assert re.fullmatch(r"[a-z][a-z0-9_]*", cls.kind)
    for name, field in cls.fields().items():
        assert name.isidentifier()
        assert field.label[:1].isupper()
        assert field.help.endswith(".")
        if isinstance(field, fields.Choice):
            assert all(label.strip() for label in field.options.values())


@every_layer
def test_names_are_unlike_each_other(cls: type[Layer]) -> None:
    labels = [field.label for field in cls.fields().values()]
    assert len(labels) == len(set(labels))
    assert [other.label for other in catalogue().values()].count(cls.label) == 1


class Marked:
    """A catalogue that shows which texts were looked up in it."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return f"⟦{singular if n == 1 else plural}⟧"


@cache
def odd_shapes(cls: type[Layer]) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Shapes of any number of axes; those of one layer need not agree."""
    shape = st.lists(st.integers(1, 8), min_size=1, max_size=4).map(tuple)
    most = 3 if cls.max_inputs is None else cls.max_inputs
    return input_shapes(cls) | st.lists(shape, min_size=cls.min_inputs, max_size=most).map(tuple)


def output_or_problem(layer: Layer, inputs: tuple[Shape, ...]) -> Shape | ShapeProblem:
    try:
        return layer.output_shape(inputs)
    except ShapeProblem as problem:
        return problem


@every_computing_layer
@for_each_kind(30)
@given(st.data())
def test_any_input_fits_or_it_is_said_in_one_translated_line_with_remedies_the_layer_takes(
    cls: type[Layer], data: st.DataObject
) -> None:
    layer, inputs = data.draw(layers_of(cls)), data.draw(odd_shapes(cls))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n._language, "catalogue", Marked())
        said = output_or_problem(layer, inputs)
    if not isinstance(said, ShapeProblem):
        assert said
        assert all(isinstance(size, int) and size >= 1 for size in said)
        return
    assert said.message.startswith("⟦")
    assert said.message.endswith("⟧")
    assert said.message.isprintable()
    for remedy in said.remedies:
        if isinstance(remedy, SetFields):
            assert layer.replace(**remedy.values) != layer


@every_layer
def test_nonsense_is_refused_in_one_translated_line(cls: type[Layer]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n._language, "catalogue", Marked())
        for name in [*cls.fields(), "nonsense"]:
            with pytest.raises(FieldError) as caught:
                cls.from_parameters({name: {"no": "value"}})
            assert "⟦" in str(caught.value)
            assert str(caught.value).isprintable()


@holds(COUNTED)
def adjustments_are_parameters_of_the_layer(case: Case, data: st.DataObject) -> None:
    if case.layer.is_source():
        return
    wanted = tuple(max(1, size + data.draw(st.integers(-2, 2))) for size in case.output)
    for change in case.layer.adjustments(case.inputs, wanted):
        assert change
        assert set(change) <= set(case.layer.fields())
