"""The summary as a tree: groups with their sums, opened, folded, selected."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from designer.gallery.catalogue import network
from designer.graph.edits import SetParameters
from designer.layer_api.quantities import SPACE
from designer.ui.panels.tables.summary_panel import SummaryPanel


@pytest.fixture
def panel(show, session):
    session.adopt(network("resnet18"))
    return show(SummaryPanel, 960, 480)


def rows(panel: SummaryPanel) -> list[str]:
    return [
        panel.model.index(row, 0).data().replace(SPACE, " ").replace("▾", "-").replace("▸", "+")
        for row in range(panel.model.rowCount())
    ]


def texts(panel: SummaryPanel, row: int) -> dict[str, str]:
    return {
        column.key: panel.model.index(row, place).data().replace(SPACE, " ")
        for place, column in enumerate(panel.model.shown_columns)
    }


def click(panel: SummaryPanel, row: int, dx: int | None = None) -> None:
    box = panel.table.visualRect(panel.model.index(row, 0))
    place = box.center() if dx is None else QPoint(box.left() + dx, box.center().y())
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def selected(panel: SummaryPanel) -> list[str]:
    return [rows(panel)[index.row()].strip() for index in panel.table.selectionModel().selectedRows()]


TOP = ["image", "conv1", "bn1", "relu", "maxpool", "+ layer1", "+ layer2", "+ layer3", "+ layer4", "avgpool"]


def test_groups_stand_folded_with_their_sums(panel):
    assert rows(panel)[:10] == TOP
    layer1 = texts(panel, 5)
    # torchvision: two BasicBlock(64, 64), of 73,984 parameters each, of 7 layers each; 115,605,504 MACs each.
    assert (layer1["kind"], layer1["output"]) == ("14 layers", "64×56×56")
    assert layer1["parameters"] == "147 968"
    assert layer1["operations"] == "462 422 016"


def test_the_triangle_opens_and_folds_and_selects_nothing(panel, session):
    click(panel, 5, dx=8)
    assert rows(panel)[5:9] == ["- layer1", "    + 0", "    + 1", "+ layer2"]
    click(panel, 6, dx=22)
    assert rows(panel)[6:9] == ["    - 0", "        conv1", "        bn1"]
    assert session.selection == ()
    click(panel, 5, dx=8)
    assert rows(panel)[:10] == TOP


def test_enter_and_a_double_click_open_too(panel):
    click(panel, 5)
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert rows(panel)[5] == "- layer1"
    place = panel.table.visualRect(panel.model.index(5, 2)).center()
    QTest.mouseDClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert rows(panel)[5] == "+ layer1"


def test_a_groups_row_is_its_layers(panel, session):
    click(panel, 5)
    assert len(session.selection) == 14
    assert all(node.startswith("layer1.") for node in session.selection)
    assert selected(panel) == ["+ layer1"]
    session.select(["layer2.0.conv1"])
    assert selected(panel) == ["+ layer2"]
    click(panel, 6, dx=8)
    click(panel, 7, dx=22)
    assert selected(panel) == ["conv1"]


def test_an_edit_changes_the_sums(panel, session):
    session.do(SetParameters("layer1.0.conv1", {"bias": True}))
    assert texts(panel, 5)["parameters"] == "148 032"  # 64 more
    session.do(SetParameters("layer1.0.conv1", {"kernel": (99, 99)}))
    assert texts(panel, 5)["parameters"].startswith("≥")
    assert texts(panel, 5)["problem"].startswith("layer1.0.conv1: ")


def test_sorting_and_searching_are_for_layers_alone(panel):
    panel.filter.setText("downsample")
    assert len(rows(panel)) == 6
    assert rows(panel)[0] == "layer2.0.downsample.0"
    panel.filter.clear()
    assert rows(panel)[:10] == TOP
    panel.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    assert not panel.grouped.isChecked()
    assert rows(panel)[0] == "layer4.0.conv2"
    panel.grouped.click()
    assert rows(panel)[:10] == TOP


def test_without_groups_there_is_no_button(panel, session):
    session.adopt(network("lenet5"))
    assert not panel.grouped.isVisible()
    assert rows(panel)[:2] == ["image", "conv1"]
    session.adopt(network("resnet18"))
    assert panel.grouped.isVisible()
    assert rows(panel)[:10] == TOP
