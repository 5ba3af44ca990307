"""What an empty document shows in the place of the canvas: where to begin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from designer.gallery.examples import Example, examples
from designer.i18n import _
from designer.ui.gallery.gallery_panel import GalleryPanel, GalleryState
from designer.ui.gallery.link_row import LinkRow
from designer.ui.gallery.thumbnails import Thumbnails
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import ThemedLabel, muted, scrolled, sized, wrapped
from designer.ui.widgets.theme import RHYTHM, current_theme, icon

COLUMN = 216
"""Pixels for new, open, recent files and examples."""

NARROW = 520
"""Below this width of the page the gallery has no room beside them."""

OURS = "application/x-netdraft-"
"""How the kinds of what is dragged within the program begin."""


class StartPage(FollowsTheme, QWidget):
    """Covers the canvas; steps aside for what is dragged onto it.

    Signals
    -------
    begun(), open_wanted(), recent_wanted(Path), example_wanted(Example), network_wanted(str), drag_came()
        The canvas is wanted as it is; a file is to be chosen; this file, example or network of the gallery is to be
        opened; something of the program's own is dragged over the page.
    """

    begun = Signal()
    open_wanted = Signal()
    recent_wanted = Signal(object)
    example_wanted = Signal(object)
    network_wanted = Signal(str)
    drag_came = Signal()

    def __init__(self, state: GalleryState, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setAccessibleName(_("Start page"))
        self.new_button, self.open_button = QPushButton(_("&New"), self), QPushButton(_("&Open…"), self)
        self.new_button.setToolTip(_("Begin with an empty canvas (Esc)"))
        self.open_button.setToolTip(_("Open a design"))
        self.new_button.clicked.connect(self.begun)
        self.open_button.clicked.connect(self.open_wanted)
        self.recent: dict[Path, LinkRow] = {}
        self._recent_title = _title(_("Recent files"))
        self._recent_rows = QVBoxLayout()
        self._beside = QWidget(self)
        column = QVBoxLayout(self._beside)
        column.setContentsMargins(2 * RHYTHM, 2 * RHYTHM, RHYTHM, 2 * RHYTHM)
        column.setSpacing(RHYTHM)
        column.addWidget(_title(_("Gallery")))
        self.gallery = GalleryPanel(state, thumbnails, self._beside)
        self.gallery.opened.connect(self.network_wanted)
        column.addWidget(self.gallery, 1)
        links = self._build_column()
        self._column = scrolled(links)
        for part in (self._column.viewport(), links):
            part.setAutoFillBackground(False)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._column)
        row.addWidget(self._beside, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, RHYTHM)
        whole.setSpacing(0)
        whole.addLayout(row, 1)
        hint = wrapped(_("Drag a layer here from the palette, or drop a design, an image or weights"), parent=self)
        hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        whole.addWidget(hint)
        self._follow_theme()

    def _build_column(self) -> QWidget:
        inside = QWidget(self)
        column = QVBoxLayout(inside)
        # Headings and rows have the other half of the margin on the left inside, for their ground.
        column.setContentsMargins(RHYTHM, 2 * RHYTHM, RHYTHM, 2 * RHYTHM)
        column.setSpacing(RHYTHM // 2)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(RHYTHM, 0, 0, 0)
        for button in (self.new_button, self.open_button):
            buttons.addWidget(button)
        column.addLayout(buttons)
        column.addSpacing(RHYTHM)
        column.addWidget(self._recent_title)
        self._recent_rows.setSpacing(0)
        column.addLayout(self._recent_rows)
        column.addSpacing(RHYTHM)
        examples_title = _title(_("Examples"))
        for title in (self._recent_title, examples_title):
            title.setContentsMargins(RHYTHM, 0, 0, 0)
        column.addWidget(examples_title)
        for example in examples():
            column.addWidget(self._example_row(example))
        column.addStretch()
        return inside

    def _example_row(self, example: Example) -> LinkRow:
        row = LinkRow(example.title, parent=self)
        row.setObjectName(f"example_{example.name}")
        row.setToolTip(example.description)
        row.clicked.connect(lambda: self.example_wanted.emit(example))
        return row

    def show_recent(self, paths: Sequence[Path]) -> None:
        """List these files; what they are is said later, by :meth:`describe`."""
        if list(self.recent) == list(paths) and self._recent_rows.count():
            return
        while (item := self._recent_rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self.recent = {path: self._recent_row(path) for path in paths}
        for row in self.recent.values():
            self._recent_rows.addWidget(row)
        if not paths:
            nothing = muted(_("Nothing opened or saved yet"), self)
            nothing.setContentsMargins(RHYTHM, 0, 0, 0)
            self._recent_rows.addWidget(nothing)

    def _recent_row(self, path: Path) -> LinkRow:
        row = LinkRow(path.name, " ", self)
        row.setToolTip(str(path))
        row.clicked.connect(lambda: self.recent_wanted.emit(path))
        return row

    def describe(self, path: Path, words: str) -> None:
        """Say what a recent file is."""
        if path in self.recent:
            self.recent[path].say(words)

    def fit(self, width: int, height: int) -> None:
        """Cover so much; where that is too narrow, leave the gallery to its window."""
        self.setGeometry(0, 0, width, height)
        wide = width >= NARROW
        self._beside.setVisible(wide)
        self._column.setMinimumWidth(COLUMN if wide else 0)
        self._column.setMaximumWidth(COLUMN if wide else width)

    def _apply_theme(self) -> None:
        self.new_button.setIcon(icon("new"))
        self.open_button.setIcon(icon("open"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground of the canvas: a palette of the page's own would reach every label on it."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), current_theme().canvas)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leaves the canvas free."""
        if event.key() == Qt.Key.Key_Escape:
            self.begun.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The canvas behind it stays where it is."""
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are for the window; for the program's own the canvas has to be seen."""
        event.ignore()
        if any(kind.startswith(OURS) for kind in event.mimeData().formats()):
            self.drag_came.emit()


def _title(text: str) -> ThemedLabel:
    label = ThemedLabel(text, "text")
    label.setFont(sized(label.font(), 1.1, bold=True))
    return label
