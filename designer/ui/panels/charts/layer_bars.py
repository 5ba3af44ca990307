"""The bars of a chart, and the band behind those of the selected layers, as one item of the plot.

One item rather than pyqtgraph's own bars, one for each category: those ask each other for their bounds, a thousand
times for each edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.layer_api.layer import Category
from designer.ui.widgets.array_painting import Numbers, draw_rects
from designer.ui.widgets.theme import category_colour, current_theme, mixed

WIDTH = 0.8
MOST_OUTLINED = 40
"""Beyond this many bars an outline would cover what it outlines."""


class LayerBars(QGraphicsItem):
    """Bars from a floor upwards, at the positions 0, 1, 2 …; a layer without a value has none."""

    def __init__(self) -> None:
        super().__init__()
        self._floor, self._top, self._count = 0.0, 1.0, 0
        self._bars: Mapping[Category, Numbers] = {}
        self._rects: dict[Category, Numbers] = {}
        self._band: tuple[int, ...] = ()
        self.paint_theme()

    def paint_theme(self) -> None:
        """Take the theme's colours."""
        theme = current_theme()
        self._band_brush = QBrush(theme.selection)
        self._paints: dict[Category, tuple[QBrush, QPen]] = {}
        for category in Category:
            colour = category_colour(category)
            outline = QPen(QColor(mixed(colour, theme.text, 0.35)), 1.0)
            outline.setCosmetic(True)
            self._paints[category] = QBrush(colour), outline
        self.update()

    def show_bars(self, bars: Mapping[Category, Numbers], limits: tuple[float, float], count: int) -> None:
        """Draw other bars.

        Parameters
        ----------
        bars
            By category, a row for each bar: its position, and its height above the floor.
        limits
            Floor and top of the scale.
        count
            How many layers there are.
        """
        if (*limits, count) != (self._floor, self._top, self._count):
            self.prepareGeometryChange()
            (self._floor, self._top), self._count = limits, count
        self._bars = bars
        self._rects = {
            category: np.stack(
                [
                    at_height[:, 0] - WIDTH / 2,
                    np.full(len(at_height), self._floor),
                    np.full(len(at_height), WIDTH),
                    at_height[:, 1],
                ],
                axis=1,
            )
            for category, at_height in bars.items()
        }
        self.update()

    def show_band(self, positions: Sequence[int]) -> None:
        """Put the layers at these positions on the band."""
        if tuple(positions) != self._band:
            self._band = tuple(positions)
            self.update()

    def heights(self, category: Category) -> dict[int, float]:
        """Position → height of the bars of a category."""
        return {int(at): height for at, height in self._bars.get(category, np.empty((0, 2))).tolist()}

    @property
    def band(self) -> tuple[int, ...]:
        """Positions on the band."""
        return self._band

    def boundingRect(self) -> QRectF:
        """The whole plot."""
        return QRectF(-1.0, self._floor, self._count + 1.0, self._top - self._floor)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Band first, bars over it."""
        del option, widget
        height = self._top - self._floor
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._band_brush)
        painter.drawRects([QRectF(at - 0.5, self._floor, 1.0, height) for at in self._band])
        outlined = self._count <= MOST_OUTLINED
        for category, rects in self._rects.items():
            brush, outline = self._paints[category]
            painter.setBrush(brush)
            if outlined:
                painter.setPen(outline)
            draw_rects(painter, rects)
