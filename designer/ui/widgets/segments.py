"""Two or more words of which one holds, side by side as one control."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.theme import current_theme


class Segments(FollowsTheme, QWidget):
    """A choice between a few words; Fusion's own pressed buttons can hardly be told apart in the dark.

    Signals
    -------
    chosen(int)
        The user chose the word at this place.
    """

    chosen = Signal(int)

    def __init__(self, words: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for place, word in enumerate(words):
            button = QToolButton(self)
            button.setText(word)
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._group.addButton(button, place)
            layout.addWidget(button)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(self.chosen)
        self._follow_theme()

    @property
    def current(self) -> int:
        """Place of the word that holds."""
        return self._group.checkedId()

    def button(self, place: int) -> QToolButton:
        """The button of a word."""
        button = self._group.button(place)
        assert isinstance(button, QToolButton)
        return button

    def _apply_theme(self) -> None:
        theme = current_theme()
        border, card, text = theme.card_border.name(), theme.card.name(), theme.text.name()
        count = len(self._group.buttons())
        for place, button in enumerate(self._group.buttons()):
            left, right = 4 if place == 0 else 0, 4 if place == count - 1 else 0
            sheet = (
                f"QToolButton {{ border: 1px solid {border}; background: {card}; color: {text}; padding: 3px 8px;"
                f" border-top-left-radius: {left}px; border-bottom-left-radius: {left}px;"
                f" border-top-right-radius: {right}px; border-bottom-right-radius: {right}px;"
                f" margin-left: {-1 if place else 0}px; }}"
                f"QToolButton:checked {{ background: {theme.selection.name()}; border-color: {theme.accent.name()}; }}"
                f"QToolButton:focus {{ border-color: {theme.accent.name()}; text-decoration: underline; }}"
                f"QToolButton:disabled {{ color: {theme.muted.name()}; }}"
            )
            if button.styleSheet() != sheet:
                button.setStyleSheet(sheet)
