from __future__ import annotations

import numpy as np
import pytest

from designer.session.maps.scale import Scaling, clipped_range, full_range


def bordered(side: int = 56, border: int = 2) -> np.ndarray:
    """A ramp from 0 to 1 from left to right, in a frame as strong as padding makes it."""
    picture = np.tile(np.linspace(0.0, 1.0, side, dtype=np.float32), (side, 1))
    for edge in (slice(None, border), slice(side - border, None)):
        picture[edge, :] = 40.0
        picture[:, edge] = -40.0
    return picture


def test_a_border_of_padding_sets_no_scale() -> None:
    assert full_range(bordered()) == (-40.0, 40.0)
    low, high = clipped_range(bordered())
    # Columns 2 to 53 of 0 to 55 are inside; each column is 1/52 of it, so that a hundredth takes less than one away.
    assert (low, high) == pytest.approx((2 / 55, 53 / 55))


def test_single_peaks_set_no_scale() -> None:
    picture = np.random.default_rng(0).uniform(0.0, 1.0, (56, 56)).astype(np.float32)
    picture[20, 20], picture[30, 30] = 1000.0, -1000.0
    low, high = clipped_range(picture)
    # The hundredth and the ninety-ninth of a hundred parts of an even distribution.
    assert (low, high) == pytest.approx((0.01, 0.99), abs=0.01)


def test_a_map_lit_in_a_few_cells_keeps_its_range() -> None:
    picture = np.zeros((28, 28), np.float32)
    picture[14, 14] = 3.0
    assert clipped_range(picture) == (0.0, 3.0)


def test_of_a_small_map_every_cell_counts() -> None:
    picture = np.arange(49, dtype=np.float32).reshape(7, 7)
    assert clipped_range(picture) == (0.0, 48.0)


def test_a_row_has_a_margin_at_its_ends_only() -> None:
    row = np.linspace(0.0, 1.0, 28, dtype=np.float32)[np.newaxis]
    assert clipped_range(row) == pytest.approx((1 / 27, 26 / 27))


def test_what_is_no_number_is_left_out() -> None:
    picture = bordered()
    picture[10, 10], picture[11, 11] = np.nan, np.inf
    assert clipped_range(picture) == pytest.approx((2 / 55, 53 / 55))
    assert clipped_range(np.full((9, 9), np.nan, np.float32)) == (0.0, 0.0)
    assert clipped_range(np.ones((9, 9), np.float32)) == (1.0, 1.0)


def test_a_large_map_is_judged_by_a_part_of_its_cells() -> None:
    picture = np.random.default_rng(1).normal(size=(700, 900)).astype(np.float32)
    # Quantiles of the normal distribution: −2.326 and 2.326.
    assert clipped_range(picture) == pytest.approx((-2.326, 2.326), abs=0.1)


def test_every_way_has_words() -> None:
    assert len({each.label for each in Scaling}) == len({each.help for each in Scaling}) == 3
