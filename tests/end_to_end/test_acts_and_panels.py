"""Every act with every panel in front, by real keys where an act has keys."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from designer.analysis.analyse import analyse
from designer.files import spec
from designer.gallery.lenet import lenet5
from designer.graph.edits import SetParameters
from designer.pictures.images import example_images, open_image
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.canvas import commands
from designer.ui.shell.main_window import MainWindow

PANELS = (
    "palette",
    "parameters",
    "inspector",
    "input_image",
    "feature_maps",
    "summary",
    "charts",
    "memory",
    "problems",
    "profile",
)


class User:
    """Somebody at a window that shows LeNet-5, its maps computed."""

    def __init__(self, window: MainWindow, qtbot) -> None:
        self.window, self.session, self.qtbot = window, window.session, qtbot

    def keys(self, *sequences: str) -> None:
        for keys in sequences:
            QTest.keySequence(QApplication.focusWidget(), QKeySequence(keys))

    def rename(self) -> None:
        # Two layers are selected: the last one is renamed, the other keeps its name and stays selected.
        self.session.select(["pool1", "conv1"])
        self.keys("F2", "Ctrl+A")
        QTest.keyClicks(QApplication.focusWidget(), "first")
        self.keys("Return")
        assert self.session.selection == ("pool1", "first")

    def undo_rename(self) -> None:
        self.keys("Ctrl+Z")
        assert self.session.selection == ("pool1", "conv1")

    def redo_rename(self) -> None:
        self.keys("Ctrl+Y")
        assert self.session.selection == ("pool1", "first")

    def change_parameter(self) -> None:
        self.session.select(["first"])
        if self.window.docks.by_name["parameters"].widget().isVisible():
            self.window.docks.by_name["parameters"].widget().form.editors["filters"].findChild(QLineEdit).setFocus()
            self.keys("Ctrl+A", "9", "Return")
            self.window.canvas.setFocus()
        else:
            self.session.do(SetParameters("first", {"filters": 9}))
        assert self.session.report.layers["first"].output_shape[0] == 9

    def break_it(self) -> None:
        self.session.select(["conv2"])
        self.keys("Backspace")
        assert not self.session.report.complete

    def mend_it(self) -> None:
        self.keys("Ctrl+Z")
        assert self.session.report.complete

    def disconnect(self) -> None:
        self.session.select(["tanh1"])
        commands.disconnect(self.session, self.session.selection)
        assert self.session.design.incoming["tanh1"] == ()

    def copy_and_paste(self) -> None:
        count = len(self.session.design.nodes)
        self.session.select(["conv2", "tanh2"])
        self.keys("Ctrl+C", "Ctrl+V")
        assert len(self.session.design.nodes) == count + 2

    def select_all(self) -> None:
        self.keys("Ctrl+A")
        assert set(self.session.selection) == set(self.session.design.nodes)

    def delete_all_and_undo(self) -> None:
        nodes = self.session.design.nodes
        self.keys("Delete")
        assert not self.session.design.nodes
        self.keys("Ctrl+Z")
        assert self.session.design.nodes == nodes

    def change_data_type(self) -> None:
        before = self.session.report.totals.weight_bytes
        self.window.totals.data_type.setCurrentText("int8")
        assert self.session.report.totals.weight_bytes * 4 == before

    def undo_everything(self) -> None:
        while self.session.document.undo_label is not None:
            self.keys("Ctrl+Z")
        assert self.session.design == lenet5()

    def redo_everything(self) -> None:
        while self.session.document.redo_label is not None:
            self.keys("Ctrl+Y")
        assert "first" in self.session.design.nodes

    def open_a_file(self, path) -> None:
        self.session.select(["first"])
        self.session.document.mark_saved()
        self.keys("Ctrl+O")
        dialog = self.window.findChild(QFileDialog)
        dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
        dialog.accept()
        self.qtbot.waitUntil(lambda: self.session.path == path)
        # A window manager does this when a dialog goes.
        self.window.activateWindow()
        assert self.session.selection == ()
        self.qtbot.waitUntil(self.window.canvas.hasFocus)

    def new(self) -> None:
        self.session.select(["conv1"])
        self.keys("Ctrl+N")
        assert not self.session.design.nodes


@pytest.fixture
def user(qtbot, request):
    session = Session(lenet5())
    window = MainWindow(Bridge(session))
    qtbot.addWidget(window, before_close_func=lambda window: window.session.document.mark_saved())
    for name, dock in window.docks.by_name.items():
        dock.setVisible(name == request.param)
    window.docks.bring(request.param)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.canvas.setFocus()
    with qtbot.waitSignal(window.worker.ended, timeout=20_000):
        session.set_picture(open_image(example_images()[0].path))
    session.select(["conv1"])
    qtbot.waitUntil(window.docks.by_name[request.param].widget().isVisible)
    return User(window, qtbot)


@pytest.mark.parametrize("user", PANELS, indirect=True)
def test_every_act_with_a_panel_in_front(user, qtbot, tmp_path):
    path = tmp_path / "mine.netdraft.json"
    spec.write(lenet5(), path)
    acts = (
        user.rename,
        user.undo_rename,
        user.redo_rename,
        user.change_parameter,
        user.break_it,
        user.mend_it,
        user.disconnect,
        user.select_all,
        user.delete_all_and_undo,
        user.copy_and_paste,
        user.change_data_type,
        user.undo_everything,
        user.redo_everything,
        lambda: user.open_a_file(path),
        user.new,
    )
    for act in acts:
        with qtbot.capture_exceptions() as met:
            act()
            QApplication.processEvents()
        assert met == [], act.__name__
        session = user.session
        assert session.report == analyse(session.design, settings=session.settings)
        assert set(user.window.scene.nodes) == set(session.design.nodes)
        assert set(user.window.scene.edges) == set(session.design.edges)
        shown = [node for node, item in user.window.scene.nodes.items() if item.selected]
        assert set(shown) == set(session.selection)
