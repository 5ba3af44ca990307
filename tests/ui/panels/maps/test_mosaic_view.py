from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.session.maps.stack import MapStack
from designer.ui.panels.maps.mosaic_view import MosaicView
from designer.ui.panels.maps.tile_pictures import TilePictures

VIRIDIS_FIRST, VIRIDIS_LAST = QColor(0x44, 0x01, 0x54), QColor(0xFD, 0xE7, 0x25)
"""The ends of viridis, as its authors published it."""

MosaicOf = Callable[..., MosaicView]


@pytest.fixture
def mosaic_of(qtbot: QtBot) -> MosaicOf:
    def make(maps: np.ndarray, colormap: str = "viridis", limits: tuple[float, float] | None = None) -> MosaicView:
        view = MosaicView()
        qtbot.addWidget(view)
        view.resize(420, 240)
        view.show()
        stack = MapStack(maps.astype(np.float32), maps.shape[1:])
        view.show_pictures(TilePictures(stack, colormap, limits), tuple(range(len(maps))))
        settle(view)
        return view

    return make


def settle(view: MosaicView) -> None:
    """Let all tiles be made: each repaint makes some."""
    QApplication.processEvents()
    view.grab()
    QApplication.processEvents()


def colour_at(view: MosaicView, channel: int, row: int, column: int, size: int) -> QColor:
    picture = view.picture_rect(channel)
    x = picture.left() + (column + 0.5) * picture.width() / size
    y = picture.top() + (row + 0.5) * picture.height() / size
    return view.viewport().grab().toImage().pixelColor(int(x), int(y))


TWO_MAPS = np.array([[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 4.0]]])


def test_each_map_on_its_own_scale(mosaic_of: MosaicOf) -> None:
    view = mosaic_of(TWO_MAPS)
    assert colour_at(view, 0, 0, 0, 2) == VIRIDIS_FIRST
    assert colour_at(view, 0, 0, 1, 2) == VIRIDIS_LAST
    assert colour_at(view, 1, 1, 1, 2) == VIRIDIS_LAST


def test_all_maps_on_one_scale(mosaic_of: MosaicOf) -> None:
    view = mosaic_of(TWO_MAPS, "gray", (0.0, 4.0))
    # 1 of 0 … 4 is a quarter of 255: 63.75
    assert colour_at(view, 0, 0, 1, 2) == QColor(64, 64, 64)
    assert colour_at(view, 1, 1, 1, 2) == QColor(255, 255, 255)


def test_zero_is_white_in_the_diverging_map(mosaic_of: MosaicOf) -> None:
    view = mosaic_of(np.array([[[-1.0, 0.0], [0.5, 2.0]]]), "diverging")
    middle = colour_at(view, 0, 0, 1, 2)
    assert min(middle.red(), middle.green(), middle.blue()) > 240


def test_a_value_that_is_no_number_has_its_own_colour(mosaic_of: MosaicOf) -> None:
    view = mosaic_of(np.array([[[np.nan, 0.0], [1.0, 2.0]]]))
    assert colour_at(view, 0, 0, 0, 2) == QColor(255, 0, 255)
    assert colour_at(view, 0, 1, 1, 2) == VIRIDIS_LAST


def test_large_maps_are_means_of_what_they_cover(mosaic_of: MosaicOf) -> None:
    # Columns of 0 and 1 alternate: from afar that is grey.
    stripes = np.tile(np.array([0.0, 1.0]), (1, 400, 200))
    view = mosaic_of(stripes, "gray")
    view.set_edge(96)
    settle(view)
    assert abs(colour_at(view, 0, 40, 40, 96).red() - 128) <= 3


def test_a_dead_map_is_hatched(mosaic_of: MosaicOf) -> None:
    view = mosaic_of(np.array([[[0.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]]), "gray")
    picture = view.picture_rect(0).toAlignedRect().adjusted(4, 4, -4, -4)
    image = view.viewport().grab().toImage().copy(picture)
    reds = {image.pixelColor(x, y).red() for x in range(image.width()) for y in range(16)}
    assert {0, 128} <= reds


def test_only_tiles_in_view_are_made(mosaic_of: MosaicOf) -> None:
    view = mosaic_of(np.random.default_rng(0).normal(size=(512, 14, 14)))
    pictures = view.pictures
    assert pictures is not None
    size = round(view.grid().picture[0])
    made = [channel for channel in range(512) if pictures.kept(channel, size, size) is not None]
    assert 0 in made
    assert len(made) <= 16
    assert view.verticalScrollBar().maximum() > 10_000


def test_arrows_move_between_tiles_and_bring_them_into_view(mosaic_of: MosaicOf, qtbot: QtBot) -> None:
    view = mosaic_of(np.random.default_rng(0).normal(size=(20, 14, 14)))
    columns = view.grid().columns
    assert columns == 3  # 8 + 3·98 + 2·8 + 8 ≤ 420
    for key, wanted in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 1 + columns),
        (Qt.Key.Key_Up, 1),
        (Qt.Key.Key_Up, 1),  # no row above
        (Qt.Key.Key_End, 19),
        (Qt.Key.Key_Down, 19),
        (Qt.Key.Key_Left, 18),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Left, 0),
    ):
        qtbot.keyClick(view, key)
        assert view.current == wanted
        assert view.viewport().rect().contains(view.picture_rect(wanted).center().toPoint())


