"""Normalisation by the values themselves, against the formula written out in float64."""

from __future__ import annotations

import numpy as np
import pytest

from designer.kernels import normalise
from designer.kernels.arrays.channels_last import empty_channels_last
from designer.kernels.arrays.memory import Array

RANDOM = np.random.default_rng(0)


def by_formula(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    wide = x.astype(np.float64)
    mean = wide.mean(axis=axes, keepdims=True)
    return np.asarray((wide - mean) / np.sqrt(((wide - mean) ** 2).mean(axis=axes, keepdims=True) + epsilon))


@pytest.mark.parametrize("axes", [(1,), (2, 3), (1, 2, 3), (1, 3), (3,)])
@pytest.mark.parametrize("adjacent", [False, True], ids=["channels first", "channels last"])
def test_mean_0_and_variance_1_along_the_axes(axes: tuple[int, ...], adjacent: bool) -> None:
    x = RANDOM.normal(3, 5, (2, 6, 40, 50)).astype(np.float32)
    laid = x
    if adjacent:
        laid = empty_channels_last(x.shape, x.dtype)
        laid[...] = x
    wanted = by_formula(x, axes, 1e-3)
    np.testing.assert_allclose(normalise.standardise(laid, axes, 1e-3), wanted, rtol=1e-5, atol=1e-5)
    written = normalise.standardise(laid, axes, 1e-3, out=laid)
    assert written is laid
    np.testing.assert_allclose(laid, wanted, rtol=1e-5, atol=1e-5)


def test_rows_that_are_more_than_a_tile_are_normalised_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "LONG_ROW", 1000)
    monkeypatch.setattr(normalise, "TILE_BYTES", 400)
    x = RANDOM.normal(-2, 3, (2, 4, 30, 31)).astype(np.float32)
    scale, shift = RANDOM.normal(size=(2, 1, 4, 1, 1)).astype(np.float32)
    found = normalise.standardise(x, (1, 2, 3), 1e-2, scale, shift)
    np.testing.assert_allclose(found, by_formula(x, (1, 2, 3), 1e-2) * scale + shift, rtol=1e-4, atol=1e-5)


def test_two_values_become_minus_one_and_one_whatever_they_are() -> None:
    found = normalise.standardise(np.array([[5, 9]], np.float32), (1,), 1e-12)
    np.testing.assert_allclose(found, [[-1, 1]])
    # Equal values stay equal: 0, not a division by zero.
    np.testing.assert_array_equal(normalise.standardise(np.full((1, 2), 7, np.float32), (1,), 1e-30), [[0, 0]])


@pytest.mark.parametrize("size", [1, 3, 5, 41])
@pytest.mark.parametrize("beta", [0.75, 0.5])
def test_each_value_is_divided_by_what_its_neighbour_channels_have(size: int, beta: float) -> None:
    x = RANDOM.normal(0, 2, (2, 25, 3)).astype(np.float32)
    wanted = np.empty(x.shape)
    for channel in range(25):
        near = x[:, max(0, channel - size // 2) : channel + size // 2 + 1].astype(np.float64)
        wanted[:, channel] = x[:, channel] / (2 + 0.3 / size * (near**2).sum(axis=1)) ** beta
    found = normalise.local_response(x, size, 0.3, beta, 2)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
