"""File ▸ Versions: the last saves, each brought back as a new design."""

from __future__ import annotations

import numpy as np
import pytest

from designer.files import spec
from designer.gallery.lenet import lenet5
from designer.graph.edits import SetParameters, SetWeights
from designer.library import files
from tests.helpers.windows import window_on


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.netdraft.json"
    spec.write(lenet5(), path)
    return path


@pytest.fixture
def window(qtbot, file):
    return window_on(qtbot, file)


@pytest.fixture
def save(window, qtbot):
    def save(filters: int):
        window.session.do(SetParameters("conv1", {"filters": filters}))
        window.commands["save"].trigger()
        qtbot.waitUntil(lambda: not window.session.document.modified and not window.tasks.active)

    return save


def entries(window) -> list:
    menu = window.menus.by_name["versions"]
    menu.aboutToShow.emit()
    return [action for action in menu.actions() if not action.isSeparator()]


def test_a_file_that_was_never_saved_here_has_none(window):
    (entry,) = entries(window)
    assert (entry.text(), entry.isEnabled()) == ("Nothing saved yet", False)


def test_saves_are_listed_latest_first_with_date_and_what_changed(window, save):
    save(8)
    save(9)
    texts = [entry.text() for entry in entries(window)]
    assert [text.partition("layers")[2].strip() for text in texts[:3]] == [
        "conv1: filters 8 → 9",
        "conv1: filters 6 → 8",
        "before the first save with Netdraft",
    ]
    assert all("13 layers" in text for text in texts[:3])


def test_one_comes_back_as_a_new_unsaved_design_and_the_file_stays(window, save, file, qtbot):
    save(8)
    save(9)
    entries(window)[2].trigger()
    qtbot.waitUntil(lambda: window.session.path is None)
    assert window.session.design == lenet5()
    assert window.isWindowModified()
    assert files.load(file).nodes["conv1"].layer.filters == 9


def test_weights_too_large_to_keep_are_said(window, save, qtbot, monkeypatch):
    monkeypatch.setattr("designer.session.durability.versions.MOST_WEIGHT_BYTES", 20)
    window.session.do(SetWeights({"conv2": {"bias": np.ones(16)}}))
    save(8)
    latest = entries(window)[0]
    assert "without its weights" in latest.text()
    told = []
    window.bridge.noticed.connect(lambda notice: told.append(notice.text))
    latest.trigger()
    qtbot.waitUntil(lambda: told != [])
    assert "without its weights" in told[0]
    assert window.session.design.weights == {}


def test_the_list_can_be_emptied(window, save, qtbot):
    save(8)
    entries(window)[-1].trigger()
    qtbot.waitUntil(lambda: not window.tasks.active)
    assert [entry.text() for entry in entries(window)] == ["Nothing saved yet"]
