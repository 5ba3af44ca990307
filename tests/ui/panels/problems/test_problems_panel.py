from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from designer.graph.compound_edits import Several
from designer.graph.design import Design
from designer.graph.edits import AddNode, Node, SetParameters
from designer.layer_api.registry import make_layer
from designer.ui.panels.problems.problems_panel import SHOWN_AT_FIRST, ProblemsPanel


@pytest.fixture
def panel(show):
    return show(ProblemsPanel, 960, 240)


def break_conv2(session):
    session.do(SetParameters("conv2", {"kernel": 15}))


def loose(count):
    return Several([AddNode(Node(f"loose{index}", make_layer("relu"))) for index in range(count)], "Add many")


def test_nothing_wrong_says_so(panel):
    assert panel.empty.isVisible()
    assert panel.empty.text.text() == "No problems. Every layer's shape is known."


def test_an_empty_design_is_not_praised(session, panel):
    session.adopt(Design())
    assert panel.empty.text.text().startswith("No layers yet")


def test_a_problem_is_listed_in_words(session, panel):
    break_conv2(session)
    row = panel.rows["conv2"]
    assert row.isVisible()
    assert row.name.text() == "conv2"
    assert row.message.text().startswith("kernel 15×15 spans 15×15 but the padded input is 14×14")
    assert panel.waiting.text() == "8 layers wait for these."
    assert not panel.empty.isVisible()


def test_it_goes_when_it_is_mended(session, panel):
    break_conv2(session)
    session.undo()
    assert panel.rows == {}
    assert panel.empty.isVisible()


def test_a_click_goes_there(qtbot, session, panel):
    break_conv2(session)
    qtbot.mouseClick(panel.rows["conv2"], Qt.MouseButton.LeftButton)
    assert session.selection == ("conv2",)


def test_so_does_enter(qtbot, session, panel):
    break_conv2(session)
    row = panel.rows["conv2"]
    row.setFocus()
    qtbot.waitUntil(row.hasFocus)
    qtbot.keyClick(row, Qt.Key.Key_Return)
    assert session.selection == ("conv2",)


def test_a_fix_is_offered_and_is_one_step(qtbot, session, panel):
    break_conv2(session)
    fixes = panel.rows["conv2"].fixes
    qtbot.waitUntil(fixes.isVisible)
    # 14 + 2·1 − 15 + 1 = 2
    assert fixes.buttons[0].text() == "Set padding to 1 of conv2"
    qtbot.mouseClick(fixes.buttons[0], Qt.MouseButton.LeftButton)
    assert session.report.complete
    assert session.document.undo_label == "Change padding of conv2"
    session.undo()
    assert [facts.id for facts in session.report.problems] == ["conv2"]


def test_fixes_come_back_with_the_panel(qtbot, session, panel):
    panel.hide()
    break_conv2(session)
    panel.show()
    qtbot.waitUntil(lambda: "conv2" in panel.rows and panel.rows["conv2"].fixes.isVisible())


def test_the_count_is_told_even_when_hidden(qtbot, session, panel):
    panel.hide()
    with qtbot.waitSignal(panel.count_changed) as told:
        break_conv2(session)
    assert told.args == [1]
    with qtbot.waitSignal(panel.count_changed) as told:
        session.undo()
    assert told.args == [0]


def test_rows_that_stay_are_used_again(session, panel):
    break_conv2(session)
    row = panel.rows["conv2"]
    session.do(AddNode(Node("loose", make_layer("relu"))))
    assert panel.rows["conv2"] is row
    assert set(panel.rows) == {"conv2", "loose"}


def test_problems_stand_in_execution_order(session, panel):
    session.do(loose(3))
    break_conv2(session)
    places = {node: panel._column.indexOf(row) for node, row in panel.rows.items()}
    assert sorted(places, key=places.get) == [facts.id for facts in session.report.problems]


def test_very_many_are_shown_in_portions(qtbot, session, panel):
    session.do(loose(SHOWN_AT_FIRST + 5))
    assert len(panel.rows) == SHOWN_AT_FIRST
    assert panel.more.text() == "Show 5 more"
    panel.more.click()
    assert len(panel.rows) == SHOWN_AT_FIRST + 5
    assert not panel.more.isVisible()
