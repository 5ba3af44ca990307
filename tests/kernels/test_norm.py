from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given

from designer.kernels import norm
from designer.kernels.epilogue import Epilogue
from designer.kernels.norm import batch_norm
from designer.kernels.runtime.threads import checkpoint_scope
from tests.kernels.loops import WindowCase, window_cases


@given(window_cases())
def test_batch_norm_is_its_definition(case: WindowCase) -> None:
    x = case.values(case.batch, 3, *case.spatial)
    weight, bias, mean, scale = (case.values(3, salt=salt) for salt in range(1, 5))
    variance = scale**2
    result = batch_norm(x, weight, bias, mean, variance, epsilon=1e-5)
    for image, channel, *cell in np.ndindex(*x.shape):
        centred = (x[(image, channel, *cell)] - mean[channel]) / math.sqrt(variance[channel] + 1e-5)
        expected = centred * weight[channel] + bias[channel]
        assert result[(image, channel, *cell)] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_fresh_statistics_change_nothing_but_epsilon() -> None:
    x = np.random.default_rng(0).standard_normal((2, 4, 5, 5)).astype(np.float32)
    x.flags.writeable = False
    ones, zeros = np.ones(4, np.float32), np.zeros(4, np.float32)
    result = batch_norm(x, ones, zeros, zeros, ones, epsilon=1e-5)
    assert result.dtype == np.float32
    assert not np.may_share_memory(result, x)
    np.testing.assert_allclose(result, x / math.sqrt(1 + 1e-5), rtol=1e-6)


def test_works_on_the_output_of_a_dense_layer() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    ones = np.ones(2)
    np.testing.assert_allclose(batch_norm(x, ones, ones, ones, ones, epsilon=0.0), [[1.0, 2.0], [3.0, 4.0]])


def test_a_long_vector_is_scaled_in_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(norm, "VECTOR_VALUES", 4)
    x, weight, bias, mean = np.random.default_rng(1).standard_normal((4, 11))
    told: list[float] = []
    with checkpoint_scope(told.append):
        result = batch_norm(x[np.newaxis], weight, bias, mean, np.full(11, 4.0), epsilon=0.0)
    np.testing.assert_allclose(result[0], (x - mean) / 2 * weight + bias)
    assert told[-1] == 1
    kernel, residual = norm.ScaleShift(weight, bias), np.full((1, 11), -0.5)
    result = kernel.run(x[np.newaxis], epilogue=Epilogue(low=0.0, residual=residual))
    np.testing.assert_allclose(result[0], [max(0.0, value) for value in x * weight + bias - 0.5])


def test_a_variance_below_zero_gives_no_number_and_no_warning() -> None:
    ones = np.ones(2)
    result = batch_norm(np.ones((1, 2, 3)), ones, ones, ones, np.array([1.0, -1.0]), epsilon=1e-5)
    assert np.isfinite(result[0, 0]).all()
    assert np.isnan(result[0, 1]).all()
