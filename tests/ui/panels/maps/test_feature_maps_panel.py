from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QThreadPool
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.gallery.lenet import lenet5
from designer.graph.design import Design
from designer.graph.edits import RemoveNodes, SetParameters
from designer.session.maps.scale import Scaling, clipped_range, full_range
from designer.session.maps.stack import Sort
from designer.session.runs import RunState
from designer.session.session import Probe, Session
from designer.ui.bridge import Bridge
from designer.ui.panels.maps import shown_maps
from designer.ui.panels.maps.feature_maps_panel import FeatureMapsPanel
from tests.helpers.networks import chain
from tests.helpers.sessions import compute, computed, grey_ramp

PanelOf = Callable[[Session], FeatureMapsPanel]


@pytest.fixture
def panel_of(qtbot: QtBot) -> PanelOf:
    # Held until the end: a panel in a cycle of garbage would lose its attributes while it listens.
    held: list[FeatureMapsPanel] = []

    def make(session: Session) -> FeatureMapsPanel:
        panel = FeatureMapsPanel(Bridge(session))
        qtbot.addWidget(panel)
        panel.resize(1280, 260)
        panel.show()
        held.append(panel)
        return panel

    return make


def small() -> Design:
    return chain(
        (3, 16, 16),
        ("conv2d", {"filters": 4, "kernel": 3, "padding": 1}),
        ("relu", {}),
        ("flatten", {}),
        ("dense", {"units": 6}),
        ("softmax", {}),
    )


def test_nothing_selected_gives_a_hint(panel_of: PanelOf) -> None:
    panel = panel_of(computed(small()))
    assert panel.hint.isVisible()
    assert panel.hint.words == "Select a layer to see its maps"
    assert not panel.toolbar.isVisible()


def test_selecting_a_node_shows_its_maps(panel_of: PanelOf) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    assert panel.mosaic.isVisible()
    assert panel.mosaic.stack is not None
    np.testing.assert_array_equal(panel.mosaic.stack.pictures, session.result("conv1")[0])  # type: ignore[index]
    assert panel.toolbar.title.text() == "conv1"
    assert panel.toolbar.subtitle.text().startswith("4 maps · 16×16")


def test_an_edit_and_a_run_show_the_new_maps(panel_of: PanelOf) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    session.do(SetParameters("conv1", {"filters": 7}))
    assert panel.mosaic.stack is not None
    assert panel.mosaic.stack.count == 4  # the old picture stays until the new one is there
    compute(session)
    assert panel.mosaic.stack.count == 7
    session.undo()
    assert panel.mosaic.stack.count == 4  # remembered: no run was needed


def test_while_it_is_computed_the_old_maps_are_veiled_after_a_moment(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    session.do(SetParameters("conv1", {"filters": 7}))
    session.run_state = RunState(running=True)
    panel._refresh()
    assert not panel.veil.isVisible()
    qtbot.waitUntil(panel.veil.isVisible)
    assert panel.veil.text == "computing…"
    session.run_state = RunState()
    compute(session)
    assert not panel.veil.isVisible()


def test_without_an_image_one_is_asked_for(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = Session(small())
    panel = panel_of(session)
    session.select(["relu1"])
    assert panel.invitation.isVisible()
    with qtbot.waitSignal(panel.open_image_wanted):
        qtbot.mouseClick(panel.invitation._open, Qt.MouseButton.LeftButton)
    session.set_picture(grey_ramp())
    compute(session)
    assert panel.mosaic.isVisible()


def test_a_node_that_cannot_be_computed_says_why(panel_of: PanelOf) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["relu1"])
    session.do(SetParameters("conv1", {"kernel": 99}))
    assert panel.hint.isVisible()
    assert panel.hint.words.startswith("relu1 waits for conv1: ")


def test_a_vector_is_shown_as_bars_and_softmax_with_the_top_five(panel_of: PanelOf) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["fc1"])
    assert panel.bars.isVisible()
    assert not panel.top_classes.isVisible()
    session.select(["softmax1"])
    assert panel.top_classes.isVisible()
    probabilities = session.result("softmax1")[0]  # type: ignore[index]
    best = int(probabilities.argmax())
    assert panel.top_classes.texts()[0] == f"class {best}: {100 * probabilities[best]:.1f} %"
    assert len(panel.top_classes.texts()) == 5


