"""What every panel of numbers does about being hidden: nothing, until it is seen again."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget


class LazyPanel(QWidget):
    """A panel that refreshes when told while it is seen, and otherwise when it comes into sight.

    A subclass connects the signals that change what it shows to :meth:`_refresh_if_seen`, and those of the selection,
    where that is only a mark on it, to :meth:`_mark_if_seen`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stale = True

    def refresh(self) -> None:
        """Show everything as it is now, and take note of it: ``_stale`` is False then."""
        raise NotImplementedError

    def _show_selection(self) -> None:
        """Mark what is selected."""

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _refresh_if_seen(self, *_news: object) -> None:
        if self.isVisible():
            self.refresh()
        else:
            self._stale = True

    def _mark_if_seen(self, *_news: object) -> None:
        # What is stale will be shown with its marks.
        if self.isVisible() and not self._stale:
            self._show_selection()
