"""The bar at the bottom: totals of the design, how they are counted, and what is running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar, cast

import attrs
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QSpinBox,
    QStatusBar,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from designer.analysis.analyse import Settings
from designer.analysis.conventions import CONVENTIONS
from designer.analysis.report import ITEM_BYTES, Report
from designer.analysis.uncounted import FEW, uncounted_lines
from designer.i18n import _, ngettext
from designer.layer_api.fields import LARGEST
from designer.layer_api.quantities import SPACE
from designer.session.runs import RunState
from designer.ui.bridge import Bridge
from designer.ui.shell.activity import Activity
from designer.ui.shell.figure_row import FigureRow
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import RHYTHM, current_theme, tabular, tinted_icon
from designer.ui.worker import BackgroundTasks

Key = TypeVar("Key", bound=str)

GAP = 8
SIGN, COMBO_ARROW = 34, 36
"""Pixels of the status without words, and of a choice without its text: measured with Fusion, rounded up."""


class TotalsBar(FollowsTheme, QStatusBar):
    """Totals on the left, choices of counting on the right, and between them what runs.

    Signals
    -------
    stop_wanted()
        The run is to be stopped.
    problems_wanted()
        The reader asks why the totals are a lower bound.
    """

    stop_wanted = Signal()
    problems_wanted = Signal()

    def __init__(self, bridge: Bridge, tasks: BackgroundTasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = bridge.session
        self.setSizeGripEnabled(False)
        self.setFont(tabular(self.font()))
        self.figures = FigureRow(self)
        self.status = QToolButton(self)
        self.status.setAutoRaise(True)
        self.status.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.status.setIconSize(QSize(16, 16))
        self.status.clicked.connect(self.problems_wanted)
        self.activity = Activity(bridge, tasks, self)
        self.activity.stop_wanted.connect(self.stop_wanted)
        self.data_type = _Choice({name: name for name in ITEM_BYTES}, self)
        self.data_type.setAccessibleName(_("Data type"))
        self.data_type.setToolTip(_("Bytes of one value: what memory is counted with"))
        self.batch = _Batch(self)
        self.convention = _Choice({name: _(label) for name, label in CONVENTIONS.items()}, self)
        self.convention.setAccessibleName(_("Convention of counting"))
        self.addWidget(self.figures, 1)
        for widget in (self.status, self.activity, self.batch, self.data_type, self.convention):
            self.addPermanentWidget(widget)
        self.batch.valueChanged.connect(self._configure)
        self.data_type.currentIndexChanged.connect(self._configure)
        self.convention.currentIndexChanged.connect(self._configure)
        bridge.analysed.connect(self._show_report)
        bridge.settings_changed.connect(self._show_settings)
        bridge.engine_options_changed.connect(self._show_memory)
        # A short run is never told to be running.
        bridge.profiled.connect(self._show_memory)
        bridge.run_changed.connect(self._run_changed)
        self._show_settings(self._session.settings)
        self._follow_theme()

    def event(self, event: QEvent) -> bool:
        """Share the room anew where a part wants more or less of it."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize) and hasattr(self, "convention"):
            self._share_room()
        return super().event(event)

    def _share_room(self) -> None:
        """Shorten one thing after the other until every figure fits; only then does the least important figure go.

        First the name of the convention, whose unit stands beside its number, then captions, then the status, whose
        sign stays. What is short says the whole in its tooltip.
        """
        words = self.status.fontMetrics().horizontalAdvance(self.status.text()) + RHYTHM
        whole = self.convention.sizeHint().width()
        short = min(whole, self.convention.fontMetrics().horizontalAdvance("MACs (…") + COMBO_ARROW)
        running = self.activity.sizeHint().width() + GAP if self.activity.isVisibleTo(self) else 0
        least = self.batch.sizeHint().width() + self.data_type.sizeHint().width() + SIGN + 5 * GAP + running
        for narrowness, everything in ((0, True), (1, True), (1, False), (2, False), (3, False)):
            others = least + (short if narrowness > 0 else whole) + (0 if narrowness > 2 else words)
            figures = self.figures.needed(short=narrowness > 1, everything=everything)
            if others + figures <= self.width():
                break
        room = self.width() - others + short - figures
        self.convention.setMaximumWidth(max(short, min(room, whole)) if narrowness > 0 else whole)
        self.figures.set_short(narrowness > 1)
        beside, sign = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        self.status.setToolButtonStyle(sign if narrowness > 2 else beside)

    def _show_report(self, report: Report) -> None:
        self.figures.show_report(report)
        self._show_memory()
        theme = current_theme()
        if not report.layers:
            self.status.setText(_("empty"))
            self.status.setIcon(QIcon())
            self.status.setToolTip(_("There is nothing to count yet: add a layer from the palette"))
        elif report.complete:
            self.status.setText(_("complete"))
            self.status.setIcon(tinted_icon("success", theme.success))
            self.status.setToolTip(_("Every layer is counted"))
        else:
            count = sum(layer.output_shape is None for layer in report.layers.values())
            self.status.setText(_("partial (lower bound)"))
            self.status.setIcon(tinted_icon("warning", theme.warning))
            said = ngettext(
                "{count} layer could not be counted; click to see the problems",
                "{count} layers could not be counted; click to see the problems",
                count,
            ).format(count=count)
            self.status.setToolTip("\n".join([said, *uncounted_lines(report, FEW)]))
        self.status.setAccessibleName(self.status.text())
        self._share_room()

    def _run_changed(self, state: RunState) -> None:
        if not state.running:
            self._show_memory()

    def _show_memory(self) -> None:
        self.figures.show_memory(self._session.workspace.use())

    def _show_settings(self, settings: Settings) -> None:
        self.batch.show_count(settings.batch)
        self.data_type.choose(settings.dtype)
        self.convention.choose(settings.convention)
        explanation = _("How operations are counted; the literature has three customs")
        self.convention.setToolTip(f"{_(CONVENTIONS[settings.convention])}\n{explanation}")

    def _configure(self) -> None:
        self._session.configure(
            attrs.evolve(
                self._session.settings,
                batch=self.batch.value(),
                dtype=self.data_type.chosen(),
                convention=self.convention.chosen(),
            )
        )

    def _apply_theme(self) -> None:
        self._show_report(self._session.report)