def test_filters_that_read_colours_are_shown_in_colour_and_by_channel(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    qtbot.mouseClick(panel.toolbar.filters_button, Qt.MouseButton.LeftButton)
    weight = session.filters("conv1")["weight"]
    assert panel.mosaic.stack is not None
    assert panel.mosaic.stack.in_colour
    np.testing.assert_array_equal(panel.mosaic.stack.pictures, weight.transpose(0, 2, 3, 1))
    panel.toolbar.slice.setValue(1)
    assert not panel.mosaic.stack.in_colour
    np.testing.assert_array_equal(panel.mosaic.stack.pictures, weight[:, 1])
    assert panel.toolbar.look.colormap == "diverging"
    qtbot.mouseClick(panel.toolbar.maps_button, Qt.MouseButton.LeftButton)
    assert panel.mosaic.stack.size == (16, 16)
    assert panel.toolbar.look.colormap == "viridis"


def test_filters_need_no_image(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = Session(small())
    panel = panel_of(session)
    session.select(["conv1"])
    qtbot.mouseClick(panel.toolbar.filters_button, Qt.MouseButton.LeftButton)
    assert panel.mosaic.isVisible()
    session.select(["relu1"])
    assert panel.invitation.isVisible()
    assert not panel.toolbar.filters_button.isVisible()
    session.select(["conv1"])
    assert panel.mosaic.isVisible()  # filters are still wanted


def test_sorting_by_energy(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    panel.toolbar.sort.actions[Sort.ENERGY].trigger()
    result = session.result("conv1")
    assert result is not None
    energies = {channel: float((result[0, channel].astype(float) ** 2).mean()) for channel in range(4)}
    assert list(panel.mosaic.order) == sorted(energies, key=lambda channel: -energies[channel])


def test_one_scale_for_all(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    panel.toolbar.scaling.actions[Scaling.SHARED].trigger()
    result = session.result("conv1")
    assert result is not None
    assert panel.mosaic.pictures is not None
    assert panel.mosaic.pictures.limits == pytest.approx((float(result.min()), float(result.max())))


def test_extremes_are_clipped_unless_the_full_range_is_wanted(panel_of: PanelOf) -> None:
    session = computed(chain((1, 32, 32), ("conv2d", {"filters": 2, "padding": 2, "kernel": 5})))
    panel = panel_of(session)
    session.select(["conv1"])
    result = session.result("conv1")
    assert result is not None
    assert panel.mosaic.pictures is not None
    scale = panel.mosaic.pictures.scale(0)
    assert (scale.low, scale.high) == clipped_range(result[0, 0]) != full_range(result[0, 0])
    panel.toolbar.scaling.actions[Scaling.FULL].trigger()
    scale = panel.mosaic.pictures.scale(0)
    assert (scale.low, scale.high) == full_range(result[0, 0])
    panel.browser.open_map(0)
    assert panel.browser.detail is not None
    assert panel.mosaic.stack is not None
    assert panel.mosaic.stack.statistics(0).maximum == float(result[0, 0].max())


def test_the_controls_stand_in_one_row_in_the_dock(panel_of: PanelOf) -> None:
    session = computed(chain((3, 224, 224), ("conv2d", {"filters": 64, "padding": "same", "name": "conv1"})))
    panel = panel_of(session)
    panel.resize(686, 240)
    session.select(["conv1"])
    QApplication.processEvents()
    assert panel.toolbar.view.isVisible()
    assert panel.toolbar.height() < 2 * panel.toolbar.view.height()


@pytest.fixture
def busy(panel_of: PanelOf, monkeypatch: pytest.MonkeyPatch) -> tuple[Session, FeatureMapsPanel]:
    """A panel for which another thread summarises maps, and of which nothing is selected yet."""
    monkeypatch.setattr(shown_maps, "AT_ONCE_VALUES", 100)
    session = computed(small())
    panel = panel_of(session)
    panel.toolbar.sort.actions[Sort.ENERGY].trigger()
    return session, panel


def test_large_results_are_summarised_in_another_thread(busy: tuple[Session, FeatureMapsPanel], qtbot: QtBot) -> None:
    session, panel = busy
    session.select(["conv1"])
    assert panel.mosaic.stack is None
    qtbot.waitUntil(lambda: panel.mosaic.stack is not None)
    assert panel.mosaic.pictures is not None
    session.select(["relu1"])
    session.select(["conv1"])  # the answer for relu1 is stale when it comes
    qtbot.waitUntil(lambda: panel.toolbar.title.text() == "conv1")
    export = panel.export()
    assert export is not None
    assert export.values is session.result("conv1")


def test_enter_enlarges_a_map_and_arrows_step(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    panel.mosaic.setFocus()
    qtbot.keyClick(panel.mosaic, Qt.Key.Key_Right)
    qtbot.keyClick(panel.mosaic, Qt.Key.Key_Return)
    assert panel.browser.detail is not None
    assert panel.browser.detail.isVisible()
    assert panel.browser.detail.title.text() == "Map 1"
    qtbot.keyClick(panel.browser.detail, Qt.Key.Key_Right)
    assert panel.browser.detail.title.text() == "Map 2"
    assert panel.mosaic.current == 2
    qtbot.keyClick(panel.browser.detail, Qt.Key.Key_Left)
    assert panel.browser.detail.channel == 1
    qtbot.keyClick(panel.browser.detail, Qt.Key.Key_Escape)
    assert not panel.browser.detail.isVisible()
    assert panel.mosaic.isVisible()


def test_pointing_at_a_cell_tells_the_receptive_field(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(lenet5())
    panel = panel_of(session)
    session.select(["conv2"])
    probes: list[Probe | None] = []
    session.probed.connect(probes.append)
    picture = panel.mosaic.picture_rect(0)
    cell = picture.width() / 10
    # Row 2, column 3 of conv2: 5×5 after a 2×2 pooling after 5×5 sees 14×14 from (2·2, 3·2) on.
    place = QPoint(int(picture.left() + 3.5 * cell), int(picture.top() + 2.5 * cell))
    qtbot.mouseMove(panel.mosaic.viewport(), place)
    assert probes[-1] is not None
    assert probes[-1].cell == (2, 3)
    assert probes[-1].seen == {"image": ((4, 17), (6, 19))}
    qtbot.mouseMove(panel.mosaic.viewport(), QPoint(2, 2))
    assert probes[-1] is None


def test_a_unit_of_a_dense_layer_sees_the_whole_image(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["fc1"])
    probes: list[Probe | None] = []
    session.probed.connect(probes.append)
    qtbot.mouseMove(panel.bars.viewport(), panel.bars.bar_rects(2, 3)[0].center().toPoint())
    assert probes[-1] is not None
    # All of conv1, whose kernels reach one pixel into the padding on each side of 0 … 15.
    assert probes[-1].seen == {"image": ((-1, 16), (-1, 16))}


def test_nothing_is_done_while_nobody_looks(panel_of: PanelOf) -> None:
    session = computed(small())
    panel = panel_of(session)
    panel.hide()
    session.select(["conv1"])
    assert panel.mosaic.stack is None
    panel.show()
    assert panel.mosaic.stack is not None


def test_maps_that_were_not_kept_are_asked_for_once(panel_of: PanelOf) -> None:
    session = Session(small())
    session.set_picture(grey_ramp())
    panel_of(session)
    wanted: list[None] = []
    session.run_wanted.connect(lambda: wanted.append(None))
    session.select(["conv1"])
    session.select(["relu1"])
    session.select(["relu1"])
    assert len(wanted) == 2  # once for each node


def test_what_is_exported_is_what_is_shown(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(small())
    panel = panel_of(session)
    assert panel.export() is None
    session.select(["conv1"])
    panel.toolbar.sort.actions[Sort.ENERGY].trigger()
    panel.toolbar.colours.actions["magma"].trigger()
    export = panel.export()
    assert export is not None
    assert (export.name, export.colormap, export.order) == ("conv1", "magma", panel.mosaic.order)
    assert export.values is session.result("conv1")
    with qtbot.waitSignal(panel.export_wanted) as wanted:
        panel.toolbar.export.menu().actions()[1].trigger()
    assert wanted.args == ["npz"]
    panel.toolbar.filters_button.click()
    filters = panel.export()
    assert filters is not None
    assert filters.name == "conv1.weight"


def test_the_size_control_reaches_tiles_and_bars(panel_of: PanelOf) -> None:
    panel = panel_of(computed(small()))
    panel.toolbar.edge.setValue(160)
    assert panel.mosaic.edge == 160
    panel.mosaic.edge_wanted.emit(64)
    assert panel.toolbar.edge.value() == 64
    assert panel.mosaic.edge == 64


def test_the_enlarged_map_stands_beside_or_below(panel_of: PanelOf) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    panel.browser.open_map(0)
    QApplication.processEvents()
    assert panel.browser.detail is not None
    assert panel.browser.detail.x() >= panel.mosaic.width()
    panel.resize(320, 700)
    QApplication.processEvents()
    assert panel.browser.detail.x() == 0
    assert panel.browser.detail.y() >= panel.mosaic.height()


def test_where_nothing_runs_a_button_computes(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = Session(small())
    session.set_picture(grey_ramp())
    panel = panel_of(session)
    session.select(["conv1"])
    assert panel.hint.words == ""
    qtbot.waitUntil(lambda: panel.hint.words == "Not computed yet")
    with qtbot.waitSignal(panel.run_requested):
        qtbot.mouseClick(panel.hint._button, Qt.MouseButton.LeftButton)


def test_colours_can_be_chosen_only_where_they_mean_something(panel_of: PanelOf) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    assert panel.toolbar.colours.offered
    panel.toolbar.filters_button.click()
    assert not panel.toolbar.colours.offered  # red, green and blue are their own
    panel.toolbar.slice.setValue(0)
    assert panel.toolbar.colours.offered
    session.select(["fc1"])
    assert not panel.toolbar.colours.offered


def test_removing_the_node_leaves_the_hint(panel_of: PanelOf) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["softmax1"])
    session.do(RemoveNodes(["softmax1"]))
    assert panel.hint.words == "Select a layer to see its maps"


def test_what_was_undone_while_it_was_summarised_is_not_shown(
    busy: tuple[Session, FeatureMapsPanel], qtbot: QtBot
) -> None:
    session, panel = busy
    session.select(["conv1"])
    qtbot.waitUntil(lambda: panel.export() is not None)
    session.do(SetParameters("conv1", {"filters": 7}))
    compute(session)  # its answer is on the way
    session.undo()
    QThreadPool.globalInstance().waitForDone()
    QApplication.processEvents()
    assert panel.mosaic.stack is not None
    assert panel.mosaic.stack.count == 4
    assert panel.toolbar.subtitle.text().startswith("4 maps")


def test_a_panel_in_the_dark_follows_the_theme(panel_of: PanelOf) -> None:
    from designer.ui.widgets.theme import dark, set_scheme

    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    try:
        set_scheme("dark")
        QApplication.processEvents()
        shot = panel.mosaic.viewport().grab().toImage()
        assert shot.pixelColor(2, shot.height() - 2) == dark().window
    finally:
        set_scheme("light")


def test_slices_of_a_volume_are_a_grid_or_one_by_one(panel_of: PanelOf, qtbot: QtBot) -> None:
    session = computed(chain((1, 6, 8, 10), ("conv3d", {"filters": 2, "kernel": 3, "padding": "same"}), ("relu", {})))
    panel = panel_of(session)
    session.select(["conv1"])
    choice, result = panel.toolbar.volume_slice, session.result("conv1")
    probes: list[Probe | None] = []
    session.probed.connect(probes.append)
    assert choice.isVisible()
    assert choice.number.text() == "all"
    assert panel.mosaic.stack is not None
    assert panel.mosaic.stack.grid is not None
    for _step in range(3):
        qtbot.keyClick(choice.slider, Qt.Key.Key_Right)
    assert choice.number.text() == "2"
    np.testing.assert_array_equal(panel.mosaic.stack.pictures, result[0][:, 2])  # type: ignore[index]
    assert "6×8×10 · slice 2 of 6" in panel.toolbar.subtitle.text()
    panel.browser.cell_hovered.emit((1, 3, 4))
    assert probes[-1] is not None
    # A 3×3×3 window, padded by one, around the cell.
    assert (probes[-1].cell, probes[-1].seen) == ((2, 3, 4), {"image": ((1, 3), (2, 4), (3, 5))})
    session.select(["relu1"])
    assert panel.mosaic.stack.slice_ == 2
    qtbot.keyClick(choice.slider, Qt.Key.Key_Home)
    assert panel.mosaic.stack.grid is not None
    panel.browser.cell_hovered.emit((1, 8, 0))
    assert probes[-1] is None
    panel.toolbar.filters_button.click()
    session.select(["conv1"])
    assert choice.number.maximum() == 2
    assert "3×3×3" in panel.toolbar.subtitle.text()


def test_there_is_no_slice_to_choose_of_a_map(panel_of: PanelOf) -> None:
    session = computed(small())
    panel = panel_of(session)
    session.select(["conv1"])
    assert not panel.toolbar.volume_slice.isVisible()
