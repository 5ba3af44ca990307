"""A line of text that shows the model's text and goes back to it when what was typed is given up or refused."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget


def asks_for_undo(event: QEvent) -> bool:
    """Whether Qt asks if this widget wants the key of undo or redo for itself."""
    if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
        return False
    return event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo)


class ModelLine(QLineEdit):
    """Connect ``editingFinished`` and compare :meth:`typed` with ``model_text``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model_text = ""

    def set_model_text(self, text: str) -> None:
        """Show the model's text; what is being typed stays while the model's text is the same."""
        if text != self.model_text or not self.hasFocus():
            self.model_text = text
            if self.text() != text:
                self.setText(text)

    def typed(self) -> str | None:
        """What the user wants instead of the model's text; None where there is nothing new."""
        text = self.text().strip()
        return text if text and text != self.model_text else None

    def event(self, event: QEvent) -> bool:
        """While nothing is typed, undo and redo are the window's."""
        if asks_for_undo(event) and self.text() == self.model_text:
            event.ignore()
            return False
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was refused gives way to the model's text."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason and self.text() != self.model_text:
            self.setText(self.model_text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up what was typed."""
        if event.key() == Qt.Key.Key_Escape and self.text() != self.model_text:
            self.setText(self.model_text)
            self.selectAll()
            return
        super().keyPressEvent(event)
