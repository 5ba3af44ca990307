"""Borders and sizes, against numbers written out and other programs' rules."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from designer.kernels.gather import Border, border_maps, gathered, resize_maps, resize_places, rounded

NUMPY_MODES: dict[Border, str] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@pytest.mark.parametrize("mode", NUMPY_MODES)
@pytest.mark.parametrize("adjacent", [False, True], ids=["channels first", "channels last"])
def test_borders_are_those_of_numpy(mode: Border, adjacent: bool) -> None:
    x = np.arange(2 * 3 * 5 * 6, dtype=np.float32).reshape(2, 3, 5, 6)
    if adjacent:
        x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    found = gathered(x, border_maps((5, 6), ((4, 1), (0, 5)), mode))
    np.testing.assert_array_equal(found, np.pad(x, ((0, 0), (0, 0), (4, 1), (0, 5)), NUMPY_MODES[mode]))  # type: ignore[call-overload]


def test_what_is_cut_off_is_not_in_the_mirror() -> None:
    x = np.arange(6, dtype=np.float32).reshape(1, 1, 6)
    found = gathered(x, border_maps((6,), ((-2, 2),), "reflect"))
    np.testing.assert_array_equal(found[0, 0], [2, 3, 4, 5, 4, 3])


def test_places_by_hand() -> None:
    # Five cells onto two: half pixel (0 + ½)·2.5 − ½ = ¾ and 3¼; corners 0 and 4; asymmetric 0 and 2½.
    assert resize_places(5, 2, "half_pixel") == [Fraction(3, 4), Fraction(13, 4)]
    assert resize_places(5, 2, "align_corners") == [0, 4]
    assert resize_places(5, 2, "asymmetric") == [0, Fraction(5, 2)]
    assert resize_places(5, 1, "align_corners") == [0]


@pytest.mark.parametrize(
    ("place", "cells"), [(Fraction(5, 2), (2, 3, 2, 3)), (Fraction(-1, 4), (-1, 0, 0, 0)), (Fraction(3), (3, 3, 3, 3))]
)
def test_four_rules_of_rounding(place: Fraction, cells: tuple[int, ...]) -> None:
    rules = ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")
    assert tuple(rounded(place, rule) for rule in rules) == cells  # type: ignore[arg-type]


def test_a_straight_line_stays_one_and_a_cubic_of_constants_is_constant() -> None:
    line = np.arange(9, dtype=np.float32).reshape(1, 1, 9)
    found = gathered(line, resize_maps((9,), (17,), "bilinear", "align_corners", "floor"))
    np.testing.assert_allclose(found[0, 0], np.arange(17) / 2)
    found = gathered(np.full_like(line, 7), resize_maps((9,), (4,), "bicubic", "half_pixel", "floor"))
    np.testing.assert_allclose(found[0, 0], [7] * 4, rtol=1e-6)


def test_halfway_the_cubic_kernel_has_the_weights_of_pytorch() -> None:
    # With a = −3/4: (−3, 19, 19, −3)/32 at ½.
    (axis,) = resize_maps((8,), (4,), "bicubic", "half_pixel", "floor")
    np.testing.assert_allclose(axis.shares[1], np.array([-3, 19, 19, -3]) / 32)
    np.testing.assert_array_equal(axis.cells[1], [1, 2, 3, 4])
