from __future__ import annotations

import numpy as np
import pytest

from designer.interchange.figures.colormap import COLORMAPS, colormap_table


@pytest.mark.parametrize("name", COLORMAPS)
def test_table_has_256_colors_and_is_the_callers_own(name: str) -> None:
    table = colormap_table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    table[:] = 0
    assert colormap_table(name).any()


def test_gray_is_the_value_itself() -> None:
    assert (colormap_table("gray") == np.arange(256)[:, np.newaxis]).all()


# Published colours (matplotlib 3.11, _cm_listed.py, times 255), none of them an anchor of ours.
PUBLISHED = {
    "viridis": {1: (68, 2, 86), 63: (59, 81, 139), 127: (33, 144, 141), 191: (92, 200, 99), 254: (251, 231, 35)},
    "magma": {1: (1, 0, 5), 63: (80, 18, 123), 127: (182, 54, 121), 191: (251, 135, 97), 254: (252, 251, 189)},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_colors_are_met_to_within_a_level(name: str) -> None:
    table = colormap_table(name).astype(int)
    for index, color in PUBLISHED[name].items():
        assert np.abs(table[index] - color).max() <= 1, index


def luminance(
    colors: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """WCAG 2.2 relative luminance, written out."""
    level = colors / 255.0
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("name", ["viridis", "magma", "gray"])
def test_more_is_lighter(name: str) -> None:
    assert (np.diff(luminance(colormap_table(name))) > -1e-3).all()


def test_diverging_is_white_in_the_middle_and_equally_dark_blue_and_red_at_the_ends() -> None:
    table = colormap_table("diverging")
    light = luminance(table)
    assert light[127:129].min() > 0.9
    assert (np.diff(light[:128]) > 0).all()
    assert (np.diff(light[128:]) < 0).all()
    assert abs(light[0] - light[255]) < 0.02
    assert np.abs(light[:128] - light[:127:-1]).max() < 0.08
    assert table[0].argmax() == 2
    assert table[255].argmax() == 0


def test_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'jet' is unknown; choose one of viridis, magma, gray, diverging"):
        colormap_table("jet")
