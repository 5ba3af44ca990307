"""A spin box that lets everything be typed: its owner says what makes sense, and why not."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QSizePolicy, QWidget

from designer.layer_api.quantities import SPACE, number
from designer.ui.widgets.model_line import asks_for_undo
from designer.ui.widgets.theme import tabular

Number = int | float
MIXED = "—"
"""Shown where the nodes selected together differ."""


class NumberBox(QAbstractSpinBox):
    """A line for one number with arrows, keys and wheel; the wheel turns it only while it has the focus.

    Signals
    -------
    entered(object)
        What was typed or stepped to: a number, or the text itself where it is none.
    """

    entered = Signal(object)

    def __init__(self, low: Number, high: Number, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.low, self.high = low, high
        self._value: Number | None = None
        self.setFont(tabular(self.font()))
        self.setAccelerated(True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setAlignment(Qt.AlignmentFlag.AlignRight)
        self.lineEdit().textEdited.connect(self._typed)

    def parse(self, text: str) -> Number | str:
        """The number a text says, or the text."""
        raise NotImplementedError

    def write(self, value: Number) -> str:
        """The text of a number."""
        raise NotImplementedError

    def stepped(self, value: Number, steps: int) -> Number:
        """The number some steps up or down from a value."""
        raise NotImplementedError

    @property
    def value(self) -> Number | None:
        """The number last set or accepted; None where several differ."""
        return self._value

    def set_value(self, value: Number | None) -> None:
        """Show a number (None: several that differ) without word of it; a text that says it already stays as typed."""
        self._value = value
        self.lineEdit().setPlaceholderText(MIXED if value is None else "")
        if value is None:
            self.lineEdit().clear()
        elif not (self.lineEdit().hasFocus() and self.parse(self.text()) == value):
            self.lineEdit().setText(self.write(value))

    def restore(self) -> None:
        """Show the value again in place of what was typed."""
        text = "" if self._value is None else self.write(self._value)
        if self.text() != text:
            self.lineEdit().setText(text)

    def _typed(self, text: str) -> None:
        if text.strip():
            self.entered.emit(self.parse(text))

    # -- QAbstractSpinBox ------------------------------------------------------------------------------------------

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let everything be typed."""
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Up to the bounds; not while several values are shown."""
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self._value is None:
            return flags
        if self._value < self.high:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self._value > self.low:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def stepBy(self, steps: int) -> None:
        """Go up or down within the bounds."""
        if self._value is None:
            return
        value = min(max(self.stepped(self._value, steps), self.low), self.high)
        self.lineEdit().setText(self.write(value))
        self.lineEdit().selectAll()
        self.entered.emit(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn only with the focus, so that scrolling the form changes nothing."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was not accepted gives way to the value."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.restore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up what was typed; Enter rounds it off."""
        if event.key() == Qt.Key.Key_Escape and self._value is not None and self.text() != self.write(self._value):
            self.restore()
            self.lineEdit().selectAll()
            self.entered.emit(self._value)
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window: what is typed is in the design already."""
        if asks_for_undo(event):
            event.ignore()
            return False
        return super().event(event)

    def sizeHint(self) -> QSize:
        """Wide enough for five digits."""
        return self._with_digits(5, super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        """Wide enough for three."""
        return self._with_digits(3, super().minimumSizeHint())

    def _with_digits(self, count: int, hint: QSize) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("0" * count) + 28, max(24, hint.height()))


class WholeNumberBox(NumberBox):
    """Whole numbers, thousands apart."""

    def parse(self, text: str) -> Number | str:
        """Spaces, thin spaces, underscores and commas may stand between thousands."""
        plain = "".join(text.split()).replace("_", "").replace(",", "").replace("−", "-")
        try:
            return int(plain)
        except ValueError:
            return text.strip()

    def write(self, value: Number) -> str:
        """``10 240``."""
        return number(int(value))

    def stepped(self, value: Number, steps: int) -> Number:
        return int(value) + steps


class RealNumberBox(NumberBox):
    """Real numbers of any magnitude: ``0.5``, ``1e-05``; a step changes the leading digit."""

    def parse(self, text: str) -> Number | str:
        """Point or comma."""
        plain = "".join(text.split()).replace(",", ".").replace("−", "-")
        try:
            return float(plain)
        except ValueError:
            return text.strip()

    def write(self, value: Number) -> str:
        """As short as it is exact: ``1e-5``."""
        text = f"{value:.12g}"
        mantissa, exponent_sign, exponent = text.partition("e")
        return f"{mantissa}e{int(exponent)}" if exponent_sign else text.replace(",", SPACE)

    def stepped(self, value: Number, steps: int) -> Number:
        """By one in the leading digit; at 0.1 and the like by a tenth when going down, so that it stays positive."""
        if value == 0:
            return steps * 0.01
        magnitude = math.floor(math.log10(abs(value)) + 1e-9)
        towards_zero = (steps < 0) == (value > 0)
        if towards_zero and math.isclose(abs(value), 10.0**magnitude):
            magnitude -= 1
        unit = 10.0**magnitude
        return float(f"{round(value / unit + steps) * unit:.12g}")
