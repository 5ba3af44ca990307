"""One editor for each type of field, found by that type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from designer.i18n import _
from designer.layer_api.fields import Boolean, Choice, Field, Integer, PaddingField, PerAxis, Real, ShapeField
from designer.layer_api.geometry import shape_text
from designer.layer_api.list_fields import AxesField, NamesField, SizesField
from designer.ui.panels.form.field_editor import FieldEditor, ScrollSafeComboBox
from designer.ui.panels.form.padding_editor import PaddingEditor
from designer.ui.panels.form.per_axis_editor import PerAxisEditor
from designer.ui.panels.form.shared_values import MIXED
from designer.ui.widgets.labels import muted
from designer.ui.widgets.model_line import ModelLine
from designer.ui.widgets.number_box import MIXED as MIXED_TEXT
from designer.ui.widgets.number_box import NumberBox, RealNumberBox, WholeNumberBox
from designer.ui.widgets.theme import tabular


def make_editor(name: str, field: Field, rank: int, parent: QWidget | None = None) -> FieldEditor:
    """The editor for a declared field of a layer of this spatial rank; raises KeyError for an unknown type of field."""
    kind = next((base for base in type(field).__mro__ if base in EDITORS), type(field))
    return EDITORS[kind](name, field, rank, parent)


class _NumberEditor(FieldEditor):
    """One number and its unit."""

    def make_box(self) -> NumberBox:
        """The box for this type of number."""
        raise NotImplementedError

    def build(self) -> None:
        """The box and the unit behind it."""
        self.box = self.make_box()
        self.box.entered.connect(self.offer)
        row = _row(self.body)
        row.addWidget(self.box)
        if self.field.unit:
            row.addWidget(muted(_(self.field.unit)))
        row.addStretch()
        self.take_focus_from(self.box)

    def show_value(self, value: Any) -> None:
        """The number, or nothing where several differ."""
        self.box.set_value(None if value is MIXED else value)


class IntegerEditor(_NumberEditor):
    """A whole number."""

    field: Integer

    def make_box(self) -> NumberBox:
        """Whole numbers between the field's bounds."""
        return WholeNumberBox(self.field.low, self.field.high)


class RealEditor(_NumberEditor):
    """A real number."""

    field: Real

    def make_box(self) -> NumberBox:
        """Real numbers between the field's bounds."""
        return RealNumberBox(self.field.low, self.field.high)


class BooleanEditor(FieldEditor):
    """A check box."""

    continuous = False

    def build(self) -> None:
        """The box alone; the label stands before it as everywhere."""
        self.box = QCheckBox(self.body)
        self.box.setMinimumHeight(24)
        self.box.clicked.connect(self._clicked)
        row = _row(self.body)
        row.addWidget(self.box)
        row.addStretch()
        self.take_focus_from(self.box)

    def show_value(self, value: Any) -> None:
        """Checked, unchecked, or the third state where several differ."""
        self.box.setTristate(value is MIXED)
        state = Qt.CheckState.PartiallyChecked if value is MIXED else Qt.CheckState.Unchecked
        self.box.setCheckState(Qt.CheckState.Checked if value is True else state)

    def _clicked(self) -> None:
        # From "several differ" one click means yes; the third state itself is not for choosing.
        self.offer(self.box.checkState() != Qt.CheckState.Unchecked)


class ChoiceEditor(FieldEditor):
    """One of a few words."""

    continuous = False
    field: Choice

    def build(self) -> None:
        """All options, translated."""
        self.combo = ScrollSafeComboBox(self.body)
        self.combo.setPlaceholderText(MIXED_TEXT)
        for word, label in self.field.options.items():
            self.combo.addItem(_(label), word)
        self.combo.activated.connect(lambda index: self.offer(self.combo.itemData(index)))
        row = _row(self.body)
        row.addWidget(self.combo)
        row.addStretch()
        self.take_focus_from(self.combo)

    def show_value(self, value: Any) -> None:
        """The chosen option, or none where several differ."""
        self.combo.setCurrentIndex(-1 if value is MIXED else self.combo.findData(value))


class ShapeEditor(FieldEditor):
    """A shape as people write it; taken when it is complete, with Enter or when the focus leaves."""

    def build(self) -> None:
        """One line as wide as there is room."""
        self.line = ModelLine(self.body)
        self.line.setFont(tabular(self.line.font()))
        self.line.editingFinished.connect(self._finished)
        row = _row(self.body)
        row.addWidget(self.line)
        self.take_focus_from(self.line)

    def show_value(self, value: Any) -> None:
        """``3×224×224``."""
        self.line.set_model_text("" if value is MIXED else shape_text(value))
        self.line.setPlaceholderText(MIXED_TEXT if value is MIXED else _("channels×height×width"))

    def _finished(self) -> None:
        text = self.line.typed()
        if text is not None:
            self.offer(parse_shape(text))


def parse_shape(text: str) -> tuple[int, ...] | str:
    """The sizes in ``3×224×224``, ``3x224x224``, ``3, 224, 224`` or ``3 224 224``; the text where it says none."""
    parts = re.split(r"\s*[×x*,;]\s*|\s+", text.strip().strip("()[]").lower())
    try:
        return tuple(int(part) for part in parts)
    except ValueError:
        return text.strip()


class SizesEditor(ShapeEditor):
    """A shape in which one size may be -1."""

    def show_value(self, value: Any) -> None:
        """``256×-1``."""
        super().show_value(value)
        self.line.setPlaceholderText(MIXED_TEXT if value is MIXED else _("sizes, one of them -1"))


class AxesEditor(ShapeEditor):
    """Numbers of axes."""

    def show_value(self, value: Any) -> None:
        """``2, 3, 1``."""
        self.line.set_model_text("" if value is MIXED else ", ".join(map(str, value)))
        self.line.setPlaceholderText(MIXED_TEXT if value is MIXED else _("numbers of axes"))


class NamesEditor(ShapeEditor):
    """Names on one line with semicolons between them; commas are part of many names of classes."""

    def show_value(self, value: Any) -> None:
        """``cat; dog``."""
        self.line.set_model_text("" if value is MIXED else "; ".join(value))
        self.line.setPlaceholderText(MIXED_TEXT if value is MIXED else _("names; with semicolons between"))

    def _finished(self) -> None:
        text = self.line.typed()
        if text is not None:
            self.offer(tuple(name.strip() for name in text.split(";") if name.strip()))


def _row(body: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(body)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    return row


EDITORS: Mapping[type[Field], type[FieldEditor]] = {
    Integer: IntegerEditor,
    Real: RealEditor,
    Boolean: BooleanEditor,
    Choice: ChoiceEditor,
    PerAxis: PerAxisEditor,
    PaddingField: PaddingEditor,
    ShapeField: ShapeEditor,
    SizesField: SizesEditor,
    AxesField: AxesEditor,
    NamesField: NamesEditor,
}
"""Type of field → editor. A new type of field is a new line here."""
