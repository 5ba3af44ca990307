from __future__ import annotations

import attrs
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from designer.analysis.roofline import Device
from designer.engine.execute.profile import RunProfile, StepProfile
from designer.gallery.catalogue import network
from designer.graph.edits import RemoveNodes
from designer.session.profile.table import to_csv, to_markdown
from designer.ui.panels.tables.profile_panel import ProfilePanel
from designer.ui.widgets.row_model import CELL_ROLE

PROFILE = RunProfile((
    StepProfile(("conv1", "tanh1"), "first layer", 0.002, 117_600),
    StepProfile(("pool1",), "windows", 0.001, 0),
    StepProfile(("conv2", "tanh2"), "tiles", 0.005, 240_000),
    StepProfile(("fc1",), "matrix product", 0.002, 48_000),
))  # fmt: skip

NAMES, STATE, TIME, LEAST, SHARE = 0, 2, 3, 4, 6


@pytest.fixture
def tell(session):
    def tell(profile):
        session.profile = profile
        session.profiled.emit(profile)

    return tell


@pytest.fixture
def panel(show, tell):
    panel = show(ProfilePanel, 690, 240)
    tell(PROFILE)
    return panel


def click(qtbot, panel, node):
    place = panel.table.visualRect(panel.model.index(panel.model.row_of(node), NAMES)).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def texts(panel, column):
    return [panel.model.index(row, column).data() for row in range(panel.model.rowCount())]


def cell(panel, node, column):
    return panel.model.index(panel.model.row_of(node), column).data(CELL_ROLE)


def test_before_the_first_run_it_says_what_would_fill_it(show):
    panel = show(ProfilePanel)
    assert panel.empty.isVisible()
    assert panel.empty.text() == "Run the network on an image to see where the time goes."
    assert not panel.table.isVisible()


def test_a_row_for_each_step(panel):
    assert not panel.empty.isVisible()
    assert texts(panel, NAMES) == ["conv1 + tanh1", "pool1", "conv2 + tanh2", "fc1"]
    assert texts(panel, TIME) == ["2.00", "1.00", "5.00", "2.00"]
    assert panel.total.text().replace("\N{NO-BREAK SPACE}", " ") == "6 layers, 10.0 ms, 0.08 GFLOP/s"


def test_the_least_time_stands_beside_the_measured_one(panel):
    # Once what the machine can do has been measured, in another thread.
    panel._take_device(Device("this", "this machine", {"float32": 1e9}, 1e8, "invented"))
    # conv1 + tanh1: 2 · 117,600 operations at 1 GOP/s take 0.24 ms; moving (32·32 + 6·28·28 + 156) · 4 bytes at
    # 100 MB/s takes 0.24 ms: 235.2 µs against 235.36 µs. pool1: (6·28·28 + 6·14·14) · 4 bytes. conv2 + tanh2:
    # 2 · 240,000 operations. fc1: (400 + 120 + 48,120) · 4 bytes.
    assert texts(panel, LEAST) == ["0.24", "0.24", "0.48", "1.95"]
    tip = panel.model.index(0, LEAST).data(Qt.ItemDataRole.ToolTipRole).replace("\N{NO-BREAK SPACE}", " ")
    assert tip.startswith("Set by memory: 235 200 operations, 23 536 B moved.")
    assert "from 10.0 on arithmetic sets the time" in tip


def test_without_a_measurement_or_a_layer_there_is_no_estimate(panel, session):
    session.do(RemoveNodes(["conv2"]))
    panel._take_device(Device("this", "this machine", {"float32": 1e9}, 1e8, "invented"))
    assert texts(panel, LEAST)[2] == "—"


def test_the_longest_bar_is_that_of_the_slowest(panel):
    shares = [cell(panel, node, SHARE).share for node in ("tanh1", "pool1", "tanh2", "fc1")]
    assert shares == pytest.approx([0.4, 0.2, 1.0, 0.4])


