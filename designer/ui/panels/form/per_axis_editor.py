"""The editor for values with one number per spatial axis: kernels, strides, dilations."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer.i18n import _
from designer.layer_api.families import axis_names
from designer.layer_api.fields import PerAxis
from designer.ui.panels.form.field_editor import FieldEditor
from designer.ui.panels.form.shared_values import MIXED
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import muted
from designer.ui.widgets.number_box import WholeNumberBox
from designer.ui.widgets.theme import icon


class LinkButton(FollowsTheme, QToolButton):
    """Checked: one number stands for all axes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self.setAutoRaise(True)
        self.setIconSize(QSize(16, 16))
        self.setFixedSize(24, 24)
        self.setAccessibleName(_("Same for all axes"))
        self.setToolTip(_("Same for all axes; switch off to give each axis its own"))
        self._follow_theme()

    def _apply_theme(self) -> None:
        self.setIcon(icon("link"))


class PerAxisEditor(FieldEditor):
    """One box while the axes are linked, one per axis while they are not; a check box where None is a value."""

    field: PerAxis

    def build(self) -> None:
        """A row of boxes, its link button, and the check box above."""
        self._last: tuple[int, ...] | None = None
        self.stand_in: tuple[int, ...] | None = None
        """What to begin with when None is given up and there was no value before."""
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(4)
        self.boxes: list[WholeNumberBox] = []
        self._signs: list[QWidget] = []
        for axis, name in enumerate(axis_names(self.rank)):
            if axis:
                self._signs.append(muted("×"))
                row.addWidget(self._signs[-1])
            box = WholeNumberBox(self.field.low, self.field.high)
            box.entered.connect(lambda value, axis=axis: self._entered(axis, value))
            self.boxes.append(box)
            row.addWidget(box)
            box.setAccessibleDescription(name)
        self.unit = muted(_(self.field.unit))
        self.link = LinkButton(self)
        self.link.clicked.connect(self._link_clicked)
        row.addWidget(self.unit)
        row.addWidget(self.link)
        row.addStretch()
        self.link.setVisible(self.rank > 1)
        self.absent = QCheckBox(_(self.field.optional), self)
        self.absent.setMinimumHeight(24)
        self.absent.setVisible(bool(self.field.optional))
        self.absent.clicked.connect(self._absent_clicked)
        column.addWidget(self.absent)
        column.addLayout(row)
        self.take_focus_from(*self.boxes, self.absent)
        if self.field.optional:
            self.setFocusProxy(self.absent)

    def show_value(self, value: Any) -> None:
        """One number per box; unlinked where they differ."""
        absent = value is None
        self.absent.setChecked(absent)
        values = value if isinstance(value, tuple) else (None,) * self.rank
        if isinstance(value, tuple):
            self._last = value
            if len(set(value)) > 1:
                self.link.setChecked(False)
        for box, number in zip(self.boxes, values, strict=True):
            box.set_value(number)
        self._arrange()

    def set_value(self, value: Any) -> None:
        """Show the model's value; equal axes are linked when it comes from elsewhere."""
        if value is not MIXED and value != self.value:
            self.link.setChecked(value is None or len(set(value)) == 1)
        super().set_value(value)

    def _arrange(self) -> None:
        shown = 0 if self.absent.isChecked() else 1 if self.link.isChecked() else self.rank
        for index, box in enumerate(self.boxes):
            box.setVisible(index < shown)
        for index, sign in enumerate(self._signs):
            sign.setVisible(index + 1 < shown)
        self.unit.setVisible(shown > 0 and bool(self.field.unit))
        self.link.setVisible(shown > 0 and self.rank > 1)

    def _entered(self, axis: int, value: Any) -> None:
        if self.link.isChecked():
            self.offer(value)
            return
        values: list[Any] = [box.value for box in self.boxes]
        if None in values:
            values = [value] * self.rank
        values[axis] = value
        self.offer(values)

    def _link_clicked(self, linked: bool) -> None:
        first = self.boxes[0].value
        if linked and first is not None:
            self.offer(first)
        self._arrange()
        self.boxes[0].setFocus()

    def _absent_clicked(self, absent: bool) -> None:
        self.offer(None if absent else self._last or self.stand_in or (self.field.low,) * self.rank)
