"""The gallery's window: search, keys, opening, and what is remembered."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, QSizeF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from designer.gallery.article import ten_filters
from designer.graph.edits import Rename
from designer.ui.gallery import thumbnails
from designer.ui.gallery.gallery_panel import GalleryState
from designer.ui.gallery.gallery_window import GalleryWindow
from designer.ui.gallery.thumbnail_drawing import MARGIN, thumbnail
from designer.ui.gallery.thumbnails import Thumbnails
from designer.ui.shell.preferences import Preferences
from designer.ui.widgets.theme import category_colour, light, mixed
from designer.ui.worker import BackgroundTasks
from tests.helpers.windows import open_window

SIZE = QSizeF(176.0, 92.0)


class NoThumbnails(Thumbnails):
    """Cards without pictures: nothing is drawn in the background of a test about something else."""

    def get(self, name, size, ratio):
        return None


@pytest.fixture
def window(qtbot, tmp_path):
    preferences = Preferences(tmp_path / "netdraft.ini")
    shown = GalleryWindow(GalleryState(preferences), NoThumbnails(BackgroundTasks()), preferences, None)
    shown.preferences = preferences
    qtbot.addWidget(shown)
    shown.show()
    shown.activateWindow()
    return shown


def test_typing_searches_and_enter_opens_the_first(window, qtbot):
    QTest.keyClicks(window.panel.search, "squeezenet 1.1")
    assert [row.entry.name for row in window.panel.cards.shown.rows] == ["squeezenet1_1"]
    assert window.panel.count.text() == "1 network"
    with qtbot.waitSignal(window.chosen) as chosen:
        QTest.keyClick(window.panel.search, Qt.Key.Key_Return)
    assert chosen.args == ["squeezenet1_1"]
    assert not window.isVisible()


def test_the_arrows_lead_into_the_cards_and_back(window):
    cards = window.panel.cards
    QTest.keyClick(window.panel.search, Qt.Key.Key_Down)
    assert cards.hasFocus()
    QTest.keyClick(cards, Qt.Key.Key_Right)
    assert cards.current == "block_stack"
    QTest.keyClick(cards, Qt.Key.Key_Up)
    assert window.panel.search.hasFocus()
    cards.setFocus()
    QTest.keyClicks(cards, "vgg")
    assert window.panel.search.text() == "vgg"


def test_a_double_click_opens(window, qtbot):
    cards = window.panel.cards
    spot = cards.visualRect(cards.shown.index(1)).center()
    with qtbot.waitSignal(window.chosen) as chosen:
        QTest.mouseClick(cards.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        QTest.mouseDClick(cards.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert chosen.args == ["block_stack"]


def test_a_search_without_a_network_says_so(window, qtbot):
    window.panel.search.setText("zebra")
    assert "No network" in window.panel.count.text()
    # In a narrow window there is still room for the words.
    window.resize(360, 500)
    qtbot.waitUntil(lambda: window.panel.search.width() == window.panel.width())
    assert window.panel.family.y() > window.panel.search.y()
    assert not window.open_button.isEnabled()
    window.panel.search.clear()
    assert window.open_button.isEnabled()


def test_search_family_sorting_and_size_are_remembered(window, qtbot):
    window.panel.search.setText("net")
    window.panel.family.setCurrentIndex(window.panel.family.findData("ImageNet"))
    window.panel.order.setCurrentIndex(window.panel.order.findData("parameters"))
    window.resize(700, 500)
    window.close()
    again = GalleryWindow(GalleryState(window.preferences), NoThumbnails(BackgroundTasks()), window.preferences, None)
    qtbot.addWidget(again)
    assert again.panel.search.text() == "net"
    assert again.panel.family.currentData() == "ImageNet"
    assert again.panel.order.currentData() == "parameters"
    assert again.size() == QSize(700, 500)
    assert again.panel.cards.shown.rows == window.panel.cards.shown.rows


def test_what_makes_no_sense_in_the_settings_is_left_out(tmp_path, qapp):
    preferences = Preferences(tmp_path / "netdraft.ini")
    preferences.gallery = ("", "No such family", "by colour")
    state = GalleryState(preferences)
    assert (state.choice.family, state.choice.order) == ("", "family")


def test_a_thumbnail_shows_a_card_in_the_colour_of_its_category(qapp):
    image = thumbnail(ten_filters(), light(), SIZE, 1.0)
    seen = {image.pixelColor(x, int(SIZE.height() / 2)).name() for x in range(image.width())}
    for node in ten_filters().nodes.values():
        assert mixed(category_colour(node.layer.category), light().card, 0.1).name() in seen
    # Nothing is drawn in the margin.
    assert {image.pixelColor(x, int(MARGIN) - 2).name() for x in range(image.width())} == {light().canvas.name()}


def test_a_thumbnail_is_drawn_once_and_kept_in_the_cache_folder(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("NETDRAFT_CACHE", str(tmp_path))
    drawn = []
    monkeypatch.setattr(thumbnails, "network", lambda name: drawn.append(name) or ten_filters())
    pictures = []
    for _start in range(2):
        tasks = BackgroundTasks()
        known = Thumbnails(tasks)
        with qtbot.waitSignal(known.arrived):
            assert known.get("lenet5", SIZE, 2.0) is None
        pictures.append(known.get("lenet5", SIZE, 2.0))
        tasks.close()
    assert drawn == ["lenet5"]
    assert pictures[0].size() == QSize(352, 184)
    assert pictures[0] == pictures[1].convertToFormat(pictures[0].format())
    (kept,) = (tmp_path / "thumbnails").iterdir()
    # Whatever has become of the file: it is drawn anew.
    kept.write_bytes(b"no picture")
    tasks = BackgroundTasks()
    known = Thumbnails(tasks)
    with qtbot.waitSignal(known.arrived):
        known.get("lenet5", SIZE, 2.0)
    tasks.close()
    assert drawn == ["lenet5", "lenet5"]


def test_opening_asks_about_unsaved_changes_as_open_does(qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("NETDRAFT_CACHE", str(tmp_path))
    window = open_window(qtbot)
    window.session.do(Rename("conv1", "first"))
    window.show_gallery()
    gallery = window.findChild(GalleryWindow)
    gallery.panel.search.setText("ten filters")
    gallery.panel.cards.open_current()
    box = window.findChild(QMessageBox, "ask_save")
    assert window.session.design.name == "LeNet-5"
    discard = next(each for each in box.buttons() if box.buttonRole(each) == QMessageBox.ButtonRole.DestructiveRole)
    discard.click()
    qtbot.waitUntil(lambda: window.session.design.name == "Ten filters")
    assert window.session.path is None
    assert not window.session.document.modified
