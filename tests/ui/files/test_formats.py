"""The dialogs and dropped files go by the registry of formats."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QFileDialog

from designer.gallery.lenet import lenet5
from designer.graph.design import Design
from designer.interchange.formats import Format
from designer.library import formats
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.main_window import MainWindow


@pytest.fixture
def window(qtbot):
    window = MainWindow(Bridge(Session(lenet5())))
    qtbot.addWidget(window)
    return window


@pytest.fixture
def names(monkeypatch):
    """A format of another program, which is read only."""

    def read(path: Path):
        return Design(name=path.read_text()), ("its colours are left out",)

    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, Format("Names", (".name",), read)))


def filters(window) -> list[str]:
    return window.findChild(QFileDialog).nameFilters()


def test_a_design_is_exported_as_onnx_and_stays_what_it_is(window, qtbot, tmp_path):
    path = tmp_path / "net.onnx"
    window.commands["export_design"].trigger()
    assert filters(window) == ["ONNX models (*.onnx)"]
    dialog = window.findChild(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    qtbot.waitUntil(lambda: path.exists() and window.tasks.active == ())
    onnx.checker.check_model(path, full_check=True)
    assert window.session.path is None


@pytest.mark.usefixtures("names")
def test_open_offers_every_format_that_is_read_and_save_only_the_window_s_own(window):
    window.files.open()
    assert filters(window) == ["Netdraft designs (*.netdraft.json *.json)", "Names (*.name)", "All files (*)"]
    window.findChild(QFileDialog).reject()


def test_save_offers_the_format_that_keeps_everything(window):
    window.files.save_as()
    assert filters(window) == ["Netdraft designs (*.netdraft.json *.json)"]
    window.findChild(QFileDialog).reject()


@pytest.mark.usefixtures("names")
def test_a_dropped_file_of_another_format_is_opened_without_a_file_of_its_own(window, qtbot, tmp_path):
    path = tmp_path / "net.name"
    path.write_text("From elsewhere")
    told = []
    window.bridge.noticed.connect(told.append)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    assert window.files.take_dropped(mime)
    qtbot.waitUntil(lambda: window.session.design.name == "From elsewhere")
    assert window.session.path is None
    assert [notice.text for notice in told] == ["its colours are left out"]
