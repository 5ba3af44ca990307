"""Initial values have their distributions, and depend on seed, tensor and place alone."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from designer.initial_weights import random_values
from designer.initial_weights.random_values import PART, Stream, normal, uniform
from designer.kernels.arrays.memory import Array
from designer.kernels.runtime import threads
from designer.kernels.runtime.threads import checkpoint_scope

Draw = Callable[[int, float, Stream], Array]


def normal_function(x: Array) -> Array:
    return np.array([(1 + math.erf(value / math.sqrt(2))) / 2 for value in x])


def uniform_function(x: Array) -> Array:
    return (x + 1) / 2


@pytest.mark.parametrize(("draw", "function"), [(normal, normal_function), (uniform, uniform_function)])
def test_the_distribution_is_the_one_named(draw: Draw, function: Callable[[Array], Array]) -> None:
    count = 400_000
    values = np.sort(draw(count, 0.25, (3, 0)).astype(np.float64) / 0.25)
    steps = function(values[::100])
    # Kolmogorov and Smirnov: 1.95 / √n is passed once in a thousand draws, and the seed is fixed.
    assert np.abs(steps - np.arange(0, count, 100) / count).max() < 1.95 / math.sqrt(count)


def test_moments_of_the_normal_are_those_of_the_formula() -> None:
    values = normal(4_000_000, 1.0, (5, 1)).astype(np.float64)
    # Five sampling errors each: variances of x, x², x³, x⁴ are 1, 2, 15 and 96.
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((values**power).mean() - expected) < 5 * math.sqrt(variance / values.size)


def test_neighbours_and_streams_are_not_correlated() -> None:
    count = 300_000
    first = normal(count, 1.0, (1, 0)).astype(np.float64)
    for other in (np.roll(first, 1), np.roll(first, 4), normal(count, 1.0, (2, 0)), normal(count, 1.0, (1, 1))):
        assert abs((first * other).mean()) < 5 / math.sqrt(count)


@pytest.mark.parametrize("draw", [normal, uniform])
def test_more_values_begin_with_the_same_ones(draw: Draw) -> None:
    long = draw(3 * PART + 77, 1.0, (9, 0))
    for size in (0, 1, 3, 1000, PART - 1, PART, PART + 1, 2 * PART + 5):
        np.testing.assert_array_equal(draw(size, 1.0, (9, 0)), long[:size])


@pytest.mark.parametrize("draw", [normal, uniform])
def test_the_number_of_cores_and_parts_changes_nothing(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = draw(5 * PART, 1.0, (4, 2))
    monkeypatch.setattr(threads, "core_count", lambda: 1)
    np.testing.assert_array_equal(draw(5 * PART, 1.0, (4, 2)), expected)
    monkeypatch.setattr(random_values, "PART", PART // 32)
    np.testing.assert_array_equal(draw(5 * PART, 1.0, (4, 2)), expected)


def test_drawing_can_be_stopped_between_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "core_count", lambda: 1)

    class Cancelled(Exception):
        pass

    seen: list[float] = []

    def stop(fraction: float) -> None:
        seen.append(fraction)
        if len(seen) == 3:
            raise Cancelled

    with pytest.raises(Cancelled), checkpoint_scope(stop):
        normal(100 * PART, 1.0, (0, 0))
    assert seen == [0.01, 0.02, 0.03]