def test_down_from_above_the_last_row_reaches_the_last_tile(mosaic_of: MosaicOf, qtbot: QtBot) -> None:
    view = mosaic_of(np.zeros((4, 14, 14)))
    view.set_current(2)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.current == 3


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_enter_opens_the_current_tile(mosaic_of: MosaicOf, qtbot: QtBot, key: Qt.Key) -> None:
    view = mosaic_of(np.zeros((4, 14, 14)))
    view.set_current(2)
    with qtbot.waitSignal(view.opened) as opened:
        qtbot.keyClick(view, key)
    assert opened.args == [2]


def test_a_click_opens_a_tile_and_makes_it_current(mosaic_of: MosaicOf, qtbot: QtBot) -> None:
    view = mosaic_of(np.zeros((4, 14, 14)))
    with qtbot.waitSignal(view.opened) as opened:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.picture_rect(1).center().toPoint())
    assert opened.args == [1]
    assert view.current == 1


def test_the_cell_under_the_cursor(mosaic_of: MosaicOf, qtbot: QtBot) -> None:
    view = mosaic_of(np.zeros((4, 14, 14)))
    told: list[object] = []
    view.cell_hovered.connect(told.append)
    picture = view.picture_rect(1)
    cell = picture.width() / 14
    qtbot.mouseMove(view.viewport(), QPoint(int(picture.left() + 3.5 * cell), int(picture.top() + 9.5 * cell)))
    qtbot.mouseMove(view.viewport(), QPoint(int(picture.left() + 3.5 * cell), int(picture.bottom()) + 3))
    assert told == [(1, 9, 3), None]


def test_ctrl_and_wheel_asks_for_larger_tiles(mosaic_of: MosaicOf, qtbot: QtBot) -> None:
    view = mosaic_of(np.zeros((4, 14, 14)))
    wheel = QWheelEvent(
        QPointF(50, 50),
        QPointF(50, 50),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    with qtbot.waitSignal(view.edge_wanted) as wanted:
        QApplication.sendEvent(view.viewport(), wheel)
    assert wanted.args == [round(96 * 1.2)]


def test_what_stood_on_top_stays_there_when_tiles_grow(mosaic_of: MosaicOf) -> None:
    view = mosaic_of(np.zeros((512, 14, 14)))
    view.verticalScrollBar().setValue(int(view.grid().tile_rect(240).top()) - 8)
    view.set_edge(192)
    assert 0 <= view.picture_rect(240).top() <= 16


def test_few_maps_are_as_large_as_the_room_until_a_size_is_chosen(mosaic_of: MosaicOf) -> None:
    told: list[int] = []
    view = mosaic_of(np.zeros((2, 10, 10)))
    view.edge_fitted.connect(told.append)
    # Two tiles of 190 and three gaps of 8 stand in 420; a caption fits under 190 in 240.
    assert view.grid().picture == (190.0, 190.0)
    view.resize(300, 240)
    assert told
    assert view.grid().picture[0] <= (300 - 24) / 2
    assert view.grid().height <= view.viewport().height()
    view.set_edge(48)
    view.resize(800, 600)
    assert view.edge == 48


def test_many_maps_have_the_usual_size(mosaic_of: MosaicOf) -> None:
    assert mosaic_of(np.zeros((64, 14, 14))).edge == 96


def test_an_order_of_its_own(mosaic_of: MosaicOf) -> None:
    view = mosaic_of(TWO_MAPS)
    assert view.pictures is not None
    first = view.picture_rect(0).topLeft()
    view.show_pictures(view.pictures, (1, 0))
    assert view.picture_rect(1).topLeft() == first
    assert view.neighbour(1) == 0  # the current one, 0, is last
