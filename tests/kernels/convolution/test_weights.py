"""What is made of weights is made once for the same ones, and of no others."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pytest

from designer.kernels.arrays.memory import Array
from designer.kernels.convolution.weights import Derived, DerivedWeights, derived, sharing, weight_rows


@pytest.fixture(autouse=True)
def memo() -> Iterator[None]:
    with sharing(DerivedWeights()):
        yield


def weights(value: float, writeable: bool = False) -> Array:
    array = np.full((3, 2, 1, 1), value)
    array.flags.writeable = writeable
    return array


def doubled(array: Array, made: list[float]) -> Derived:
    def make() -> Array:
        made.append(float(array.flat[0]))
        return array * 2

    return derived("doubled", (array,), make)


def test_the_same_weights_are_made_once_while_somebody_has_them() -> None:
    made: list[float] = []
    array = weights(1.0)
    first = doubled(array, made)
    assert doubled(array, made) is first
    assert derived("other", (array,), lambda: array * 3) is not first
    assert made == [1.0]
    del first
    gc.collect()
    assert (doubled(array, made).values == 2).all()
    assert made == [1.0, 1.0]


def test_other_weights_in_the_same_place_are_others() -> None:
    made: list[float] = []
    kept = []
    for number in range(20):
        array = weights(float(number))
        kept.append(doubled(array, made))
        assert (kept[-1].values == 2 * number).all()
        del array
    assert made == list(range(20))


def test_weights_that_may_change_are_made_every_time() -> None:
    made: list[float] = []
    array = weights(1.0, writeable=True)
    first = doubled(array, made)
    array[...] = 5.0
    assert (doubled(array, made).values == 10).all()
    assert (first.values == 2).all()


def test_rows_depend_on_the_bias_too() -> None:
    array, bias, other = weights(1.0), np.arange(3.0), np.ones(3)
    for vector in (bias, other):
        vector.flags.writeable = False
    rows = weight_rows(array, bias)
    assert weight_rows(array, bias) is rows
    assert np.array_equal(rows.values, [[1, 1, 1], [1, 1, 1], [0, 1, 2]])
    assert np.array_equal(weight_rows(array, other).values[-1], [1, 1, 1])
    assert weight_rows(array).values.shape == (2, 3)


def test_what_was_made_with_one_memo_is_not_taken_with_another() -> None:
    made: list[float] = []
    array = weights(1.0)
    first = doubled(array, made)
    with sharing(DerivedWeights()):
        assert doubled(array, made) is not first
    assert doubled(array, made) is first
