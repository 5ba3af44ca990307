from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.kernels.adaptive_pool import adaptive_average_pool
from designer.kernels.arrays import tiles as blocks
from designer.kernels.global_pool import global_average_pool, global_max_pool
from designer.kernels.pool import average_pool, max_pool
from tests.kernels.loops import Array, WindowCase, floor_sizes, window_cases


def ceil_sizes(case: WindowCase) -> tuple[int, ...]:
    """Walk until a window reaches the far edge; the last one is dropped if it starts in the far padding."""
    sizes = []
    for axis in range(case.rank):
        starts = [0]
        while starts[-1] < case.room(axis):
            starts.append(starts[-1] + case.stride[axis])
        if starts[-1] >= case.spatial[axis] + case.padding[axis][0]:
            starts.pop()
        sizes.append(len(starts))
    return tuple(sizes)


def window_cells(case: WindowCase, cell: tuple[int, ...]) -> list[list[int]]:
    """The input coordinates under a window, per axis, those outside of the image included."""
    return [
        [at * s - pad[0] + tap * d for tap in range(k)]
        for at, s, pad, k, d in zip(cell, case.stride, case.padding, case.kernel, case.dilation, strict=True)
    ]


def inside(case: WindowCase, places: list[list[int]]) -> list[list[int]]:
    return [[at for at in axis if 0 <= at < size] for axis, size in zip(places, case.spatial, strict=True)]


def max_pool_loops(x: Array, case: WindowCase, sizes: tuple[int, ...]) -> Array:
    out = np.full((*x.shape[:2], *sizes), -np.inf)
    for cell in np.ndindex(*sizes):
        places = inside(case, window_cells(case, cell))
        if all(places):
            out[(..., *cell)] = x[(..., *np.ix_(*places))].reshape(*x.shape[:2], -1).max(axis=-1)
    return out


def average_pool_loops(x: Array, case: WindowCase, sizes: tuple[int, ...], count_include_pad: bool) -> Array:
    """The rule of PyTorch's AvgPoolKernel.cpp, cell by cell."""
    out = np.zeros((*x.shape[:2], *sizes))
    for cell in np.ndindex(*sizes):
        places = window_cells(case, cell)
        in_image = inside(case, places)
        counted = in_image
        if count_include_pad:
            counted = [
                [at for at in axis if at < size + pad[1]]
                for axis, size, pad in zip(places, case.spatial, case.padding, strict=True)
            ]
        if all(in_image):
            total = x[(..., *np.ix_(*in_image))].reshape(*x.shape[:2], -1).sum(axis=-1)
            out[(..., *cell)] = total / np.prod([len(axis) for axis in counted])
    return out


@given(window_cases(), st.booleans())
def test_max_pooling_is_its_definition(case: WindowCase, ceil_mode: bool) -> None:
    x = case.values(case.batch, 3, *case.spatial) - 5.0  # all negative: a padding of 0 would win
    result = max_pool(
        x, case.kernel, stride=case.stride, padding=case.padding, dilation=case.dilation, ceil_mode=ceil_mode
    )
    sizes = ceil_sizes(case) if ceil_mode else floor_sizes(case)
    np.testing.assert_array_equal(result, max_pool_loops(x, case, sizes))


@given(window_cases(dilated=False), st.booleans(), st.booleans())
def test_average_pooling_is_its_definition(case: WindowCase, ceil_mode: bool, include_pad: bool) -> None:
    x = case.values(case.batch, 3, *case.spatial)
    result = average_pool(
        x,
        case.kernel,
        stride=case.stride,
        padding=case.padding,
        ceil_mode=ceil_mode,
        count_include_pad=include_pad,
    )
    sizes = ceil_sizes(case) if ceil_mode else floor_sizes(case)
    np.testing.assert_allclose(result, average_pool_loops(x, case, sizes, include_pad), atol=1e-12)


def test_an_overhanging_window_is_divided_by_its_cells_inside_the_padded_image() -> None:
    # 3 cells, K2 S2, ceil: the second window holds cell 2 and overhangs; PyTorch gives 3.0, not 1.5.
    x = np.array([[[1.0, 2.0, 3.0]]])
    result = average_pool(x, (2,), stride=(2,), padding=((0, 0),), ceil_mode=True)
    np.testing.assert_array_equal(result, [[[1.5, 3.0]]])


