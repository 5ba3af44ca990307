from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from designer.graph.edits import SetName, SetParameters, SetWeights
from designer.ui.panels.form.parameters_panel import ParametersPanel


@pytest.fixture
def panel(show):
    return show(ParametersPanel)


def focus(qtbot, widget):
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)
    return widget


def retype(qtbot, widget, text):
    focus(qtbot, widget).selectAll()
    qtbot.keyClicks(widget, text)


def layer(session, node):
    return session.design.nodes[node].layer


def editor(panel, name):
    return panel.form.editors[name]


# -- set the model, assert the widget ----------------------------------------------------------------------------------


def test_the_form_shows_the_selected_layer(session, panel):
    session.select(["conv1"])
    assert panel.header.name.text() == "conv1"
    assert panel.header.kind.text() == "Convolution 2D"
    assert panel.description.text().startswith("Convolution over an image")
    assert list(panel.form.editors) == list(type(layer(session, "conv1")).fields())
    assert editor(panel, "filters").value == 6
    assert editor(panel, "kernel").value == (5, 5)


def test_it_follows_edits_made_elsewhere_and_undo(session, panel):
    session.select(["conv1"])
    session.do(SetParameters("conv1", {"filters": 12}))
    assert editor(panel, "filters").box.text() == "12"
    session.undo()
    assert editor(panel, "filters").box.text() == "6"
    session.redo()
    assert editor(panel, "filters").box.text() == "12"


def test_a_change_while_hidden_is_there_when_shown(session, panel):
    session.select(["conv1"])
    panel.hide()
    session.do(SetParameters("conv1", {"filters": 12}))
    session.select(["conv2"])
    session.select(["conv1"])
    assert editor(panel, "filters").box.text() == "6"
    panel.show()
    assert editor(panel, "filters").box.text() == "12"


def test_one_form_serves_all_layers_of_a_kind(session, panel):
    session.select(["conv1"])
    form = panel.form
    session.select(["conv2"])
    assert panel.form is form
    assert editor(panel, "filters").value == 16


def test_nothing_selected_shows_the_name_of_the_design(session, panel):
    assert panel.pages.currentWidget() is panel.design_page
    assert panel.design_page.name.text() == "LeNet-5"
    session.do(SetName("Mine"))
    assert panel.design_page.name.text() == "Mine"


def test_a_removed_layer_leaves_the_panel(session, panel):
    session.select(["conv1"])
    session.adopt(type(session.design)())
    assert panel.pages.currentWidget() is panel.design_page


def test_layers_of_several_kinds(session, panel):
    session.select(["conv1", "fc1", "conv2"])
    assert panel.pages.currentWidget() is panel.hint_page
    assert panel.hint_page.title.text() == "3 layers selected"
    assert panel.hint_page.kinds.text() == "2 × Convolution 2D\n1 × Dense"


def test_the_seed_is_shown_where_there_are_weights(session, panel):
    session.select(["conv1"])
    # CRC-32 of "conv1"
    assert panel.weights_row.origin.text() == "initialised from seed 285681077"
    session.select(["tanh1"])
    assert not panel.weights_row.isVisible()


# -- act on the widget, assert the model -------------------------------------------------------------------------------


def test_typing_changes_the_design(qtbot, session, panel):
    session.select(["conv1"])
    retype(qtbot, editor(panel, "filters").box, "12")
    assert layer(session, "conv1").filters == 12


def test_a_value_that_breaks_the_network_is_accepted(qtbot, session, panel):
    session.select(["conv2"])
    retype(qtbot, editor(panel, "kernel").boxes[0], "30")
    assert layer(session, "conv2").kernel == (30, 30)
    assert [facts.id for facts in session.report.problems] == ["conv2"]


def test_a_value_that_makes_no_sense_changes_nothing(qtbot, session, panel):
    session.select(["conv1"])
    before = session.design
    retype(qtbot, editor(panel, "filters").box, "0")
    assert session.design is before
    assert editor(panel, "filters").reason.isVisible()


def test_spinning_is_one_step_until_the_focus_leaves(qtbot, session, panel):
    session.select(["conv1"])
    box = focus(qtbot, editor(panel, "filters").box)
    for _step in range(4):
        qtbot.keyClick(box, Qt.Key.Key_Up)
    focus(qtbot, editor(panel, "groups").box)
    focus(qtbot, box)
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert layer(session, "conv1").filters == 11
    session.undo()
    assert layer(session, "conv1").filters == 10
    session.undo()
    assert layer(session, "conv1").filters == 6


