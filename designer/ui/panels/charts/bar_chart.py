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
from designer.ui.panels.charts.chart_series import Series, bars_by_category, label_step, tick_text
from designer.ui.panels.charts.layer_bars import LayerBars
from designer.ui.widgets.labels import sized
from designer.ui.widgets.theme import current_theme


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
        self.bars = LayerBars()
        self.getViewBox().addItem(self.bars, ignoreBounds=True)
        self._line = pg.PlotCurveItem()
        self._line.setZValue(1)
        self.addItem(self._line)
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
        self.setMinimumSize(QSize(120, 60))
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
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
        self.bars.paint_theme()
        self._line.setPen(pg.mkPen(theme.text, width=1.5))

    # -- what is drawn ---------------------------------------------------------------------------------------------

    def show_series(self, series: Series, categories: Sequence[Category], names: Sequence[str]) -> None:
        """Draw other numbers; the items are used again."""
        if names != self.places.names:
            self.places.names = names
            self.places.picture = None
            self.places.update()
        self.series = series
        self.quantity.unit = series.unit
        self._draw(categories)

    def set_logarithmic(self, logarithmic: bool, categories: Sequence[Category]) -> None:
        """Draw on a logarithmic scale, or on a linear one."""
        self.logarithmic = self.quantity.logarithmic = logarithmic
        if self.series is not None:
            self.quantity.picture = None
            self._draw(categories)

    def _draw(self, categories: Sequence[Category]) -> None:
        series = self.series
        assert series is not None
        floor, top = self._range(series)
        above = self._scaled(series.values) - floor
        heights = {
            category: np.stack([places, above[places.astype(np.intp)]], axis=1)
            for category, places in bars_by_category(series.values, categories).items()
        }
        self.bars.show_bars(heights, (floor, top), series.values.size)
        if series.line is not None:
            steps = np.maximum(self._scaled(series.line), floor)
            edges = np.arange(steps.size + 1) - 0.5
            self._line.setData(np.repeat(edges, 2)[1:-1], np.repeat(steps, 2))
        across = (-0.6, max(series.values.size, 1) - 0.4)
        self.getViewBox().setRange(xRange=across, yRange=(floor, top), padding=0)
        # Else the view would take note of it while it is painted, and be painted once more.
        self.getViewBox().prepareForPaint()

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
        self.bars.show_band(tuple(positions))

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
