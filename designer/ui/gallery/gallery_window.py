"""The gallery in a window of its own; it stays beside the work until a network is opened or it is closed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from designer.i18n import _
from designer.ui.gallery.gallery_panel import GalleryPanel, GalleryState
from designer.ui.gallery.thumbnails import Thumbnails
from designer.ui.shell.preferences import Preferences
from designer.ui.widgets.theme import RHYTHM


class GalleryWindow(QDialog):
    """Signals: ``chosen(str)`` with the name of a network; the window closes."""

    chosen = Signal(str)

    def __init__(self, state: GalleryState, thumbnails: Thumbnails, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setWindowTitle(_("Gallery"))
        self.panel = GalleryPanel(state, thumbnails, self)
        self.panel.opened.connect(self._open)
        buttons = QDialogButtonBox(self)
        self.open_button = buttons.addButton(_("&Open"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.open_button.setToolTip(_("Open the chosen network in the place of the design (Enter)"))
        buttons.addButton(QDialogButtonBox.StandardButton.Close)
        # Enter in the search opens, by the search itself: a default button would open a second time.
        for button in buttons.buttons():
            button.setAutoDefault(False)  # type: ignore[attr-defined]  # they are push buttons
        self.open_button.clicked.connect(self.panel.cards.open_current)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * RHYTHM, 2 * RHYTHM, 2 * RHYTHM, 2 * RHYTHM)
        column.setSpacing(RHYTHM)
        column.addWidget(self.panel, 1)
        column.addWidget(buttons)
        state.changed.connect(self._show_whether)
        self._show_whether()
        self.resize(960, 640)
        if preferences.gallery_geometry is not None:
            self.restoreGeometry(preferences.gallery_geometry)

    def _show_whether(self) -> None:
        self.open_button.setEnabled(self.panel.cards.current is not None)

    def _open(self, name: str) -> None:
        self.done(QDialog.DialogCode.Accepted)
        self.chosen.emit(name)

    def showEvent(self, event: QShowEvent) -> None:
        """Searching is what comes next; what was searched last is marked, so that typing replaces it."""
        super().showEvent(event)
        self.panel.search.setFocus()
        self.panel.search.selectAll()

    def done(self, result: int) -> None:
        """Remember the size, however it is closed."""
        self._preferences.gallery_geometry = self.saveGeometry()
        super().done(result)