def test_a_click_is_a_step_of_its_own(qtbot, session, panel):
    session.select(["conv1"])
    box = focus(qtbot, editor(panel, "bias").box)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert len(list(session.document.history())) == 2


def test_reset_puts_a_field_back_to_its_default(qtbot, session, panel):
    session.select(["conv1"])
    assert panel.form.resets["filters"].isVisible()
    assert not panel.form.resets["groups"].isVisible()
    qtbot.mouseClick(panel.form.resets["filters"], Qt.MouseButton.LeftButton)
    assert layer(session, "conv1").filters == 16
    assert not panel.form.resets["filters"].isVisible()


def test_tab_after_a_number_goes_to_the_next_field(qtbot, session, panel):
    """The reset button appears while the number is typed, between the two."""
    session.select(["conv2"])
    session.do(SetParameters("conv2", {"filters": 16}))
    assert not panel.form.resets["filters"].isVisible()
    retype(qtbot, editor(panel, "filters").box, "6")
    assert panel.form.resets["filters"].isVisible()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClicks(QApplication.focusWidget(), "3")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert (layer(session, "conv2").filters, layer(session, "conv2").kernel) == (6, (3, 3))


def test_a_key_resets_the_field_that_has_the_focus(qtbot, session, panel):
    session.select(["conv1"])
    box = focus(qtbot, editor(panel, "filters").box)
    QTest.keySequence(box, QKeySequence("Ctrl+R"))
    assert layer(session, "conv1").filters == 16
    assert layer(session, "conv1").kernel == (5, 5)
    assert "Ctrl+R" in panel.form.resets["filters"].toolTip()


def test_several_of_one_kind_change_together_in_one_step(qtbot, session, panel):
    session.select(["conv1", "conv2"])
    assert panel.header.name.text() == "2 layers"
    assert panel.header.name.isReadOnly()
    box = editor(panel, "filters").box
    assert (box.text(), box.lineEdit().placeholderText()) == ("", "—")
    retype(qtbot, box, "8")
    assert [layer(session, node).filters for node in ("conv1", "conv2")] == [8, 8]
    session.undo()
    assert [layer(session, node).filters for node in ("conv1", "conv2")] == [6, 16]
    assert box.text() == ""


def test_renaming_in_place_keeps_selection_and_focus(qtbot, session, panel):
    session.select(["conv1"])
    retype(qtbot, panel.header.name, "stem")
    qtbot.keyClick(panel.header.name, Qt.Key.Key_Return)
    assert "stem" in session.design.nodes
    assert session.selection == ("stem",)
    assert panel.header.name.text() == "stem"
    assert panel.header.name.hasFocus()
    retype(qtbot, editor(panel, "filters").box, "9")
    assert layer(session, "stem").filters == 9


@pytest.mark.parametrize(
    ("name", "reason"),
    [("conv2", "there is a node conv2 already; choose another name"), ("2nd", "'2nd' cannot be a name")],
)
def test_a_name_that_cannot_be_is_refused_with_the_reason(qtbot, session, panel, name, reason):
    session.select(["conv1"])
    retype(qtbot, panel.header.name, name)
    qtbot.keyClick(panel.header.name, Qt.Key.Key_Return)
    assert session.selection == ("conv1",)
    assert panel.header.reason.isVisible()
    assert panel.header.reason.text().startswith(reason)
    focus(qtbot, editor(panel, "filters").box)
    assert panel.header.name.text() == "conv1"


def test_naming_the_design(qtbot, session, panel):
    retype(qtbot, panel.design_page.name, "Mine")
    qtbot.keyClick(panel.design_page.name, Qt.Key.Key_Return)
    assert session.design.name == "Mine"


def test_given_weights_can_be_dropped_and_come_back_with_undo(qtbot, session, panel):
    session.do(SetWeights({"conv1": {"weight": np.ones((6, 1, 5, 5)), "bias": np.zeros(6)}}))
    session.select(["conv1"])
    assert panel.weights_row.origin.text() == "from a file"
    qtbot.mouseClick(panel.weights_row.again, Qt.MouseButton.LeftButton)
    assert "conv1" not in session.design.weights
    assert not panel.weights_row.again.isVisible()
    assert session.document.undo_label == "Initialise conv1 again"
    session.undo()
    assert panel.weights_row.again.isVisible()


def test_nothing_is_wider_than_a_narrow_dock(session, panel):
    for node in session.design.nodes:
        session.select([node])
        assert panel.layer_page.widget().minimumSizeHint().width() <= 306, node


def test_a_layer_without_fields_is_not_mute(session, panel):
    session.select(["tanh1"])
    assert [label.text() for label in panel.form.findChildren(QLabel)] == ["This layer has nothing to set."]
