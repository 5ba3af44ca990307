"""The filter bank: filters that mean something, no two alike, each as strong as He's."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from designer.graph.design import Array
from designer.initial_weights.filter_bank import filter_bank
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
