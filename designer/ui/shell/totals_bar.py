"""The bar at the bottom: totals of the design, how they are counted, and what is running."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPaintEvent, QPalette, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStatusBar,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from designer.analysis.analyse import Settings
from designer.analysis.conventions import CONVENTIONS, UNITS
from designer.analysis.report import ITEM_BYTES, LayerReport, Report
from designer.engine.remember.workspace import MemoryUse
from designer.i18n import _, ngettext
from designer.layer_api.quantities import byte_text, number, short_number
from designer.session.runs import RunState
from designer.ui.bridge import Bridge
from designer.ui.shell.activity import Activity
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import RHYTHM, current_theme, tabular, tinted_icon
from designer.ui.worker import BackgroundTasks

CAPTION_GAP, GAP = 6, 8
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
        self.convention = _Choice({name: _(label) for name, label in CONVENTIONS.items()}, self)
        self.convention.setAccessibleName(_("Convention of counting"))
        self.addWidget(self.figures, 1)
        for widget in (self.status, self.activity, self.data_type, self.convention):
            self.addPermanentWidget(widget)
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
        least = self.data_type.sizeHint().width() + SIGN + 4 * GAP + running
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
            self.status.setToolTip(
                ngettext(
                    "{count} layer could not be counted; click to see the problems",
                    "{count} layers could not be counted; click to see the problems",
                    count,
                ).format(count=count)
            )
        self.status.setAccessibleName(self.status.text())
        self._share_room()

    def _run_changed(self, state: RunState) -> None:
        if not state.running:
            self._show_memory()

    def _show_memory(self) -> None:
        self.figures.show_memory(self._session.workspace.use())

    def _show_settings(self, settings: Settings) -> None:
        self.data_type.choose(settings.dtype)
        self.convention.choose(settings.convention)
        explanation = _("How operations are counted; the literature has three customs")
        self.convention.setToolTip(f"{_(CONVENTIONS[settings.convention])}\n{explanation}")

    def _configure(self) -> None:
        self._session.configure(
            attrs.evolve(self._session.settings, dtype=self.data_type.chosen(), convention=self.convention.chosen())
        )

    def _apply_theme(self) -> None:
        self._show_report(self._session.report)


class FigureRow(QWidget):
    """Captioned numbers in a row; where it gets narrow, the least important go first."""

    KEEP_FIRST = ("parameters", "operations", "layers", "peak", "field", "kept")

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 0, 0, 0)
        self._row.setSpacing(16)
        names = ("layers", "parameters", "operations", "peak", "field", "kept")
        self.figures = {name: Figure(self) for name in names}
        self._short = False
        for figure in self.figures.values():
            self._row.addWidget(figure)
        self._row.addStretch(1)

    def show_report(self, report: Report) -> None:
        """Show the totals of a report."""
        totals, figures = report.totals, self.figures
        at_least = "" if report.complete else "≥\N{NARROW NO-BREAK SPACE}"
        bound = "" if report.complete else "\n" + _("A lower bound: not every layer could be counted.")
        unit = UNITS[report.convention]
        # Beside the number where it is not the usual one, which nobody then takes for it.
        unusual = "" if report.dtype == Settings().dtype else f" ({report.dtype})"
        unusual += "" if report.batch == 1 else f" × {report.batch}"
        figures["layers"].show_figure(
            ngettext("layer", "layers", totals.layers), number(totals.layers), _("Layers of the design")
        )
        figures["parameters"].show_figure(
            _("parameters"),
            at_least + short_number(totals.parameters),
            _(
                "{count} learnable parameters: {bytes} as {dtype}\nand {buffers} values that are kept but not learned"
            ).format(
                count=number(totals.parameters),
                bytes=byte_text(totals.weight_bytes),
                dtype=report.dtype,
                buffers=number(totals.buffers),
            )
            + bound,
            _("par."),
        )
        figures["operations"].show_figure(
            unit,
            at_least + short_number(totals.operations),
            _("{count} {unit} for one image\ncounted as {convention}").format(
                count=number(totals.operations), unit=unit, convention=_(CONVENTIONS[report.convention])
            )
            + bound,
        )
        figures["peak"].show_figure(
            _("peak memory") + unusual,
            at_least + byte_text(totals.peak_activation_bytes),
            _("{peak} of maps must be alive at once\nand {all} if all are kept; {dtype}, batch of {batch}").format(
                peak=_exact_bytes(totals.peak_activation_bytes),
                all=_exact_bytes(totals.activation_bytes),
                dtype=report.dtype,
                batch=report.batch,
            )
            + bound,
            _("peak") + unusual,
        )
        self._show_field(report)
        self._make_room()

    def _show_field(self, report: Report) -> None:
        last = _last_field(report)
        if last is None or last.receptive_field is None:
            self.figures["field"].show_figure(_("field"), "–", _("No layer looks at an image yet"))
            return
        field = last.receptive_field
        self.figures["field"].show_figure(
            _("field"),
            "×".join(map(str, field.size)),
            _("One cell of {layer} sees {size} pixels of the image; stride {stride}").format(
                layer=last.id, size="×".join(map(number, field.size)), stride="×".join(map(str, field.stride))
            ),
        )

    def show_memory(self, use: MemoryUse) -> None:
        """Show what the engine keeps from run to run; nothing where that is nothing."""
        self.figures["kept"].show_figure(
            _("kept") if use.total else "",
            byte_text(use.total) if use.total else "",
            _(
                "{total} of at most {budget} are kept in memory, so that the next run starts at once:\n"
                "maps {maps}, prepared layers {kernels}, initial weights {weights}, buffers {buffers}\n"
                "Network \N{BLACK RIGHT-POINTING SMALL TRIANGLE} Memory Kept between Runs sets how much"
            ).format(
                total=byte_text(use.total),
                budget=byte_text(use.budget),
                maps=byte_text(use.maps),
                kernels=byte_text(use.kernels),
                weights=byte_text(use.weights),
                buffers=byte_text(use.buffers),
            ),
        )
        self._make_room()

    def needed(self, *, short: bool, everything: bool) -> int:
        """Pixels that all figures take with whole or short captions; without ``everything`` those of the design."""
        names = self.figures if everything else self.KEEP_FIRST[:-1]
        widths = [self.figures[name].needed(short=short) for name in names if self.figures[name].value.text()]
        return self._row.contentsMargins().left() + sum(widths) + self._row.spacing() * len(widths)

    def set_short(self, short: bool) -> None:
        """Use whole or short captions."""
        if short != self._short:
            self._short = short
            for figure in self.figures.values():
                figure.set_short(short)
            self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many figures as fit."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        left = self.width() - self._row.contentsMargins().left()
        for name in self.KEEP_FIRST:
            figure = self.figures[name]
            left -= figure.needed(short=self._short)
            figure.setVisible(left >= 0 and bool(figure.value.text()))
            left -= self._row.spacing()


class Figure(QWidget):
    """A caption and a number."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.caption, self.value = QLabel(self), QLabel(self)
        for label in (self.caption, self.value):
            label.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(CAPTION_GAP)
        row.addWidget(self.caption)
        row.addWidget(self.value)
        # The role that is muted text, in every theme.
        self.caption.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._captions = ("", "")
        self._short = False

    def show_figure(self, caption: str, value: str, explanation: str, brief: str = "") -> None:
        """Show a number; nothing is laid out again where nothing has changed. ``brief`` is a shorter caption."""
        captions = (caption, brief or caption)
        if (captions, value) != (self._captions, self.value.text()):
            self._captions = captions
            self.caption.setText(captions[self._short])
            self.value.setText(value)
            self.setAccessibleName(f"{caption} {value}")
        self.setToolTip(explanation)

    def set_short(self, short: bool) -> None:
        """Use the whole or the short caption."""
        self._short = short
        self.caption.setText(self._captions[short])

    def needed(self, *, short: bool) -> int:
        """Pixels that the caption, whole or short, and the number take."""
        texts = ((self.caption, self._captions[short]), (self.value, self.value.text()))
        return sum(label.fontMetrics().horizontalAdvance(text) for label, text in texts) + CAPTION_GAP + 2


class _Choice(QComboBox):
    """A small choice that does not change when the wheel passes over it."""

    def __init__(self, choices: Mapping[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for key, label in choices.items():
            self.addItem(label, key)

    def chosen(self) -> str:
        """The key that is chosen."""
        return str(self.currentData())

    def choose(self, key: str) -> None:
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


def _exact_bytes(value: int) -> str:
    return f"{number(value)}\N{NO-BREAK SPACE}B"


def _last_field(report: Report) -> LayerReport | None:
    """The last layer in execution order that still has cells with a receptive field."""
    return next((facts for facts in reversed(tuple(report.layers.values())) if facts.receptive_field is not None), None)