def test_a_click_on_the_header_sorts_by_time(qtbot, panel):
    header = panel.table.horizontalHeader()
    place = header.rect().center()
    place.setX(header.sectionViewportPosition(TIME) + header.sectionSize(TIME) // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert texts(panel, NAMES)[0] == "conv2 + tanh2"


def test_what_was_remembered_is_muted_and_says_so(panel, tell):
    steps = [attrs.evolve(step, remembered=step.node != "fc1", seconds=2 * step.seconds) for step in PROFILE.steps]
    tell(RunProfile(tuple(steps)))
    assert texts(panel, STATE) == ["remembered"] * 3 + ["computed"]
    assert [cell(panel, node, NAMES).colour for node in ("conv1", "fc1")] == ["muted", "text"]
    assert "5 remembered" in panel.total.text()


def test_a_click_selects_the_layer_whose_maps_came_out(qtbot, session, panel):
    click(qtbot, panel, "conv1")
    assert session.selection == ("tanh1",)


def test_a_layer_selected_elsewhere_shows_its_step(session, panel):
    session.select(["conv2"])
    assert [index.row() for index in panel.table.selectionModel().selectedRows()] == [2]
    assert session.selection == ("conv2",)
    session.select(["fc3"])
    assert not panel.table.selectionModel().hasSelection()


def test_another_run_selects_nothing_by_itself(session, panel, tell):
    session.select(["conv2"])
    tell(RunProfile(PROFILE.steps[2:]))
    assert session.selection == ("conv2",)
    assert [index.row() for index in panel.table.selectionModel().selectedRows()] == [0]


def test_a_run_that_computes_nothing_leaves_the_profile_that_did(panel, tell):
    tell(RunProfile(tuple(attrs.evolve(step, remembered=True) for step in PROFILE.steps[1:])))
    assert texts(panel, STATE) == ["computed"] * 4
    other = attrs.evolve(PROFILE.steps[1], remembered=True, seconds=0.009)
    tell(RunProfile((other,)))
    assert texts(panel, STATE) == ["remembered"]


def test_another_design_has_no_profile_yet(session, panel):
    session.adopt(network("alexnet"))
    assert panel.empty.isVisible()


def test_a_layer_deleted_since_keeps_its_row_until_the_next_run(qtbot, session, panel):
    session.do(RemoveNodes(["pool1"], bridge=True))
    panel.grab()
    click(qtbot, panel, "pool1")
    assert texts(panel, NAMES)[1] == "pool1"
    assert session.selection == ()


def test_copying(qtbot, panel):
    qtbot.mouseClick(panel.copying.csv, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == to_csv(PROFILE)
    qtbot.mouseClick(panel.copying.markdown, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == to_markdown(PROFILE)


def test_nothing_is_done_while_hidden(panel, tell):
    panel.hide()
    tell(RunProfile(PROFILE.steps[:1]))
    assert panel.model.rowCount() == 4
    panel.show()
    assert panel.model.rowCount() == 1


@pytest.mark.parametrize("width", [280, 420, 690, 1200])
def test_the_columns_fit(show, tell, width):
    panel = show(ProfilePanel, width, 240)
    tell(PROFILE)
    assert panel.table.horizontalScrollBar().maximum() == 0
    shown = [not panel.table.isColumnHidden(section) for section in range(7)]
    assert [shown[NAMES], shown[TIME], shown[SHARE]] == [True, True, True]
    assert shown[1] == (width > 600)


def test_names_computed_as_one_give_up_what_they_share_before_they_are_cut(panel, tell):
    tell(RunProfile((StepProfile(("layer1.0.conv1", "layer1.0.bn1", "layer1.0.relu"), "tiles", 0.005, 240_000),)))
    delegate, shown = panel.table.itemDelegate(), cell(panel, "layer1.0.conv1", NAMES)
    assert delegate.fitted(shown, 1000) == "layer1.0.conv1 + layer1.0.bn1 + layer1.0.relu"
    room = delegate._metrics.horizontalAdvance("layer1.0.conv1 + bn1 + relu") + 2
    assert delegate.fitted(shown, room) == "layer1.0.conv1 + bn1 + relu"
    cut = delegate.fitted(shown, delegate._metrics.horizontalAdvance("…conv1 + bn1 + relu"))
    assert cut.startswith("…")
    assert cut.endswith("nv1 + bn1 + relu")
