"""Which slice of a volume is looked at."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QSpinBox, QWidget

from designer.i18n import _
from designer.ui.widgets.labels import muted

ALL = -1


class DepthChoice(QWidget):
    """A number and a slider for one slice; at their lowest end all slices are shown, in a grid.

    Another layer with as many slices or more keeps the choice.

    Signals
    -------
    changed()
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = QSpinBox(self)
        self.number.setSpecialValueText(_("all"))
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setFixedWidth(96)
        self.slider.setPageStep(1)
        name, tip = _("Slice"), _("Slice of the volume along its depth; at the left end all of them, in a grid")
        for control in (self.number, self.slider):
            control.setRange(ALL, ALL)
            control.setToolTip(tip)
            control.setAccessibleName(name)
            control.valueChanged.connect(self._moved)
        label = muted(name, self)
        label.setBuddy(self.number)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (label, self.number, self.slider):
            row.addWidget(widget)
        self.hide()

    @property
    def chosen_slice(self) -> int | None:
        """The slice that is wanted; None for all."""
        return None if self.number.value() == ALL else self.number.value()

    def offer(self, count: int) -> None:
        """Offer so many slices; 0 where there is no volume."""
        if count:
            self._show(min(self.number.value(), count - 1), count - 1)
        self.setVisible(count > 0)

    def _moved(self, value: int) -> None:
        self._show(value, self.number.maximum())
        self.changed.emit()

    def _show(self, value: int, last: int) -> None:
        for control in (self.number, self.slider):
            with QSignalBlocker(control):
                control.setRange(ALL, last)
                control.setValue(value)
