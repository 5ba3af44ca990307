"""What every editor of a declared field shares: a value set without echo, an edit told, a refusal with its reason."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QVBoxLayout, QWidget

from designer.i18n import _
from designer.layer_api.fields import Field
from designer.layer_api.problems import FieldError
from designer.ui.panels.form.shared_values import MIXED
from designer.ui.widgets.labels import ReasonLabel

_UNSET = object()


class ScrollSafeComboBox(QComboBox):
    """A combo box that the wheel turns only while it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the form scroll instead."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class FieldEditor(QWidget):
    """An editor for one field of a layer.

    Subclasses build their widgets into ``self.body``, show values in :meth:`show_value`, and call :meth:`offer` with
    whatever the user gave; what makes no sense is refused in place with the reason below.

    Parameters
    ----------
    name
        The field's name in the layer, as the messages write it.
    rank
        Spatial axes of the layer.

    Signals
    -------
    value_edited(object)
        The user gave another value; it is normalised.
    """

    value_edited = Signal(object)

    continuous: ClassVar[bool] = True
    """Whether a run of edits (typing, spinning) is one step until the focus leaves; a click is a step of its own."""

    def __init__(self, name: str, field: Field, rank: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.field, self.rank = name, field, rank
        self._value: Any = MIXED
        self.body = QWidget(self)
        self.reason = ReasonLabel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.body)
        column.addWidget(self.reason)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setToolTip(_(field.help))
        self.setAccessibleName(_(field.label))
        self.setAccessibleDescription(_(field.help))
        self.build()

    # -- what a subclass does --------------------------------------------------------------------------------------

    def build(self) -> None:
        """Build the widgets into ``self.body``."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """Show a normalised value, or MIXED; nothing may be offered while it is set."""
        raise NotImplementedError

    # -- what the panel uses ---------------------------------------------------------------------------------------

    @property
    def value(self) -> Any:
        """The value last set or accepted, or MIXED."""
        return self._value

    def start(self, value: Any) -> None:
        """Begin with another layer's value: no refusal, nothing left of how the last layer was shown."""
        self.reason.clear_reason()
        self._value = _UNSET
        self.set_value(value)

    def set_value(self, value: Any) -> None:
        """Show the model's value; no ``value_edited``. What is being typed stays while the value is the same."""
        if value is self._value or value == self._value:
            return
        self.reason.clear_reason()
        self._value = value
        self.show_value(value)

    def offer(self, value: Any) -> bool:
        """Take what the user gave: tell it where it makes sense and is new, else say why not."""
        try:
            normal = self.field.normalise(self.name, value, self.rank)
        except FieldError as problem:
            self.reason.show_reason(str(problem))
            return False
        self.reason.clear_reason()
        if self._value is MIXED or normal != self._value:
            self._value = normal
            self.show_value(normal)
            self.value_edited.emit(normal)
        return True

    def take_focus_from(self, *widgets: QWidget) -> None:
        """Let these widgets stand for the editor: focus goes to the first, and all carry its name and help."""
        self.setFocusProxy(widgets[0])
        for widget in widgets:
            widget.setToolTip(_(self.field.help))
            widget.setAccessibleName(_(self.field.label))
            widget.setAccessibleDescription(_(self.field.help))
            if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
                widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
