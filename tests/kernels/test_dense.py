from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.kernels import dense as dense_module
from designer.kernels.dense import dense
from designer.kernels.runtime.threads import checkpoint_scope


@given(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9), st.booleans(), st.integers(0, 2**32 - 1))
def test_dense_is_its_definition(images: int, features: int, units: int, with_bias: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, weight = rng.standard_normal((images, features)), rng.standard_normal((units, features))
    bias = rng.standard_normal(units) if with_bias else None
    expected = np.zeros((images, units))
    for image in range(images):
        for unit in range(units):
            terms = [x[image, f] * weight[unit, f] for f in range(features)]
            expected[image, unit] = sum(terms) + (0.0 if bias is None else bias[unit])
    np.testing.assert_allclose(dense(x, weight, bias), expected, atol=1e-12)


@pytest.mark.parametrize("last_first", [False, True], ids=["in order", "rows adjacent"])
def test_rows_of_images_are_images_of_their_own(monkeypatch: pytest.MonkeyPatch, last_first: bool) -> None:
    rng = np.random.default_rng(6)
    x, weight = rng.integers(-9, 9, (2, 5, 40)).astype(np.float32), rng.integers(-9, 9, (30, 40)).astype(np.float32)
    bias = rng.integers(-9, 9, 30).astype(np.float32)
    expected = np.stack([dense(image, weight, bias) for image in x])
    monkeypatch.setattr(dense_module, "TILE_BYTES", 7 * 40 * 4)
    out = np.full((2, 30, 5), np.nan, np.float32).swapaxes(1, 2) if last_first else None
    given = np.ascontiguousarray(x.swapaxes(1, 2)).swapaxes(1, 2) if last_first else x
    np.testing.assert_array_equal(dense(given, weight, bias, out), expected)
    assert out is None or np.array_equal(out, expected)


def test_row_blocks_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    x = rng.integers(-9, 9, (3, 40)).astype(np.float32)
    weight = rng.integers(-9, 9, (101, 40)).astype(np.float32)
    bias = rng.integers(-9, 9, 101).astype(np.float32)
    monkeypatch.setattr(dense_module, "TILE_BYTES", 7 * 40 * 4)
    seen: list[float] = []
    with checkpoint_scope(seen.append):
        result = dense(x, weight, bias)
    assert result.dtype == np.float32
    assert seen[-1] == 1.0
    # Small whole numbers: float32 sums are exact in any order.
    np.testing.assert_array_equal(result, np.einsum("nf,of->no", x, weight) + bias)


@pytest.mark.parametrize("x", [(1, 5), (4,), (1, 4, 1), (1, 1, 1, 4)])
def test_shapes_that_do_not_belong_together_are_refused(x: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="wanted"):
        dense(np.zeros(x), np.zeros((3, 4)))
