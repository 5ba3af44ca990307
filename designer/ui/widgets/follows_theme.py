"""What a widget does about another theme: draw again what Qt does not draw by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
else:
    # Only a class without Qt can stand before any kind of widget among its bases.
    QWidget = object


class FollowsTheme(QWidget):
    """A base before that of the widget: ``class Sign(FollowsTheme, QLabel)``.

    Icons, painted text and style sheets have their colours from the theme, and must be made anew when it changes. That
    is done in :meth:`_apply_theme`; the last line of the constructor calls :meth:`_follow_theme`.
    """

    CHANGES: ClassVar = frozenset((QEvent.Type.PaletteChange,))
    """Types of events that ask for it."""

    _following = False

    def _apply_theme(self) -> None:
        """Take colours and icons from the theme as it is now."""
        raise NotImplementedError

    def _follow_theme(self) -> None:
        """Apply the theme, now and whenever it changes; before, a change finds a widget that is only half built."""
        self._following = True
        self._apply_theme()

    def changeEvent(self, event: QEvent) -> None:
        """Apply the theme where the event is one of :attr:`CHANGES`, after the widget itself has seen it."""
        super().changeEvent(event)
        if self._following and event.type() in self.CHANGES:
            self._apply_theme()
