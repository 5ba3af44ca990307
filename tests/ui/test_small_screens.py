"""The window on screens that are smaller than its first size, and remembered places that are gone."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QApplication, QLayout, QScrollArea, QTabBar, QWidget

from designer.gallery.catalogue import network
from designer.graph.edits import SetParameters
from designer.pictures.images import example_images, open_image
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.help_windows import ShortcutsWindow
from designer.ui.shell.main_window import MainWindow
from designer.ui.shell.preferences import Preferences
from designer.ui.shell.window_place import FRAME, fitted

BOTTOM = ("feature_maps", "summary", "charts", "memory", "problems", "profile")

LEAST = QSize(100, 80)
SCREEN, SECOND = QRect(0, 30, 1000, 770), QRect(1000, 0, 800, 600)


def open_window(qtbot) -> MainWindow:
    window = MainWindow(Bridge(Session(network("resnet50"))))
    window.worker.automatic = False
    qtbot.addWidget(window, before_close_func=lambda window: window.session.document.mark_saved())
    window.show()
    return window


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        (QRect(100, 100, 500, 400), QRect(100, 100, 500, 400)),
        (QRect(0, 0, 2560, 1600), SCREEN),
        (QRect(-300, 700, 500, 400), QRect(0, 400, 500, 400)),
        (QRect(1500, 500, 500, 400), QRect(1300, 200, 500, 400)),  # the second screen shows more of it
        (QRect(5000, 5000, 500, 400), QRect(500, 400, 500, 400)),  # a screen that is gone
        (QRect(10, 40, 20, 20), QRect(10, 40, 100, 80)),
    ],
)
def test_a_place_is_made_to_fit(wanted, got):
    assert fitted(wanted, [SCREEN, SECOND], LEAST) == got


def test_without_any_screen_nothing_is_moved():
    assert fitted(SECOND, [], LEAST) == SECOND


def test_the_window_is_no_larger_than_the_screen(qtbot, monkeypatch):
    free = QRect(0, 32, 1100, 700)
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: free)
    window = open_window(qtbot)
    assert window.size() == free.marginsRemoved(FRAME).size()
    # Where it stands is left to the window manager.
    assert not window.testAttribute(Qt.WidgetAttribute.WA_Moved)


def test_a_window_of_help_is_no_larger_than_the_screen_either(qtbot, monkeypatch):
    free = QRect(0, 0, 700, 400)
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: free)
    window = open_window(qtbot)
    window.commands["shortcuts"].trigger()
    assert window.findChild(ShortcutsWindow).width() <= 700
    assert window.findChild(ShortcutsWindow).height() <= 400


def test_a_remembered_place_is_brought_back_to_a_screen_that_is_there(qtbot, monkeypatch):
    window = open_window(qtbot)
    window.setGeometry(700, 300, 1200, 760)
    window.close()
    free = QRect(0, 0, 1280, 800)
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: free)
    assert Preferences().geometry is not None
    again = open_window(qtbot)
    assert free.contains(again.geometry())
    assert again.size() == QSize(1200, 756)  # 800 less a frame


def overlapping(widget: QWidget) -> list[tuple[QWidget, QWidget]]:
    """Widgets of one layout that lie on each other."""
    found = []
    for parent in (widget, *widget.findChildren(QWidget)):
        if parent.isVisible() and parent.layout() is not None:
            shown = [each for each in laid_out(parent.layout()) if each.isVisible()]
            found += [pair for pair in combinations(shown, 2) if pair[0].geometry().intersects(pair[1].geometry())]
    return found


def laid_out(layout: QLayout) -> list[QWidget]:
    widgets = []
    for index in range(layout.count()):
        item = layout.itemAt(index)
        inner = item.layout()
        widgets += [item.widget()] if item.widget() is not None else laid_out(inner) if inner is not None else []
    return widgets


def test_nothing_lies_on_anything_else(qtbot):
    window = open_window(qtbot)
    window.session.set_picture(open_image(example_images()[0].path))
    window.session.select(["conv1"])
    for size in (QSize(828, 511), QSize(1024, 640), QSize(1280, 800)):
        window.resize(size)
        qtbot.waitUntil(lambda size=size: window.size() == size)
        for panel in BOTTOM:
            window.docks.bring(panel)
            qtbot.waitUntil(window.docks.by_name[panel].widget().isVisible)
            for dock in window.docks.by_name.values():
                qtbot.waitUntil(lambda dock=dock: not overlapping(dock.widget()))
        qtbot.waitUntil(lambda: not overlapping(window.totals))


def test_tabs_keep_their_names(qtbot):
    window = open_window(qtbot)
    window.resize(828, 511)
    qtbot.waitUntil(lambda: window.width() == 828)
    (bar,) = (bar for bar in window.findChildren(QTabBar) if bar.count() == len(BOTTOM))
    for index in range(bar.count()):
        assert bar.tabRect(index).width() > bar.fontMetrics().horizontalAdvance(bar.tabText(index))
    window.docks.bring("profile")
    qtbot.waitUntil(lambda: bar.rect().contains(bar.tabRect(bar.currentIndex())))


def has_its_room(figure: QWidget) -> bool:
    return figure.value.width() >= figure.value.fontMetrics().horizontalAdvance(figure.value.text())


def test_all_totals_are_there_at_1024(qtbot):
    window = open_window(qtbot)
    window.resize(1024, 640)
    qtbot.waitUntil(lambda: window.width() == 1024)
    row = window.totals.figures
    figures = [row.figures[name] for name in ("layers", "parameters", "operations", "peak", "field")]
    for complete in (True, False):
        if not complete:
            window.session.do(SetParameters("conv1", {"kernel": (999, 999)}))
        assert window.session.report.complete is complete
        for dtype in ("float32", "int8"):
            window.totals.data_type.setCurrentText(dtype)
            qtbot.waitUntil(lambda: all(figure.isVisible() and has_its_room(figure) for figure in figures))
            assert all(row.rect().contains(figure.geometry()) for figure in figures)


def test_the_least_important_total_goes_first(qtbot):
    bar = open_window(qtbot).totals
    for width in range(1280, 400, -40):
        bar.setFixedWidth(width)
        QApplication.processEvents()
        shown = [name for name in bar.figures.KEEP_FIRST[:-1] if bar.figures.figures[name].isVisible()]
        assert shown == list(bar.figures.KEEP_FIRST[: len(shown)])
        assert len(shown) >= 2 or width < 560
    # What is short says the whole in its tooltip.
    assert bar.convention.currentText() in bar.convention.toolTip()
    assert "Every layer is counted" in bar.status.toolTip()


def test_the_input_image_scrolls_where_it_has_no_room(qtbot):
    window = open_window(qtbot)
    window.session.set_picture(open_image(example_images()[0].path))
    panel = window.docks.by_name["input_image"].widget()
    panel.resize(226, 270)
    panel.layout().activate()
    (area,) = panel.findChildren(QScrollArea)
    assert area.widget().height() >= area.widget().minimumSizeHint().height()
