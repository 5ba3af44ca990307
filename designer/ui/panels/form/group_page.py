"""A group is selected: its name, colour and note, and what it holds."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QButtonGroup, QFormLayout, QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from designer.graph.group_edits import ColourGroup, NoteGroup, RenameGroup
from designer.graph.groups import name_of
from designer.i18n import N_, _, ngettext
from designer.ui.bridge import Bridge
from designer.ui.widgets.labels import sized, wrapped
from designer.ui.widgets.model_line import ModelLine
from designer.ui.widgets.theme import RHYTHM, current_theme

COLOURS = (
    (None, N_("The theme's colour")),
    ("#0072b2", N_("Blue")),
    ("#d55e00", N_("Vermilion")),
    ("#009e73", N_("Green")),
    ("#cc79a7", N_("Purple")),
    ("#e69f00", N_("Orange")),
    ("#56b4e9", N_("Sky blue")),
)
"""Of the set that people with any colour vision can tell apart (Okabe and Ito, 2008)."""

NOTE_HEIGHT = 96


class NoteEditor(QPlainTextEdit):
    """A text of several lines that is taken when the focus leaves it."""

    def __init__(self, page: GroupPage) -> None:
        super().__init__(page)
        self._page = page
        self.setTabChangesFocus(True)
        self.setMaximumHeight(NOTE_HEIGHT)
        self.setPlaceholderText(_("What this block is; its first line stands on the card"))
        self.setAccessibleName(_("Note on the group"))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take what was written."""
        super().focusOutEvent(event)
        self._page.take_note()


class GroupPage(QWidget):
    """The form of one group; every change is a step of its own."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self.path: str | None = None
        self.name = ModelLine(self)
        self.name.setAccessibleName(_("Name of the group"))
        self.name.setFont(sized(self.font(), 1.15, bold=True))
        self.name.editingFinished.connect(self._named)
        self.note = NoteEditor(self)
        self.count = wrapped()
        self._colours = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(RHYTHM, RHYTHM, RHYTHM, RHYTHM)
        column.setSpacing(RHYTHM)
        form = QFormLayout()
        form.setSpacing(RHYTHM)
        form.addRow(_("Group"), self.name)
        form.addRow(_("Colour"), self._swatches())
        form.addRow(_("Note"), self.note)
        column.addLayout(form)
        column.addWidget(self.count)
        column.addStretch()

    def _swatches(self) -> QWidget:
        row = QWidget(self)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        for number, (colour, text) in enumerate(COLOURS):
            button = QToolButton(row)
            button.setCheckable(True)
            button.setAutoRaise(True)
            button.setIcon(_swatch(colour))
            button.setIconSize(QSize(16, 16))
            button.setToolTip(_(text))
            button.setAccessibleName(_(text))
            button.clicked.connect(lambda _checked=False, colour=colour: self._coloured(colour))
            self._colours.addButton(button, number)
            line.addWidget(button)
        line.addStretch()
        return row

    def show_group(self, path: str) -> None:
        """Fill the form; a note that is being written stays while it is the same on the group."""
        group = self.session.design.grouping.groups[path]
        self.path = path
        self.name.set_model_text(name_of(path))
        self.name.setToolTip(path)
        if self.note.toPlainText() != group.note:
            self.note.setPlainText(group.note)
        colours = [colour for colour, _text in COLOURS]
        self._colours.setExclusive(False)
        for button in self._colours.buttons():
            button.setChecked(False)
        self._colours.setExclusive(True)
        if group.colour in colours:
            self._colours.button(colours.index(group.colour)).setChecked(True)
        self.count.show_text(self._content(path))

    def _content(self, path: str) -> str:
        nodes = self.session.selection
        layers = sum(not self.session.design.nodes[node].layer.is_source() for node in nodes)
        text = ngettext("{count} layer", "{count} layers", layers).format(count=layers)
        inner = len(self.session.design.grouping.groups[path].groups)
        if inner:
            text += ", " + ngettext("{count} group inside", "{count} groups inside", inner).format(count=inner)
        return text

    # -- edits -----------------------------------------------------------------------------------------------------

    def _named(self) -> None:
        text = self.name.typed()
        if text is not None and self.path is not None:
            self.session.do(RenameGroup(self.path, text))

    def _coloured(self, colour: str | None) -> None:
        if self.path is not None:
            self.session.do(ColourGroup(self.path, colour))

    def take_note(self) -> None:
        """Write what was typed onto the group."""
        group = self.session.design.grouping.groups.get(self.path or "")
        if group is not None and self.path is not None and self.note.toPlainText() != group.note:
            self.session.do(NoteGroup(self.path, self.note.toPlainText()))


def _swatch(colour: str | None) -> QIcon:
    pixmap = QPixmap(32, 32)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour) if colour is not None else current_theme().muted)
    painter.drawEllipse(3, 3, 26, 26)
    painter.end()
    return QIcon(pixmap)
