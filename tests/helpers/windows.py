"""A window as a user has it, without the waiting: notices are answered by their buttons."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from designer.gallery.lenet import lenet5
from designer.graph.design import Design
from designer.session.session import Session
from designer.ui.bridge import Bridge
from designer.ui.shell.main_window import MainWindow
from designer.ui.shell.toast import Toast


def open_window(qtbot, design: Design | None = None) -> MainWindow:
    """A window that is shown and has the focus; unsaved changes are given up when the test is over."""
    window = MainWindow(Bridge(Session(design or lenet5())))
    window.worker.automatic = False
    window.autosave.set_intervals(10, 50)
    qtbot.addWidget(window, before_close_func=lambda window: window.session.document.mark_saved())
    window.show()
    window.activateWindow()
    window.canvas.setFocus()
    return window


def window_on(qtbot, path: Path) -> MainWindow:
    """A window in which this file has been opened."""
    window = open_window(qtbot)
    window.files.open_path(path)
    qtbot.waitUntil(lambda: window.session.path == path)
    return window


def asked(window: MainWindow, part: str = "") -> Toast | None:
    """The notice with choices whose text holds ``part``."""
    toasts = window.notifications.toasts
    return next((toast for toast in toasts if toast.notice.choices and part in toast.notice.text), None)


def answer(window: MainWindow, label: str) -> None:
    """Press the button of a notice."""
    found = [
        button
        for toast in window.notifications.toasts
        for button in toast.findChildren(QPushButton)
        if button.text() == label
    ]
    assert found, [toast.notice.text for toast in window.notifications.toasts]
    QTest.mouseClick(found[-1], Qt.MouseButton.LeftButton)
