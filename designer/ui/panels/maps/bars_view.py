"""One value per channel as bars: dense layers, global pooling."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.ui.panels.maps.maps_text import value_text
from designer.ui.panels.maps.tile_grid import SMALLEST, USUAL
from designer.ui.widgets.theme import current_theme, mixed, tabular

WIDEST, ROOMY, SPACED = 56.0, 22.0, 4.0
"""Widths of a bar in pixels: the largest; from which its number is written under it; from which bars stand apart."""

MARGIN = 8


@attrs.frozen
class BarScale:
    """Heights of values: ``top`` is drawn at the upper edge, ``bottom`` at the lower one; zero is always between."""

    top: float
    bottom: float

    @classmethod
    def over(cls, values: Array) -> BarScale:
        """The scale for finite values, zero included."""
        finite = values[np.isfinite(values)]
        high = max(0.0, float(finite.max())) if finite.size else 0.0
        low = min(0.0, float(finite.min())) if finite.size else 0.0
        return cls(high, low) if high > low else cls(1.0, 0.0)

    def y(self, value: Any, area: QRectF) -> Any:
        """Where a value, or each of an array, lies in an area."""
        return area.top() + (self.top - value) / (self.top - self.bottom) * area.height()


class BarsView(QAbstractScrollArea):
    """Values as bars from a line of zero; with thousands they become columns of pixels, each from lowest to highest.

    Signals
    -------
    hovered(object)
        The channel under the cursor, None when it leaves.
    edge_wanted(int)
        The tile edge that Ctrl+wheel asks for: the mosaic and the bars are enlarged alike.
    """

    hovered = Signal(object)
    edge_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setAccessibleName(_("Values"))
        self._values: Array = np.zeros(0, np.float32)
        self._order: tuple[int, ...] = ()
        self._finite = np.zeros(0)
        self._scale = BarScale(1.0, 0.0)
        self._edge = USUAL
        self._current = 0

    def show_values(self, values: Array, order: tuple[int, ...]) -> None:
        """Show values (F,) in an order."""
        self._order = order
        self._values = values[list(order)] if len(order) else values
        self._scale = scale = BarScale.over(values)
        self._finite = np.nan_to_num(self._values.astype(np.float64), nan=0.0, posinf=scale.top, neginf=scale.bottom)
        self._current = min(self._current, max(0, len(values) - 1))
        self._update_scroll_bar()
        self.viewport().update()

    @property
    def order(self) -> tuple[int, ...]:
        """Channels as their bars stand."""
        return self._order

    @property
    def current(self) -> int | None:
        """The channel whose value is written out."""
        return self._order[self._current] if self._order else None

    def set_edge(self, edge: int) -> None:
        """Wider or narrower bars, in step with the mosaic's tiles."""
        self._edge = edge
        self._update_scroll_bar()
        self.viewport().update()

    def bar_width(self) -> float:
        """Width of a bar: what fits, or as wide as the size control asks for."""
        count = max(1, len(self._values))
        fitting = (self.viewport().width() - 2 * MARGIN) / count
        return min(WIDEST, max(fitting, (self._edge - SMALLEST) / 12.0))

    def area(self) -> QRectF:
        """Where bars are drawn, in the viewport."""
        line = self.fontMetrics().height()
        view = self.viewport().rect()
        above = below = 0
        if self.bar_width() >= ROOMY:
            above = line if self._scale.top > 0.0 else 0
            below = 2 * line if self._scale.bottom < 0.0 else line
        return QRectF(view.adjusted(MARGIN, line + MARGIN + above, -MARGIN, -below - MARGIN))

    def bar_rects(self, first: int, last: int) -> list[QRectF]:
        """The bars at places from ``first`` up to ``last``, in the viewport."""
        area, width = self.area(), self.bar_width()
        gap = max(1.0, round(width / 8.0)) if width >= SPACED else 0.0
        values = self._finite[first:last]
        zero, ends = self._scale.y(0.0, area), self._scale.y(values, area)
        tops, heights = np.minimum(ends, zero), np.abs(ends - zero)
        lefts = area.left() + np.arange(first, first + len(values)) * width - self.horizontalScrollBar().value()
        # One call each for a thousand bars: arithmetic on Python's own numbers is what a repaint waits for.
        places = zip(lefts.tolist(), tops.tolist(), heights.tolist(), strict=True)
        return [QRectF(left, top, width - gap, height) for left, top, height in places]

    def place_at(self, point: QPointF) -> int | None:
        """The bar whose column holds a point."""
        place = int((point.x() - MARGIN + self.horizontalScrollBar().value()) // self.bar_width())
        return place if 0 <= place < len(self._values) else None

    def _update_scroll_bar(self) -> None:
        page = self.viewport().width()
        bar = self.horizontalScrollBar()
        bar.setPageStep(page)
        bar.setSingleStep(48)
        bar.setRange(0, max(0, int(len(self._values) * self.bar_width() + 2 * MARGIN) - page))

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars in view, and the current value in words."""
        if not len(self._values):
            return
        painter = QPainter(self.viewport())
        painter.setFont(tabular(self.font()))
        width, area = self.bar_width(), self.area()
        first = max(0, int((event.rect().left() - MARGIN + self.horizontalScrollBar().value()) // width))
        last = min(len(self._values), first + int(event.rect().width() / width) + 3)
        if width < 1.5:
            self._paint_columns(painter, area)
        else:
            self._paint_bars(painter, first, last)
        theme = current_theme()
        painter.setPen(QPen(theme.wire, 1))
        zero = round(self._scale.y(0.0, area)) + 0.5
        end = min(area.right(), area.left() + len(self._values) * width - self.horizontalScrollBar().value())
        painter.drawLine(QPointF(area.left(), zero), QPointF(end, zero))
        self._paint_words(painter)

    def _paint_bars(self, painter: QPainter, first: int, last: int) -> None:
        theme, width = current_theme(), self.bar_width()
        bars = self.bar_rects(first, last)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(theme.accent, theme.window, 0.35))
        painter.drawRects(bars)
        if first <= self._current < last:
            painter.fillRect(bars[self._current - first], theme.accent)
        if width < ROOMY:
            return
        line = self.fontMetrics().height()
        for place, bar in enumerate(bars, first):
            label = QRectF(bar.left(), self.viewport().height() - line - 4, bar.width(), line)
            painter.setPen(theme.text if place == self._current else theme.muted)
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, str(self._order[place]))
            self._paint_value(painter, place, bar)

    def _paint_value(self, painter: QPainter, place: int, bar: QRectF) -> None:
        """The value at the end of its bar, where there is room."""
        value = float(self._values[place])
        text = f"{value:.3g}".replace("-", "−")
        metrics = painter.fontMetrics()
        if bar.width() < metrics.horizontalAdvance("−0.00") or metrics.horizontalAdvance(text) > self.bar_width() + 4:
            return
        box = QRectF(0, 0, self.bar_width() + 8, metrics.height())
        box.moveCenter(bar.center())
        box.moveBottom(bar.top() - 1) if value >= 0.0 else box.moveTop(bar.bottom() + 1)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_columns(self, painter: QPainter, area: QRectF) -> None:
        """Bars narrower than a pixel: each column of pixels from the lowest to the highest value in it."""
        theme, columns = current_theme(), max(1, int(area.width()))
        starts = np.minimum(np.arange(columns) * len(self._values) // columns, len(self._values) - 1)
        tops = self._scale.y(np.maximum(np.maximum.reduceat(self._finite, starts), 0.0), area)
        bottoms = self._scale.y(np.minimum(np.minimum.reduceat(self._finite, starts), 0.0), area)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(theme.accent, theme.window, 0.15))
        ends = zip(tops.tolist(), bottoms.tolist(), strict=True)
        painter.drawRects([QRectF(area.left() + i, top, 1, bottom - top) for i, (top, bottom) in enumerate(ends)])
        mark = area.left() + (self._current + 0.5) * self.bar_width()
        faint = QColor(theme.accent)
        faint.setAlphaF(0.6)
        painter.setPen(QPen(faint, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(mark, area.top()), QPointF(mark, area.bottom()))

    def _paint_words(self, painter: QPainter) -> None:
        theme, view = current_theme(), QRectF(self.viewport().rect()).adjusted(MARGIN, 4, -MARGIN, -4)
        painter.setPen(theme.muted)
        extremes = _("lowest {low}   highest {high}").format(
            low=value_text(float(np.nanmin(self._values))) if np.isfinite(self._values).any() else "–",
            high=value_text(float(np.nanmax(self._values))) if np.isfinite(self._values).any() else "–",
        )
        painter.drawText(view, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, extremes)
        painter.setPen(theme.accent if self.hasFocus() else theme.text)
        painter.drawText(view, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, self.current_text())

    def current_text(self) -> str:
        """The current value in words."""
        if self.current is None:
            return ""
        return _("unit {number}: {value}").format(
            number=self.current, value=value_text(float(self._values[self._current]))
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the bars anew."""
        super().resizeEvent(event)
        self._update_scroll_bar()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Draw what comes into view."""
        del dx, dy
        self.viewport().update()

    # -- mouse and keyboard --------------------------------------------------------------------------------------------

    def _make_current(self, place: int) -> None:
        self._current = min(max(place, 0), len(self._values) - 1)
        bar, page = self.horizontalScrollBar(), self.viewport().width()
        left = int(self._current * self.bar_width())
        if left < bar.value():
            bar.setValue(left)
        elif left + self.bar_width() + 2 * MARGIN > bar.value() + page:
            bar.setValue(int(left + self.bar_width() + 2 * MARGIN - page))
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The bar under the cursor becomes current."""
        place = self.place_at(event.position())
        if place is not None and place != self._current:
            self._make_current(place)
        self.hovered.emit(None if place is None else self._order[place])

    def viewportEvent(self, event: QEvent) -> bool:
        """The value in a tool tip; the cursor leaving."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tip(event.pos(), event.globalPos())
            return True
        if event.type() is QEvent.Type.Leave:
            self.hovered.emit(None)
        return super().viewportEvent(event)

    def _show_tip(self, point: QPoint, on_screen: QPoint) -> None:
        if self.place_at(QPointF(point)) is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(on_screen, self.current_text(), self.viewport())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll sideways; with Ctrl, make bars wider or narrower."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.edge_wanted.emit(round(self._edge * 1.2 ** (event.angleDelta().y() / 120)))
        else:
            turned = event.angleDelta().y() or event.angleDelta().x()
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - turned)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home and End move between bars."""
        end = len(self._values)
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -end, Qt.Key.Key_End: end}
        if end and Qt.Key(event.key()) in steps:
            self._make_current(self._current + steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)
