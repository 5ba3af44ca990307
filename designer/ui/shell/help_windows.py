"""Small windows of the Help menu. None is modal: they stay open beside the work."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from designer import __version__
from designer.i18n import N_, _
from designer.ui.shell.shortcuts import listed_shortcuts
from designer.ui.widgets.theme import RHYTHM

GESTURES: tuple[tuple[str, str], ...] = (
    (N_("Add the layer chosen in the palette, connected"), N_("Enter")),
    (N_("Connect two layers, from port to port"), N_("Drag")),
    (N_("Put the parameter being edited back to its default"), N_("Ctrl+R")),
    (N_("Walk from layer to layer"), N_("Tab / Shift+Tab")),
    (N_("Walk along the wires"), N_("Alt+Arrows")),
    (N_("Move the selected layers"), N_("Arrows")),
    (N_("Move the canvas"), N_("Space+Drag")),
    (N_("Zoom at the pointer"), N_("Wheel")),
    (N_("Select several"), N_("Ctrl+Click")),
    (N_("Give up what the mouse is doing"), N_("Esc")),
)
"""What no menu shows."""


class ShortcutsWindow(QDialog):
    """Every shortcut in one list, and the gestures of the canvas."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Keyboard Shortcuts"))
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(2 * RHYTHM, 2 * RHYTHM, 2 * RHYTHM, 2 * RHYTHM)
        grid.setHorizontalSpacing(4 * RHYTHM)
        grid.setVerticalSpacing(RHYTHM // 2)
        rows = [*listed_shortcuts(), *((_(text), _(keys)) for text, keys in GESTURES)]
        half = (len(rows) + 1) // 2
        for index, (text, keys) in enumerate(rows):
            row, column = index % half, 2 * (index // half)
            label = QLabel(keys, inside)
            font = label.font()
            font.setBold(True)
            label.setFont(font)
            grid.addWidget(label, row, column)
            grid.addWidget(QLabel(text, inside), row, column + 1)
        grid.setRowStretch(half, 1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(inside)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.addWidget(area)
        hint = inside.sizeHint()
        self.resize(min(hint.width() + 24, 1000), min(hint.height() + 8, 700))


class AboutWindow(QDialog):
    """Name, version, licence."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("About Netdraft"))
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * RHYTHM, 3 * RHYTHM, 3 * RHYTHM, 3 * RHYTHM)
        column.setSpacing(RHYTHM)
        name = QLabel(_("Netdraft {version}").format(version=__version__), self)
        font = name.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setBold(True)
        name.setFont(font)
        text = QLabel(
            _(
                "Draw a convolutional network and see, while you draw it, what it costs and what it sees.\n\n"
                "Free under the MIT licence. Python {python}, Qt {qt}."
            ).format(python=platform.python_version(), qt=qVersion()),
            self,
        )
        text.setWordWrap(True)
        text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column.addWidget(name)
        column.addWidget(text)
        column.addStretch()
        self.resize(420, 180)
