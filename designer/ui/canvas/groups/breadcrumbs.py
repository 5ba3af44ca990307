"""The way to the group that has been entered, above the canvas: a click leads back to any step of it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from designer.graph.groups import around, name_of
from designer.i18n import _
from designer.ui.widgets.theme import current_theme

MARGIN = 8
HEIGHT = 30


class Breadcrumbs(QFrame):
    """A bar with a button for the design and for every group on the way; hidden where none has been entered.

    ``chosen`` is sent with the path of a group, empty for the whole design.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("breadcrumbs")
        self.setAccessibleName(_("Way to the group in sight"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 2, 6, 2)
        self._row.setSpacing(2)
        self._path: str | None = None
        self.buttons: list[QToolButton] = []
        self.hide()

    def show_path(self, path: str | None) -> None:
        """Show the way to a group."""
        if path == self._path:
            return
        self._path = path
        while self._row.count():
            item = self._row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons = []
        if path is None:
            self.hide()
            return
        self._add(_("Design"), "")
        for step in reversed(list(around(path))):
            self._row.addWidget(QLabel("›", self))
            self._add(name_of(step), step)
        self.buttons[-1].setEnabled(False)
        hint = QLabel(_("Esc leaves"), self)
        hint.setEnabled(False)
        hint.setContentsMargins(10, 0, 4, 0)
        self._row.addWidget(hint)
        self.place()
        self.show()
        self.raise_()

    def _add(self, text: str, path: str) -> None:
        button = QToolButton(self)
        button.setText(text)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(_("Show {group}").format(group=path) if path else _("Show the whole design"))
        button.clicked.connect(lambda _checked=False: self.chosen.emit(path))
        self._row.addWidget(button)
        self.buttons.append(button)

    def place(self) -> None:
        """Into the upper left corner."""
        parent = self.parentWidget()
        if parent is not None:
            width = min(self.sizeHint().width(), parent.width() - 2 * MARGIN)
            self.setGeometry(MARGIN, MARGIN, width, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card above the canvas, in the theme's colours as they are."""
        theme = current_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.card_border, 1.0))
        painter.setBrush(theme.card)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()
