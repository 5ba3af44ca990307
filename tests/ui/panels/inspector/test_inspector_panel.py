from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from designer.analysis.analyse import Settings
from designer.graph.design import Design
from designer.graph.edits import Disconnect, SetParameters
from designer.ui.panels.inspector.inspector_panel import InspectorPanel


@pytest.fixture
def panel(show):
    return show(InspectorPanel)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def seen(panel):
    """Title → (value, formulas) of the facts in sight."""
    return {
        view.title.text(): (plain(view.value.text()), plain(view.formulas.text()))
        for view in panel.views
        if view.isVisible()
    }


def test_the_numbers_of_the_selected_layer_with_their_formulas(session, panel):
    session.select(["conv1"])
    assert panel.title.text() == "conv1"
    facts = seen(panel)
    assert facts["Output"] == ("6×28×28", "⌊(32 + 2·0 − 5)/1⌋ + 1 = 28")
    assert facts["Parameters"] == ("156", "(5·5·1 + 1)·6 = 156")
    assert facts["MACs"] == ("117.60 k", "28·28 · 5·5·1 · 6 = 117 600")
    assert facts["Memory of the output"] == ("18 816 B", "28·28·6 × 4 B = 18 816 B")
    assert facts["Receptive field"][0] == "5×5"


def test_they_follow_an_edit(session, panel):
    session.select(["conv1"])
    session.do(SetParameters("conv1", {"filters": 10}))
    assert seen(panel)["Parameters"] == ("260", "(5·5·1 + 1)·10 = 260")
    session.undo()
    assert seen(panel)["Parameters"][0] == "156"


def test_they_follow_the_settings(session, panel):
    session.select(["conv1"])
    session.configure(Settings(dtype="int8", convention="flops"))
    facts = seen(panel)
    assert facts["Memory of the output"][0] == "4 704 B"
    assert facts["FLOPs (2 × MACs)"][0] == "235.20 k"


def test_the_exact_figure_is_in_the_tooltip(session, panel):
    session.select(["conv1"])
    (macs,) = (view for view in panel.views if view.title.text() == "MACs")
    assert plain(macs.value.toolTip()) == "117 600"
    # 117 600 of 416 520
    assert plain(macs.share.text()) == "28.2 %"


def test_nothing_selected_shows_the_whole_network(session, panel):
    assert panel.title.text() == "LeNet-5"
    assert plain(panel.views[1].value.toolTip()) == "61 706"
    assert panel.hint.isVisible()


def test_an_empty_design_says_nothing_wrong(session, panel):
    session.adopt(Design())
    assert seen(panel)["Layers"][0] == "0"


def test_sums_over_several(session, panel):
    session.select(["conv1", "conv2"])
    assert panel.title.text() == "2 layers"
    assert seen(panel)["Parameters"] == ("2 572", "156 + 2 416 = 2 572")


def test_a_rename_elsewhere_does_not_confuse_it(session, panel):
    session.select(["conv1"])
    session.rename("conv1", "stem")
    assert panel.title.text() == "stem"
    session.undo()
    assert panel.title.text() == "conv1"


def test_formulas_can_be_selected(session, panel):
    session.select(["conv1"])
    flags = panel.views[0].formulas.textInteractionFlags()
    assert flags & Qt.TextInteractionFlag.TextSelectableByMouse
    assert flags & Qt.TextInteractionFlag.TextSelectableByKeyboard


def test_copying_everything(qtbot, session, panel):
    session.select(["conv1"])
    qtbot.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    text = plain(QGuiApplication.clipboard().text())
    assert text.startswith("conv1 · Convolution 2D\nOutput: 6×28×28\n    ⌊(32 + 2·0 − 5)/1⌋ + 1 = 28\n")
    assert "MACs: 117 600 (28.2 %)" in text


def test_a_problem_is_said_in_words_with_a_fix_that_is_one_step(qtbot, session, panel):
    session.select(["conv2"])
    session.do(SetParameters("conv2", {"kernel": 15}))
    assert seen(panel) == {}
    assert panel.problem.message.text().startswith("Kernel 15×15 spans 15×15 but the padded input is 14×14")
    qtbot.waitUntil(panel.problem.fixes.isVisible)
    button = panel.problem.fixes.buttons[0]
    # 14 + 2·1 − 15 + 1 = 2
    assert button.text() == "Set padding to 1 of conv2"
    steps = len(list(session.document.history()))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert session.report.complete
    assert len(list(session.document.history())) == steps + 1
    assert not panel.problem.isVisible()


def test_fixes_of_another_design_are_forgotten(qtbot, session, panel):
    session.select(["conv2"])
    session.do(SetParameters("conv2", {"kernel": 30}))
    qtbot.waitUntil(panel.problem.fixes.isVisible)
    session.do(SetParameters("conv2", {"kernel": 32}))
    assert not panel.problem.fixes.isVisible()
    qtbot.waitUntil(panel.problem.fixes.isVisible)
    assert panel.problem.fixes.buttons[0].text() == "Set padding to 9 of conv2"


def test_a_waiting_layer_says_for_which_and_leads_there(session, panel):
    session.do(SetParameters("conv2", {"kernel": 30}))
    session.select(["fc1"])
    assert "Waits for" in panel.problem.links.text()
    panel.problem.links.linkActivated.emit("conv2")
    assert session.selection == ("conv2",)


def test_a_loose_layer(session, panel):
    session.select(["conv1"])
    session.do(Disconnect(session.design.incoming["conv1"]))
    assert panel.problem.message.text() == "Input is not connected."


def test_a_change_while_hidden_is_there_when_shown(session, panel):
    session.select(["conv1"])
    panel.hide()
    session.do(SetParameters("conv1", {"filters": 10}))
    assert panel.views[1].value.text() == "156"
    panel.show()
    assert panel.views[1].value.text() == "260"
