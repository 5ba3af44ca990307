from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from designer.interchange.figures.colormap import colormap_table
from designer.interchange.figures.mosaic import GAP_COLOR, NOT_A_NUMBER_COLOR, colorize, mosaic, write_png

GAP = GAP_COLOR[0]


def gray(maps: Any, **options: Any) -> list[list[int]]:
    """Draw in grey and return one channel, having seen that all three agree."""
    drawn = mosaic(np.asarray(maps, np.float32), colormap="gray", **options)
    assert drawn.dtype == np.uint8
    assert (drawn == drawn[:, :, :1]).all()
    levels: list[list[int]] = drawn[:, :, 0].tolist()
    return levels


def test_each_map_is_spread_from_its_lowest_to_its_highest() -> None:
    # (0.2 − 0)/(1 − 0)·255 = 51; (−1 − −3)/(2 − −3)·255 = 102
    assert gray([[[0, 0.2, 1]], [[-3, -1, 2]]], columns=2) == [[0, 51, 255, GAP, 0, 102, 255]]


def test_shared_scale_lets_maps_be_compared() -> None:
    # (v − −3)/(2 − −3)·255 = 51·(v + 3)
    maps = [[[0, 0.2, 1]], [[-3, -1, 2]]]
    assert gray(maps, columns=2, shared_scale=True) == [[153, 163, 204, GAP, 0, 102, 255]]


def test_rows_and_gaps() -> None:
    maps = [[[0, 1]], [[1, 0]], [[0, 1]]]
    assert gray(maps, columns=2) == [
        [0, 255, GAP, 255, 0],
        [GAP, GAP, GAP, GAP, GAP],
        [0, 255, GAP, GAP, GAP],
    ]
    assert gray(maps, columns=1, gap=0) == [[0, 255], [255, 0], [0, 255]]
    assert gray(maps, columns=3, gap=2) == [[0, 255, GAP, GAP, 255, 0, GAP, GAP, 0, 255]]


def test_zoom_enlarges_cells_but_not_gaps() -> None:
    assert gray([[[0, 1]], [[1, 0]]], columns=2, zoom=2) == [[0, 0, 255, 255, GAP, 255, 255, 0, 0]] * 2


@pytest.mark.parametrize(
    ("shape", "columns", "rows"),
    [
        ((1, 5, 5), 1, 1),
        ((6, 28, 28), 3, 2),
        ((64, 9, 9), 8, 8),
        ((512, 14, 14), 23, 23),
        ((10, 1, 1), 4, 3),
        ((4, 10, 40), 1, 4),
    ],
)
def test_mosaic_is_about_square_if_not_told_otherwise(shape: tuple[int, int, int], columns: int, rows: int) -> None:
    drawn = mosaic(np.zeros(shape))
    assert drawn.shape == (rows * shape[1] + rows - 1, columns * shape[2] + columns - 1, 3)


def test_more_columns_than_maps_leave_no_room_empty() -> None:
    assert mosaic(np.zeros((2, 3, 3)), columns=10).shape == (3, 7, 3)


@pytest.mark.parametrize("level", [0.0, 7.0, -2.5])
def test_dead_map_is_flat(level: float) -> None:
    drawn = colorize(np.full((1, 4, 4), level), colormap="viridis")
    assert (drawn == colormap_table("viridis")[0]).all()


def test_map_that_is_dead_beside_a_live_one_keeps_its_place_on_a_shared_scale() -> None:
    assert gray([[[1, 1]], [[0, 5]]], columns=2, shared_scale=True) == [[51, 51, GAP, 0, 255]]


def test_diverging_is_even_about_zero() -> None:
    table = colormap_table("diverging")
    drawn = colorize(np.array([[[-1.0, 0.0, 2.0, 1.0]]]), colormap="diverging")
    # (v + 2)/4·255: −1 → 63.75, 0 → 127.5, 2 → 255, 1 → 191.25
    assert (drawn[0, 0] == table[[64, 128, 255, 191]]).all()


def test_diverging_shows_zeros_in_the_color_of_zero() -> None:
    drawn = colorize(np.zeros((1, 2, 2)), colormap="diverging")
    assert (drawn == colormap_table("diverging")[128]).all()


