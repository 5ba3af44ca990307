from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.kernels import resample
from designer.kernels.resample import upsample_linear, upsample_nearest, zero_pad
from tests.kernels.loops import Array, WindowCase, window_cases


@pytest.fixture(scope="module", autouse=True, params=[1 << 20, 1 << 6], ids=["whole", "tiles"])
def tile(request: pytest.FixtureRequest) -> Iterator[None]:
    """Once in one piece, once cut into tiles of eight values."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resample, "TILE_BYTES", request.param)
        yield


@st.composite
def scaled_cases(draw: st.DrawFn) -> tuple[Array, tuple[int, ...]]:
    case = draw(window_cases(largest=4, padded=False, dilated=False))
    scale = tuple(draw(st.integers(1, 4)) for _ in case.spatial)
    x = case.values(case.batch, draw(st.integers(1, 3)), *case.spatial)
    return draw(st.sampled_from([x, in_order_of_the_engine(x)])), scale


def in_order_of_the_engine(x: Array) -> Array:
    """The same values, channels adjacent in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


def room_for(x: Array, shape: tuple[int, ...], way: str) -> Array | None:
    """Where the result is to be written: anywhere, in the engine's order, or in a part of a join of maps."""
    if way == "new":
        return None
    out = in_order_of_the_engine(np.full((shape[0], shape[1] + 2, *shape[2:]), np.nan, x.dtype))
    return out[:, 1:-1] if way == "part" else in_order_of_the_engine(np.full(shape, np.nan, x.dtype))


ways = st.sampled_from(["new", "engine", "part"])


def grown(x: Array, scale: tuple[int, ...]) -> tuple[int, ...]:
    return (*x.shape[:2], *(n * s for n, s in zip(x.shape[2:], scale, strict=True)))


@given(scaled_cases(), ways)
def test_nearest_repeats_every_cell(case: tuple[Array, tuple[int, ...]], way: str) -> None:
    x, scale = case
    result = upsample_nearest(x, scale, room_for(x, grown(x, scale), way))
    assert result.shape == (*x.shape[:2], *(n * s for n, s in zip(x.shape[2:], scale, strict=True)))
    for image, channel, *cell in np.ndindex(*result.shape):
        source = tuple(at // s for at, s in zip(cell, scale, strict=True))
        assert result[(image, channel, *cell)] == x[(image, channel, *source)]


def interpolated(x: Array, place: tuple[float, ...]) -> float:
    """Blend the corners around a place, one axis after the other; outside, the border value holds."""
    if not place:
        return float(x)
    at = min(max(place[0], 0.0), x.shape[0] - 1.0)
    low = min(math.floor(at), x.shape[0] - 1)
    high = min(low + 1, x.shape[0] - 1)
    share = at - low
    return (1 - share) * interpolated(x[low], place[1:]) + share * interpolated(x[high], place[1:])


@given(scaled_cases(), ways)
def test_linear_blends_the_cells_around_each_centre(case: tuple[Array, tuple[int, ...]], way: str) -> None:
    x, scale = case
    result = upsample_linear(x, scale, room_for(x, grown(x, scale), way))
    for image, channel, *cell in np.ndindex(*result.shape):
        place = tuple((at + 0.5) / s - 0.5 for at, s in zip(cell, scale, strict=True))
        assert result[(image, channel, *cell)] == pytest.approx(interpolated(x[image, channel], place), abs=1e-12)


def test_linear_by_two_as_pytorch_documents_it() -> None:
    # The example of torch.nn.Upsample(scale_factor=2, mode="bilinear") on [[1, 2], [3, 4]].
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]]]], np.float32)
    result = upsample_linear(x, (2, 2))
    assert result.dtype == np.float32
    np.testing.assert_array_equal(
        result[0, 0],
        [[1.0, 1.25, 1.75, 2.0], [1.5, 1.75, 2.25, 2.5], [2.5, 2.75, 3.25, 3.5], [3.0, 3.25, 3.75, 4.0]],
    )


@given(window_cases(), ways)
def test_zero_pad_puts_each_side_its_own_zeros(case: WindowCase, way: str) -> None:
    x = case.values(case.batch, 2, *case.spatial)
    shape = (*x.shape[:2], *(n + sum(pair) for n, pair in zip(case.spatial, case.padding, strict=True)))
    result = zero_pad(x, case.padding, room_for(x, shape, way))
    middle = tuple(slice(before, before + size) for (before, _), size in zip(case.padding, case.spatial, strict=True))
    np.testing.assert_array_equal(result[(..., *middle)], x)
    assert result.shape[2:] == tuple(n + sum(pair) for n, pair in zip(case.spatial, case.padding, strict=True))
    assert np.count_nonzero(result) == np.count_nonzero(x)


@pytest.mark.parametrize(
    ("grow", "shape"),
    [
        (lambda x: upsample_linear(x, (2, 2)), (1, 1, 1024, 1024)),
        (lambda x: upsample_linear(x, (1, 2)), (1, 4, 1, 1 << 19)),
        (lambda x: upsample_nearest(x, (8, 8)), (1, 1024, 8, 8)),
        (lambda x: upsample_nearest(x, (1, 2)), (1, 4, 1, 1 << 19)),
        (lambda x: zero_pad(x, [(1, 1), (1, 1)]), (1, 4, 1, 1 << 20)),
    ],
)
def test_no_tile_is_much_larger_than_asked_whatever_is_large(
    grow: Callable[[Array], Array], shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    monkeypatch.setattr(resample, "run_tiles", lambda _work, count, _workers: counts.append(count))
    for x in (np.zeros(shape, np.float32), in_order_of_the_engine(np.zeros(shape, np.float32))):
        bytes_grown = grow(x).nbytes
        assert counts.pop() >= bytes_grown / (2 * (1 << 20))


def test_results_are_fresh_even_when_nothing_grows() -> None:
    x = np.ones((1, 1, 2, 2), np.float32)
    x.flags.writeable = False
    for result in (upsample_nearest(x, (1, 1)), upsample_linear(x, (1, 1)), zero_pad(x, [(0, 0), (0, 0)])):
        assert not np.may_share_memory(result, x)
        np.testing.assert_array_equal(result, x)


def test_a_wrong_number_of_factors_is_refused() -> None:
    with pytest.raises(ValueError, match="1 scale factors for 2 spatial axes"):
        upsample_nearest(np.ones((1, 1, 2, 2)), (2,))
