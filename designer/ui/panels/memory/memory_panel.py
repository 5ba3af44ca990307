"""Memory of a run or of a training step over time: which layer sets the peak, and what else there must be room for."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from designer.analysis.memory import timeline
from designer.analysis.report import ITEM_BYTES, Report
from designer.analysis.training import OPTIMISERS, training_memory
from designer.graph.design import Design
from designer.i18n import N_, _
from designer.layer_api.quantities import SPACE, byte_text
from designer.ui.bridge import Bridge
from designer.ui.panels.memory.memory_plot import MemoryPlot, Steps
from designer.ui.panels.registry import Area, Panel
from designer.ui.widgets.labels import ElidedLabel, ThemedLabel, muted, selectable, sized
from designer.ui.widgets.lazy_panel import LazyPanel
from designer.ui.widgets.segments import Segments
from designer.ui.widgets.theme import RHYTHM

RUN, TRAINING = range(2)


class MemoryPanel(LazyPanel):
    """A plot over time and the sums beside it; a click selects a layer, arrow keys go along the steps."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Memory over time; left and right select a layer"))
        self.what = Segments((_("A run"), _("A training step")), self)
        self.optimiser = QComboBox(self)
        self.optimiser.setAccessibleName(_("Optimiser"))
        self.optimiser.setToolTip(_("What is kept for each parameter from step to step"))
        for name, label in OPTIMISERS.items():
            self.optimiser.addItem(_(label), name)
        self.optimiser.setCurrentIndex(self.optimiser.findData("adam"))
        self.counted = ElidedLabel("", "muted")
        self.plot = MemoryPlot(self)
        self.empty = muted(_("Add layers to see what must be in memory while each of them runs."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._rows: list[tuple[ThemedLabel, ThemedLabel]] = []
        self._lay_out()
        self.what.chosen.connect(self.refresh)
        self.optimiser.currentIndexChanged.connect(self.refresh)
        self.plot.step_clicked.connect(self._select)
        bridge.analysed.connect(self._refresh_if_seen)
        bridge.selection_changed.connect(self._mark_if_seen)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(RHYTHM, 4, RHYTHM, 4)
        bar.setSpacing(RHYTHM)
        bar.addWidget(self.what)
        bar.addWidget(self.optimiser)
        bar.addWidget(self.counted, 1)
        self._sums = QGridLayout()
        self._sums.setHorizontalSpacing(2 * RHYTHM)
        self._sums.setVerticalSpacing(2)
        beside = QVBoxLayout()
        beside.addLayout(self._sums)
        beside.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(RHYTHM, 0, RHYTHM, RHYTHM)
        row.setSpacing(2 * RHYTHM)
        row.addWidget(self.plot, 1)
        row.addLayout(beside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addLayout(row, 1)
        column.addWidget(self.empty, 1)

    def minimumSizeHint(self) -> QSize:
        """As the charts: bar, plot."""
        return QSize(280, 120)

    # -- following the session -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the design as it is now."""
        self._stale = False
        design, report = self.session.design, self.session.report
        trained = self.what.current == TRAINING
        self.optimiser.setVisible(trained)
        steps, sums = _of_training(design, report, self.optimiser.currentData()) if trained else _of_run(design, report)
        self.plot.show_steps(steps)
        self._show_sums(sums, "" if report.complete else "≥" + SPACE)
        self.counted.show_text(
            _("{dtype}, batch {batch}").format(dtype=report.dtype, batch=report.batch)
            + ("" if report.complete else "; " + _("partial: not every layer could be counted"))
        )
        self.plot.setVisible(bool(report.layers))
        self.empty.setVisible(not report.layers)
        for pair in self._rows:
            for label in pair:
                label.setVisible(bool(report.layers) and bool(label.text()))
        self._show_selection()

    def _show_sums(self, sums: list[tuple[str, int]], bound: str) -> None:
        while len(self._rows) < len(sums):
            caption, value = muted(), ThemedLabel()
            selectable(value)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            place = len(self._rows)
            self._sums.addWidget(caption, place, 0)
            self._sums.addWidget(value, place, 1)
            self._rows.append((caption, value))
        for place, (caption, value) in enumerate(self._rows):
            words, size = sums[place] if place < len(sums) else ("", 0)
            caption.show_text(words)
            value.show_text(bound + byte_text(size) if words else "")
            value.setFont(sized(self.font(), 1.0, bold=place == len(sums) - 1))

    def _show_selection(self) -> None:
        self.plot.mark(tuple(self.session.selection))

    # -- what the user does ----------------------------------------------------------------------------------------

    def _select(self, step: int) -> None:
        self.setFocus()
        self.session.select([self.plot.steps.nodes[step]])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left, Right, Home and End go along the layers."""
        nodes = self.plot.steps.nodes[: self.plot.steps.turn]
        here = nodes.index(self.session.current) if self.session.current in nodes else -1
        places = {
            Qt.Key.Key_Left: max(0, here - 1),
            Qt.Key.Key_Right: min(len(nodes) - 1, here + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(nodes) - 1,
        }
        key = Qt.Key(event.key())
        if key in places and nodes:
            self.session.select([nodes[places[key]]])
        else:
            super().keyPressEvent(event)


def _of_run(design: Design, report: Report) -> tuple[Steps, list[tuple[str, int]]]:
    moments = timeline(design, {key: facts.activation_bytes for key, facts in report.layers.items()})
    totals = report.totals
    nodes = tuple(moment.node for moment in moments)
    alive = np.array([moment.alive_bytes for moment in moments], np.float64)
    return Steps(nodes, alive, len(nodes)), [
        (_("all outputs, if all are kept"), totals.activation_bytes),
        (_("weights in a file (float32)"), (totals.parameters + totals.buffers) * ITEM_BYTES["float32"]),
        (_("most outputs at once"), totals.peak_activation_bytes),
        (_("weights"), totals.weight_bytes),
        (_("in all"), totals.peak_activation_bytes + totals.weight_bytes),
    ]


def _of_training(design: Design, report: Report, optimiser: str) -> tuple[Steps, list[tuple[str, int]]]:
    need = training_memory(design, report, next(name for name in OPTIMISERS if name == optimiser))
    nodes = tuple(moment.node for moment in need.timeline)
    alive = np.array([moment.alive_bytes for moment in need.timeline], np.float64)
    peak = 0 if need.peak is None else need.peak.alive_bytes
    return Steps(nodes, alive, len(design.order)), [
        (_("outputs kept for the way back"), need.kept_bytes),
        (_("most outputs and gradients at once"), peak),
        (_("weights"), need.weight_bytes),
        (_("gradients of the parameters"), need.gradient_bytes),
        (_("kept by the optimiser"), need.optimiser_bytes),
        (_("in all"), need.total_bytes),
    ]


PANEL = Panel("memory", N_("Memory"), Area.BOTTOM, 35, MemoryPanel)
