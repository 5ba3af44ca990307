"""Every layer's gradients are those of its forward pass: by central differences, and where they are known, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from designer.kernels.arrays.memory import Array
from designer.kernels.runtime.threads import checkpoint_scope
from designer.layer_api.gradients import ForwardPass, Gradients, NotDifferentiable
from designer.layer_api.layer import Layer
from designer.layer_api.registry import catalogue, make_layer
from tests.helpers.layer_cases import Case, cases, distinct, for_each_kind

STEP = 1e-4
"""In float64 the difference quotient of a smooth function is wrong by about STEP² and 1e-16 / STEP."""

TOLERANCE: dict[str, Any] = {"rtol": 1e-6, "atol": 1e-6}
"""A hundred times the larger of both."""

every_computing_layer = pytest.mark.parametrize(
    "cls", [pytest.param(cls, id=kind) for kind, cls in catalogue().items() if not cls.is_source()]
)


def in_float64(case: Case, batch: int) -> tuple[list[Array], dict[str, Array]]:
    # Moved by less than values are apart, so that no two inputs are equal at a place: a maximum bends there.
    inputs = [
        distinct(index, (batch, *shape), 10 * STEP) + 30 * STEP * index for index, shape in enumerate(case.inputs)
    ]
    return inputs, {name: array.astype(np.float64) for name, array in case.weights(seed=2).items()}


def pokes(shape: tuple[int, ...], most: int = 24) -> list[tuple[int, ...]]:
    """Places to try: all, or as many as `most` at random."""
    places = np.random.default_rng(5).permutation(int(np.prod(shape)))[:most]
    return [tuple(int(at) for at in np.unravel_index(place, shape)) for place in places]


def quotient(
    case: Case, inputs: list[Array], weights: dict[str, Array], gradient: Array, poked: Array, at: Any
) -> float:
    """How the sum of output times `gradient` changes with one value of one of the arrays."""
    kept, ends = poked[at], []
    for step in (STEP, -STEP):
        poked[at] = kept + step
        ends.append(float((case.layer.forward(inputs, weights) * gradient).sum()))
    poked[at] = kept
    return (ends[0] - ends[1]) / (2 * STEP)


def backward(case: Case, inputs: list[Array], weights: dict[str, Array], seed: int = 3) -> tuple[Array, Gradients]:
    output = case.layer.forward(inputs, weights)
    gradient = np.random.default_rng(seed).standard_normal(output.shape).astype(output.dtype)
    return gradient, case.layer.backward(ForwardPass(inputs, output, gradient, weights))


@every_computing_layer
@for_each_kind(12)
@given(st.data())
def test_gradients_are_difference_quotients_of_the_right_form(cls: type[Layer], data: st.DataObject) -> None:
    case = data.draw(cases(cls))
    check_they_are_float32_of_the_right_shapes_and_change_nothing(case)
    inputs, weights = in_float64(case, batch=2)
    gradient, found = backward(case, inputs, weights)
    check_the_order_in_memory_does_not_matter(case, inputs, weights, gradient, found)
    for poked, got in zip(inputs, found.inputs, strict=True):
        places = pokes(poked.shape)
        wanted = [quotient(case, inputs, weights, gradient, poked, at) for at in places]
        np.testing.assert_allclose([got[at] for at in places], wanted, **TOLERANCE)
    for name, got in found.weights.items():
        places = pokes(weights[name].shape)
        wanted = [quotient(case, inputs, weights, gradient, weights[name], at) for at in places]
        np.testing.assert_allclose([got[at] for at in places], wanted, **TOLERANCE)


def check_they_are_float32_of_the_right_shapes_and_change_nothing(case: Case) -> None:
    inputs, weights = case.arrays(seed=1, batch=2), case.weights(seed=2)
    output = case.layer.forward(inputs, weights)
    gradient = np.random.default_rng(3).standard_normal(output.shape).astype(np.float32)
    kept = [array.copy() for array in (*inputs, output, gradient, *weights.values())]
    for array in (*inputs, output, gradient, *weights.values()):
        array.flags.writeable = False
    found = case.layer.backward(ForwardPass(inputs, output, gradient, weights))
    assert [array.shape for array in found.inputs] == [array.shape for array in inputs]
    trained = {name: spec.shape for name, spec in case.layer.weights(case.inputs).items() if spec.trainable}
    assert {name: array.shape for name, array in found.weights.items()} == trained
    assert {array.dtype for array in (*found.inputs, *found.weights.values())} == {np.dtype(np.float32)}
    for array, before in zip((*inputs, output, gradient, *weights.values()), kept, strict=True):
        np.testing.assert_array_equal(array, before)
    alone = case.layer.backward(ForwardPass(inputs, output, gradient, weights, for_weights=False))
    assert alone.weights == {}
    for one, other in zip(alone.inputs, found.inputs, strict=True):
        np.testing.assert_array_equal(one, other)


def check_the_order_in_memory_does_not_matter(
    case: Case, inputs: list[Array], weights: dict[str, Array], gradient: Array, found: Gradients
) -> None:
    turned = [np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1) for array in (*inputs, gradient)]
    output = case.layer.forward(turned[:-1], weights)
    again = case.layer.backward(ForwardPass(turned[:-1], output, turned[-1], weights))
    for one, other in zip(found.inputs, again.inputs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    for name, one in found.weights.items():
        np.testing.assert_allclose(one, again.weights[name], rtol=1e-9, atol=1e-9)


def without(case: Case, lost: set[str]) -> bool:
    """Whether the gradients are the same where the inputs or the output are forgotten."""
    inputs, weights = case.arrays(seed=1, batch=2), case.weights(seed=2)
    output = case.layer.forward(inputs, weights)
    gradient = np.random.default_rng(3).standard_normal(output.shape).astype(np.float32)
    blank = [np.full_like(array, np.nan) for array in inputs], np.full_like(output, np.nan)
    seen = blank[0] if "inputs" in lost else inputs, blank[1] if "output" in lost else output
    with np.errstate(all="ignore"):
        one, other = (case.layer.backward(ForwardPass(*given, gradient, weights)) for given in ((inputs, output), seen))
    pairs = zip((*one.inputs, *one.weights.values()), (*other.inputs, *other.weights.values()), strict=True)
    return all(np.array_equal(*pair) for pair in pairs)


@every_computing_layer
@for_each_kind(6)
@given(st.data())
def test_a_gradient_reads_nothing_but_what_the_layer_says(cls: type[Layer], data: st.DataObject) -> None:
    assert without(data.draw(cases(cls)), {"inputs", "output"} - set(cls.gradient_reads))


@every_computing_layer
def test_what_a_gradient_is_said_to_read_it_reads(cls: type[Layer]) -> None:
    for name in cls.gradient_reads:
        # Of a map that is smaller than its padding nothing may be read: any case in which it is will do.
        find(
            cases(cls),
            lambda case, name=name: not without(case, {name}),  # type: ignore[misc]
            settings=settings(max_examples=60, database=None, phases=[Phase.generate]),
        )


def test_a_source_has_no_derivative_and_says_why() -> None:
    image = np.zeros((1, 3, 4, 4), np.float32)
    layer = make_layer("image_input", shape=(3, 4, 4))
    with pytest.raises(NotDifferentiable, match="reads nothing"):
        layer.backward(ForwardPass([], image, image, {}))


# -- known by hand


def gradients(kind: str, x: Any, gradient: Any, weights: Any = None, **parameters: Any) -> Gradients:
    layer, inputs = make_layer(kind, **parameters), [np.asarray(x, np.float32)]
    given_weights = {name: np.asarray(array, np.float32) for name, array in (weights or {}).items()}
    output = layer.forward(inputs, given_weights)
    return layer.backward(
        ForwardPass(inputs, output, np.asarray(gradient, np.float32).reshape(output.shape), given_weights)
    )


def test_of_equal_values_the_first_wins() -> None:
    found = gradients("max_pool2d", np.ones((1, 1, 2, 4)), [[1, 2]])
    np.testing.assert_array_equal(found.inputs[0][0, 0], [[1, 0, 2, 0], [0, 0, 0, 0]])
    found = gradients("global_max_pool", [[[[0, 3], [3, 1]]]], [5])
    np.testing.assert_array_equal(found.inputs[0][0, 0], [[0, 5], [0, 0]])


def test_padding_never_wins_a_maximum_and_overlapping_windows_add_up() -> None:
    x = [[[[-3, -2, -9], [-5, -1, -7], [-8, -6, -4]]]]
    # Windows of 3×3 at stride 1 on the padded map: -1 is in all nine.
    found = gradients("max_pool2d", x, np.ones((3, 3)), kernel=3, stride=1, padding=1)
    np.testing.assert_array_equal(found.inputs[0][0, 0], [[0, 0, 0], [0, 9, 0], [0, 0, 0]])


def test_a_mean_that_counts_its_padding_gives_a_quarter_or_all() -> None:
    x = np.ones((1, 1, 2, 2))
    with_padding = gradients("avg_pool2d", x, np.ones((2, 2)), kernel=2, padding=1)
    np.testing.assert_array_equal(with_padding.inputs[0][0, 0], np.full((2, 2), 0.25))
    without = gradients("avg_pool2d", x, np.ones((2, 2)), kernel=2, padding=1, count_include_pad=False)
    np.testing.assert_array_equal(without.inputs[0][0, 0], np.ones((2, 2)))


def test_a_convolution_of_one_channel_by_hand() -> None:
    # y = [1·w0 + 2·w1, 2·w0 + 3·w1] with w = (10, 20) and gradient (1, -1).
    found = gradients(
        "conv2d", [[[[1, 2, 3]]]], [1, -1], {"weight": [[[[10, 20]]]], "bias": [0]}, filters=1, kernel=[1, 2]
    )
    np.testing.assert_array_equal(found.inputs[0].ravel(), [10, 20 - 10, -20])
    np.testing.assert_array_equal(found.weights["weight"].ravel(), [1 - 2, 2 - 3])
    np.testing.assert_array_equal(found.weights["bias"], [0])


def test_a_dense_layer_by_hand() -> None:
    found = gradients("dense", [[1, 2], [3, 4]], [[1], [10]], {"weight": [[5, 6]], "bias": [0]}, units=1)
    np.testing.assert_array_equal(found.inputs[0], [[5, 6], [50, 60]])
    np.testing.assert_array_equal(found.weights["weight"], [[31, 42]])
    np.testing.assert_array_equal(found.weights["bias"], [11])


def test_rows_through_a_dense_layer_share_its_weights() -> None:
    rows = gradients("dense", [[[1, 2], [3, 4]]], [[1], [10]], {"weight": [[5, 6]], "bias": [0]}, units=1)
    np.testing.assert_array_equal(rows.inputs[0], [[[5, 6], [50, 60]]])
    np.testing.assert_array_equal(rows.weights["weight"], [[31, 42]])
    np.testing.assert_array_equal(rows.weights["bias"], [11])


def test_batch_normalisation_by_hand() -> None:
    # Mean 1, variance 4 (and an epsilon that does not show): y = (x - 1) / 2 · 3 + b.
    tensors = {"weight": [3], "bias": [7], "running_mean": [1], "running_var": [4]}
    found = gradients("batch_norm", [[5], [3]], [[1], [2]], tensors, epsilon=1e-12)
    np.testing.assert_allclose(found.inputs[0], [[1.5], [3]])
    np.testing.assert_allclose(found.weights["weight"], [2 * 1 + 1 * 2])
    np.testing.assert_allclose(found.weights["bias"], [3])


def test_what_all_values_have_in_common_leaves_nothing_through_a_layer_norm() -> None:
    # Values 1 and 3 become -1 and 1 wherever they move together or apart: no gradient but that of scale and shift.
    tensors = {"weight": [2, 2], "bias": [0, 0]}
    found = gradients("layer_norm", [[1, 3]], [[5, 7]], tensors, epsilon=1e-12)
    np.testing.assert_allclose(found.inputs[0], [[0, 0]], atol=1e-6)
    np.testing.assert_allclose(found.weights["weight"], [-5, 7])
    np.testing.assert_allclose(found.weights["bias"], [5, 7])


@pytest.mark.parametrize(
    ("kind", "x", "slopes"),
    [
        ("relu", [-1, 0, 2], [0, 0, 1]),
        ("relu6", [-1, 0, 2, 6, 7], [0, 0, 1, 0, 0]),
        ("leaky_relu", [-1, 0, 2], [0.01, 0.01, 1]),
        ("sigmoid", [0], [0.25]),
        ("tanh", [0], [1]),
        ("dropout", [-1, 5], [1, 1]),
        ("elu", [-200, 2], [0, 1]),
        ("selu", [0, 2], [1.7580993, 1.0507010]),
        ("celu", [0, 2], [1, 1]),
        ("gelu", [-100, 0, 100], [0, 0.5, 1]),
        ("silu", [-100, 0, 100], [0, 0.5, 1]),
        ("mish", [-200, 0, 100], [0, 0.6, 1]),
        ("softplus", [0], [0.5]),
        ("softsign", [0, 1], [1, 0.25]),
        ("hard_sigmoid", [-3, 0, 3], [0, 1 / 6, 0]),
        ("hard_swish", [-4, 0, 3, 4], [0, 0.5, 1.5, 1]),
        ("hard_tanh", [-1, 0, 1], [0, 1, 0]),
        ("clip", [-1, 0, 1, 2], [0, 1, 1, 0]),
    ],
)
def test_slopes_of_the_non_linearities(kind: str, x: list[float], slopes: list[float]) -> None:
    found = gradients(kind, [x], np.ones((1, len(x))))
    np.testing.assert_allclose(found.inputs[0], [slopes], rtol=1e-6)


def test_softmax_hands_back_nothing_where_all_scores_rise_alike() -> None:
    found = gradients("softmax", [[1, 2, 3]], [[4, 4, 4]])
    np.testing.assert_allclose(found.inputs[0], np.zeros((1, 3)), atol=1e-6)


# -- large work


class Stopped(Exception):
    pass


@pytest.mark.parametrize(
    ("kind", "parameters", "shape"),
    [
        ("conv2d", {"filters": 64, "kernel": 3, "padding": 1}, (64, 112, 112)),
        ("conv2d", {"filters": 96, "kernel": 3, "padding": 1, "groups": 96}, (96, 112, 112)),
        ("conv_transpose2d", {"filters": 32, "kernel": 4, "stride": 2}, (32, 56, 56)),
        ("dense", {"units": 4096}, (9216,)),
        ("dense", {"units": 1024}, (512, 512)),
        ("max_pool2d", {"kernel": 3, "stride": 2}, (64, 112, 112)),
        ("max_pool2d", {"kernel": 3, "stride": 1}, (1, 1024, 1024)),
        ("avg_pool2d", {"kernel": 3, "stride": 2}, (64, 112, 112)),
        ("upsample2d", {"mode": "bilinear"}, (32, 112, 112)),
        ("global_avg_pool", {}, (64, 112, 112)),
        ("batch_norm", {}, (64, 112, 112)),
        ("layer_norm", {}, (64, 112, 112)),
        ("group_norm", {}, (64, 112, 112)),
        ("local_response_norm", {}, (64, 112, 112)),
        ("channel_scale", {}, (64, 112, 112)),
        ("relu", {}, (64, 112, 112)),
        ("softmax", {}, (64, 112, 112)),
    ],
)
def test_large_gradients_pass_checkpoints_that_stop_them(kind: str, parameters: Any, shape: tuple[int, ...]) -> None:
    layer = make_layer(kind, **parameters)
    case = Case(layer, (shape,), layer.output_shape([shape]))
    inputs, weights = case.arrays(seed=1), case.weights(seed=2)
    output = layer.forward(inputs, weights)
    told: list[float] = []
    with checkpoint_scope(told.append):
        layer.backward(ForwardPass(inputs, output, output, weights))
    assert told
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)

    def stop(fraction: float) -> None:
        raise Stopped

    with checkpoint_scope(stop), pytest.raises(Stopped):
        layer.backward(ForwardPass(inputs, output, output, weights))