def test_what_is_no_number_has_its_own_color_and_no_influence() -> None:
    drawn = colorize(np.array([[[0.0, np.nan, 1.0, np.inf, -np.inf, 0.2]]]), colormap="gray")
    odd = list(NOT_A_NUMBER_COLOR)
    assert drawn[0, 0].tolist() == [[0] * 3, odd, [255] * 3, odd, odd, [51] * 3]


@pytest.mark.parametrize("colormap", ["viridis", "diverging"])
@pytest.mark.parametrize("shared_scale", [True, False])
def test_nothing_but_nan_is_drawn(colormap: str, shared_scale: bool) -> None:
    drawn = colorize(np.full((2, 2, 2), np.nan), colormap=colormap, shared_scale=shared_scale)
    assert (drawn == NOT_A_NUMBER_COLOR).all()


def test_range_beyond_float32_is_drawn() -> None:
    assert gray([[[-3e38, 0, 3e38]]]) == [[0, 128, 255]]


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.float16, np.float64])
def test_any_real_type_can_be_drawn(dtype: type) -> None:
    assert mosaic(np.array([[[0, 1]]], dtype), colormap="gray")[:, :, 0].tolist() == [[0, 255]]


@given(
    count=st.integers(1, 30), height=st.integers(1, 6), width=st.integers(1, 6),
    columns=st.none() | st.integers(1, 40), gap=st.integers(0, 3), zoom=st.integers(1, 3),
)  # fmt: skip
def test_every_map_is_found_in_its_place(
    count: int, height: int, width: int, columns: int | None, gap: int, zoom: int
) -> None:
    maps = np.random.default_rng(count).random((count, height, width))
    drawn = mosaic(maps, columns=columns, gap=gap, zoom=zoom)
    cells = colorize(maps)
    in_a_row = (drawn.shape[1] + gap) // (width * zoom + gap)
    for index in range(count):
        y, x = index // in_a_row * (height * zoom + gap), index % in_a_row * (width * zoom + gap)
        assert (drawn[y : y + height * zoom : zoom, x : x + width * zoom : zoom] == cells[index]).all()


@pytest.mark.parametrize(
    ("maps", "options"),
    [
        (np.zeros((3, 3)), {}),
        (np.zeros(3), {}),
        (np.zeros((0, 3, 3)), {}),
        (np.zeros((1, 0, 3)), {}),
        (np.zeros((1, 3, 3)), {"columns": 0}),
        (np.zeros((1, 3, 3)), {"gap": -1}),
        (np.zeros((1, 3, 3)), {"zoom": 0}),
        (np.zeros((1, 3, 3)), {"colormap": "jet"}),
    ],
)
def test_what_cannot_be_drawn_is_refused(maps: np.ndarray[Any, Any], options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"wanted|choose"):
        mosaic(maps, **options)


def test_maps_are_not_changed() -> None:
    maps = np.array([[[np.nan, 1.0, 2.0]]])
    before = maps.copy()
    mosaic(maps, colormap="diverging")
    assert np.array_equal(maps, before, equal_nan=True)


@pytest.mark.parametrize("shape", [(2, 3, 3), (2, 3)])
def test_png_holds_the_pixels(tmp_path: Path, shape: tuple[int, ...]) -> None:
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape) * 10
    write_png(tmp_path / "maps.png", pixels)
    with Image.open(tmp_path / "maps.png") as image:
        assert image.format == "PNG"
        assert (np.asarray(image) == pixels).all()
    assert [path.name for path in tmp_path.iterdir()] == ["maps.png"]


def test_png_of_part_of_a_picture(tmp_path: Path) -> None:
    pixels = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    write_png(tmp_path / "maps.png", pixels[::2, ::-1])
    with Image.open(tmp_path / "maps.png") as image:
        assert (np.asarray(image) == pixels[::2, ::-1]).all()


def test_png_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "maps.png").write_bytes(b"old")
    with pytest.raises((TypeError, ValueError)):
        write_png(tmp_path / "maps.png", np.zeros((2, 2, 7), np.uint8))
    assert (tmp_path / "maps.png").read_bytes() == b"old"
    with pytest.raises(FileNotFoundError):
        write_png(tmp_path / "no" / "maps.png", np.zeros((2, 2), np.uint8))
