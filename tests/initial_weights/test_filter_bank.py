"""The filter bank: filters that mean something, no two alike, each as strong as He's."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from designer.initial_weights.filter_bank import filter_bank
from designer.kernels.arrays.memory import Array
from designer.kernels.conv import convolve
from designer.pictures.images import open_image, prepare
from designer.resources import resource

SHAPES = [
    (16, 1, 3, 3),
    (64, 3, 3, 3),
    (100, 1, 5, 5),
    (64, 3, 7, 7),
    (96, 3, 11, 11),
    (30, 3, 4, 4),
    (20, 1, 2, 2),
    (20, 5, 3, 3),
    (12, 1, 1, 3),
    (12, 3, 5, 1),
    (6, 3, 3, 7),
]


def bank_of(shape: tuple[int, ...], seed: int = 1) -> Array:
    return filter_bank(shape, seed)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_filters_have_zero_mean_norm_root_two_and_differ(shape: tuple[int, ...]) -> None:
    bank = bank_of(shape)
    assert bank.dtype == np.float32
    assert bank.shape == shape
    flat = bank.reshape(len(bank), -1).astype(np.float64)
    np.testing.assert_allclose(flat.mean(axis=1), 0, atol=1e-6)
    # √2 is the norm that He's initialisation has on average: fan_in values of variance 2 / fan_in.
    np.testing.assert_allclose(np.linalg.norm(flat, axis=1), np.sqrt(2), rtol=1e-5)
    for left, right in itertools.combinations(flat, 2):
        assert not np.allclose(left, right, atol=1e-4)


@pytest.mark.parametrize("shape", [(7, 1, 1, 1), (7, 3, 1, 1), (7, 5, 1, 1)], ids=str)
def test_a_window_of_one_pixel_breaks_nothing(shape: tuple[int, ...]) -> None:
    flat = bank_of(shape).reshape(7, -1)
    assert np.isfinite(flat).all()
    np.testing.assert_allclose(np.linalg.norm(flat, axis=1), np.sqrt(2), rtol=1e-6)


def test_none_is_asked_none_is_given() -> None:
    assert bank_of((0, 3, 3, 3)).shape == (0, 3, 3, 3)


def test_the_same_seed_gives_the_same_filters_and_more_filters_begin_alike() -> None:
    assert np.array_equal(bank_of((64, 3, 7, 7)), bank_of((64, 3, 7, 7)))
    for few, many in ((16, 64), (120, 130), (100, 400)):
        assert np.array_equal(bank_of((many, 3, 7, 7))[:few], bank_of((few, 3, 7, 7)))


def test_beyond_the_bank_the_seed_decides() -> None:
    few, other = bank_of((200, 1, 5, 5), seed=1), bank_of((200, 1, 5, 5), seed=2)
    assert np.array_equal(few[:20], other[:20])
    assert not np.array_equal(few[-1], other[-1])


def test_the_first_filters_answer_edges_of_their_direction() -> None:
    """A step from dark to bright along x, and one along y, drawn by hand."""
    bank = bank_of((8, 1, 7, 7))
    rightwards = np.repeat((np.arange(7) > 3).astype(np.float32)[np.newaxis], 7, axis=0)
    answers_x = (bank[:, 0] * rightwards).sum(axis=(1, 2))
    answers_y = (bank[:, 0] * rightwards.T).sum(axis=(1, 2))
    assert answers_x.argmax() == 0
    assert answers_y.argmax() == 1


# Worked out by hand for 3×3: half a side is 1.5, so an edge is x · exp(−r² / (2 · 0.75²)), whose value at distance 1 is
# exp(8/9) times that in the corner (r² = 1 and 2), scaled to norm √2; a blob is (1 − q) · exp(−q) with
# q = r² / (2 σ²), σ = 1.5/2.2 and 1.5/3.5, less its mean, scaled alike.
EDGE_EAST = [[-0.35541, 0, 0.35541], [-0.86451, 0, 0.86451], [-0.35541, 0, 0.35541]]
EDGE_SOUTH_EAST = [[-0.50262, -0.6113, 0], [-0.6113, 0, 0.6113], [0, 0.6113, 0.50262]]
WIDE_BLOB = [[-0.23911, -0.09053, -0.23911], [-0.09053, 1.31853, -0.09053], [-0.23911, -0.09053, -0.23911]]
NARROW_BLOB = [[-0.09968, -0.23078, -0.09968], [-0.23078, 1.32183, -0.23078], [-0.09968, -0.23078, -0.09968]]


def test_edges_and_blobs_of_three_by_three_have_the_values_of_their_formulas() -> None:
    east, south_east = np.array(EDGE_EAST), np.array(EDGE_SOUTH_EAST)
    edges = [east, east.T, south_east, np.fliplr(south_east), -east, -east.T, -south_east, -np.fliplr(south_east)]
    blobs = [sign * np.array(blob) for blob in (WIDE_BLOB, NARROW_BLOB) for sign in (1, -1)]
    np.testing.assert_allclose(bank_of((12, 1, 3, 3))[:, 0], [*edges, *blobs], atol=1e-5)


@pytest.mark.parametrize(("height", "width"), [(5, 5), (7, 7), (3, 7)])
@pytest.mark.parametrize("waves", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("degrees", [0, 45, 90, 135])
def test_the_bank_holds_gabor_waves_of_three_frequencies_in_four_directions(
    height: int, width: int, waves: float, degrees: int
) -> None:
    """One wave, one and a half, and two across the longer side, under a window of a quarter of it (Daugman, 1985)."""
    side = max(height, width)
    east, south = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    wave = [
        [
            math.cos(2 * math.pi * waves / side * (column * east + row * south))
            * math.exp(-(column**2 + row**2) / (2 * (side / 4) ** 2))
            for column in range(-(width // 2), width // 2 + 1)
        ]
        for row in range(-(height // 2), height // 2 + 1)
    ]
    centred = np.array(wave) - np.mean(wave)
    wanted = centred / np.linalg.norm(centred)
    found = bank_of((36, 1, height, width)).reshape(36, -1) @ wanted.ravel() / math.sqrt(2)
    # What correlates more than 0.99 with an earlier one is left out.
    assert found.max() > 0.99


def test_a_gabor_wave_has_the_values_of_its_formula() -> None:
    """One wave across five pixels: cos(2π/5 · x) · exp(−r² / (2 · 1.25²)), less its mean, scaled to norm √2."""
    window, wave = [math.exp(-(x**2) / 3.125) for x in range(3)], [math.cos(2 * math.pi / 5 * x) for x in range(3)]
    values = [[wave[abs(x)] * window[abs(x)] * window[abs(y)] for x in range(-2, 3)] for y in range(-2, 3)]
    centred = np.array(values) - np.mean(values)
    wanted = centred * math.sqrt(2) / np.linalg.norm(centred)
    distances = np.abs(bank_of((36, 1, 5, 5))[:, 0] - wanted).max(axis=(1, 2))
    assert distances.min() < 1e-6


def test_waves_drawn_at_random_are_as_wide_and_as_fast_as_they_should_be() -> None:
    """0.15 to 0.45 cycles per pixel, under windows of 0.35 to 0.7 of half a side."""
    drawn = bank_of((400, 1, 25, 25))[100:, 0].astype(float)
    y, x = np.mgrid[-12:13, -12:13]
    outside = x**2 + y**2 > 10**2
    # A wave's energy is on average half of its window's, whose square is exp(−r² / σ²).
    windows = [np.exp(-(x**2 + y**2) / sigma**2) for sigma in np.linspace(0.35 * 12.5, 0.7 * 12.5, 50)]
    expected = np.mean([window[outside].sum() / window.sum() for window in windows])
    assert (drawn[:, outside] ** 2).sum() / (drawn**2).sum() == pytest.approx(expected, rel=0.1)
    spectra = np.abs(np.fft.fft2(drawn, (64, 64)))
    rows, columns = np.unravel_index(spectra.reshape(len(drawn), -1).argmax(axis=1), (64, 64))
    cycles = np.hypot(*(np.minimum(places, 64 - places) / 64 for places in (rows, columns)))
    # A window of so few pixels blurs a frequency by a fiftieth of a cycle.
    assert 0.13 < cycles.min() < 0.17
    assert 0.43 < cycles.max() < 0.47


def test_three_channels_get_grey_and_two_opposed_colours() -> None:
    grey, red_green, blue_yellow = bank_of((3, 3, 5, 5))
    np.testing.assert_allclose(grey[0], grey[1], atol=1e-6)
    np.testing.assert_allclose(grey[0], grey[2], atol=1e-6)
    np.testing.assert_allclose(red_green[0], -red_green[1], atol=1e-6)
    np.testing.assert_allclose(red_green[2], 0, atol=1e-6)
    np.testing.assert_allclose(blue_yellow[0], blue_yellow[1], atol=1e-6)
    np.testing.assert_allclose(blue_yellow[2], -2 * blue_yellow[0], atol=1e-6)


def test_the_maps_of_a_photograph_differ_and_none_is_dead() -> None:
    photograph = prepare(open_image(resource("images/cat.jpg")), (3, 64, 64)).tensor
    bank = bank_of((64, 3, 3, 3))
    maps = convolve(photograph, bank, stride=(1, 1), padding=((1, 1), (1, 1)), dilation=(1, 1))[0]
    spread = maps.std(axis=(1, 2))
    assert spread.min() > 1e-3
    correlation = np.corrcoef(maps.reshape(64, -1))
    np.fill_diagonal(correlation, 0)
    assert correlation.max() < 0.9999
