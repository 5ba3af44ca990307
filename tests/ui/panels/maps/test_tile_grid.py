from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF

from designer.ui.panels.maps.tile_grid import TileGrid, cell_at, cell_rect, picture_size


@pytest.mark.parametrize(
    ("size", "edge", "ratio", "wanted"),
    [
        ((28, 28), 96, 1.0, (84.0, 84.0)),  # 3 pixels for a cell: 3·28
        ((28, 28), 96, 2.0, (84.0, 84.0)),  # 6 device pixels for a cell
        ((25, 25), 96, 2.0, (87.5, 87.5)),  # 7 device pixels: 7·25 / 2
        ((5, 3), 96, 1.0, (57.0, 95.0)),  # 19 pixels for a cell
        ((224, 112), 96, 1.0, (48.0, 96.0)),  # scaled down
        ((1, 40), 96, 1.0, (80.0, 8.0)),  # one row is not drawn thinner than 8 pixels
    ],
)
def test_cells_are_whole_device_pixels_where_they_fit(
    size: tuple[int, int], edge: int, ratio: float, wanted: tuple[float, float]
) -> None:
    assert picture_size(size, edge, ratio) == wanted


def test_a_tile_may_be_somewhat_larger_than_asked() -> None:
    assert picture_size((64, 64), 96, 1.0, about=True) == (128.0, 128.0)  # 96/64 = 1.5 rounds to 2
    assert picture_size((112, 112), 96, 1.0, about=True) == (112.0, 112.0)
    assert picture_size((224, 224), 96, 1.0, about=True) == (96.0, 96.0)


def grid(count: int = 10, width: int = 300) -> TileGrid:
    return TileGrid(count, picture=(84.0, 84.0), caption=16, width=width)


def test_tiles_flow_to_the_width() -> None:
    # 8 + n·84 + (n − 1)·8 + 8 ≤ 300 holds for n = 3
    assert grid().columns == 3
    assert grid().rows == 4
    assert grid(width=50).columns == 1
    assert grid().tile_rect(4) == QRectF(8 + 92, 8 + 108, 84, 100)
    assert grid().height == 8 + 4 * 108 - 8 + 8


def test_the_tile_at_a_point() -> None:
    assert grid().place_at(QPointF(9, 9)) == 0
    assert grid().place_at(QPointF(100 + 5, 116 + 99)) == 4
    assert grid().place_at(QPointF(95, 9)) is None  # between two tiles
    assert grid().place_at(QPointF(2, 2)) is None
    assert grid().place_at(QPointF(200, 8 + 3 * 108 + 5)) is None  # the last row has one tile


def test_only_tiles_in_view_are_drawn() -> None:
    assert list(grid().places_between(0, 50)) == [0, 1, 2]
    assert list(grid().places_between(110, 130)) == [3, 4, 5]
    assert list(grid().places_between(100, 330)) == [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert list(grid().places_between(1000, 2000)) == []


def test_cells_of_a_picture() -> None:
    picture = QRectF(10, 20, 60, 40)
    assert cell_at(QPointF(10, 20), picture, (4, 6)) == (0, 0)
    assert cell_at(QPointF(69.9, 59.9), picture, (4, 6)) == (3, 5)
    assert cell_at(QPointF(70, 60), picture, (4, 6)) == (3, 5)
    assert cell_at(QPointF(9, 30), picture, (4, 6)) is None
    assert cell_rect((1, 2), picture, (4, 6)) == QRectF(30, 30, 10, 10)