class _Batch(QSpinBox):
    """Images at once, ``× 32``: typed, or stepped with the arrow keys."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setRange(1, LARGEST)
        self.setPrefix("×" + SPACE)
        self.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        # While a number is typed its beginning is no batch that anybody wants counted.
        self.setKeyboardTracking(False)
        self.setAccessibleName(_("Batch size"))
        self.setToolTip(
            _("Batch: images at once, which operations and memory are counted for.\nFeature maps show one image.")
        )
        self.valueChanged.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """As wide as what it holds, not as the largest number that it could."""
        hint = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance(self.text() + "0") + 2 * GAP, hint.height())

    def minimumSizeHint(self) -> QSize:
        """The same: a number is never cut."""
        return self.sizeHint()

    def show_count(self, count: int) -> None:
        """Show a number without telling anyone."""
        blocked = self.blockSignals(True)
        self.setValue(count)
        self.blockSignals(blocked)
        self.updateGeometry()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls what lies below, as over the choices beside it."""
        event.ignore()


class _Choice(QComboBox, Generic[Key]):
    """A small choice that does not change when the wheel passes over it."""

    def __init__(self, choices: Mapping[Key, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for key, label in choices.items():
            self.addItem(label, key)

    def chosen(self) -> Key:
        """The key that is chosen."""
        return cast("Key", self.currentData())

    def choose(self, key: Key) -> None:
        """Show a key as chosen, without telling anyone."""
        blocked = self.blockSignals(True)
        self.setCurrentIndex(self.findData(key))
        self.blockSignals(blocked)

    def paintEvent(self, event: QPaintEvent) -> None:
        """End the text in an ellipsis where it is cut."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        field = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self)
        option.currentText = self.fontMetrics().elidedText(
            option.currentText, Qt.TextElideMode.ElideRight, field.width() - 4
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls what lies below: turned here by accident it would change how operations are counted."""
        event.ignore()
