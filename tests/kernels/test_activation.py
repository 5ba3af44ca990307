from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from designer.kernels import activation
from designer.kernels.activation import leaky_relu, log_softmax, relu, sigmoid, softmax, tanh
from designer.kernels.runtime.threads import checkpoint_scope
from tests.kernels.loops import Array

VALUES = [-800.0, -30.0, -2.5, -1e-3, -0.0, 0.0, 1e-3, 0.5, 3.0, 40.0, 800.0]


def stable_sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


ELEMENTWISE: list[tuple[Callable[[Array], Array], Callable[[float], float]]] = [
    (relu, lambda value: max(value, 0.0)),
    (lambda x: leaky_relu(x, 0.1), lambda value: value if value > 0 else 0.1 * value),
    (sigmoid, stable_sigmoid),
    (tanh, math.tanh),
]


@pytest.mark.parametrize(("kernel", "formula"), ELEMENTWISE, ids=["relu", "leaky_relu", "sigmoid", "tanh"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-15), (np.float32, 1e-6)])
def test_elementwise_kernels_are_their_formula(
    kernel: Callable[[Array], Array], formula: Callable[[float], float], dtype: type, tolerance: float
) -> None:
    x = np.array(VALUES, dtype).reshape(1, 1, -1)
    x.flags.writeable = False
    result = kernel(x)
    assert result.dtype == dtype
    assert not np.may_share_memory(result, x)
    np.testing.assert_allclose(result.ravel(), list(map(formula, VALUES)), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("kernel", "formula"), ELEMENTWISE, ids=["relu", "leaky_relu", "sigmoid", "tanh"])
def test_large_and_noncontiguous_arrays_keep_their_order(
    kernel: Callable[[Array], Array], formula: Callable[[float], float]
) -> None:
    x = np.random.default_rng(2).standard_normal((400, 500)).T
    seen: list[float] = []
    with checkpoint_scope(seen.append):
        result = kernel(x)
    assert seen[-1] == 1.0
    for row, column in [(0, 0), (499, 399), (17, 250), (499, 0)]:
        assert result[row, column] == pytest.approx(formula(x[row, column]))


def test_a_negative_slope_above_one_is_still_the_formula() -> None:
    np.testing.assert_array_equal(leaky_relu(np.array([-2.0, 2.0]), 3.0), [-6.0, 2.0])


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_softmax_is_its_definition(axis: int) -> None:
    x = np.random.default_rng(4).standard_normal((2, 3, 4))
    result = softmax(x, axis)
    for index in np.ndindex(*x.shape):
        run = np.moveaxis(x, axis, -1)[tuple(np.delete(index, axis))]
        expected = math.exp(x[index]) / sum(map(math.exp, run))
        assert result[index] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("shape", [(2, 7), (2, 5, 3), (2, 4, 3, 2), (1, 3, 2, 2, 2)])
def test_softmax_of_rows_that_are_cut_is_the_same(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(5).standard_normal(shape)
    x[0, 0] = 800
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    monkeypatch.setattr(activation, "LONG_ROW", 4)
    told: list[float] = []
    with checkpoint_scope(told.append):
        np.testing.assert_allclose(softmax(x), expected, rtol=1e-12)
        np.testing.assert_allclose(softmax(x, out=x), expected, rtol=1e-12)
    assert len(told) > 2 * 4
    assert sorted(told[: len(told) // 2]) == told[: len(told) // 2]


@pytest.mark.parametrize("shape", [(2, 7), (2, 5, 3), (1, 3, 2, 2, 2)])
def test_log_softmax_of_rows_that_are_cut_is_the_same(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(5).standard_normal(shape)
    x[0, 0] = 800
    moved = x - x.max(axis=1, keepdims=True)
    expected = moved - np.log(np.exp(moved).sum(axis=1, keepdims=True))
    monkeypatch.setattr(activation, "LONG_ROW", 4)
    told: list[float] = []
    with checkpoint_scope(told.append):
        np.testing.assert_allclose(log_softmax(x), expected, rtol=1e-12)
    assert len(told) > 4
    assert told == sorted(told)
    np.testing.assert_allclose(log_softmax(x, out=x), expected, rtol=1e-12)


def test_softmax_of_huge_scores_neither_overflows_nor_loses_its_sum() -> None:
    x = np.array([[1e4, 1e4, -1e4]], np.float32)
    x.flags.writeable = False
    result = softmax(x)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, [[0.5, 0.5, 0.0]])


def test_infinite_and_missing_values_pass_without_a_warning() -> None:
    x = np.array([[-np.inf, 1.0, np.inf, np.nan]])
    np.testing.assert_array_equal(relu(x), [[0.0, 1.0, np.inf, np.nan]])
    np.testing.assert_array_equal(leaky_relu(x, 0.0), [[0.0, 1.0, np.inf, np.nan]])
    np.testing.assert_array_equal(leaky_relu(x, 0.5), [[-np.inf, 1.0, np.inf, np.nan]])
    np.testing.assert_array_equal(sigmoid(x)[0, [0, 2, 3]], [0.0, 1.0, np.nan])
    assert np.isnan(softmax(x)).all()
