"""How the values of a map are distributed, each bar in the colour that the map gives these values."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from designer.graph.design import Array
from designer.i18n import _
from designer.session.map_scale import Scale
from designer.session.maps_export import colour_table
from designer.ui.theme import current_theme

BINS = 40


class ValueHistogram(pg.PlotWidget):  # type: ignore[misc]
    """Counts over values; it doubles as the legend of the colour map.

    Heights are logarithms of counts: after a ReLU nearly all values are zero, and the rest is what is looked for.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, enableMenu=False)
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
        self._bars = pg.BarGraphItem(x=[0.0], height=[0.0], width=1.0)
        self.addItem(self._bars)
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
        self._bars.setOpts(
            x=middles, height=heights, width=(high - low) / BINS, brushes=colours, pens=[pg.mkPen(line)] * BINS
        )
        self.setXRange(low, high, padding=0.02)
        self.setYRange(0, max(0.1, float(heights.max())), padding=0.04)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and hasattr(self, "_bars"):
            self._follow_theme()

    def _follow_theme(self) -> None:
        theme = current_theme()
        self.setBackground(theme.window)
        axis = self.getAxis("bottom")
        axis.setPen(theme.card_border)
        axis.setTextPen(theme.muted)
