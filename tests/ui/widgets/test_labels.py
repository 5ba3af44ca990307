from __future__ import annotations

import pytest
from PySide6.QtGui import QPalette

from designer.ui.panels.charts.charts_panel import ChartsPanel
from designer.ui.panels.tables.summary_panel import SummaryPanel
from designer.ui.widgets import theme as themes
from designer.ui.widgets.labels import ElidedLabel, ReasonLabel, ThemedLabel, WrappedLabel

LONG = "Convolution over an image: each filter is a small kernel as deep as its input."


@pytest.fixture
def sized(qtbot):
    def shown(label, width):
        qtbot.addWidget(label)
        label.resize(width, 60)
        label.show()
        qtbot.waitExposed(label)
        return label

    return shown


def ink(label):
    return label.palette().color(QPalette.ColorRole.WindowText)


def test_a_label_follows_the_theme(qtbot, scheme):
    scheme("light")
    label = ThemedLabel("muted", "muted")
    qtbot.addWidget(label)
    label.show()
    assert ink(label) == themes.light().muted
    scheme("dark")
    assert ink(label) == themes.dark().muted
    label.set_colour("problem")
    assert ink(label) == themes.dark().problem


def test_panels_painted_by_hand_follow_the_theme(scheme, show):
    scheme("light")
    table = show(SummaryPanel).table
    charts = show(ChartsPanel, 900, 240)
    scheme("dark")
    assert table._delegate._selection == themes.dark().selection
    assert charts.charts["memory"].backgroundBrush().color() == themes.dark().card


def test_text_wraps_only_where_it_must(sized):
    label = sized(WrappedLabel(LONG), 2000)
    assert not label.wordWrap()
    label.resize(150, 60)
    assert label.wordWrap()
    label.show_text("short")
    assert not label.wordWrap()


def test_lines_are_measured_one_by_one(sized):
    assert not sized(WrappedLabel("one line\nand another\nand a third"), 150).wordWrap()


def test_what_is_cut_off_is_in_the_tooltip(sized, qtbot):
    label = sized(ElidedLabel(LONG), 100)
    qtbot.waitUntil(lambda: label.toolTip() == LONG)
    label.resize(2000, 60)
    qtbot.waitUntil(lambda: label.toolTip() == "")


def test_a_reason_takes_room_only_while_there_is_one(qtbot):
    label = ReasonLabel()
    qtbot.addWidget(label)
    assert label.isHidden()
    label.show_reason("0 came")
    assert not label.isHidden()
    label.clear_reason()
    assert label.isHidden()
    assert label.text() == ""
