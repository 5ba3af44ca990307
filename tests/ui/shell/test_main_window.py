from __future__ import annotations

import gc
import json
import os
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QClipboard, QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton, QTabBar, QWidget

from designer.analysis.analyse import Settings
from designer.engine.remember.workspace import all_weights
from designer.files import spec
from designer.files.weights_file import read_weights, write_weights
from designer.gallery.examples import examples
from designer.gallery.lenet import lenet5
from designer.graph.edits import SetParameters, SetWeights
from designer.layer_api.registry import catalogue
from designer.pictures.images import Fit, Preprocessing, example_images, open_image
from designer.session.notices import Level
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.canvas.menus import context_menu
from designer.ui.shell.help_windows import AboutWindow, ShortcutsWindow
from designer.ui.shell.main_window import MainWindow
from designer.ui.shell.messages_window import MessagesWindow
from designer.ui.shell.preferences import LAYOUT_VERSION, Preferences
from designer.ui.widgets.theme import current_theme

BOTTOM = ("feature_maps", "summary", "charts", "memory", "problems", "profile")


def open_window(qtbot, design=None) -> MainWindow:
    window = MainWindow(Bridge(Session(design or lenet5())))
    window.worker.automatic = False

    def give_up_changes(window: MainWindow) -> None:
        window.session.document.mark_saved()

    qtbot.addWidget(window, before_close_func=give_up_changes)
    window.show()
    window.activateWindow()
    window.canvas.setFocus()
    return window


@pytest.fixture(scope="module", autouse=True)
def _style_given_back(qapp):
    """Once for all windows of this file: each change of style polishes every widget anew."""
    sheet, palette, style = qapp.styleSheet(), qapp.palette(), qapp.style().objectName()
    yield
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setStyle(style)


@pytest.fixture
def window(qtbot):
    return open_window(qtbot)


@pytest.fixture
def session(window):
    return window.session


@pytest.fixture
def notices(window):
    told = []
    window.bridge.noticed.connect(told.append)
    return told


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.netdraft.json"
    spec.write(lenet5(), path)
    return path


def press(window: MainWindow, keys: str) -> None:
    QTest.keySequence(window.canvas, QKeySequence(keys))


def choose(window: MainWindow, menu_action: str) -> None:
    window.commands[menu_action].trigger()


def drop(window: MainWindow, mime: QMimeData) -> bool:
    """Drag something onto the canvas and let it go; whether it was taken."""
    target, place = window.canvas.viewport(), QPointF(50, 50)
    arguments = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(place.toPoint(), *arguments)
    QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    fall = QDropEvent(place, *arguments)
    QApplication.sendEvent(target, fall)
    return fall.isAccepted()


