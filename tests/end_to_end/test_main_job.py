"""The main job as a stranger does it, on the real window with real events: draw, connect, edit, run, undo, save."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from designer.files import spec
from designer.graph.design import Edge
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.main_window import MainWindow

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


class User:
    """What somebody at the window sees and does."""

    def __init__(self, window: MainWindow, qtbot) -> None:
        self.window, self.qtbot = window, qtbot
        self.canvas, self.session = window.canvas, window.session

    # -- doing -----------------------------------------------------------------------------------------------------

    def keys(self, sequence: str) -> None:
        QTest.keySequence(self.canvas, QKeySequence(sequence))

    def _send_drag(self, mime: QMimeData, place: QPoint) -> None:
        target, copy = self.canvas.viewport(), Qt.DropAction.CopyAction
        for event in (
            QDragEnterEvent(place, copy, mime, LEFT, NONE),
            QDragMoveEvent(place, copy, mime, LEFT, NONE),
            QDropEvent(QPointF(place), copy, mime, LEFT, NONE),
        ):
            QApplication.sendEvent(target, event)
            assert event.isAccepted()

    def drag_from_palette(self, label: str, place: QPoint) -> str:
        """Find a layer's row in the palette, drag it onto the canvas; the new node's id."""
        tree = self.window.docks.by_name["palette"].widget().tree
        (item,) = tree.findItems(label, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)
        tree.scrollToItem(item)
        self.qtbot.mouseClick(tree.viewport(), LEFT, pos=tree.visualItemRect(item).center())
        self._send_drag(tree.mimeData([item]), place)
        return self.session.current

    def drop_file(self, path: Path) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        self._send_drag(mime, QPoint(60, 60))

    def connect(self, source: str, target: str) -> None:
        """Drag a wire from port to port."""
        scene, port = self.canvas.canvas, self.canvas.viewport()
        start = self.canvas.mapFromScene(scene.nodes[source].output_point())
        end = self.canvas.mapFromScene(scene.nodes[target].input_point(0))
        QTest.mousePress(port, LEFT, NONE, start)
        for share in (0.3, 0.7, 1.0):
            QTest.mouseMove(port, start + (end - start) * share)
        QTest.mouseRelease(port, LEFT, NONE, end)

    def click_node(self, node: str) -> None:
        box = self.canvas.canvas.nodes[node].card_rect()
        place = self.canvas.mapFromScene(QPointF(box.center().x(), box.bottom() - 8))
        self.qtbot.mouseClick(self.canvas.viewport(), LEFT, pos=place)

    def type_parameter(self, field: str, text: str) -> None:
        """Type a value into the form of the selected node."""
        editor = self.window.docks.by_name["parameters"].widget().form.editors[field]
        line = next(line for line in editor.findChildren(QLineEdit) if line.isVisible())
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)

    def save_as(self, path: Path) -> None:
        self.keys("Ctrl+S")
        dialog = self.window.findChild(QFileDialog)
        dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
        dialog.accept()
        self.qtbot.waitUntil(lambda: self.session.path is not None and not self.window.isWindowModified())

    # -- seeing ----------------------------------------------------------------------------------------------------

    def card(self, node: str):
        return self.canvas.canvas.nodes[node].card

    def maps_shown(self) -> tuple[str, int] | None:
        """The node whose maps the panel shows, and how many."""
        shown = self.window.docks.by_name["feature_maps"].widget().export()
        return None if shown is None else (shown.name, len(shown.order))

    def inspector(self) -> str:
        return self.window.docks.by_name["inspector"].widget().text()

    def total(self, name: str) -> str:
        return self.window.totals.figures.figures[name].value.text().replace("\N{NO-BREAK SPACE}", " ")


def open_window(qtbot) -> User:
    window = MainWindow(Bridge(Session()))
    qtbot.addWidget(window, before_close_func=lambda window: window.session.document.mark_saved())
    window.resize(1280, 800)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.waitUntil(lambda: window.canvas.viewport().width() > 300)
    window.canvas.setFocus()
    return User(window, qtbot)


@pytest.fixture
def user(qtbot):
    return open_window(qtbot)


def test_draw_connect_edit_run_undo_save_reopen(user, qtbot, tmp_path):
    # drag three layers from the palette; nothing can be counted before they are connected
    image = user.drag_from_palette("Image input", QPoint(110, 200))
    conv = user.drag_from_palette("Convolution 2D", QPoint(340, 200))
    relu = user.drag_from_palette("ReLU", QPoint(570, 200))
    assert [image, conv, relu] == ["image", "conv1", "relu1"]
    assert user.window.totals.status.text() == "partial (lower bound)"
    user.connect(image, conv)
    user.connect(conv, relu)
    assert set(user.session.design.edges) == {Edge("image", "conv1"), Edge("conv1", "relu1")}
    assert user.window.totals.status.text() == "complete"

    # a small image, ten filters of 5×5: (5·5·3 + 1)·10 = 760 parameters, ten maps of 28×28
    user.click_node(image)
    assert user.session.selection == ("image",)
    user.type_parameter("shape", "3×32×32")
    user.click_node(conv)
    user.type_parameter("filters", "10")
    user.type_parameter("kernel", "5")
    assert user.total("parameters") == "760"
    assert "(5·5·3 + 1)·10 = 760" in user.inspector()
    assert user.session.report.layers[relu].output_shape == (10, 28, 28)

    # feed an example photograph: its maps appear by themselves
    user.window.findChild(QAction, "image_cat").trigger()
    qtbot.waitUntil(lambda: user.maps_shown() == ("conv1", 10))
    assert user.session.result(relu).shape == (1, 10, 28, 28)

    # every number and map follows an edit
    user.type_parameter("filters", "12")
    assert user.total("parameters") == "912"
    qtbot.waitUntil(lambda: user.maps_shown() == ("conv1", 12))
    user.canvas.setFocus()
    user.keys("Ctrl+Z")
    assert user.total("parameters") == "760"
    qtbot.waitUntil(lambda: user.maps_shown() == ("conv1", 10))

    # save, and open it again in another window
    path = tmp_path / "first.netdraft.json"
    user.save_as(path)
    assert spec.read(path).design == user.session.design
    other = open_window(qtbot)
    other.drop_file(path)
    qtbot.waitUntil(lambda: other.session.path == path)
    assert other.session.design == user.session.design
    assert other.total("parameters") == "760"
    other.click_node(conv)
    other.window.findChild(QAction, "image_cat").trigger()
    qtbot.waitUntil(lambda: other.maps_shown() == ("conv1", 10))


def test_a_cycle_is_refused_with_a_notice_and_nothing_changes(user):
    first = user.drag_from_palette("ReLU", QPoint(110, 200))
    second = user.drag_from_palette("ReLU", QPoint(340, 200))
    user.connect(first, second)
    before = user.session.design
    user.connect(second, first)
    assert user.session.design is before


def test_a_kernel_that_does_not_fit_is_shown_in_words_and_mended_by_undo(user):
    image = user.drag_from_palette("Image input", QPoint(110, 200))
    conv = user.drag_from_palette("Convolution 2D", QPoint(340, 200))
    user.connect(image, conv)
    user.click_node(conv)
    user.type_parameter("kernel", "999")
    problem = user.session.report.layers[conv].problem
    assert "999" in problem.message
    assert user.window.docks.by_name["problems"].windowTitle() == "Problems (1)"
    assert user.window.totals.status.text() == "partial (lower bound)"
    user.canvas.setFocus()
    user.keys("Ctrl+Z")
    assert user.window.docks.by_name["problems"].windowTitle() == "Problems"
    assert user.window.totals.status.text() == "complete"
