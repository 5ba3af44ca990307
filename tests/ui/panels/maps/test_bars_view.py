from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from designer.ui.panels.maps.bars_view import BarsView


@pytest.fixture
def bars(qtbot: QtBot) -> BarsView:
    view = BarsView()
    qtbot.addWidget(view)
    view.resize(600, 200)
    view.show()
    return view


def show(view: BarsView, values: object) -> None:
    array = np.array(values, np.float32)
    view.show_values(array, tuple(range(len(array))))
    view.grab()


def test_bars_rise_and_fall_from_zero(bars: BarsView) -> None:
    show(bars, [1.0, -1.0, 0.5])
    area = bars.area()
    up, down, half = bars.bar_rects(0, 3)
    zero = area.top() + area.height() / 2  # 1 at the top, −1 at the bottom
    assert (up.top(), up.bottom()) == (pytest.approx(area.top()), pytest.approx(zero))
    assert (down.top(), down.bottom()) == (pytest.approx(zero), pytest.approx(area.bottom()))
    assert half.height() == pytest.approx(up.height() / 2)


def test_few_bars_fit_and_many_scroll(bars: BarsView) -> None:
    show(bars, np.ones(10))
    assert bars.horizontalScrollBar().maximum() == 0
    show(bars, np.ones(1000))
    # (96 − 32) / 12 pixels each, 8 of margin on both sides
    assert bars.horizontalScrollBar().maximum() == int(1000 * 64 / 12 + 16) - bars.viewport().width()


def test_thousands_fit_as_columns_at_the_smallest_size(bars: BarsView) -> None:
    values = np.zeros(4096)
    values[4095] = 5.0
    bars.set_edge(32)
    show(bars, values)
    assert bars.horizontalScrollBar().maximum() == 0
    shot, area = bars.viewport().grab().toImage(), bars.area()
    last = shot.pixelColor(int(area.right()) - 1, int(area.top()) + 20)
    middle = shot.pixelColor(int(area.center().x()), int(area.top()) + 20)
    assert last != middle  # a single unit of 4096 is still seen


def test_arrows_move_and_the_value_is_written_out(bars: BarsView, qtbot: QtBot) -> None:
    show(bars, [0.125, -2.0, np.nan])
    assert bars.current_text() == "unit 0: 0.125"
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    assert bars.current_text() == "unit 1: −2"
    qtbot.keyClick(bars, Qt.Key.Key_End)
    assert bars.current_text() == "unit 2: nan"
    qtbot.keyClick(bars, Qt.Key.Key_Home)
    assert bars.current == 0


def test_keys_bring_the_bar_into_view(bars: BarsView, qtbot: QtBot) -> None:
    show(bars, np.ones(1000))
    qtbot.keyClick(bars, Qt.Key.Key_End)
    last = bars.bar_rects(999, 1000)[0]
    assert 0 <= last.left() <= bars.viewport().width() - last.width()


def test_the_bar_under_the_cursor_is_told(bars: BarsView, qtbot: QtBot) -> None:
    values = np.array([3.0, 1.0, 2.0], np.float32)
    bars.show_values(values, (0, 2, 1))
    told: list[object] = []
    bars.hovered.connect(told.append)
    qtbot.mouseMove(bars.viewport(), bars.bar_rects(1, 2)[0].center().toPoint())
    qtbot.mouseMove(bars.viewport(), QPoint(500, 100))
    assert told == [2, None]
    assert bars.current_text() == "unit 2: 2"


@pytest.mark.parametrize("values", [[0.0, 0.0], [np.nan, np.inf], [-1.0, -2.0]])
def test_any_values_can_be_drawn(bars: BarsView, values: list[float]) -> None:
    show(bars, values)
    assert len(bars.bar_rects(0, 2)) == 2
