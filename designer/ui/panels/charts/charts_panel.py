"""Charts of parameters, operations, memory and receptive field along the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCursor, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from designer.analysis.conventions import CONVENTIONS
from designer.analysis.report import Report
from designer.analysis.uncounted import FEW, uncounted_lines
from designer.i18n import N_, _
from designer.layer_api.layer import Category
from designer.layer_api.quantities import SPACE, byte_text
from designer.ui.bridge import Bridge
from designer.ui.panels.charts.category_legend import CategoryLegend
from designer.ui.panels.charts.chart_series import (
    KEYS,
    MEMORY,
    OPERATIONS,
    Series,
    categories_of,
    series_of,
    short_text,
    value_text,
)
from designer.ui.panels.registry import Area, Panel
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import ThemedLabel, muted, sized
from designer.ui.widgets.lazy_panel import LazyPanel
from designer.ui.widgets.theme import RHYTHM, category_mark

if TYPE_CHECKING:
    from designer.ui.panels.charts.bar_chart import BarChart

LEAST_CHART = 90
"""Pixels of a chart with its title and the gaps around it."""

ROOM_FOR_FOUR = 760
"""Width in pixels from which on the charts stand side by side."""


class ChartsPanel(FollowsTheme, LazyPanel):
    """Four small charts over the same layers; a click selects, arrow keys go along the network.

    The charts are built when the panel is first seen: importing the plotting library takes a while.
    """

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self.charts: dict[str, BarChart] = {}
        self.titles: dict[str, ChartTitle] = {}
        self._report: Report | None = None
        self._names: tuple[str, ...] = ()
        self._categories: tuple[Category, ...] = ()
        self._drawn: dict[str, Series] = {}
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Charts along the network; left and right select a layer"))
        self.logarithmic = QCheckBox(_("Logarithmic"), self)
        self.logarithmic.setToolTip(
            _("Equal distances for equal ratios, so that small layers are seen beside large ones")
        )
        self.logarithmic.toggled.connect(self._set_logarithmic)
        self.legend = CategoryLegend(self)
        self.empty = muted(_("Add layers to see what each costs, side by side."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        bridge.analysed.connect(self._refresh_if_seen)
        bridge.selection_changed.connect(self._mark_if_seen)
        self._follow_theme()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(RHYTHM, 4, RHYTHM, 4)
        bar.setSpacing(RHYTHM)
        bar.addWidget(self.legend, 1)
        bar.addWidget(self.logarithmic, 0, Qt.AlignmentFlag.AlignTop)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(RHYTHM, 0, RHYTHM, RHYTHM)
        self._grid.setHorizontalSpacing(RHYTHM)
        self._grid.setVerticalSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addLayout(self._grid, 1)
        column.addWidget(self.empty, 1)

    def _build(self) -> None:
        from designer.ui.panels.charts.bar_chart import BarChart

        for key in KEYS:
            chart = BarChart(self)
            # Not a focus proxy: PySide would crash at exit. A click gives the panel the focus instead.
            chart.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chart.bar_clicked.connect(self._bar_clicked)
            chart.bar_pointed_at.connect(lambda position, key=key: self._pointed_at(key, position))
            self.charts[key], self.titles[key] = chart, ChartTitle(self)
        self._arrange()

    def _arrange(self) -> None:
        columns = 4 if self.width() >= ROOM_FOR_FOUR else 2
        for index, key in enumerate(self.charts):
            row, column = divmod(index, columns)
            self._grid.addWidget(self.titles[key], 2 * row, column)
            self._grid.addWidget(self.charts[key], 2 * row + 1, column)
        for column in range(4):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Four in a row where there is room, else two."""
        super().resizeEvent(event)
        if self.charts and (event.oldSize().width() >= ROOM_FOR_FOUR) != (self.width() >= ROOM_FOR_FOUR):
            self._arrange()
        self._make_room()

    def _make_room(self) -> None:
        """Show the legend where it leaves the charts their least height; the palette shows the same colours."""
        charts = 2 if self.width() < ROOM_FOR_FOUR else 1
        left = self.height() - self.legend.sizeHint().height() - charts * LEAST_CHART
        self.legend.setVisible(left >= 0)

    def minimumSizeHint(self) -> QSize:
        """Two rows of two."""
        return QSize(280, 204)

    def _apply_theme(self) -> None:
        for chart in self.charts.values():
            chart.paint_theme()

    # -- following the session -------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Build on first sight; catch up with what happened while hidden."""
        if not self.charts:
            self._build()
        super().showEvent(event)

    def refresh(self) -> None:
        """Draw the report as it is now; charts that would look the same are left alone."""
        self._stale = False
        report = self._report = self.session.report
        categories = categories_of(report)
        names = tuple(report.layers)
        moved = names != self._names or categories != self._categories
        self._names, self._categories = names, categories
        self.legend.show_categories(categories)
        self._make_room()
        for key, series in series_of(self.session.design, report).items():
            self.titles[key].title.show_text(series.title)
            if moved or not series.same_as(self._drawn.get(key)):
                self.charts[key].show_series(series, categories, names)
                self._drawn[key] = series
        missed = "" if report.complete else "\n".join([_("Partial:"), *uncounted_lines(report, FEW)])
        for key in KEYS:
            self.titles[key].setToolTip("\n".join(filter(None, [self._explanation(key, report), missed])))
        bound = "" if report.complete else "≥" + SPACE
        self.titles[MEMORY].title.show_text(
            _("Memory, peak {peak}").format(peak=bound + byte_text(report.totals.peak_activation_bytes))
        )
        self.empty.setVisible(not names)
        for key in KEYS:
            self.charts[key].setVisible(bool(names))
            self.titles[key].setVisible(bool(names))
        self._show_selection()

    @staticmethod
    def _explanation(key: str, report: Report) -> str:
        if key == OPERATIONS:
            return _("Counted as {convention}.").format(convention=_(CONVENTIONS[report.convention]))
        if key == MEMORY:
            return _("Bars: the output of each layer. Line: all outputs that must be alive at once while it runs.")
        return ""

    def tip(self, key: str, position: int) -> str:
        """Name and exact number of the layer at a position."""
        if self._report is None:
            return ""
        layer = self._report.layers[self._names[position]]
        return f"{category_mark(self._categories[position])} {layer.id}\n{value_text(self._report, key, layer)}"

    def _show_selection(self) -> None:
        if self._report is None:
            return
        place = {node: index for index, node in enumerate(self._names)}
        chosen = [place[node] for node in self.session.selection if node in place]
        current = self._report.layers.get(self.session.current) if self.session.current is not None else None
        for key, chart in self.charts.items():
            chart.select(chosen)
            short, exact = (
                ("", "") if current is None else (short_text(key, current), value_text(self._report, key, current))
            )
            self.titles[key].value.show_text(short)
            self.titles[key].value.setToolTip(exact)

    def _set_logarithmic(self, logarithmic: bool) -> None:
        for chart in self.charts.values():
            chart.set_logarithmic(logarithmic, self._categories)

    # -- what the user does ----------------------------------------------------------------------------------------

    def _pointed_at(self, key: str, position: int) -> None:
        QToolTip.showText(QCursor.pos(), self.tip(key, position), self.charts[key])

    def _bar_clicked(self, position: int, add: bool) -> None:
        node = self._names[position]
        self.setFocus()
        if not add:
            self.session.select([node])
        elif node in self.session.selection:
            self.session.select(other for other in self.session.selection if other != node)
        else:
            self.session.select([*self.session.selection, node])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left, Right, Home and End go along the network."""
        last = len(self._names) - 1
        here = self._names.index(self.session.current) if self.session.current in self._names else -1
        places = {
            Qt.Key.Key_Left: max(0, here - 1),
            Qt.Key.Key_Right: min(last, here + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in places and self._names:
            self.session.select([self._names[places[key]]])
        else:
            super().keyPressEvent(event)


class ChartTitle(QWidget):
    """What a chart shows, and the current layer's number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = muted()
        self.value = ThemedLabel()
        self.value.setFont(sized(self.font(), 1.0, bold=True))
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.title, 1)
        row.addWidget(self.value)


PANEL = Panel("charts", N_("Charts"), Area.BOTTOM, 30, ChartsPanel)
