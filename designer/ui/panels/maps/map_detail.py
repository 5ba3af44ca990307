"""One map enlarged, with its numbers, its histogram and the value under the cursor."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from designer.i18n import _
from designer.ui.panels.maps.map_picture import MapPicture
from designer.ui.panels.maps.maps_text import unusual_text, value_text
from designer.ui.panels.maps.tile_pictures import TilePictures
from designer.ui.panels.maps.value_histogram import ValueHistogram
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import ThemedLabel, muted, selectable, sized
from designer.ui.widgets.theme import icon, tabular

SIDE_BY_SIDE = 380
"""From this width on the numbers stand beside the picture."""

NUMBERS_WIDTH = 232
ARROWS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class MapDetail(FollowsTheme, QWidget):
    """The enlarged map. Left and right step through the maps, Shift with arrows through the cells, Esc goes back.

    Signals
    -------
    step_wanted(int)
        So many maps on.
    closed()
    cell_hovered(object)
        (channel, row, column) pointed at, None when nothing is.
    """

    step_wanted = Signal(int)
    closed = Signal()
    cell_hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: TilePictures | None = None
        self._channel = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.picture = MapPicture(self)
        self.picture.cell_hovered.connect(self._cell_changed)
        self.picture.clicked.connect(self.setFocus)
        self.histogram = ValueHistogram(self)
        self.title = ThemedLabel(parent=self)
        self.title.setFont(sized(self.font(), 1.0, bold=True))
        self.value = ThemedLabel(parent=self)
        self.value.setFont(tabular(self.font()))
        self._value_labels = {name: ThemedLabel(parent=self) for name in ("min", "max", "mean", "std")}
        for label in (self.value, *self._value_labels.values()):
            selectable(label)
        self._remark = muted(parent=self)
        self._buttons = {
            "left": self._button(_("Previous map (Left)"), lambda: self.step_wanted.emit(-1)),
            "right": self._button(_("Next map (Right)"), lambda: self.step_wanted.emit(1)),
            "close": self._button(_("Back to all maps (Esc)"), self.closed.emit),
        }
        self._numbers = self._build_numbers()
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(8, 0, 8, 8)
        self._layout.setSpacing(8)
        self._layout.addWidget(self.picture, 1)
        self._layout.addWidget(self._numbers)
        self._follow_theme()

    def _button(self, tip: str, act: object) -> QToolButton:
        button = QToolButton(self)
        button.setAutoRaise(True)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(act)
        return button

    def _build_numbers(self) -> QWidget:
        numbers = QWidget(self)
        numbers.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        numbers.setFixedWidth(NUMBERS_WIDTH)
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.title, 1)
        for button in self._buttons.values():
            head.addWidget(button)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        names = {"min": _("min"), "max": _("max"), "mean": _("mean"), "std": _("std")}
        for place, (name, label) in enumerate(self._value_labels.items()):
            label.setFont(tabular(self.font()))
            grid.addWidget(muted(names[name], self), place // 2, place % 2 * 2)
            grid.addWidget(label, place // 2, place % 2 * 2 + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        layout = QVBoxLayout(numbers)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(grid)
        layout.addWidget(self._remark)
        layout.addWidget(self.histogram, 1)
        layout.addWidget(self.value)
        return numbers

    # -- what is shown ---------------------------------------------------------------------------------------------

    @property
    def channel(self) -> int:
        """The map that is shown."""
        return self._channel

    def show_map(self, pictures: TilePictures, channel: int, title: str) -> None:
        """Show one map of a stack."""
        self._pictures, self._channel = pictures, channel
        stack = pictures.stack
        numbers = stack.statistics(channel)
        self.title.show_text(title)
        shown = {"min": numbers.minimum, "max": numbers.maximum, "mean": numbers.mean, "std": numbers.std}
        reach = max(abs(numbers.minimum), abs(numbers.maximum))
        for name, value in shown.items():
            self._value_labels[name].show_text(value_text(value, reach))
        remark = _("dead: all values are the same") if numbers.dead else unusual_text(numbers.unusual)
        self._remark.show_text(remark)
        self._remark.setVisible(bool(remark))
        self.picture.show_image(pictures.whole(channel))
        self.histogram.show_values(stack.values[channel].reshape(-1), pictures.scale(channel), pictures.colormap)
        self._show_value()

    def forget(self) -> None:
        """Let go of the stack; what is drawn stays until another is shown."""
        self._pictures = None

    def _cell_changed(self, cell: tuple[int, int] | None) -> None:
        self._show_value()
        self.cell_hovered.emit(None if cell is None else (self._channel, *cell))

    def _show_value(self) -> None:
        cell, stack = self.picture.cell, self._pictures.stack if self._pictures is not None else None
        place = stack.cell(*cell) if cell is not None and stack is not None else None
        if cell is None or place is None or stack is None:
            self.value.set_colour("muted")
            self.value.show_text(_("point at a cell for its value"))
            return
        values = np.atleast_1d(stack.pictures[self._channel][cell])
        text = _("row {row}, column {column}: {value}")
        if len(place) > 2:
            text, cell = _("slice {slice}, row {row}, column {column}: {value}"), (place[-2], place[-1])
        text = text.format(
            slice=place[0],
            row=cell[0],
            column=cell[1],
            value="  ".join(value_text(float(value)) for value in values),
        )
        self.value.set_colour("text")
        self.value.show_text(text)

    # -- mouse and keyboard --------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right step, Shift with arrows points at cells, Esc goes back."""
        key = Qt.Key(event.key())
        if key in ARROWS and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.picture.step(*ARROWS[key])
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step_wanted.emit(-1 if key is Qt.Key.Key_Left else 1)
        elif key is Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Numbers beside the picture, or under it where the panel is narrow."""
        super().resizeEvent(event)
        wide = self.width() >= SIDE_BY_SIDE
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if direction != self._layout.direction():
            self._layout.setDirection(direction)
            self._numbers.setMinimumWidth(NUMBERS_WIDTH if wide else 0)
            self._numbers.setMaximumWidth(NUMBERS_WIDTH if wide else 16777215)

    def _apply_theme(self) -> None:
        for name, button in self._buttons.items():
            button.setIcon(icon(name))
