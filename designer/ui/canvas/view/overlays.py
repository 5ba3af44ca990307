"""What lies over the canvas and does not move with it: the zoom, and a hint where nothing is drawn yet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from designer.i18n import _
from designer.ui.widgets.theme import current_theme, tabular

GAP = 12


class ZoomPill(QToolButton):
    """The zoom in per cent; a click goes back to 100 %."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(_("Zoom to 100 % (Ctrl+0)"))
        self.setAccessibleName(_("Zoom"))
        self.restyle()

    def restyle(self) -> None:
        """Take on the theme's colours."""
        theme = current_theme()
        self.setFont(tabular(self.font()))
        self.setStyleSheet(
            f"QToolButton {{ background: {theme.card.name()}; color: {theme.muted.name()}; font-size: 11px;"
            f" border: 1px solid {theme.card_border.name()}; border-radius: 11px; padding: 3px 10px; }}"
            f"QToolButton:hover {{ color: {theme.text.name()}; border-color: {theme.muted.name()}; }}"
        )

    def show_zoom(self, zoom: float) -> None:
        """Say how large everything is."""
        percent = zoom * 100
        self.setText(_("{percent} %").format(percent=f"{percent:.0f}" if percent >= 10 else f"{percent:.1f}"))
        self.place()

    def place(self) -> None:
        """Into the corner."""
        self.adjustSize()
        parent = self.parentWidget()
        if parent is not None:
            self.move(parent.width() - self.width() - GAP, parent.height() - self.height() - GAP)


class EmptyHint(QLabel):
    """What to do where there is no layer yet."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setText(_("Drag a layer here, double-click one in the palette,\nor open an example"))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.restyle()

    def restyle(self) -> None:
        """Take on the theme's colours."""
        self.setStyleSheet(f"QLabel {{ color: {current_theme().muted.name()}; font-size: 14px; }}")

    def place(self) -> None:
        """Into the middle."""
        self.adjustSize()
        parent = self.parentWidget()
        if parent is not None:
            self.move((parent.width() - self.width()) // 2, (parent.height() - self.height()) // 2)
