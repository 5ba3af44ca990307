"""A choice of one among a few, as a section of a menu: it takes no room where it is not needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu


class MenuChoice(QObject):
    """Entries of which one is ticked, under a heading.

    Parameters
    ----------
    offered
        Value → its words, and what they mean (or nothing).

    Signals
    -------
    chosen()
        The user has chosen; :attr:`value` says what.
    """

    chosen = Signal()

    def __init__(self, title: str, offered: Mapping[Any, tuple[str, str]], menu: QMenu) -> None:
        super().__init__(menu)
        self._heading = menu.addSection(title)
        self._group = QActionGroup(self)
        self.actions: dict[Any, QAction] = {}
        for value, (words, help_) in offered.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setToolTip(help_)
            self._group.addAction(action)
            self.actions[value] = action
        next(iter(self.actions.values())).setChecked(True)
        self._group.triggered.connect(lambda _action: self.chosen.emit())

    @property
    def value(self) -> Any:
        """What is ticked."""
        return next(value for value, action in self.actions.items() if action.isChecked())

    @property
    def words(self) -> str:
        """The words of what is ticked."""
        return self.actions[self.value].text()

    def show_value(self, value: object) -> None:
        """Tick another entry; no signal."""
        self.actions[value].setChecked(True)

    def set_visible(self, visible: bool) -> None:
        """Offer it, or take it out of the menu."""
        self._heading.setVisible(visible)
        self._group.setVisible(visible)

    @property
    def offered(self) -> bool:
        """Whether it is in the menu."""
        return self._group.isVisible()
