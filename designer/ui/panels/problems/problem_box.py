"""A problem in words, with a button for each fix that was tried and clears it."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from designer.analysis.fixes import Fix
from designer.i18n import _
from designer.ui.widgets.follows_theme import FollowsTheme
from designer.ui.widgets.labels import ThemedLabel, selectable, wrapped
from designer.ui.widgets.theme import RHYTHM, current_theme, mixed, tinted_icon


class ThemedSign(FollowsTheme, QLabel):
    """A small icon in one of the theme's colours."""

    def __init__(self, name: str, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._colour = name, colour
        self.setFixedSize(18, 18)
        self._follow_theme()

    def show_sign(self, name: str, colour: str) -> None:
        """Show an icon in one of the theme's colours; both are painted anew when the theme changes."""
        if (name, colour) != (self._name, self._colour):
            self._name, self._colour = name, colour
            self._apply_theme()

    def _apply_theme(self) -> None:
        drawn = tinted_icon(self._name, getattr(current_theme(), self._colour))
        self.setPixmap(drawn.pixmap(QSize(16, 16), self.devicePixelRatioF()))


class FixButtons(QWidget):
    """One button per fix; a click does it as one step.

    ``fix_chosen(Fix)`` tells which.
    """

    fix_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fixes: tuple[Fix, ...] = ()
        self.buttons: list[QPushButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hide()

    def show_fixes(self, fixes: Sequence[Fix]) -> None:
        """Offer these and no others."""
        self._fixes = tuple(fixes)
        while len(self.buttons) < len(fixes):
            self._add_button(len(self.buttons))
        for index, button in enumerate(self.buttons):
            button.setVisible(index < len(fixes))
            if index < len(fixes):
                button.setText(fixes[index].label)
                button.setToolTip(_("One step, which undo takes back"))
        self.setVisible(bool(fixes))

    def _add_button(self, index: int) -> None:
        button = QPushButton(self)
        button.clicked.connect(lambda: self.fix_chosen.emit(self._fixes[index]))
        self.buttons.append(button)
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)


class ProblemBox(QWidget):
    """What keeps a layer from being counted: its own problem with fixes, or the layers it waits for.

    Signals
    -------
    fix_chosen(Fix), node_chosen(id)
    """

    fix_chosen = Signal(object)
    node_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.sign = ThemedSign("warning", "problem", self)
        self.message = wrapped(colour="text")
        selectable(self.message)
        self.links = ThemedLabel("", "text", self)
        self.links.setTextFormat(Qt.TextFormat.RichText)
        self.links.setWordWrap(True)
        self.links.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.links.linkActivated.connect(self.node_chosen)
        self.fixes = FixButtons(self)
        self.fixes.fix_chosen.connect(self.fix_chosen)
        row = QHBoxLayout(self)
        row.setContentsMargins(RHYTHM, RHYTHM, RHYTHM, RHYTHM)
        row.setSpacing(RHYTHM)
        column = QVBoxLayout()
        column.setSpacing(6)
        for widget in (self.message, self.links, self.fixes):
            column.addWidget(widget)
        row.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)

    def show_problem(self, message: str) -> None:
        """The layer's own problem; fixes come when they are found."""
        self.sign.show_sign("warning", "problem")
        self.message.show_text(message[:1].upper() + message[1:] + ("" if message.endswith(".") else "."))
        self.message.show()
        self.links.hide()
        self.fixes.show_fixes(())
        self.show()

    def show_waiting(self, roots: Sequence[str]) -> None:
        """The layer waits for others."""
        self.sign.show_sign("hint", "muted")
        links = ", ".join(f'<a href="{html.escape(node)}">{html.escape(node)}</a>' for node in roots)
        self.links.show_text(_("Waits for {layers}.").format(layers=links))
        self.links.show()
        self.message.hide()
        self.fixes.show_fixes(())
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A tinted card."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tint = theme.problem if self.message.isVisibleTo(self) else theme.muted
        painter.setPen(mixed(theme.window, tint, 0.45))
        painter.setBrush(mixed(theme.window, tint, 0.08))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 4, 4)
        painter.end()
