"""The totals of a design as captioned numbers in a row, as many as there is room for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from designer.analysis.analyse import Settings
from designer.analysis.conventions import CONVENTIONS, UNITS
from designer.analysis.report import LayerReport, Report
from designer.analysis.uncounted import FEW, uncounted_lines
from designer.engine.remember.workspace import MemoryUse
from designer.i18n import _, ngettext
from designer.layer_api.quantities import byte_text, number, short_number

CAPTION_GAP = 6


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
        missed = [_("A lower bound, which misses:"), *uncounted_lines(report, FEW)]
        bound = "" if report.complete else "\n" + "\n".join(missed)
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
            ngettext(
                "{count} {unit} for one image\ncounted as {convention}",
                "{count} {unit} for a batch of {batch} images\ncounted as {convention}",
                report.batch,
            ).format(
                count=number(totals.operations),
                unit=unit,
                convention=_(CONVENTIONS[report.convention]),
                batch=report.batch,
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


def _exact_bytes(value: int) -> str:
    return f"{number(value)}\N{NO-BREAK SPACE}B"


def _last_field(report: Report) -> LayerReport | None:
    """The last layer in execution order that still has cells with a receptive field."""
    return next((facts for facts in reversed(tuple(report.layers.values())) if facts.receptive_field is not None), None)
