from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.kernels.arrays.windows import output_size, pad, padded_patch, same_padding, sliding_windows
from tests.kernels.loops import WindowCase, floor_sizes, window_cases, window_of


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "expected"),
    [
        (4, 3, 1, (0, 0), 2),
        (5, 3, 1, (1, 1), 5),
        (32, 5, 1, (0, 0), 28),
        (32, 5, 1, (2, 2), 32),
        (227, 11, 4, (0, 0), 55),
        (224, 7, 2, (3, 3), 112),
        (64, 3, 2, (1, 1), 32),
        (3, 5, 1, (0, 0), -1),
        (4, 5, 1, (0, 0), 0),
    ],
)
def test_output_size_of_the_worked_examples(
    size: int, kernel: int, stride: int, padding: tuple[int, int], expected: int
) -> None:
    assert output_size(size, kernel, stride, padding) == expected


def test_pooling_64_cells_by_3_stride_2_padding_1_floors_to_32_and_ceils_to_33() -> None:
    assert output_size(64, 3, 2, (1, 1)) == 32
    assert output_size(64, 3, 2, (1, 1), ceil_mode=True) == 33


def test_ceil_mode_drops_a_window_that_starts_in_the_far_padding() -> None:
    # 4 cells, K2 S3 P1: starts at -1, 2 and 5; the last lies behind cell 3, in the padding.
    assert output_size(4, 2, 3, (1, 1), ceil_mode=True) == 2
    # 3 cells, K1 S2 P1 (padded 5): starts at -1, 1, 3: floor keeps all three, ceil drops the last.
    assert output_size(3, 1, 2, (1, 1)) == 3
    assert output_size(3, 1, 2, (1, 1), ceil_mode=True) == 2


def test_a_window_that_does_not_fit_gives_no_cell_with_ceil_mode_either() -> None:
    assert output_size(3, 6, 4, ceil_mode=True) <= 0


@given(window_cases())
def test_output_size_counts_the_places_where_the_window_fits(case: WindowCase) -> None:
    sizes = tuple(
        output_size(*axis)
        for axis in zip(case.spatial, case.kernel, case.stride, case.padding, case.dilation, strict=True)
    )
    assert sizes == floor_sizes(case)


@given(st.integers(1, 40), st.integers(1, 7), st.integers(1, 5), st.integers(1, 3))
def test_same_padding_gives_the_ceiling_and_pads_the_far_side_more(
    size: int, kernel: int, stride: int, dilation: int
) -> None:
    before, after = same_padding(size, kernel, stride, dilation)
    assert after - before in {0, 1}
    assert before >= 0
    if (before, after) == (0, 0) and stride > kernel:
        return  # the window jumps over cells, so there is nothing to pad; see the next assertion otherwise
    assert output_size(size, kernel, stride, (before, after), dilation) == -(-size // stride)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "expected"),
    # tf.nn.conv2d, padding="SAME": 224 by 3 stride 2 pads (0, 1); 224 by 7 stride 2 pads (2, 3).
    [(224, 3, 2, (0, 1)), (224, 7, 2, (2, 3)), (5, 3, 1, (1, 1)), (5, 2, 1, (0, 1)), (6, 1, 2, (0, 0))],
)
def test_same_padding_of_known_layers(size: int, kernel: int, stride: int, expected: tuple[int, int]) -> None:
    assert same_padding(size, kernel, stride, 1) == expected


@given(window_cases(), st.floats(-2, 2))
def test_pad_agrees_with_numpy_and_returns_a_fresh_array(case: WindowCase, value: float) -> None:
    x = case.values(case.batch, 2, *case.spatial)
    result = pad(x, case.padding, value)
    np.testing.assert_array_equal(result, np.pad(x, [(0, 0), (0, 0), *case.padding], constant_values=value))
    assert not np.may_share_memory(result, x)


def test_pad_refuses_a_wrong_number_of_pairs() -> None:
    with pytest.raises(ValueError, match="1 padding pairs for 2 spatial axes"):
        pad(np.zeros((1, 1, 3, 3)), [(1, 1)])


@given(st.integers(-4, 8), st.integers(0, 6), st.integers(1, 4))
def test_patch_reads_zero_outside_wherever_it_lies(start: int, length: int, size: int) -> None:
    x = np.arange(1.0, size + 1).reshape(1, 1, size)
    expected = [x[0, 0, at] if 0 <= at < size else 0.0 for at in range(start, start + length)]
    assert padded_patch(x, [start], [start + length])[0, 0].tolist() == expected


@given(window_cases(padded=False))
def test_sliding_windows_show_what_every_output_cell_sees(case: WindowCase) -> None:
    x = case.values(case.batch, 2, *case.spatial)
    windows = sliding_windows(x, case.kernel, case.stride, case.dilation)
    assert windows.shape == (case.batch, 2, *floor_sizes(case), *case.kernel)
    for cell in np.ndindex(*floor_sizes(case)):
        np.testing.assert_array_equal(
            windows[(..., *cell, *(slice(None),) * case.rank)], x[(..., *window_of(case, cell))]
        )


def test_sliding_windows_cannot_be_written_and_share_memory() -> None:
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    windows = sliding_windows(x, (2, 2), (1, 1), (1, 1))
    assert np.shares_memory(windows, x)
    with pytest.raises(ValueError, match="read-only"):
        windows[0, 0, 0, 0, 0, 0] = 1.0


def test_sliding_windows_refuse_a_window_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        sliding_windows(np.zeros((1, 1, 3, 3)), (4, 1), (1, 1), (1, 1))
