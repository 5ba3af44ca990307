from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtWidgets import QApplication, QToolTip

from designer.graph.design import Design
from designer.graph.edits import SetParameters
from designer.layer_api.layer import Category
from designer.ui.panels.charts.chart_series import FIELD, KEYS, MEMORY, OPERATIONS, PARAMETERS
from designer.ui.panels.charts.charts_panel import ChartsPanel
from designer.ui.widgets.theme import category_colour, current_theme


@pytest.fixture
def panel(show):
    return show(ChartsPanel, 1000, 300)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def heights(chart, category):
    """Position → height of the bars of a category."""
    return chart.bars.heights(category)


def place_of(chart, position):
    """Pixel over the middle of a bar."""
    middle = QPointF(position, np.mean(chart.getViewBox().viewRange()[1]))
    return chart.mapFromScene(chart.getViewBox().mapViewToScene(middle))


def click(qtbot, chart, position, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.mouseClick(chart.viewport(), Qt.MouseButton.LeftButton, modifier, place_of(chart, position))


def test_the_charts_are_built_when_first_seen(qtbot, bridge):
    panel = ChartsPanel(bridge)
    qtbot.addWidget(panel)
    assert panel.charts == {}
    panel.show()
    assert tuple(panel.charts) == KEYS


def test_bars_are_as_high_as_the_numbers(panel):
    assert heights(panel.charts[PARAMETERS], Category.CONVOLUTION) == {1: 156, 4: 2416}
    assert heights(panel.charts[OPERATIONS], Category.DENSE) == {8: 48_000, 10: 10_080, 12: 840}
    assert heights(panel.charts[FIELD], Category.POOLING) == {3: 6, 6: 16}


def test_a_bar_has_the_colour_of_its_category_and_a_selected_layer_a_band(session, panel):
    session.select(["tanh1"])
    chart = panel.charts[OPERATIONS]
    picture = chart.viewport().grab().toImage()
    # conv2 costs most, so that its bar passes the middle; tanh1 counts nothing, so that only the band is there.
    assert picture.pixelColor(place_of(chart, 4)) == category_colour(Category.CONVOLUTION)
    assert picture.pixelColor(place_of(chart, 2)) == current_theme().selection


def test_bars_follow_an_edit(session, panel):
    session.do(SetParameters("conv1", {"filters": 10}))
    assert heights(panel.charts[PARAMETERS], Category.CONVOLUTION)[1] == 260


def test_charts_that_look_the_same_are_left_alone(session, panel, monkeypatch):
    drawn = []
    for key, chart in panel.charts.items():
        monkeypatch.setattr(chart, "show_series", lambda *_arguments, key=key: drawn.append(key))
    session.do(SetParameters("conv1", {"bias": False}))
    assert drawn == [PARAMETERS]


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget):
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _widget, event):
        self.count += event.type() == QEvent.Type.Paint
        return False


def paint_all():
    QApplication.sendPostedEvents()
    QApplication.processEvents()


def test_a_chart_with_other_numbers_is_painted_once(session, panel):
    paint_all()
    # 4000 filters are more of everything, so that three scales change; what is seen of the image stays.
    paints = {key: Paints(chart.viewport()) for key, chart in panel.charts.items()}
    session.do(SetParameters("conv1", {"filters": 4000}))
    paint_all()
    assert {key: paint.count for key, paint in paints.items()} == {PARAMETERS: 1, OPERATIONS: 1, MEMORY: 1, FIELD: 0}


def test_the_title_names_the_peak(panel):
    assert plain(panel.titles[MEMORY].title.text()) == "Memory, peak 37 632 B"
    assert "MACs (torchvision, fvcore)" in panel.titles[OPERATIONS].toolTip()


def test_a_partial_peak_is_a_lower_bound_and_says_what_it_misses(session, panel):
    session.do(SetParameters("conv1", {"kernel": (99, 99)}))
    assert "peak ≥" in panel.titles[MEMORY].title.text()
    for key in KEYS:
        assert "Partial:\nconv1: " in panel.titles[key].toolTip()


def test_a_click_anywhere_above_a_bar_selects(qtbot, session, panel):
    click(qtbot, panel.charts[FIELD], 4)
    assert session.selection == ("conv2",)


