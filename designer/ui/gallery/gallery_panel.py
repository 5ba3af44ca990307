"""The gallery with its search, families and sorting: what its window and the start page have in common."""

from __future__ import annotations

import attrs
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from designer.i18n import _, ngettext
from designer.ui.gallery.card_view import CardView
from designer.ui.gallery.gallery_rows import ALL_FAMILIES, ORDERS, GalleryChoice, chosen_rows, families
from designer.ui.gallery.thumbnails import Thumbnails
from designer.ui.shell.preferences import Preferences
from designer.ui.widgets.labels import muted
from designer.ui.widgets.theme import RHYTHM

LETTERS = 11
"""Of a family or a way to sort that are seen while the boxes are closed."""


BROAD = 520
"""Pixels for a search of some twenty letters beside both boxes."""


class GalleryState(QObject):
    """What was typed and chosen last, in whichever place the gallery is shown.

    Signals: ``changed()``.
    """

    changed = Signal()

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        search, family, order = preferences.gallery
        known = family if family in families() else ALL_FAMILIES
        self.choice = GalleryChoice(search, known, order if order in ORDERS else GalleryChoice().order)

    def choose(self, choice: GalleryChoice) -> None:
        """Show this, everywhere and the next time."""
        if choice != self.choice:
            self.choice = choice
            self._preferences.gallery = (choice.search, choice.family, choice.order)
            self.changed.emit()


class GalleryPanel(QWidget):
    """Signals: ``opened(str)`` with the name of the network that was asked for."""

    opened = Signal(str)

    def __init__(self, state: GalleryState, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.search = _SearchLine(self)
        self.search.setPlaceholderText(_("Search by name, year, author or title"))
        self.search.setAccessibleName(_("Search the gallery"))
        self.search.setClearButtonEnabled(True)
        # What is dragged over it is for the canvas or the window.
        self.search.setAcceptDrops(False)
        self.family, self.order = QComboBox(self), QComboBox(self)
        self.family.setAccessibleName(_("Family"))
        self.family.setToolTip(_("Show the networks of one family"))
        self.order.setAccessibleName(_("Sorting"))
        self.order.setToolTip(_("Sort the networks"))
        self.family.addItem(_("All families"), ALL_FAMILIES)
        for family in families():
            self.family.addItem(_(family), family)
        for key, (words, _key) in ORDERS.items():
            self.order.addItem(_(words), key)
        for box in (self.family, self.order):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(LETTERS)
        self.cards = CardView(thumbnails, self)
        self.count = muted(parent=self)
        self._arrange()
        self.search.textChanged.connect(lambda text: self._state.choose(attrs.evolve(self._state.choice, search=text)))
        self.search.returnPressed.connect(self.cards.open_current)
        self.search.down.connect(self._enter_cards)
        self.family.currentIndexChanged.connect(self._take_boxes)
        self.order.currentIndexChanged.connect(self._take_boxes)
        self.cards.opened.connect(self.opened)
        self.cards.left.connect(self.search.setFocus)
        self.cards.typed.connect(self._search_on)
        state.changed.connect(self._show_choice)
        self._show_choice()

    def _arrange(self) -> None:
        boxes = QHBoxLayout()
        boxes.setSpacing(RHYTHM)
        boxes.addWidget(self.family)
        boxes.addWidget(self.order)
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(RHYTHM)
        self._top.addWidget(self.search, 1)
        self._top.addLayout(boxes)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(RHYTHM)
        column.addLayout(self._top)
        column.addWidget(self.cards, 1)
        column.addWidget(self.count)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room beside the search, families and sorting stand below it."""
        super().resizeEvent(event)
        beside, below = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._top.setDirection(beside if self.width() >= BROAD else below)

    def _take_boxes(self, _index: int) -> None:
        family, order = self.family.currentData(), self.order.currentData()
        self._state.choose(attrs.evolve(self._state.choice, family=family, order=order))

    def _show_choice(self) -> None:
        choice, chosen = self._state.choice, self.cards.current
        if self.search.text() != choice.search:
            self.search.setText(choice.search)
        for box, key in ((self.family, choice.family), (self.order, choice.order)):
            box.blockSignals(True)
            box.setCurrentIndex(box.findData(key))
            box.blockSignals(False)
        rows = chosen_rows(choice)
        self.cards.shown.show_rows(rows)
        self.cards.choose(chosen)
        if rows:
            text = ngettext("{count} network", "{count} networks", len(rows)).format(count=len(rows))
        else:
            text = _("No network of the gallery has these words; clear the search or choose all families")
        self.count.show_text(text)

    def _enter_cards(self) -> None:
        self.cards.setFocus(Qt.FocusReason.TabFocusReason)

    def _search_on(self, letters: str) -> None:
        self.search.setFocus(Qt.FocusReason.TabFocusReason)
        self.search.deselect()
        self.search.end(False)
        self.search.insert(letters)


class _SearchLine(QLineEdit):
    """Signals: ``down()`` for the key that leads to what was found."""

    down = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.down.emit()
        else:
            super().keyPressEvent(event)
