"""How the values of a map are distributed, each bar in the colour that the map gives these values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.session.maps.export import colour_table
from designer.session.maps.scale import Scale
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import current_theme

BINS = 40


class HistogramBars(QGraphicsItem):
    """Bars side by side, each in its own colour.

    Not pyqtgraph's: those change their bounds before they announce it, which leaves the scene's index pointing at where
    they were, and a later paint may crash.
    """

    def __init__(self) -> None:
        super().__init__()
        self.heights: Array = np.zeros(0)
        self._bounds = QRectF()
        self._rects: list[QRectF] = []
        self._brushes: list[QBrush] = []
        self._outline = QPen()

    def show_bars(self, edges: Array, heights: Array, colours: Sequence[QColor], outline: QColor) -> None:
        """Draw other bars: one height and colour between each two edges."""
        self.prepareGeometryChange()
        self.heights = heights
        self._bounds = QRectF(float(edges[0]), 0.0, float(edges[-1] - edges[0]), max(0.1, float(heights.max())))
        self._rects = [
            QRectF(float(left), 0.0, float(right - left), float(height))
            for left, right, height in zip(edges[:-1], edges[1:], heights, strict=True)
        ]
        self._brushes = [QBrush(colour) for colour in colours]
        self._outline = QPen(outline, 1.0)
        self._outline.setCosmetic(True)
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """One rectangle after the other."""
        del option, widget
        painter.setPen(self._outline)
        for rect, brush in zip(self._rects, self._brushes, strict=True):
            painter.setBrush(brush)
            painter.drawRect(rect)


class ValueHistogram(FollowsTheme, pg.PlotWidget):  # type: ignore[misc]
    """Counts over values; it doubles as the legend of the colour map.

    Heights are logarithms of counts: after a ReLU nearly all values are zero, and the rest is what is looked for.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)  # type: ignore[call-arg]  # pyqtgraph has no types
        # Made even so, and a window of its own until it has a parent; nothing opens it.
        self.plotItem.ctrlMenu.setParent(self)
        self.plotItem.ctrlMenu.hide()
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.hideAxis("left")
        self.setMinimumHeight(72)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setToolTip(_("How often each value occurs (heights are logarithmic), in the colours of the map"))
        self.setAccessibleName(_("Histogram of the values"))
        self.bars = HistogramBars()
        self.getViewBox().addItem(self.bars, ignoreBounds=True)
        self._follow_theme()

    def show_values(self, values: Array, scale: Scale, colormap: str) -> None:
        """Show the finite values of a map in the colours of a scale."""
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if not high > low:
            low, high = low - 0.5, high + 0.5
        counts, edges = np.histogram(finite, BINS, (low, high))
        middles = (edges[1:] + edges[:-1]) / 2
        colours = [QColor.fromRgb(int(pixel)) for pixel in colour_table(colormap)[scale.levels(middles)]]
        line = QColor(current_theme().card_border)
        heights = np.log10(1.0 + counts)
        self.bars.show_bars(edges, heights, colours, line)
        self.setXRange(low, high, padding=0.02)
        self.setYRange(0, max(0.1, float(heights.max())), padding=0.04)

    def _apply_theme(self) -> None:
        theme = current_theme()
        self.setBackground(theme.window)
        axis = self.getAxis("bottom")
        axis.setPen(theme.card_border)
        axis.setTextPen(theme.muted)
