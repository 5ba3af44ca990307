from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.session.maps.stack import MapStack
from designer.ui.panels.maps.map_detail import MapDetail
from designer.ui.panels.maps.tile_pictures import TilePictures


@pytest.fixture
def detail(qtbot: QtBot) -> MapDetail:
    view = MapDetail()
    qtbot.addWidget(view)
    view.resize(600, 260)
    view.show()
    maps = np.array([[[1, 2], [3, 6]], [[0, 0], [0, 0]]], np.float32)
    view.show_map(TilePictures(MapStack(maps, (2, 2)), "gray"), 0, "Map 0")
    QApplication.processEvents()
    return view


def labels(detail: MapDetail) -> dict[str, str]:
    return {name: label.text() for name, label in detail._value_labels.items()}


def test_the_numbers_of_a_map(detail: MapDetail) -> None:
    # std = √((4 + 1 + 0 + 9) / 4) = 1.8708…
    assert labels(detail) == {"min": "1", "max": "6", "mean": "3", "std": "1.871"}
    assert not detail._remark.isVisible()


def test_a_dead_map_says_so(detail: MapDetail) -> None:
    pictures = detail._pictures
    assert pictures is not None
    detail.show_map(pictures, 1, "Map 1")
    assert detail._remark.text().startswith("dead")
    assert detail._remark.isVisible()


def test_the_value_under_the_cursor(detail: MapDetail, qtbot: QtBot) -> None:
    told: list[object] = []
    detail.cell_hovered.connect(told.append)
    picture = detail.picture.picture_rect()
    qtbot.mouseMove(detail.picture, QPoint(int(picture.right()) - 3, int(picture.bottom()) - 3))
    assert detail.value.text() == "row 1, column 1: 6"
    qtbot.mouseMove(detail.picture, QPoint(int(picture.left()) + 3, int(picture.bottom()) - 3))
    assert detail.value.text() == "row 1, column 0: 3"
    assert told == [(0, 1, 1), (0, 1, 0)]


def test_cells_are_equal_squares_of_whole_pixels(detail: MapDetail) -> None:
    picture = detail.picture.picture_rect()
    assert picture.width() == picture.height()
    assert picture.width() / 2 == int(picture.width() / 2)
    shot = detail.picture.grab().toImage()
    colours = [shot.pixelColor(int(picture.left()) + x, int(picture.top()) + 3).red() for x in (2, 10)]
    assert colours == [0, 0]  # 1 of 1 … 6 is black, without a blur towards 2
    # 2 lies a fifth of the way: 51
    assert shot.pixelColor(int(picture.right()) - 3, int(picture.top()) + 3).red() == 51


def test_shift_and_arrows_point_at_cells(detail: MapDetail, qtbot: QtBot) -> None:
    qtbot.keyClick(detail, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert detail.picture.cell == (1, 1)  # from nothing to the middle
    qtbot.keyClick(detail, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert detail.value.text() == "row 0, column 1: 2"


@pytest.mark.parametrize(("key", "steps"), [(Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1)])
def test_arrows_step_through_the_maps(detail: MapDetail, qtbot: QtBot, key: Qt.Key, steps: int) -> None:
    with qtbot.waitSignal(detail.step_wanted) as wanted:
        qtbot.keyClick(detail, key)
    assert wanted.args == [steps]


def test_escape_and_the_cross_go_back(detail: MapDetail, qtbot: QtBot) -> None:
    with qtbot.waitSignal(detail.closed):
        qtbot.keyClick(detail, Qt.Key.Key_Escape)
    with qtbot.waitSignal(detail.closed):
        qtbot.mouseClick(detail._buttons["close"], Qt.MouseButton.LeftButton)


def test_the_histogram_counts_all_finite_values(detail: MapDetail) -> None:
    heights = detail.histogram.bars.heights
    counts = np.rint(10**heights - 1)
    assert counts.sum() == 4
    assert (counts[0], counts[-1]) == (1, 1)  # 1 and 6, the ends
