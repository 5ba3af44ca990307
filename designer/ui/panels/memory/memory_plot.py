"""The plot of memory over time: one step for each layer, its highest point marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from designer.i18n import _
from designer.layer_api.quantities import byte_text
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import sized
from designer.ui.widgets.theme import RHYTHM, current_theme

Numbers = np.ndarray[Any, np.dtype[np.float64]]


@attrs.frozen(eq=False)
class Steps:
    """What is drawn: a layer and the bytes alive for each step; from ``turn`` on they are those of the way back."""

    nodes: tuple[str, ...] = ()
    alive: Numbers = attrs.field(factory=lambda: np.zeros(0))
    turn: int = 0

    @property
    def peak(self) -> int | None:
        """The first step of the most bytes; None without steps."""
        return int(self.alive.argmax()) if self.alive.size else None


class MemoryPlot(FollowsTheme, QWidget):
    """Bytes alive at each step, from left to right; a click selects the layer of a step.

    Signals
    -------
    step_clicked(int)
        The step that was clicked on.
    """

    step_clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.steps = Steps()
        self._marked: frozenset[str] = frozenset()
        self.setFont(sized(self.font(), 0.9))
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._follow_theme()

    def show_steps(self, steps: Steps) -> None:
        """Draw other numbers."""
        self.steps = steps
        self.update()

    def mark(self, nodes: Sequence[str]) -> None:
        """Put the steps of these layers on a band."""
        marked = frozenset(nodes)
        if marked != self._marked:
            self._marked = marked
            self.update()

    def sizeHint(self) -> QSize:
        """Room for a curve that can be read."""
        return QSize(420, 150)

    def minimumSizeHint(self) -> QSize:
        """Less than this shows nothing."""
        return QSize(160, 70)

    def plot_rect(self) -> QRectF:
        """Where the curve is drawn: below the line of text at the top, above the one at the bottom."""
        line = self.fontMetrics().height()
        return QRectF(self.rect()).adjusted(RHYTHM, line + RHYTHM, -RHYTHM, -line - 4)

    def step_at(self, x: float) -> int | None:
        """The step at a horizontal place; None beside the plot."""
        plot, count = self.plot_rect(), len(self.steps.nodes)
        if not count or not plot.left() <= x <= plot.right():
            return None
        return min(count - 1, int((x - plot.left()) / plot.width() * count))

    def tip(self, step: int) -> str:
        """Layer, direction and bytes of a step."""
        shown = self.steps
        words = _("{layer}, its gradient: {size}") if step >= shown.turn else "{layer}: {size}"
        return words.format(layer=shown.nodes[step], size=byte_text(int(shown.alive[step])))

    # -- events ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Band, area, curve, peak, and the words above and below."""
        theme, plot, shown = current_theme(), self.plot_rect(), self.steps
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.card)
        if shown.peak is None or plot.height() < 1 or plot.width() < 1:
            painter.end()
            return
        count, top = len(shown.nodes), max(float(shown.alive.max()), 1.0)
        step = plot.width() / count
        for index, node in enumerate(shown.nodes):
            if node in self._marked:
                painter.fillRect(
                    QRectF(plot.left() + index * step, plot.top(), max(step, 2.0), plot.height()), theme.selection
                )
        heights = plot.bottom() - self._columns(plot) / top * plot.height()
        edges = np.linspace(plot.left(), plot.right(), len(heights) + 1)
        points = [QPointF(x, y) for x, y in zip(np.repeat(edges, 2)[1:-1], np.repeat(heights, 2), strict=True)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        fill = QColor(theme.accent)
        fill.setAlphaF(0.18)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([plot.bottomLeft(), *points, plot.bottomRight()]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.accent, 1.5))
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(QPen(theme.card_border, 1.0))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        if shown.turn < count:
            middle = plot.left() + shown.turn * step
            painter.drawLine(QPointF(middle, plot.top()), QPointF(middle, plot.bottom()))
        self._words(painter, plot, shown.peak, step)
        painter.end()

    def _columns(self, plot: QRectF) -> Numbers:
        """The steps, or the most of those that share a pixel where there are more steps than pixels."""
        alive, room = self.steps.alive, max(1, int(plot.width()))
        if alive.size <= room:
            return alive
        firsts = np.arange(room) * alive.size // room
        return np.maximum.reduceat(alive, firsts)

    def _words(self, painter: QPainter, plot: QRectF, peak: int, step: float) -> None:
        theme, shown, metrics = current_theme(), self.steps, self.fontMetrics()
        at = plot.left() + (peak + 0.5) * step
        painter.setPen(QPen(theme.warning, 1.0))
        painter.setBrush(theme.warning)
        painter.drawEllipse(QPointF(at, plot.top()), 3.0, 3.0)
        text = _("peak {size}: {layer}").format(size=byte_text(int(shown.alive[peak])), layer=shown.nodes[peak])
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(plot.width()))
        width = metrics.horizontalAdvance(text)
        left = min(max(plot.left(), at - width / 2), plot.right() - width)
        painter.setPen(theme.text)
        painter.drawText(QPointF(left, plot.top() - RHYTHM), text)
        painter.setPen(theme.muted)
        base = plot.bottom() + metrics.ascent() + 2
        turn = shown.turn * step
        painter.drawText(
            QPointF(plot.left(), base), metrics.elidedText(_("forwards"), Qt.TextElideMode.ElideRight, int(turn))
        )
        if shown.turn < len(shown.nodes):
            painter.drawText(
                QPointF(plot.left() + turn, base),
                metrics.elidedText(_("back, gradients"), Qt.TextElideMode.ElideRight, int(plot.width() - turn)),
            )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is under the pointer."""
        step = self.step_at(event.position().x())
        if step is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(event.globalPosition().toPoint(), self.tip(step), self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell which step was clicked on."""
        step = self.step_at(event.position().x())
        if step is not None and event.button() == Qt.MouseButton.LeftButton:
            self.step_clicked.emit(step)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        QToolTip.hideText()
        super().leaveEvent(event)

    def _apply_theme(self) -> None:
        self.update()
