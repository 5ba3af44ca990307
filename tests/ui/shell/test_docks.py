"""Panels in their docks, and layouts that are remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMainWindow

from designer.ui.bridge import Bridge
from designer.ui.panels.registry import Area, Panel
from designer.ui.shell.docks import Docks
from designer.ui.shell.preferences import LAYOUT_VERSION

Side = Qt.DockWidgetArea


class Text(QLabel):
    def __init__(self, bridge, parent):
        super().__init__(bridge.session.design.name, parent)


def panel(name, area, place, **more):
    return Panel(name, name.title(), area, place, Text, **more)


KNOWN = (
    panel("search", Area.LEFT, 10),
    panel("photo", Area.LEFT, 20, height=150),
    panel("form", Area.RIGHT, 10),
    panel("maps", Area.BOTTOM, 10),
    panel("table", Area.BOTTOM, 20),
)


@pytest.fixture
def make_docks(qtbot, session):
    def make(panels):
        window = QMainWindow()
        window.setCentralWidget(QLabel("canvas"))
        window.resize(1000, 700)
        qtbot.addWidget(window)
        docks = Docks(Bridge(session, window), window, panels)
        window.show()
        qtbot.waitExposed(window)
        return window, docks

    return make


def test_panels_stand_in_their_areas(make_docks):
    window, docks = make_docks(KNOWN)
    areas = {name: window.dockWidgetArea(dock) for name, dock in docks.by_name.items()}
    assert areas == {
        "search": Side.LeftDockWidgetArea,
        "photo": Side.LeftDockWidgetArea,
        "form": Side.RightDockWidgetArea,
        "maps": Side.BottomDockWidgetArea,
        "table": Side.BottomDockWidgetArea,
    }
    search, photo, maps, table = (docks.by_name[name] for name in ("search", "photo", "maps", "table"))
    assert search.geometry().bottom() < photo.geometry().top()
    assert photo.height() == pytest.approx(150, abs=8)  # Qt takes the gap between them from both
    assert window.tabifiedDockWidgets(maps) == [table]
    assert maps.widget().isVisible()
    assert not table.widget().isVisible()


def test_a_panel_that_sets_its_title_is_called_so(make_docks):
    _window, docks = make_docks(KNOWN)
    assert docks.by_name["table"].windowTitle() == "Table"
    docks.by_name["table"].widget().setWindowTitle("Table (3)")
    assert docks.by_name["table"].windowTitle() == "Table (3)"


@pytest.mark.parametrize("area", list(Area))
def test_a_layout_from_before_a_panel_was_added_is_kept_and_the_panel_joins_it(make_docks, area):
    before, docks = make_docks(KNOWN)
    docks.by_name["form"].setFloating(True)
    docks.by_name["search"].close()
    docks.bring("table")
    layout = before.saveState(LAYOUT_VERSION)

    new = panel("notes", area, 90)
    window, docks = make_docks((*KNOWN, new))
    assert docks.restore(layout)
    assert docks.by_name["form"].isFloating()
    assert docks.by_name["search"].isHidden()
    notes = docks.by_name["notes"]
    assert not notes.isHidden()
    assert not notes.isFloating()
    assert (
        window.dockWidgetArea(notes)
        == {
            Area.LEFT: Side.LeftDockWidgetArea,
            Area.RIGHT: Side.RightDockWidgetArea,
            Area.BOTTOM: Side.BottomDockWidgetArea,
        }[area]
    )
    if area is Area.BOTTOM:
        assert set(window.tabifiedDockWidgets(notes)) == {docks.by_name["maps"], docks.by_name["table"]}
        assert not notes.widget().isVisible()


def test_a_layout_that_cannot_be_read_leaves_the_panels_as_they_are(make_docks):
    window, docks = make_docks(KNOWN)
    docks.by_name["form"].setFloating(True)
    assert not docks.restore(b"nonsense")
    assert docks.by_name["form"].isFloating()
    assert [name for name, dock in docks.by_name.items() if dock.isHidden()] == []
    assert window.dockWidgetArea(docks.by_name["maps"]) == Side.BottomDockWidgetArea
