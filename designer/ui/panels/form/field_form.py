"""A form for one kind of layer, built from its declared fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QGridLayout, QLabel, QToolButton, QWidget

from designer.i18n import _
from designer.layer_api.layer import Layer
from designer.ui.panels.form.editors import make_editor
from designer.ui.panels.form.field_editor import FieldEditor
from designer.ui.panels.form.per_axis_editor import PerAxisEditor
from designer.ui.panels.form.shared_values import shared_values, stand_in
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import muted
from designer.ui.widgets.theme import icon

RESET_KEYS = "Ctrl+R"


class ResetButton(FollowsTheme, QToolButton):
    """Puts one field back to its default; in sight only where it would change something.

    The Tab key passes it by: it appears while a value is typed, and would take the keys meant for the next field.
    """

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoRaise(True)
        self.setIconSize(QSize(14, 14))
        self.setFixedSize(20, 24)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        text = _("Back to the default: {field}").format(field=label)
        keys = QKeySequence(RESET_KEYS).toString(QKeySequence.SequenceFormat.NativeText)
        self.setToolTip(f"{text} ({keys})")
        self.setAccessibleName(text)
        kept = self.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.setSizePolicy(kept)
        self._follow_theme()

    def _apply_theme(self) -> None:
        self.setIcon(icon("reset"))


class FieldForm(QWidget):
    """Label, editor and reset button for each field of a kind.

    Signals
    -------
    edited(name, value, continuous)
        The user gave a field another value; a run of continuous edits is one step.
    """

    edited = Signal(str, object, bool)

    def __init__(self, kind: type[Layer], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editors: dict[str, FieldEditor] = {}
        self.resets: dict[str, ResetButton] = {}
        self._labels: list[QLabel] = []
        self._defaults: Mapping[str, object] = kind.defaults()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (name, field) in enumerate(kind.fields().items()):
            editor = make_editor(name, field, kind.rank, self)
            editor.value_edited.connect(
                lambda value, name=name, editor=editor: self.edited.emit(name, value, editor.continuous)
            )
            label = QLabel(_(field.label), self)
            label.setToolTip(_(field.help))
            label.setBuddy(editor)
            label.setMinimumHeight(24)
            reset = ResetButton(_(field.label), self)
            reset.clicked.connect(lambda _checked, name=name: self._reset(name))
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(editor, row, 1, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(reset, row, 2, Qt.AlignmentFlag.AlignTop)
            self.editors[name], self.resets[name] = editor, reset
            self._labels.append(label)
        keys = QShortcut(QKeySequence(RESET_KEYS), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._reset_focused)
        if not self.editors:
            grid.addWidget(muted(_("This layer has nothing to set.")), 0, 0, 1, 3)

    def _reset(self, name: str) -> None:
        self.edited.emit(name, self._defaults[name], False)

    def _reset_focused(self) -> None:
        """Put the field that has the focus back to its default."""
        focus = QApplication.focusWidget()
        for name, editor in self.editors.items():
            if focus is not None and editor.isAncestorOf(focus):
                self._reset(name)

    def label_width(self) -> int:
        """Pixels the widest label takes; what stands below aligns with it."""
        return max((label.sizeHint().width() for label in self._labels), default=0)

    def start(self, layers: Sequence[Layer]) -> None:
        """Show other layers than before."""
        for name, value in shared_values(layers).items():
            self.editors[name].start(value)
            self._follow(name, value, layers)

    def show_layers(self, layers: Sequence[Layer]) -> None:
        """Show what has changed in the same layers."""
        for name, value in shared_values(layers).items():
            self.editors[name].set_value(value)
            self._follow(name, value, layers)

    def _follow(self, name: str, value: Any, layers: Sequence[Layer]) -> None:
        self.resets[name].setVisible(value != self._defaults[name])
        editor = self.editors[name]
        if isinstance(editor, PerAxisEditor):
            editor.stand_in = stand_in(layers[0], name)