def file_mime(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def answer(window: MainWindow, role: QMessageBox.ButtonRole) -> None:
    """Press a button of the question about unsaved changes."""
    box = window.findChild(QMessageBox, "ask_save")
    button = next(button for button in box.findChildren(QPushButton) if box.buttonRole(button) == role)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def accept_dialog(window: MainWindow, path: Path) -> None:
    dialog = window.findChild(QFileDialog)
    assert dialog.isVisible()
    dialog.selectFile(str(path))
    dialog.fileSelected.emit(str(path))
    dialog.close()


def edit(session: Session) -> None:
    session.do(SetParameters("conv1", {"filters": 8}))


class TestTitle:
    def test_it_names_the_design_and_the_program(self, window):
        assert window.windowTitle() == "LeNet-5[*] — Netdraft"
        assert not window.isWindowModified()

    def test_unsaved_changes_are_marked(self, window, session):
        edit(session)
        assert window.isWindowModified()
        session.undo()
        assert not window.isWindowModified()


class TestFiles:
    def test_a_dropped_design_is_opened(self, window, session, file, qtbot):
        assert drop(window, file_mime(file))
        qtbot.waitUntil(lambda: session.path == file)
        assert session.design == lenet5()
        assert window.windowTitle() == "mine.netdraft.json[*] — Netdraft"
        assert Preferences().recent_files == (file,)

    def test_a_design_without_places_is_laid_out(self, window, session, file, qtbot):
        tree = json.loads(file.read_text())
        for node in tree["nodes"]:
            del node["position"]
        file.write_text(json.dumps(tree))
        window.files.open_path(file)
        qtbot.waitUntil(lambda: session.path == file)
        boxes = [item.card_rect() for item in window.scene.nodes.values()]
        assert len(boxes) == len(tree["nodes"])
        assert not any(a.intersects(b) for index, a in enumerate(boxes) for b in boxes[:index])
        assert not session.document.modified

    def test_a_dropped_image_is_fed(self, window, session, tmp_path, qtbot):
        path = tmp_path / "grey.png"
        Image.new("L", (20, 10), 200).save(path)
        assert drop(window, file_mime(path))
        qtbot.waitUntil(lambda: session.picture is not None)
        assert session.picture.size == (20, 10)

    def test_dropped_weights_are_given(self, window, session, notices, tmp_path, qtbot):
        bias = np.arange(6, dtype=np.float32)
        write_weights(tmp_path / "w.safetensors", {"conv1.bias": bias})
        assert drop(window, file_mime(tmp_path / "w.safetensors"))
        qtbot.waitUntil(lambda: "conv1" in session.design.weights)
        np.testing.assert_array_equal(session.design.weights["conv1"]["bias"], bias)
        press(window, "Ctrl+Z")
        assert "conv1" not in session.design.weights

    def test_other_things_are_not_taken(self, window):
        mime = QMimeData()
        mime.setText("hello")
        assert not drop(window, mime)

    def test_a_broken_file_changes_nothing_and_says_why(self, window, session, notices, tmp_path, qtbot):
        path = tmp_path / "broken.netdraft.json"
        path.write_text('{"format": "netdraft", "version": 1, "nodes": [{]', encoding="utf-8")
        before = session.design
        drop(window, file_mime(path))
        qtbot.waitUntil(lambda: bool(notices))
        assert notices[0].level is Level.ERROR
        assert "broken.netdraft.json" in notices[0].text
        assert session.design is before
        assert session.path is None

    def test_save_writes_where_it_came_from(self, window, session, file, qtbot):
        window.files.open_path(file)
        qtbot.waitUntil(lambda: session.path == file)
        edit(session)
        press(window, "Ctrl+S")
        qtbot.waitUntil(lambda: not session.document.modified)
        assert spec.read(file).design == session.design

    def test_save_without_a_name_asks_for_one_and_completes_it(self, window, session, tmp_path, qtbot):
        edit(session)
        press(window, "Ctrl+S")
        accept_dialog(window, tmp_path / "new")
        wanted = tmp_path / "new.netdraft.json"
        qtbot.waitUntil(lambda: session.path == wanted)
        assert spec.read(wanted).design == session.design
        assert not window.isWindowModified()

    def test_completing_a_name_never_replaces_a_file(self, window, session, notices, tmp_path, qtbot):
        there = tmp_path / "mine.v1.netdraft.json"
        there.write_text("something else", encoding="utf-8")
        choose(window, "save_as")
        accept_dialog(window, tmp_path / "mine.v1")
        qtbot.waitUntil(lambda: bool(notices))
        assert "exists already" in notices[0].text
        assert there.read_text(encoding="utf-8") == "something else"
        assert session.path is None

    def test_an_edit_during_the_saving_stays_unsaved(self, window, session, file, qtbot):
        window.files.open_path(file)
        qtbot.waitUntil(lambda: session.path == file)
        edit(session)
        choose(window, "save")
        session.do(SetParameters("conv1", {"filters": 9}))
        qtbot.waitUntil(lambda: window.tasks.active == ())
        assert session.document.modified
        assert spec.read(file).design.nodes["conv1"].layer.filters == 8

    def test_a_place_that_cannot_be_written_is_told(self, window, session, notices, tmp_path, qtbot):
        edit(session)
        choose(window, "save_as")
        accept_dialog(window, tmp_path / "missing" / "x.netdraft.json")
        qtbot.waitUntil(lambda: bool(notices))
        assert notices[0].level is Level.ERROR
        assert session.document.modified
        assert session.path is None

    def test_open_by_the_dialog(self, window, session, file, qtbot):
        press(window, "Ctrl+O")
        accept_dialog(window, file)
        qtbot.waitUntil(lambda: session.path == file)

    def test_recent_files_can_be_opened(self, window, session, file, qtbot):
        Preferences().add_recent(file)
        menu = next(action.menu() for action in window.findChildren(QAction) if "Recent" in action.text())
        menu.aboutToShow.emit()
        menu.actions()[0].trigger()
        qtbot.waitUntil(lambda: session.path == file)

    def test_an_example_opens_unmodified_and_without_a_file(self, window, session, qtbot):
        example = examples()[2]
        window.findChild(QAction, f"example_{example.name}").trigger()
        qtbot.waitUntil(lambda: session.design.name == spec.read(example.path).design.name)
        assert session.path is None
        assert not session.document.modified

    def test_a_network_of_the_gallery_has_no_file(self, window, session, qtbot):
        window.files.open_source("gallery:alexnet")
        qtbot.waitUntil(lambda: session.design.name != "LeNet-5")
        assert session.report.totals.parameters == 61_100_840
        assert session.path is None

    def test_saved_weights_hold_every_tensor(self, window, session, tmp_path, qtbot):
        choose(window, "save_weights")
        accept_dialog(window, tmp_path / "all.safetensors")
        qtbot.waitUntil(lambda: window.tasks.active == () and (tmp_path / "all.safetensors").exists())
        saved = read_weights(tmp_path / "all.safetensors")
        assert saved.keys() == all_weights(session.design, session.report).keys()

    def test_given_weights_travel_with_the_design(self, window, session, tmp_path, qtbot):
        bias = np.arange(6, dtype=np.float32)
        weight = np.ones((6, 1, 5, 5), np.float32)
        session.do(SetWeights({"conv1": {"weight": weight, "bias": bias}}))
        choose(window, "save_as")
        accept_dialog(window, tmp_path / "w.netdraft.json")
        qtbot.waitUntil(lambda: session.path is not None)
        design = session.design
        window.files.new()
        window.files.open_path(tmp_path / "w.netdraft.json")
        qtbot.waitUntil(lambda: session.design == design)


def test_a_dropped_file_whose_name_is_no_text_is_opened(window, session, tmp_path, qtbot):
    """``%E9`` alone is é in Latin-1, and no UTF-8."""
    path = tmp_path / os.fsdecode(b"caf\xe9 50%.netdraft.json")
    spec.write(lenet5(), path)
    mime = QMimeData()
    mime.setData("text/uri-list", path.absolute().as_uri().encode())
    assert "%E9%2050%25" in path.absolute().as_uri()
    assert drop(window, mime)
    qtbot.waitUntil(lambda: session.path == path)


def test_every_stop_of_the_tab_key_says_what_it_is(window, session, qtbot):
    """To those who do not see it; and a stop without a name is most often one that nothing is done at."""
    window.files.open_example_image("digit")
    qtbot.waitUntil(lambda: session.picture is not None)
    session.select(["conv1"])
    with qtbot.waitSignal(window.worker.ended, timeout=20_000):
        window.worker.run_now()
    nameless = {}
    for panel in ("palette", "parameters", "inspector", "input_image", *BOTTOM):
        window.docks.bring(panel)
        inside = window.docks.by_name[panel].widget()
        qtbot.waitUntil(inside.isVisible)
        stops = [
            each
            for each in inside.findChildren(QWidget)
            if each.isVisible() and each.isEnabled() and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        nameless[panel] = [
            type(each).__name__ for each in stops if not (each.accessibleName() or each.property("text"))
        ]
    assert {panel: stops for panel, stops in nameless.items() if stops} == {}


class TestEmpty:
    def test_there_is_nothing_to_do_and_nothing_complete(self, window, session):
        window.files.new()
        assert window.totals.status.text() == "empty"
        enabled = [name for name in window.commands if window.commands[name].isEnabled()]
        assert not {"run", "stop", "select_all", "lay_out", "fit", "delete", "cut", "copy", "rename"} & set(enabled)
        assert {"new", "open", "save_as", "add_layer", "paste", "open_image"} <= set(enabled)
        assert window.docks.by_name["summary"].widget().totals.model().index(0, 0).data() == "Total"

    def test_the_first_layer_makes_it_a_design(self, window, session):
        window.files.new()
        session.append_layer("image_input")
        assert window.totals.status.text() == "complete"
        assert window.commands["run"].isEnabled()


class TestUnsaved:
    def test_new_asks_first(self, window, session):
        edit(session)
        press(window, "Ctrl+N")
        answer(window, QMessageBox.ButtonRole.RejectRole)
        assert session.design.nodes
        press(window, "Ctrl+N")
        answer(window, QMessageBox.ButtonRole.DestructiveRole)
        assert not session.design.nodes

    def test_new_saves_first_where_wanted(self, window, session, file, qtbot):
        window.files.open_path(file)
        qtbot.waitUntil(lambda: session.path == file)
        edit(session)
        press(window, "Ctrl+N")
        answer(window, QMessageBox.ButtonRole.AcceptRole)
        qtbot.waitUntil(lambda: not session.design.nodes)
        assert spec.read(file).design.nodes["conv1"].layer.filters == 8

    def test_without_changes_nobody_asks(self, window, session):
        press(window, "Ctrl+N")
        assert window.findChild(QMessageBox) is None
        assert not session.design.nodes

    def test_closing_can_be_called_off(self, window, session):
        edit(session)
        window.close()
        assert window.isVisible()
        answer(window, QMessageBox.ButtonRole.RejectRole)
        assert window.isVisible()

    def test_closing_without_saving(self, window, session):
        edit(session)
        window.close()
        answer(window, QMessageBox.ButtonRole.DestructiveRole)
        assert not window.isVisible()

    def test_closing_after_saving(self, window, session, file, qtbot):
        window.files.open_path(file)
        qtbot.waitUntil(lambda: session.path == file)
        edit(session)
        window.close()
        answer(window, QMessageBox.ButtonRole.AcceptRole)
        qtbot.waitUntil(lambda: not window.isVisible())
        assert json.loads(file.read_text(encoding="utf-8"))["nodes"][1]["params"]["filters"] == 8


def test_a_closed_window_lets_go_of_its_session(qtbot):
    window = open_window(qtbot)
    alive = weakref.ref(window.session)
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del window
    gc.collect()
    assert alive() is None


class TestClosingWhileWriting:
    """What was asked to be written is written, whatever the window does."""

    @pytest.fixture
    def held_up(self, window):
        """The one thread of the window's tasks is busy until the event is set."""
        begun, release = threading.Event(), threading.Event()
        window.tasks.start(lambda: (begun.set(), release.wait(10)), lambda _: None, pytest.fail, "Opening")
        assert begun.wait(5)
        yield release
        release.set()

    def test_the_window_closes_when_the_file_is_there(self, window, held_up, qtbot, tmp_path, notices):
        path = tmp_path / "maps.txt"
        window.tasks.start(lambda: path.write_text("all"), lambda _: None, pytest.fail, "saving maps.txt", writes=True)
        window.close()
        assert window.isVisible()
        assert "saving maps.txt: the window closes when this is done, or when you stop it" in [
            notice.text for notice in notices
        ]
        window.close()
        held_up.set()
        qtbot.waitUntil(lambda: not window.isVisible())
        assert path.read_text() == "all"

    def test_stopping_it_closes_the_window(self, window, held_up, qtbot, tmp_path):
        path = tmp_path / "maps.txt"
        task = window.tasks.start(
            lambda: path.write_text("all"), lambda _: None, pytest.fail, "saving maps.txt", writes=True
        )
        window.close()
        window.tasks.cancel(task)
        held_up.set()
        qtbot.waitUntil(lambda: not window.isVisible())
        assert not path.exists()

    def test_being_ended_from_outside_writes_it_too(self, window, held_up, qtbot, tmp_path):
        path = tmp_path / "maps.txt"
        window.tasks.start(lambda: path.write_text("all"), lambda _: None, pytest.fail, "saving maps.txt", writes=True)
        threading.Timer(0.05, held_up.set).start()
        window.leave_unsaved()
        assert not window.isVisible()
        assert path.read_text() == "all"


class TestClipboard:
    def test_an_image_is_fed(self, window, session, qtbot):
        image = QImage(12, 8, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.red)
        QGuiApplication.clipboard().setImage(image)
        press(window, "Ctrl+V")
        qtbot.waitUntil(lambda: session.picture is not None)
        assert session.picture.pixels.shape == (8, 12, 3)
        np.testing.assert_allclose(session.picture.pixels[0, 0], [1, 0, 0])

    def test_an_image_is_pasted_from_the_menu_of_the_canvas_as_well(self, window, session, qtbot, notices):
        image = QImage(8, 6, QImage.Format.Format_RGB32)
        image.fill(0xFF8000)
        QGuiApplication.clipboard().setImage(image)
        menu = context_menu(window.canvas, None, QPointF())
        next(action for action in menu.actions() if action.text() == "Paste").trigger()
        qtbot.waitUntil(lambda: session.picture is not None)
        assert session.picture.pixels.shape[:2] == (6, 8)
        assert not [notice for notice in notices if notice.level is Level.WARNING]

    def test_layers_are_copied_and_pasted(self, window, session):
        session.select(["conv1"])
        press(window, "Ctrl+C")
        count = len(session.design.nodes)
        press(window, "Ctrl+V")
        assert len(session.design.nodes) == count + 1

    def test_a_clipboard_without_anything_is_none(self, window, session, notices, monkeypatch):
        class Empty:
            def mimeData(self):
                return None

            def text(self):
                return ""

        monkeypatch.setattr(QGuiApplication, "clipboard", staticmethod(Empty))
        before = session.design
        press(window, "Ctrl+V")
        window.files.paste_image()
        assert session.design is before
        assert "no image" in notices[-1].text

    def test_an_empty_clipboard_pastes_nothing(self, window, session, monkeypatch):
        """Some platforms answer None."""
        monkeypatch.setattr(QClipboard, "mimeData", lambda *_arguments: None)
        monkeypatch.setattr(QClipboard, "text", lambda *_arguments: "")
        before = session.design
        press(window, "Ctrl+V")
        choose(window, "paste")
        window.files.paste_image()
        assert session.design is before

    def test_no_image_is_said(self, window, notices):
        QGuiApplication.clipboard().setText("hello")
        window.files.paste_image()
        assert "no image" in notices[0].text


class TestRunning:
    def test_run_feeds_the_picture_through(self, window, session, qtbot):
        window.findChild(QAction, "image_digit").trigger()
        qtbot.waitUntil(lambda: session.picture is not None)
        assert session.result("conv1") is None
        press(window, "F5")
        qtbot.waitUntil(lambda: session.result(session.design.order[-1]) is not None)

    def test_run_without_a_picture_says_what_is_missing(self, window, notices):
        press(window, "F5")
        assert "open an image" in notices[0].text

    def test_automatic_runs_are_remembered(self, window):
        choose(window, "auto_run")
        assert not window.worker.automatic
        assert not Preferences().automatic_run

    def test_precise_arithmetic_reaches_the_engine_and_is_remembered(self, window, session):
        window.commands["precise"].trigger()
        assert session.engine_options.precise
        assert Preferences().engine_options.precise
        window.commands["precise"].trigger()
        assert not session.engine_options.precise

    def test_the_memory_kept_between_runs_is_one_of_five(self, window, session):
        sizes = ("memory_512mb", "memory_1gb", "memory_2gb", "memory_4gb", "memory_8gb")
        assert [window.commands[name].isChecked() for name in sizes] == [False, False, True, False, False]
        window.commands["memory_4gb"].trigger()
        assert [window.commands[name].isChecked() for name in sizes] == [False, False, False, True, False]
        assert session.engine_options.memory_bytes == session.workspace.budget_bytes == 4_000_000_000
        assert Preferences().engine_options.memory_bytes == 4_000_000_000

    def test_the_panels_invite_and_the_window_opens(self, window, session, qtbot):
        window.docks.by_name["input_image"].widget().example_image_wanted.emit(example_images()[0].name)
        qtbot.waitUntil(lambda: session.picture is not None)

    def test_the_maps_of_the_selected_layer_are_exported_though_another_panel_is_in_front(
        self, window, session, tmp_path, qtbot
    ):
        window.worker.automatic = True
        session.select(["conv1"])
        session.set_picture(open_image(example_images()[0].path))
        qtbot.waitUntil(lambda: session.result("conv2") is not None and not session.run_state.running)
        qtbot.waitUntil(lambda: window.docks.by_name["feature_maps"].widget().export() is not None)
        window.docks.bring("summary")
        session.select(["conv2"])
        choose(window, "export_npz")
        dialog = window.findChild(QFileDialog)
        dialog.fileSelected.emit(str(tmp_path / "maps.npz"))
        dialog.reject()
        qtbot.waitUntil((tmp_path / "maps.npz").exists)
        assert set(np.load(tmp_path / "maps.npz")) == {"conv2"}

    def test_maps_are_exported(self, window, session, tmp_path, qtbot):
        window.files.open_example_image("digit")
        session.select(["conv1"])
        qtbot.waitUntil(lambda: session.picture is not None)
        window.worker.run_now()
        qtbot.waitUntil(lambda: window.docks.by_name["feature_maps"].widget().export() is not None)
        for kind in ("png", "npz"):
            choose(window, f"export_{kind}")
            accept_dialog(window, tmp_path / f"maps.{kind}")
            qtbot.waitUntil(lambda kind=kind: window.tasks.active == () and (tmp_path / f"maps.{kind}").exists())
        with np.load(tmp_path / "maps.npz") as arrays:
            np.testing.assert_array_equal(arrays["conv1"], session.result("conv1"))
        with Image.open(tmp_path / "maps.png") as picture:
            assert picture.size[0] > 28


class TestPanels:
    def test_every_panel_is_there(self, window):
        assert [name for name, dock in window.docks.by_name.items() if dock.isHidden()] == []

    def test_panels_behind_a_tab_rest(self, window, qtbot):
        panels = [window.docks.by_name[name].widget() for name in BOTTOM]
        assert [panel.isVisible() for panel in panels] == [name == "feature_maps" for name in BOTTOM]
        window.docks.bring("charts")
        qtbot.waitUntil(panels[2].isVisible)
        assert [panel.isVisible() for panel in panels] == [name == "charts" for name in BOTTOM]

    def test_the_problems_tab_counts(self, window, session):
        dock = window.docks.by_name["problems"]
        assert dock.windowTitle() == "Problems"
        session.do(SetParameters("conv1", {"kernel": (99, 99)}))
        assert dock.windowTitle() == "Problems (1)"

    def test_a_click_on_partial_shows_the_problems(self, window, session, qtbot):
        session.do(SetParameters("conv1", {"kernel": (99, 99)}))
        assert not window.docks.by_name["problems"].widget().isVisible()
        qtbot.mouseClick(window.totals.status, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(window.docks.by_name["problems"].widget().isVisible)

    def test_a_closed_panel_comes_back(self, window):
        dock = window.docks.by_name["inspector"]
        dock.close()
        assert dock.isHidden()
        dock.toggleViewAction().trigger()
        assert not dock.isHidden()

    @pytest.mark.parametrize("again", [False, True], ids=["one panel left in its tabs", "after a reset"])
    def test_no_tab_bar_that_lies_about_can_be_dragged(self, window, again):
        """Qt keeps one outside the window for a panel that has lost its neighbours, and those of a layout that went."""
        for name in BOTTOM[:-1]:
            window.docks.by_name[name].setFloating(True)
        if again:
            choose(window, "reset_layout")
        QApplication.processEvents()
        for bar in window.findChildren(QTabBar):
            start = QPoint(20, 10)
            QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
            for step in range(1, 12):
                QTest.mouseMove(bar, start + QPoint(9 * step, 9 * step))
            QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=start + QPoint(110, 110))
        assert window.isVisible()
        floating = [name for name in BOTTOM if window.docks.by_name[name].isFloating()]
        assert floating == ([] if again else list(BOTTOM[:-1]))

    def test_the_layout_can_be_reset(self, window):
        dock = window.docks.by_name["palette"]
        dock.setFloating(True)
        window.docks.by_name["summary"].close()
        choose(window, "reset_layout")
        assert not dock.isFloating()
        assert not window.docks.by_name["summary"].isHidden()
        assert window.dockWidgetArea(dock) == Qt.DockWidgetArea.LeftDockWidgetArea

    def test_at_1280_by_800_nothing_is_cut_off(self, window, qtbot):
        """No panel is given less than the least it asks for, and the canvas keeps a third of the window."""
        window.resize(1280, 800)
        qtbot.waitUntil(lambda: window.size().width() == 1280)
        assert (window.width(), window.height()) == (1280, 800)
        for dock in window.docks.by_name.values():
            panel = dock.widget()
            if panel.isVisible():
                assert panel.width() >= min(panel.minimumSizeHint().width(), panel.sizeHint().width()), (
                    dock.objectName()
                )
                assert panel.height() >= panel.minimumSizeHint().height(), dock.objectName()
        assert window.canvas.width() * window.canvas.height() > 1280 * 800 / 4

    def test_the_palette_is_searched_by_a_key(self, window):
        press(window, "Ctrl+K")
        QTest.keyClicks(QApplication.focusWidget(), "flat")
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
        assert any("flatten" in node for node in window.session.design.nodes)

    def test_layers_are_added_and_undone_without_leaving_the_search(self, window, session):
        def type_and_enter(text: str) -> None:
            QTest.keyClicks(QApplication.focusWidget(), text)
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

        before = session.design
        press(window, "Ctrl+K")
        type_and_enter("flatten")
        type_and_enter("dropout")  # replaces the word before
        search = window.docks.by_name["palette"].widget().search
        assert search.text() == "dropout"
        added = [node for node in session.design.nodes if node not in before.nodes]
        assert [node.rstrip("0123456789") for node in added] == ["flatten", "dropout"]
        QTest.keySequence(search, QKeySequence("Ctrl+Z"))
        QTest.keySequence(search, QKeySequence("Ctrl+Z"))
        assert session.design == before
        assert search.text() == "dropout"
        QTest.keySequence(search, QKeySequence("Ctrl+Y"))
        assert len(session.design.nodes) == len(before.nodes) + 1
        # What is being typed is still undone in the field.
        QTest.keyClicks(search, "relu")
        QTest.keySequence(search, QKeySequence("Ctrl+Z"))
        assert search.text() != "relu"
        assert len(session.design.nodes) == len(before.nodes) + 1


def test_nothing_flashes_up_as_a_window_of_its_own(window, session, qapp):
    """A widget shown before it has its parent is a window for a moment, and takes the focus away."""
    shown = []

    class Watcher(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                shown.append(type(watched).__name__)
            return False

    watcher = Watcher()
    qapp.installEventFilter(watcher)
    for kind in catalogue():
        session.add_layer(kind, (0.0, 0.0))
    for name in ("feature_maps", "summary", "charts", "memory", "problems", "profile"):
        window.docks.bring(name)
        QApplication.sendPostedEvents()
    qapp.removeEventFilter(watcher)
    assert shown == []


class TestRemembering:
    def test_layout_convention_and_preparing_come_back(self, window, session, qtbot):
        window.docks.by_name["charts"].close()
        window.totals.data_type.setCurrentText("int8")
        window.totals.convention.choose("tf-slim")
        window.totals.convention.currentIndexChanged.emit(0)
        session.set_preprocessing(Preprocessing(Fit.LETTERBOX))
        choose(window, "scheme_dark")
        window.close()
        again = open_window(qtbot)
        assert again.docks.by_name["charts"].isHidden()
        assert again.session.settings == Settings(convention="tf-slim")  # the data type was that design's
        assert again.totals.convention.chosen() == "tf-slim"
        assert again.totals.data_type.chosen() == "float32"
        assert again.session.preprocessing.fit is Fit.LETTERBOX
        assert current_theme().name == "dark"
        assert again.commands["scheme_dark"].isChecked()
        choose(again, "scheme_system")

    def test_a_maximized_window_comes_back_on_a_smaller_screen(self, window, qtbot):
        """Panels brought to the front at once, as by a shortcut: Qt ended the program."""
        window.resize(3000, 1800)
        QApplication.processEvents()
        docks = window.docks.by_name
        window.resizeDocks([docks["palette"], docks["parameters"]], [1000, 1100], Qt.Orientation.Horizontal)
        window.resizeDocks([docks["charts"]], [1200], Qt.Orientation.Vertical)
        QApplication.processEvents()
        layout = window.saveState(LAYOUT_VERSION)
        window.showMaximized()
        QApplication.processEvents()
        window.close()
        window.preferences.layout = layout
        again = open_window(qtbot)
        assert again.isMaximized()
        for name in ("charts", "summary", "problems", "profile", "feature_maps") * 2:
            again.docks.bring(name)
            QApplication.processEvents()
            assert again.docks.by_name[name].widget().isVisible()

    def test_a_layout_that_cannot_be_read_is_ignored(self, window, qtbot):
        window.close()
        kept = Preferences()
        kept.layout = kept.layout.left(20)
        kept.geometry = kept.geometry.left(3)
        again = open_window(qtbot)
        assert not again.docks.by_name["palette"].isHidden()


class TestHelp:
    @pytest.mark.parametrize(
        ("action", "kind"), [("shortcuts", ShortcutsWindow), ("messages", MessagesWindow), ("about", AboutWindow)]
    )
    def test_windows_of_help_are_not_modal_and_open_once(self, window, action, kind):
        choose(window, action)
        choose(window, action)
        (found,) = window.findChildren(kind)
        assert found.isVisible()
        assert not found.isModal()

    def test_notices_are_dismissed_by_a_key(self, window, session):
        session.notice("disk full", Level.ERROR)
        press(window, "Ctrl+Shift+X")
        assert window.notifications.toasts == []


def test_undo_takes_back_and_redo_does_again(window, session):
    before = session.design
    edit(session)
    after = session.design
    press(window, "Ctrl+Z")
    assert session.design is before
    press(window, "Ctrl+Y")
    assert session.design is after
