from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.gallery.lenet import lenet5
from designer.graph.group_edits import GroupNodes
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.panels.form.group_page import COLOURS
from designer.ui.panels.form.parameters_panel import ParametersPanel


@pytest.fixture
def panel(qtbot):
    session = Session(lenet5())
    names = list(session.design.nodes)[1:4]
    session.do(GroupNodes(names, "stem"))
    bridge = Bridge(session)
    panel = ParametersPanel(bridge)
    bridge.setParent(panel)
    qtbot.addWidget(panel)
    panel.show()
    session.select(names)
    return panel


def test_the_form_of_a_group_comes_when_all_its_nodes_are_selected(panel):
    page, session = panel.group_page, panel.session
    assert panel.pages.currentWidget() is page
    assert page.name.text() == "stem"
    assert page.count.text() == "3 layers"
    session.select(session.selection[:2])
    assert panel.pages.currentWidget() is not page


def test_name_colour_and_note_are_edited_one_step_each(panel):
    page, session = panel.group_page, panel.session
    page.name.setText("first")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    assert list(session.design.grouping.groups) == ["first"]
    page._colours.button(2).click()
    assert session.design.group("first").colour == COLOURS[2][0] == "#d55e00"
    page.note.setFocus()
    QTest.keyClicks(page.note, "Two of them")
    page.name.setFocus()
    page.take_note()
    assert session.design.group("first").note == "Two of them"
    for _step in range(3):
        session.undo()
    group = session.design.group("stem")
    assert (group.colour, group.note) == (None, "")


def test_a_refused_name_gives_way_to_the_old_one(panel):
    page, session = panel.group_page, panel.session
    page.name.setText("no dots.")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    page.note.setFocus()
    assert page.name.text() == "stem"
    assert list(session.design.grouping.groups) == ["stem"]
