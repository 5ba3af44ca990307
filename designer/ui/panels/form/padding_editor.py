"""The editor for padding: one number, one per axis, one per side, or "same"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from designer.i18n import _
from designer.layer_api.families import axis_names
from designer.layer_api.fields import PaddingField
from designer.ui.panels.form.field_editor import FieldEditor, ScrollSafeComboBox
from designer.ui.panels.form.shared_values import MIXED
from designer.ui.widgets.labels import muted
from designer.ui.widgets.number_box import MIXED as MIXED_TEXT
from designer.ui.widgets.number_box import WholeNumberBox

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
        self.one = WholeNumberBox(self.field.low, self.field.high)
        self.one.entered.connect(self.offer)
        self.unit = muted(_(self.field.unit))
        for widget in (self.form, self.one, self.unit):
            row.addWidget(widget)
        row.addStretch()
        column.addLayout(row)
        axes = [[name] for name in axis_names(self.rank)]
        self.axes = _BoxGrid(axes, axes, self.field, self.body)
        self.axes.entered.connect(self._axis_entered)
        self.sides = _BoxGrid(side_names(self.rank), SIDE_SIGNS[3 - self.rank :], self.field, self.body)
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
        self, names: Sequence[Sequence[str]], captions: Sequence[Sequence[str]], field: PaddingField, parent: QWidget
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
                box = WholeNumberBox(field.low, field.high, self)
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
