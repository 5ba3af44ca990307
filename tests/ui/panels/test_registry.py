"""Finding the panels."""

from __future__ import annotations

import importlib
import sys

import pytest

from designer.ui.panels.registry import Area, panels

PACKAGE = "designer.ui.panels"

WITH_A_PANEL = """
from PySide6.QtWidgets import QLabel

from designer.ui.panels.registry import Area, Panel


class NotesPanel(QLabel):
    def __init__(self, bridge, parent):
        super().__init__(bridge.session.design.name, parent)


PANEL = Panel("{name}", "Notes", Area.RIGHT, 30, NotesPanel)
"""


@pytest.fixture
def add_module(tmp_path, monkeypatch):
    """Write a module that lies beside the panels' own for as long as the test takes."""
    package = importlib.import_module(PACKAGE)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    panels.cache_clear()

    def add(name, text):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        # Put there by the test, so that it is gone when the test is over.
        monkeypatch.delitem(sys.modules, f"{PACKAGE}.{name}", raising=False)

    yield add
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(f"{PACKAGE}.{path.stem}", None)
    panels.cache_clear()


def test_every_panel_has_its_place():
    found = {area: [panel.name for panel in panels() if panel.area is area] for area in Area}
    assert found == {
        Area.LEFT: ["palette", "input_image"],
        Area.RIGHT: ["parameters", "inspector"],
        Area.BOTTOM: ["feature_maps", "summary", "charts", "memory", "problems", "profile"],
    }


def test_a_new_panel_is_one_file(add_module):
    before = panels()
    panels.cache_clear()
    add_module("notes_panel", WITH_A_PANEL.format(name="notes"))
    assert [panel.title for panel in panels() if panel not in before] == ["Notes"]


def test_a_name_is_taken_once(add_module):
    add_module("notes_panel", WITH_A_PANEL.format(name="charts"))
    with pytest.raises(TypeError, match="charts"):
        panels()


def test_a_module_that_declares_nothing_is_told(add_module):
    add_module("notes_panel", "")
    with pytest.raises(TypeError, match=r"notes_panel declares no panel"):
        panels()