def test_control_adds_and_takes_away(qtbot, session, panel):
    click(qtbot, panel.charts[MEMORY], 4)
    click(qtbot, panel.charts[MEMORY], 1, Qt.KeyboardModifier.ControlModifier)
    assert session.selection == ("conv2", "conv1")
    click(qtbot, panel.charts[MEMORY], 4, Qt.KeyboardModifier.ControlModifier)
    assert session.selection == ("conv1",)


def test_the_selection_stands_on_a_band_with_its_number_in_the_title(session, panel):
    session.select(["conv1", "conv2"])
    chart = panel.charts[OPERATIONS]
    assert chart.bars.band == (1, 4)
    assert plain(panel.titles[OPERATIONS].value.text()) == "240.00 k"
    assert plain(panel.titles[OPERATIONS].value.toolTip()) == "240 000 MACs"


def test_arrow_keys_go_along_the_network(qtbot, session, panel):
    qtbot.keyClick(panel, Qt.Key.Key_Right)
    assert session.selection == ("image",)
    qtbot.keyClick(panel, Qt.Key.Key_Right)
    assert session.selection == ("conv1",)
    qtbot.keyClick(panel, Qt.Key.Key_End)
    assert session.selection == ("fc3",)
    qtbot.keyClick(panel, Qt.Key.Key_Right)
    assert session.selection == ("fc3",)


def test_the_tip_says_name_and_exact_number(qtbot, panel):
    chart = panel.charts[MEMORY]
    qtbot.mouseMove(chart.viewport(), place_of(chart, 1))
    qtbot.waitUntil(QToolTip.isVisible)
    assert plain(QToolTip.text()) == "∗ conv1\n18 816 B"
    assert panel.tip(FIELD, 8) == "≡ fc1\n—"
    QToolTip.hideText()


SHOW_AND_END = """
from PySide6.QtWidgets import QApplication
application = QApplication([])
from designer.gallery.catalogue import network
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.panels.charts.charts_panel import ChartsPanel
panel = ChartsPanel(Bridge(Session(network("lenet5"))))
panel.show()
application.processEvents()
"""


def test_a_process_that_showed_charts_ends_in_peace():
    """Qt objects outlive their application at exit; a focus proxy among them once crashed there."""
    ended = subprocess.run([sys.executable, "-c", SHOW_AND_END], capture_output=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr.decode()[-300:].partition("Traceback")[1]) == (0, "")


def test_beside_the_bars_is_nothing(panel):
    chart = panel.charts[MEMORY]
    assert chart.position_at(QPointF(-5, -5)) is None
    assert chart.position_at(chart.mapToScene(place_of(chart, 3))) == 3


def test_a_logarithmic_scale_keeps_the_ratios(qtbot, panel):
    qtbot.mouseClick(panel.logarithmic, Qt.MouseButton.LeftButton, pos=panel.logarithmic.rect().center() / 8)
    assert panel.logarithmic.isChecked()
    bars = heights(panel.charts[PARAMETERS], Category.CONVOLUTION)
    assert bars[4] - bars[1] == pytest.approx(np.log10(2416 / 156))
    assert plain(panel.charts[PARAMETERS].quantity.tickStrings([2, 3, 4], 1, 1)[1]) == "1 k"


def test_an_empty_design_says_what_would_fill_it(session, panel):
    session.adopt(Design())
    assert panel.empty.isVisible()
    assert not panel.charts[MEMORY].isVisible()


def test_a_narrow_panel_stacks_the_charts_in_two_rows(qtbot, panel):
    def row(key):
        return panel.charts[key].geometry().top()

    assert row(PARAMETERS) == row(FIELD)
    panel.resize(400, 400)
    qtbot.waitUntil(lambda: row(PARAMETERS) == row(OPERATIONS) < row(FIELD))


def test_the_legend_names_the_categories_that_occur(session, panel):
    assert Category.DENSE in panel.legend.categories
    assert Category.MERGE not in panel.legend.categories


def test_a_hidden_panel_catches_up(session, panel):
    panel.hide()
    session.do(SetParameters("conv1", {"filters": 10}))
    assert heights(panel.charts[PARAMETERS], Category.CONVOLUTION)[1] == 156
    panel.show()
    assert heights(panel.charts[PARAMETERS], Category.CONVOLUTION)[1] == 260
