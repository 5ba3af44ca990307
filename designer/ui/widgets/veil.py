"""A veil over a picture that is no longer the latest: dimmed, with one word why."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from designer.ui.widgets.theme import current_theme

PATIENCE_MS = 200
"""A wait shorter than this is not worth a word."""


class Veil(QWidget):
    """Covers its parent, lets every click through; comes only after `PATIENCE_MS`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._covered = parent
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._come)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What is said."""
        return self._text

    def cover(self, text: str) -> None:
        """Show the veil at once."""
        self._text = text
        self._patience.stop()
        self._come()

    def expect(self, text: str) -> None:
        """From now on something is awaited; the veil shows if it takes long."""
        if text != self._text:
            self._text = text
            self.update()
        if self.isHidden() and not self._patience.isActive():
            self._patience.start()

    def lift(self) -> None:
        """The picture is the latest."""
        self._patience.stop()
        self.hide()

    def _come(self) -> None:
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the parent; nothing runs while it is hidden."""
        if watched is self._covered:
            if event.type() is QEvent.Type.Resize:
                self.setGeometry(self._covered.rect())
            elif event.type() is QEvent.Type.Hide:
                self._patience.stop()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim, and say why in a pill."""
        theme = current_theme()
        painter = QPainter(self)
        dim = QColor(theme.window)
        dim.setAlphaF(0.6)
        painter.fillRect(event.rect(), dim)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        words = self.fontMetrics().boundingRect(self._text)
        pill = QRectF(0, 0, words.width() + 32, words.height() + 12)
        pill.moveCenter(QRectF(self.rect()).center())
        painter.setPen(theme.card_border)
        painter.setBrush(theme.card)
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setPen(theme.text)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, self._text)
