from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from designer import app
from designer.session.notices import Level
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.main_window import MainWindow

ROOT = Path(__file__).resolve().parent.parent


def without_display(**more: str) -> dict[str, str]:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return {key: value for key, value in os.environ.items() if key not in hidden} | more


@pytest.fixture
def window(qtbot, qapp):
    sheet, palette, style = qapp.styleSheet(), qapp.palette(), qapp.style().objectName()
    window = MainWindow(Bridge(Session()))
    qtbot.addWidget(window, before_close_func=lambda window: window.session.document.mark_saved())
    window.show()
    yield window
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    qapp.setStyle(style)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """``netdraft`` where nobody can see a window."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, str(ROOT / "main.py")]
    environment = without_display(XDG_CONFIG_HOME=str(folder / "config"), PYTHONPATH=str(ROOT))
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done, folder


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a screen")
class TestWithoutADisplay:
    def test_a_display_is_asked_for_by_its_variables(self, monkeypatch):
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            monkeypatch.delenv(name, raising=False)
        assert not app.has_display()
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            with monkeypatch.context() as context:
                context.setenv(name, "something")
                assert app.has_display()

    def test_it_says_so_in_one_line(self, demo):
        done, _folder = demo
        assert done.returncode == 0, done.stderr
        (line,) = done.stderr.splitlines()
        assert "no display" in line
        assert "build/demo" in line

    def test_it_leaves_the_summary(self, demo):
        done, folder = demo
        summary = json.loads((folder / "build/demo/summary.json").read_text(encoding="utf-8"))
        assert summary["status"] == "complete"
        assert "conv1_1" in (folder / "build/demo/summary.txt").read_text(encoding="utf-8")
        assert "| conv1_1" in (folder / "build/demo/summary.md").read_text(encoding="utf-8")
        assert "build/demo/summary.txt" in done.stdout

    def test_it_leaves_the_maps(self, demo):
        _done, folder = demo
        with np.load(folder / "build/demo/maps/activations.npz") as arrays:
            assert arrays["conv1_1"].shape == (1, 16, 64, 64)
        assert (folder / "build/demo/maps/conv1_1.png").exists()

    def test_it_leaves_a_picture_of_the_window_with_its_maps(self, demo):
        _done, folder = demo
        with Image.open(folder / "build/demo/window.png") as picture:
            assert picture.size == (1280, 800)
            colours = {tuple(pixel[:3]) for _count, pixel in picture.convert("RGB").getcolors(1 << 24)}
        # viridis runs from dark purple to yellow (Smith and van der Walt, 2015); nothing else in the window does
        assert {(68, 1, 84), (253, 231, 37)} <= colours

    def test_it_leaves_no_settings_behind(self, demo):
        _done, folder = demo
        assert list((folder / "config").rglob("*")) == []


class TestSurviving:
    def test_a_defect_in_a_slot_is_a_notice(self, window, qapp, caplog, provoked_defects):
        told = []
        window.bridge.noticed.connect(told.append)
        with app._survive(qapp, window), caplog.at_level(logging.ERROR):
            try:
                raise ZeroDivisionError("by hand")
            except ZeroDivisionError:
                sys.excepthook(*sys.exc_info())
        assert told[0].level is Level.ERROR
        assert "by hand" in told[0].text
        assert "ZeroDivisionError" in caplog.text

    def test_everything_is_given_back_afterwards(self, window, qapp):
        before = sys.excepthook, signal.getsignal(signal.SIGINT)
        with app._survive(qapp, window):
            assert (sys.excepthook, signal.getsignal(signal.SIGINT)) != before
        assert (sys.excepthook, signal.getsignal(signal.SIGINT)) == before

    @pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process there")
    def test_an_interrupt_closes_the_window(self, window, qapp, qtbot):
        with app._survive(qapp, window):
            os.kill(os.getpid(), signal.SIGINT)
            qtbot.waitUntil(lambda: not window.isVisible())


def test_the_first_thing_seen_is_a_convolution_of_an_example(window):
    design = app.files.load(app.first_example().path)
    app.show_design(window.session, design)
    assert window.session.current == "conv1_1"
    assert not window.isWindowModified()


def test_the_first_picture_comes_without_remarks(window, qtbot):
    app.show_design(window.session, app.files.load(app.first_example().path))
    with qtbot.waitSignal(window.worker.ended, timeout=20_000):
        app.feed_quietly(window, app.example_images()[0].path)
    assert window.notifications.toasts == []
    assert not window.notifications.quiet
    assert [notice.text for _time, notice in window.notifications.history]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only fontconfig can be told to find no font")
def test_without_any_font_the_terminal_says_what_to_install(tmp_path):
    empty = tmp_path / "fonts.conf"
    empty.write_text("<fontconfig></fontconfig>", encoding="utf-8")
    names = {"FONTCONFIG_FILE": str(empty), "FONTCONFIG_PATH": str(tmp_path), "QT_QPA_FONTDIR": str(tmp_path)}
    program = "from designer.app import make_application; make_application()"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env={**os.environ, **names}, capture_output=True, text=True, check=True)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("netdraft:")]
    assert "no font" in line
    assert "fonts-dejavu-core" in line
