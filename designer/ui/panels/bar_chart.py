"""One chart: a bar per layer along the network, coloured by category, the selected layers on a band."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QToolTip, QWidget

from designer.layer_api.layer import Category
from designer.ui.panels.chart_series import Series, bars_by_category, label_step, tick_text
from designer.ui.panels.labels import sized
from designer.ui.theme import category_colour, current_theme, mixed

WIDTH = 0.8
MOST_OUTLINED = 40
"""Beyond this many bars an outline would cover what it outlines."""


class QuantityAxis(pg.AxisItem):  # type: ignore[misc]
    """Numbers with SI prefix and unit; powers of ten on a logarithmic scale."""

    def __init__(self) -> None:
        super().__init__("left")
        self.unit = ""
        self.logarithmic = False
        self.enableAutoSIPrefix(False)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, Any]]:
        """Few, round, and whole powers where logarithmic."""
        if not self.logarithmic:
            levels: list[tuple[float, Any]] = super().tickValues(low, high, size)
            return levels[:1]
        first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
        step = max(1, math.ceil((last - first) / max(1.0, size / 24)))
        return [(step, list(range(first, last + 1, step)))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """``200 k``, ``1.5 MB``."""
        return [tick_text(10.0**value if self.logarithmic else value, self.unit) for value in values]


class NameAxis(pg.AxisItem):  # type: ignore[misc]
    """Names of the layers, as many as there is room for."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.names: Sequence[str] = ()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, Any]]:
        """Every layer, or every second, third and so on."""
        count = len(self.names)
        metrics = QFontMetricsF(self.style["tickFont"] or self.font())
        widest = max((metrics.horizontalAdvance(name) for name in self.names), default=0.0)
        step = label_step(count, size, widest + 12)
        return [(step, list(range((step - 1) // 2, count, step)))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """The name at a position."""
        return [self.names[int(value)] if 0 <= value < len(self.names) else "" for value in values]


class FlatBars(pg.BarGraphItem):  # type: ignore[misc]
    """Bars whose outline may hang over their bounds by half a pixel, which saves asking for the size of a pixel."""

    def pixelPadding(self) -> float:
        """None."""
        return 0.0


class BarChart(pg.PlotWidget):  # type: ignore[misc]
    """Bars of one series.

    Signals
    -------
    bar_clicked(int, bool)
        Position of the layer clicked on (anywhere above or on its bar), and whether it is to be added to the selection.
    bar_pointed_at(int)
        Position of the layer under the mouse: the owner says what there is to say of it.
    """

    bar_clicked = Signal(int, bool)
    bar_pointed_at = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.quantity, self.places = QuantityAxis(), NameAxis()
        super().__init__(parent, axisItems={"left": self.quantity, "bottom": self.places})
        self.series: Series | None = None
        self.logarithmic = False
        self._bars: dict[Category, FlatBars] = {}
        self._band = FlatBars(x=[], height=[], width=1.0, pen=None)
        self._band.setZValue(-1)
        self._line = pg.PlotCurveItem()
        self._line.setZValue(1)
        self.addItem(self._band)
        self.addItem(self._line)
        self._selected: tuple[int, ...] = ()
        self.setMenuEnabled(False)
        # Built all the same, and without a parent: it would outlive the chart.
        self.plotItem.ctrlMenu.setParent(self, self.plotItem.ctrlMenu.windowFlags())
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.getViewBox().setDefaultPadding(0)
        self.getViewBox().disableAutoRange()
        small = sized(self.font(), 0.9)
        for axis in (self.quantity, self.places):
            axis.setStyle(tickFont=small, tickLength=-4)
        self.quantity.setWidth(math.ceil(QFontMetricsF(small).horizontalAdvance("0000 kB")) + 10)
        self.setMinimumSize(QSize(150, 90))
        self.scene().sigMouseClicked.connect(self._clicked)
        self.scene().sigMouseMoved.connect(self._moved)
        self.paint_theme()

    def paint_theme(self) -> None:
        """Take the theme's colours."""
        theme = current_theme()
        self.setBackground(theme.card)
        for axis in (self.quantity, self.places):
            axis.setPen(theme.card_border)
            axis.setTextPen(theme.muted)
        self._band.setOpts(brush=theme.selection)
        self._line.setPen(pg.mkPen(theme.text, width=1.5))
        for category, bars in self._bars.items():
            bars.setOpts(brush=category_colour(category), pen=self._outline(category))

    def _outline(self, category: Category) -> Any:
        if self.series is None or self.series.values.size > MOST_OUTLINED:
            return None
        return pg.mkPen(mixed(category_colour(category), current_theme().text, 0.35))

    # -- what is drawn ---------------------------------------------------------------------------------------------

    def show_series(self, series: Series, categories: Sequence[Category], names: Sequence[str]) -> None:
        """Draw other numbers; the items are used again."""
        if names != self.places.names:
            self.places.names = names
            self.places.picture = None
            self.places.update()
        crowded = self.series is not None and self.series.values.size > MOST_OUTLINED
        self.series = series
        self.quantity.unit = series.unit
        self._draw(categories)
        if crowded != (series.values.size > MOST_OUTLINED):
            self.paint_theme()
        self.select(self._selected)

    def set_logarithmic(self, logarithmic: bool, categories: Sequence[Category]) -> None:
        """Draw on a logarithmic scale, or on a linear one."""
        self.logarithmic = self.quantity.logarithmic = logarithmic
        if self.series is not None:
            self.quantity.picture = None
            self._draw(categories)
            self.select(self._selected)

    def _draw(self, categories: Sequence[Category]) -> None:
        series = self.series
        assert series is not None
        floor, top = self._range(series)
        groups = bars_by_category(series.values, categories)
        for category in self._bars.keys() | groups.keys():
            at = groups.get(category, np.empty(0))
            heights = self._scaled(series.values[at.astype(int)]) - floor
            if category not in self._bars:
                self._bars[category] = FlatBars(
                    x=at,
                    y0=floor,
                    height=heights,
                    width=WIDTH,
                    brush=category_colour(category),
                    pen=self._outline(category),
                )
                self.addItem(self._bars[category])
            else:
                self._bars[category].setOpts(x=at, y0=floor, height=heights)
        if series.line is not None:
            heights = np.maximum(self._scaled(series.line), floor)
            edges = np.arange(heights.size + 1) - 0.5
            self._line.setData(np.repeat(edges, 2)[1:-1], np.repeat(heights, 2))
        self.setXRange(-0.6, max(series.values.size, 1) - 0.4, padding=0)
        self.setYRange(floor, top, padding=0)

    def _range(self, series: Series) -> tuple[float, float]:
        """Bottom and top of the scale, in drawn units."""
        highest = series.highest
        if not self.logarithmic:
            return 0.0, highest * 1.06 or 1.0
        # A whole decade below, so that the smallest bar is seen too.
        return math.floor(math.log10(series.lowest)) - 0.3, max(1.0, math.log10(max(highest, 1.0)) + 0.1)

    def _scaled(self, values: Any) -> Any:
        if not self.logarithmic:
            return values
        return np.log10(np.maximum(values, 1e-12))

    def select(self, positions: Iterable[int]) -> None:
        """Put these layers on the band."""
        self._selected = tuple(positions)
        if self.series is not None:
            floor, top = self._range(self.series)
            at = np.array(self._selected, np.float64)
            self._band.setOpts(x=at, y0=floor, height=np.full(at.size, top - floor))

    # -- the mouse -------------------------------------------------------------------------------------------------

    def position_at(self, scene_point: QPointF) -> int | None:
        """Position of the layer at a point of the scene; None beside the bars."""
        view = self.getViewBox()
        if self.series is None or not view.sceneBoundingRect().contains(scene_point):
            return None
        position = round(view.mapSceneToView(scene_point).x())
        return position if 0 <= position < self.series.values.size else None

    def _clicked(self, event: Any) -> None:
        position = self.position_at(event.scenePos())
        if position is not None and event.button() == Qt.MouseButton.LeftButton:
            self.bar_clicked.emit(position, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def _moved(self, scene_point: QPointF) -> None:
        position = self.position_at(scene_point)
        if position is None:
            QToolTip.hideText()
        else:
            self.bar_pointed_at.emit(position)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        QToolTip.hideText()
        super().leaveEvent(event)