@pytest.mark.parametrize(("ceil_mode", "expected"), [(False, 32), (True, 33)])
def test_64_cells_by_3_stride_2_padding_1(ceil_mode: bool, expected: int) -> None:
    x = np.zeros((1, 2, 64, 64), np.float32)
    options: dict[str, Any] = {"stride": (2, 2), "padding": ((1, 1), (1, 1)), "ceil_mode": ceil_mode}
    assert max_pool(x, (3, 3), **options).shape == (1, 2, expected, expected)
    assert average_pool(x, (3, 3), **options).shape == (1, 2, expected, expected)


@given(window_cases())
def test_global_pooling_reduces_every_channel_to_one_cell(case: WindowCase) -> None:
    x = case.values(case.batch, 3, *case.spatial)
    flat = x.reshape(case.batch, 3, -1)
    ones = (1,) * case.rank
    expected = [[sum(cells) / len(cells) for cells in image] for image in flat.tolist()]
    np.testing.assert_allclose(global_average_pool(x), np.reshape(expected, (case.batch, 3, *ones)), atol=1e-12)
    expected = [[max(cells) for cells in image] for image in flat.tolist()]
    np.testing.assert_array_equal(global_max_pool(x), np.reshape(expected, (case.batch, 3, *ones)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_the_input_untouched(dtype: type) -> None:
    x = np.random.default_rng(1).standard_normal((2, 700, 40, 40)).astype(dtype)
    x.flags.writeable = False
    before = x.copy()
    options: dict[str, Any] = {"stride": (1, 1), "padding": ((0, 0), (0, 0))}
    results = [
        max_pool(x, (1, 1), **options),
        average_pool(x, (1, 1), **options),
        max_pool(x, (3, 2), **options),
        average_pool(x, (3, 2), **options),
        global_average_pool(x),
        global_max_pool(x),
    ]
    assert blocks.channel_blocks(x) != [(0, slice(0, 700)), (1, slice(0, 700))]  # more than one tile per image
    for result in results:
        assert result.dtype == dtype
        assert not np.may_share_memory(result, x)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(results[0], before)


def test_a_window_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        max_pool(np.zeros((1, 1, 3, 3)), (4, 4), stride=(1, 1), padding=((0, 0), (0, 0)))


def adaptive_loops(x: Array, output: tuple[int, ...]) -> Array:
    """The rule of PyTorch's AdaptiveAveragePooling.cpp, cell by cell."""
    out = np.zeros((*x.shape[:2], *output))
    for cell in np.ndindex(*output):
        axes = list(zip(cell, x.shape[2:], output, strict=True))
        runs = [slice(at * size // count, -(-(at + 1) * size // count)) for at, size, count in axes]
        out[(..., *cell)] = x[(..., *runs)].reshape(*x.shape[:2], -1).mean(axis=-1)
    return out


def in_order(x: Array, channels_adjacent: bool) -> Array:
    return np.moveaxis(np.moveaxis(x, 1, -1).copy(), -1, 1) if channels_adjacent else x


@given(window_cases(), st.booleans(), st.data())
def test_adaptive_pooling_is_its_definition(case: WindowCase, channels_adjacent: bool, data: st.DataObject) -> None:
    x = in_order(case.values(case.batch, 3, *case.spatial), channels_adjacent)
    output = tuple(data.draw(st.integers(1, 9)) for _axis in case.spatial)
    np.testing.assert_allclose(adaptive_average_pool(x, output), adaptive_loops(x, output), atol=1e-12)


@pytest.mark.parametrize("channels_adjacent", [False, True])
@pytest.mark.parametrize(
    ("shape", "output"), [((2, 5, 300, 211), (7, 6)), ((1, 70, 61, 53), (47, 40)), ((1, 2, 40, 30), (300, 200))]
)
def test_adaptive_pooling_in_tiles_is_its_definition(
    shape: tuple[int, ...], output: tuple[int, ...], channels_adjacent: bool
) -> None:
    x = in_order(np.random.default_rng(2).standard_normal(shape).astype(np.float32), channels_adjacent)
    before = x.copy()
    result = adaptive_average_pool(x, output)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, adaptive_loops(x.astype(np.float64), output), atol=1e-6)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("channels_adjacent", [False, True])
def test_an_infinite_value_stays_in_its_windows(channels_adjacent: bool) -> None:
    x = np.zeros((1, 1, 1, 9), np.float32)
    x[..., 4] = np.inf
    result = adaptive_average_pool(in_order(x, channels_adjacent), (1, 7))
    # Cell 4 is in the fourth window alone, that of the cells 3 to 5.
    np.testing.assert_array_equal(result.ravel(), [0, 0, 0, np.inf, 0, 0, 0])
