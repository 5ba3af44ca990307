"""Editors for values with one number per spatial axis: windows and padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from designer.i18n import _
from designer.layer_api.families import axis_names
from designer.layer_api.fields import PaddingField, PerAxis
from designer.ui.panels.field_editor import FieldEditor, ScrollSafeComboBox
from designer.ui.panels.labels import muted
from designer.ui.panels.number_box import MIXED as MIXED_TEXT
from designer.ui.panels.number_box import WholeNumberBox
from designer.ui.panels.shared_values import MIXED
from designer.ui.theme import icon


class LinkButton(QToolButton):
    """Checked: one number stands for all axes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(True)
        self.setAutoRaise(True)
        self.setIcon(icon("link"))
        self.setIconSize(QSize(16, 16))
        self.setFixedSize(24, 24)
        self.setAccessibleName(_("Same for all axes"))
        self.setToolTip(_("Same for all axes; switch off to give each axis its own"))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
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
        self.link = LinkButton()
        self.link.clicked.connect(self._link_clicked)
        row.addWidget(self.unit)
        row.addWidget(self.link)
        row.addStretch()
        self.link.setVisible(self.rank > 1)
        self.absent = QCheckBox(_(self.field.optional))
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


SAME, ALL_SIDES, PER_AXIS, FOUR_SIDES = "same", "all", "axis", "sides"


FORMS_THAT_HOLD = {
    SAME: (SAME,),
    ALL_SIDES: (ALL_SIDES, PER_AXIS, FOUR_SIDES),
    PER_AXIS: (PER_AXIS, FOUR_SIDES),
    FOUR_SIDES: (FOUR_SIDES,),
}
"""Plainest form of a padding → forms that can show it too."""


def padding_form(value: Any) -> str:
    """The plainest form a padding can be written in."""
    if value == "same":
        return SAME
    if any(before != after for before, after in value):
        return FOUR_SIDES
    return ALL_SIDES if len({before for before, _after in value}) == 1 else PER_AXIS


def side_names(rank: int) -> tuple[tuple[str, str], ...]:
    """Names of the two ends of every axis."""
    ends = ((_("front"), _("back")), (_("top"), _("bottom")), (_("left"), _("right")))
    return ends[3 - rank :]


SIDE_SIGNS = (("↙", "↗"), ("↑", "↓"), ("←", "→"))
"""The same as signs, which leave room for the numbers."""


class PaddingEditor(FieldEditor):
    """How the padding is given, and the boxes that takes."""

    field: PaddingField

    def build(self) -> None:
        """A choice of forms; one box beside it, or one per axis or per side below."""
        self._last: tuple[tuple[int, int], ...] = ((0, 0),) * self.rank
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(4)
        self.form = self._form_combo()
        self.one = WholeNumberBox(0, self.field.high)
        self.one.entered.connect(self.offer)
        self.unit = muted(_(self.field.unit))
        for widget in (self.form, self.one, self.unit):
            row.addWidget(widget)
        row.addStretch()
        column.addLayout(row)
        axes = [[name] for name in axis_names(self.rank)]
        self.axes = _BoxGrid(axes, axes, self.field.high, self.body)
        self.axes.entered.connect(self._axis_entered)
        self.sides = _BoxGrid(side_names(self.rank), SIDE_SIGNS[3 - self.rank :], self.field.high, self.body)
        self.sides.entered.connect(self._side_entered)
        column.addWidget(self.axes)
        column.addWidget(self.sides)
        self.take_focus_from(self.form, self.one, *self.axes.all_boxes(), *self.sides.all_boxes())
        self.axes.name_boxes(_(self.field.label))
        self.sides.name_boxes(_(self.field.label))

    def _form_combo(self) -> ScrollSafeComboBox:
        combo = ScrollSafeComboBox(self.body)
        combo.setPlaceholderText(MIXED_TEXT)
        if self.field.same:
            combo.addItem(_("same size"), SAME)
        combo.addItem(_("all sides"), ALL_SIDES)
        if self.rank > 1:
            combo.addItem(_("per axis"), PER_AXIS)
        combo.addItem(_("each side"), FOUR_SIDES)
        combo.activated.connect(lambda index: self._form_chosen(combo.itemData(index)))
        return combo

    def set_value(self, value: Any) -> None:
        """Show the model's value, in the plainest form when it comes from elsewhere."""
        if value is MIXED:
            self._show_form(None)
        elif value != self.value:
            self._show_form(padding_form(value))
        super().set_value(value)

    def show_value(self, value: Any) -> None:
        """Fill the boxes of every form."""
        if value is MIXED or value == SAME:
            return
        self._last = value
        self.one.set_value(value[0][0])
        self.axes.set_values([[axis[0]] for axis in value])
        self.sides.set_values(value)
        if self.shown_form not in FORMS_THAT_HOLD[padding_form(value)]:
            self._show_form(padding_form(value))

    @property
    def shown_form(self) -> str | None:
        """The form that is chosen; None while several nodes differ."""
        chosen: str | None = self.form.currentData()
        return chosen

    def _show_form(self, form: str | None) -> None:
        self.form.setCurrentIndex(-1 if form is None else self.form.findData(form))
        self.one.setVisible(form == ALL_SIDES)
        self.unit.setVisible(form == ALL_SIDES and bool(self.field.unit))
        self.axes.setVisible(form == PER_AXIS)
        self.sides.setVisible(form == FOUR_SIDES)

    def _form_chosen(self, form: str) -> None:
        self._show_form(form)
        first = self._last[0][0]
        given = {SAME: SAME, ALL_SIDES: first, PER_AXIS: [before for before, _after in self._last]}
        self.offer(given.get(form, self._last))

    def _axis_entered(self, axis: int, _column: int, value: object) -> None:
        sides: list[object] = [before for before, _after in self._last]
        sides[axis] = value
        self.offer(sides)

    def _side_entered(self, axis: int, end: int, value: object) -> None:
        sides: list[list[object]] = [list(pair) for pair in self._last]
        sides[axis][end] = value
        self.offer(sides)


class _BoxGrid(QWidget):
    """Small boxes with a caption before each; a line per axis.

    ``entered(line, column, value)`` tells what was typed into one.
    """

    entered = Signal(int, int, object)

    def __init__(
        self, names: Sequence[Sequence[str]], captions: Sequence[Sequence[str]], high: int, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._names = names
        self.boxes: list[list[WholeNumberBox]] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        for line, texts in enumerate(captions):
            made = []
            for column, text in enumerate(texts):
                box = WholeNumberBox(0, high, self)
                box.entered.connect(lambda value, at=(line, column): self.entered.emit(*at, value))
                grid.addWidget(muted(text), line, 2 * column)
                grid.addWidget(box, line, 2 * column + 1)
                made.append(box)
            self.boxes.append(made)
        grid.setColumnStretch(2 * len(captions[0]), 1)

    def all_boxes(self) -> list[WholeNumberBox]:
        """Line by line."""
        return [box for line in self.boxes for box in line]

    def set_values(self, values: Sequence[Sequence[int]]) -> None:
        """Show one number per box."""
        for line, numbers in zip(self.boxes, values, strict=True):
            for box, number in zip(line, numbers, strict=True):
                box.set_value(number)

    def name_boxes(self, label: str) -> None:
        """Say which box is which, in the tooltip and to assistive technology."""
        for line, names in zip(self.boxes, self._names, strict=True):
            for box, name in zip(line, names, strict=True):
                box.setToolTip(f"{label}, {name}")
                box.setAccessibleName(f"{label}, {name}")
