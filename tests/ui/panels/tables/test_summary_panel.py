from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from designer.analysis.analyse import Settings
from designer.graph.edits import RemoveNodes, Rename, SetParameters
from designer.interchange.tables.summary import to_csv, to_markdown
from designer.ui.panels.tables.summary_panel import SummaryPanel
from designer.ui.widgets.row_model import CELL_ROLE


@pytest.fixture
def panel(show):
    return show(SummaryPanel, 960, 480)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def click(qtbot, panel, node, modifier=Qt.KeyboardModifier.NoModifier):
    place = panel.table.visualRect(panel.model.index(panel.model.row_of(node), 0)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def selected(panel):
    return [panel.model.ids[index.row()] for index in panel.table.selectionModel().selectedRows()]


def totals(panel):
    model = panel.totals.model()
    return [plain(model.index(0, column).data() or "") for column in range(model.columnCount())]


def click_header(qtbot, panel, section):
    header = panel.table.horizontalHeader()
    place = header.rect().center()
    place.setX(header.sectionViewportPosition(section) + header.sectionSize(section) // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_a_click_selects_the_layer(qtbot, session, panel):
    click(qtbot, panel, "conv2")
    assert session.selection == ("conv2",)


def test_more_with_control_the_last_one_is_current(qtbot, session, panel):
    click(qtbot, panel, "pool2")
    click(qtbot, panel, "conv1", Qt.KeyboardModifier.ControlModifier)
    assert session.selection == ("pool2", "conv1")


def test_arrow_keys_go_along_the_network(qtbot, session, panel):
    click(qtbot, panel, "conv1")
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert session.selection == ("tanh1",)


def test_the_selection_made_elsewhere_is_shown(session, panel):
    session.select(["conv1", "fc2"])
    assert selected(panel) == ["conv1", "fc2"]
    assert panel.model.ids[panel.table.currentIndex().row()] == "fc2"
    session.select([])
    assert selected(panel) == []


def test_the_selection_stays_on_its_layer_while_rows_move(session, panel):
    session.select(["conv2"])
    session.do(RemoveNodes(["tanh1"], bridge=True))
    assert session.selection == ("conv2",)
    assert selected(panel) == ["conv2"]
    panel.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    assert selected(panel) == ["conv2"]
    assert session.selection == ("conv2",)


def test_a_layer_removed_under_the_selection_selects_no_other(session, panel):
    session.select(["conv2"])
    session.do(RemoveNodes(["conv2"], bridge=True))
    assert session.selection == ()
    assert selected(panel) == []


def test_clicks_on_a_header_sort_up_down_and_back_to_execution_order(qtbot, session, panel):
    click_header(qtbot, panel, 3)
    assert panel.model.ids[-1] == "fc1"
    click_header(qtbot, panel, 3)
    assert panel.model.ids[0] == "fc1"
    click_header(qtbot, panel, 3)
    assert panel.model.ids == session.design.order


def test_totals_are_always_in_view_and_exact(panel):
    assert panel.totals.isVisible()
    assert totals(panel)[:5] == ["Total", "complete", "", "61 706", "416 520"]


def test_totals_follow_and_say_when_they_are_partial(session, panel):
    session.do(SetParameters("conv2", {"kernel": 30}))
    assert totals(panel)[1] == "partial: lower bound"
    assert totals(panel)[3] == "≥ 156"
    session.undo()
    assert totals(panel)[1] == "complete"


def test_totals_stand_under_their_columns(panel):
    panel.table.setColumnWidth(0, 222)
    panel.table.horizontalHeader().moveSection(0, 2)
    header, below = panel.table.horizontalHeader(), panel.totals.horizontalHeader()
    assert panel.totals.columnWidth(0) == 222
    assert [below.visualIndex(section) for section in range(8)] == [header.visualIndex(section) for section in range(8)]


def test_how_it_was_counted_is_named(session, panel):
    session.configure(Settings(dtype="int8", convention="tf-slim"))
    # at its peak two maps of 6·28·28 values, a byte each
    assert plain(panel.counted.text()) == "FLOPs (TF-Slim: with bias and pooling) · int8 · peak memory 9 408 B"


def test_copying_the_table(qtbot, session, panel):
    qtbot.mouseClick(panel.copying.csv, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == to_csv(session.report)
    qtbot.mouseClick(panel.copying.markdown, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == to_markdown(session.report)


def test_the_menu_offers_the_same(qtbot, session, panel):
    menu = panel.copying.menu()
    qtbot.addWidget(menu)
    actions = {action.text(): action for action in menu.actions()}
    actions["Copy as CSV"].trigger()
    assert QGuiApplication.clipboard().text() == to_csv(session.report)
    panel.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    actions["Execution order"].trigger()
    assert panel.model.ids == session.design.order


def test_a_filter_keeps_the_selection_of_what_is_left_out(qtbot, session, panel):
    session.select(["conv1"])
    qtbot.keyClicks(panel.filter, "pool")
    assert panel.model.ids == ("pool1", "pool2")
    assert session.selection == ("conv1",)
    panel.filter.clear()
    assert selected(panel) == ["conv1"]


def test_a_hidden_table_catches_up(session, panel):
    panel.hide()
    session.do(RemoveNodes(["tanh1"], bridge=True))
    assert panel.model.rowCount() == 13
    panel.show()
    assert panel.model.rowCount() == 12


def test_a_narrow_table_shows_all_numbers_without_scrolling(show):
    panel = show(SummaryPanel, 680, 240)
    assert panel.table.horizontalScrollBar().maximum() == 0
    assert not panel.table.isColumnHidden(1)
    assert panel.table.isColumnHidden(7)


def test_problems_take_the_place_of_the_kind_where_there_is_no_room_for_both(session, show):
    panel = show(SummaryPanel, 680, 240)
    session.do(SetParameters("conv2", {"kernel": 30}))
    assert panel.table.isColumnHidden(1)
    assert not panel.table.isColumnHidden(7)
    assert totals(panel)[0] == "Total, partial"
    session.undo()
    assert not panel.table.isColumnHidden(1)
    assert totals(panel)[:2] == ["Total", "complete"]


def test_a_column_dragged_by_hand_stays_as_it_is(panel):
    panel.table.setColumnWidth(3, 150)
    panel.resize(700, 480)
    assert panel.table.columnWidth(3) == 150


def test_where_there_is_no_room_a_path_keeps_its_end_and_its_tooltip_all_of_it(qtbot, bridge, session, panel):
    session.do(Rename("conv1", "features.block1.conv1"))
    index = panel.model.index(panel.model.row_of("features.block1.conv1"), 0)
    cell = index.data(CELL_ROLE)
    delegate = panel.table.itemDelegate()
    assert delegate.fitted(cell, 1000) == "features.block1.conv1"
    cut = delegate.fitted(cell, delegate._metrics.horizontalAdvance("…block1.conv1"))
    assert cut.startswith("…")
    assert cut.endswith("1.conv1")
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "features.block1.conv1"
