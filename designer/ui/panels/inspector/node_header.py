"""Which layer a panel shows: mark and colour of its category, its kind, and its name, which can be changed here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from designer.graph.design import DesignError
from designer.graph.edits import Rename
from designer.i18n import _, ngettext
from designer.layer_api.layer import Category
from designer.ui.bridge import Bridge
from designer.ui.widgets.labels import ReasonLabel, muted, sized
from designer.ui.widgets.model_line import ModelLine
from designer.ui.widgets.theme import RHYTHM, category_colour, category_mark


class CategoryMark(QWidget):
    """The sign of a category beside a strip of its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._category: Category | None = None
        self.setFixedWidth(26)
        self.setMinimumHeight(28)

    def show_category(self, category: Category) -> None:
        """Show the sign and the colour of a category, its name in the tooltip."""
        if category is not self._category:
            self._category = category
            self.setToolTip(_(category.value))
            self.setAccessibleName(_(category.value))
            self.update()

    def sizeHint(self) -> QSize:
        """A strip and a letter."""
        return QSize(26, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Strip to the left, sign beside it."""
        if self._category is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(category_colour(self._category))
        painter.drawRoundedRect(0, 0, 5, self.height(), 2, 2)
        painter.setPen(self.palette().windowText().color())
        painter.setFont(sized(self.font(), 1.3))
        painter.drawText(self.rect().adjusted(7, 0, 0, 0), Qt.AlignmentFlag.AlignCenter, category_mark(self._category))
        painter.end()


class NodeHeader(QWidget):
    """Mark, name and kind of the layers shown.

    Signals
    -------
    rename_wanted(old, new)
        The user gave the layer another name that it may have.
    """

    rename_wanted = Signal(str, str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = bridge.session
        self._id = ""
        self.mark = CategoryMark(self)
        self.name = ModelLine(self)
        self.name.setFont(sized(self.font(), 1.15, bold=True))
        self.name.setAccessibleName(_("Name of the layer"))
        self.name.setToolTip(_("Name of the layer, used in exported code and weight files; Enter renames it"))
        self.name.editingFinished.connect(self._finished)
        self.kind = muted()
        self.kind.setIndent(4)
        self.reason = ReasonLabel(self)
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.name)
        names.addWidget(self.kind)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.mark)
        top.addLayout(names, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(RHYTHM)
        column.addLayout(top)
        column.addWidget(self.reason)

    def show_nodes(self, ids: Sequence[str]) -> None:
        """Show nodes of one kind."""
        layer = self.session.design.nodes[ids[0]].layer
        self.mark.show_category(layer.category)
        self.kind.show_text(_(layer.label))
        self.kind.setToolTip(type(layer).description())
        self._id = ids[0] if len(ids) == 1 else ""
        text = self._id or ngettext("{count} layer", "{count} layers", len(ids)).format(count=len(ids))
        self.name.setReadOnly(len(ids) > 1)
        if self.name.model_text != text:
            self.reason.clear_reason()
            self.name.set_model_text(text)

    def _finished(self) -> None:
        new = self.name.typed()
        if not self._id or new is None:
            return
        try:
            Rename(self._id, new).apply(self.session.design)
        except DesignError as problem:
            self.reason.show_reason(str(problem))
            return
        self.reason.clear_reason()
        self.rename_wanted.emit(self._id, new)
