"""A line that is pressed like a link: a title, and below it what it stands for."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from designer.ui.widgets.labels import sized
from designer.ui.widgets.theme import current_theme, mixed

SIDE, ABOVE = 8, 4
SMALL = 0.88


class LinkRow(QAbstractButton):
    """Signals: ``clicked()``, by mouse, space and Enter."""

    def __init__(self, title: str, subtitle: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(title.replace("&", "&&"))
        self._title, self._subtitle = title, subtitle
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def subtitle(self) -> str:
        """The second line."""
        return self._subtitle

    def say(self, subtitle: str) -> None:
        """Have another second line."""
        self._subtitle = subtitle
        self.setAccessibleDescription(subtitle)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        small = QFontMetrics(sized(self.font(), SMALL)).height() if self._subtitle else 0
        return QSize(160, self.fontMetrics().height() + small + 2 * ABOVE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both lines, on a ground under the pointer, in a frame with the focus."""
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(mixed(theme.canvas, theme.accent, 0.2 if self.isDown() else 0.1))
            painter.drawRoundedRect(self.rect(), 4.0, 4.0)
        if self.hasFocus():
            painter.setPen(theme.accent)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4.0, 4.0)
        line = QRect(SIDE, ABOVE, self.width() - 2 * SIDE, self.fontMetrics().height())
        painter.setPen(theme.accent)
        _draw(painter, line, self._title)
        painter.setFont(sized(self.font(), SMALL))
        painter.setPen(theme.muted)
        line.translate(0, line.height())
        _draw(painter, line, self._subtitle)
        painter.end()


def _draw(painter: QPainter, line: QRect, text: str) -> None:
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown)
