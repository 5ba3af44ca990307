from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from designer.analysis.analyse import Settings
from designer.graph.design import Design
from designer.graph.edits import SetParameters
from designer.layer_api.quantities import SPACE
from designer.ui.panels.memory.memory_panel import MemoryPanel


@pytest.fixture
def panel(show):
    return show(MemoryPanel, 800, 220)


def sums(panel: MemoryPanel) -> dict[str, str]:
    return {
        caption.text(): value.text().replace(SPACE, " ") for caption, value in panel._rows if not caption.isHidden()
    }


def place(panel: MemoryPanel, step: int) -> QPoint:
    plot = panel.plot.plot_rect()
    return QPoint(int(plot.left() + (step + 0.5) * plot.width() / len(panel.plot.steps.nodes)), int(plot.center().y()))


def test_a_run_of_lenet(panel):
    """FACTS: 61,706 parameters of 4 bytes. Most at once: conv1's 6·28·28 in and out of tanh."""
    steps = panel.plot.steps
    assert steps.nodes[steps.peak] == "tanh1"
    assert steps.alive[steps.peak] == 2 * 4 * 6 * 28 * 28
    assert sums(panel)["most outputs at once"] == "37 632 B"
    assert sums(panel)["weights"] == "246.82 kB"
    assert sums(panel)["in all"] == "284.46 kB"
    assert panel.optimiser.isHidden()


def test_a_training_step_has_a_way_back_and_an_optimiser(panel):
    panel.what.button(1).click()
    steps = panel.plot.steps
    # Forwards through 13 nodes and back through all but the image, which has no gradient.
    assert (len(steps.nodes), steps.turn, steps.nodes[-1]) == (25, 13, "conv1")
    assert sums(panel)["kept by the optimiser"] == "493.65 kB"  # two values of 4 bytes for each of 61,706
    panel.optimiser.setCurrentIndex(panel.optimiser.findData("sgd"))
    assert sums(panel)["kept by the optimiser"] == "0 B"
    assert "its gradient" in panel.plot.tip(24)


def test_a_click_selects_and_arrows_go_along(panel, session, qtbot):
    qtbot.mouseClick(panel.plot, Qt.MouseButton.LeftButton, pos=place(panel, 1))
    assert session.current == "conv1"
    QTest.keyClick(panel, Qt.Key.Key_Right)
    assert session.current == "tanh1"
    QTest.keyClick(panel, Qt.Key.Key_End)
    assert session.current == panel.plot.steps.nodes[-1]


def test_it_follows_edits_batch_and_problems(panel, session):
    session.configure(Settings(batch=2))
    assert sums(panel)["most outputs at once"] == "75 264 B"
    assert panel.counted.text() == "float32, batch 2"
    session.do(SetParameters("conv1", {"kernel": (99, 99)}))
    assert sums(panel)["most outputs at once"].startswith("≥")
    assert "partial" in panel.counted.text()


def test_an_empty_design_says_what_would_be_here(panel, session):
    session.adopt(Design())
    assert panel.empty.isVisible()
    assert not panel.plot.isVisible()
    panel.grab()
