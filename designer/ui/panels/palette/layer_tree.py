"""The layers under their categories, to be dragged, double-clicked or chosen with Enter."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QFont, QKeyEvent, QKeySequence, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from designer.i18n import _
from designer.layer_api.layer import Category, Layer
from designer.layer_api.registry import catalogue, make_layer
from designer.library.blocks import BlockEntry, entries
from designer.ui.canvas.cards.card import Card
from designer.ui.canvas.cards.card_picture import card_pixmap
from designer.ui.canvas.gestures.block_drop import BLOCK_MIME, block_card
from designer.ui.canvas.gestures.drops import LAYER_MIME, layer_card
from designer.ui.panels.palette.layer_search import block_tooltip, found_blocks, layer_tooltip, ranked
from designer.ui.widgets.category_icon import category_icon
from designer.ui.widgets.popup import popup
from designer.ui.widgets.theme import RHYTHM, category_colour, current_theme, icon

KIND, CATEGORY, BLOCK = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
ROW, HEADING = 28, 30
STRIP = 3.0
BRANCH = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier
"""Held, a layer is added beside what reads the current node rather than before it."""


class LayerTree(QTreeWidget):
    """Layers under their categories; found ones without headings."""

    wanted = Signal(str, bool)
    """A kind was double-clicked, or chosen with Enter; with Alt, or with Shift and Enter, as a branch."""

    block_wanted = Signal(object, bool)
    """A block (`BlockEntry`) was, likewise."""

    block_deleted = Signal(object)
    """One of the user's own blocks is to be deleted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(False)
        self.setItemDelegate(_LayerRow(self))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setAccessibleName(_("Layers"))
        self.setExpandsOnDoubleClick(False)
        self._branch = False
        self.itemDoubleClicked.connect(self._want)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.itemClicked.connect(self._fold)

    def show_categories(self) -> None:
        """All layers, by category."""
        self.clear()
        headings: dict[Category, QTreeWidgetItem] = {}
        for layer in catalogue().values():
            if layer.category not in headings:
                heading = QTreeWidgetItem(self, [_(layer.category.value)])
                heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
                heading.setData(0, CATEGORY, layer.category)
                heading.setExpanded(True)
                headings[layer.category] = heading
            headings[layer.category].addChild(self._entry(layer))
        heading = QTreeWidgetItem(self, [_("Blocks")])
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        heading.setData(0, CATEGORY, Category.SHAPE)
        for block in entries():
            heading.addChild(self._block(block))
        heading.setExpanded(True)

    def show_found(self, query: str) -> None:
        """The layers that match, the best first and current."""
        self.clear()
        for layer in ranked(query, catalogue().values()):
            self.addTopLevelItem(self._entry(layer))
        for block in found_blocks(query, entries()):
            self.addTopLevelItem(self._block(block))
        best = self.topLevelItem(0)
        if best is not None:
            self.setCurrentItem(best)
            return
        nothing = QTreeWidgetItem(self, [_("no layer matches «{query}»").format(query=query)])
        nothing.setFlags(Qt.ItemFlag.NoItemFlags)

    def _entry(self, layer: type[Layer]) -> QTreeWidgetItem:
        entry = QTreeWidgetItem([_(layer.label)])
        entry.setIcon(0, category_icon(layer.category))
        entry.setData(0, KIND, layer.kind)
        entry.setData(0, CATEGORY, layer.category)
        entry.setToolTip(0, layer_tooltip(layer))
        entry.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
        return entry

    def _block(self, block: BlockEntry) -> QTreeWidgetItem:
        item = QTreeWidgetItem([block.title])
        item.setData(0, BLOCK, block)
        item.setToolTip(0, block_tooltip(block))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled)
        return item

    def kinds(self) -> list[str]:
        """Kinds of the entries shown, from above."""
        return [str(entry.data(0, KIND)) for entry in self._entries() if entry.data(0, KIND) is not None]

    def blocks(self) -> list[BlockEntry]:
        """The blocks shown, from above."""
        return [entry.data(0, BLOCK) for entry in self._entries() if entry.data(0, BLOCK) is not None]

    def _entries(self) -> list[QTreeWidgetItem]:
        found: list[QTreeWidgetItem] = []
        item = self.topLevelItem(0)
        while item is not None:
            if item.data(0, KIND) is not None or item.data(0, BLOCK) is not None:
                found.append(item)
            item = self.itemBelow(item)
        return found

    def current_kind(self) -> str | None:
        """Kind of the current entry."""
        item = self.currentItem()
        kind = item.data(0, KIND) if item is not None else None
        return str(kind) if kind is not None else None

    def step(self, by: int) -> None:
        """Make the next or the previous entry the current one."""
        shown = self._entries()
        if not shown:
            return
        current = self.currentItem()
        index = shown.index(current) + by if current in shown else (0 if by > 0 else len(shown) - 1)
        self.setCurrentItem(shown[min(max(index, 0), len(shown) - 1)])

    def take_current(self, branch: bool) -> None:
        """Ask for the current entry, whatever it is."""
        item = self.currentItem()
        if item is not None:
            self._branch = branch
            self._want(item)

    def _want(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        kind = item.data(0, KIND)
        block = item.data(0, BLOCK)
        if kind is not None:
            self.wanted.emit(str(kind), self._branch)
        elif block is not None:
            self.block_wanted.emit(block, self._branch)

    def menu_of(self, item: QTreeWidgetItem) -> QMenu | None:
        """What can be done with an entry; None for a heading."""
        kind, block = item.data(0, KIND), item.data(0, BLOCK)
        if kind is None and block is None:
            return None
        menu = QMenu(self)
        for text, keys, branch in ((_("Add"), "Return", False), (_("Add as branch"), "Shift+Return", True)):
            action = menu.addAction(text)
            if block is None:
                action.triggered.connect(partial(self.wanted.emit, str(kind), branch))
            else:
                action.triggered.connect(partial(self.block_wanted.emit, block, branch))
            action.setShortcut(QKeySequence(keys))
            action.setShortcutVisibleInContextMenu(True)
        if block is not None and block.own:
            menu.addSeparator()
            menu.addAction(_("Delete this block")).triggered.connect(partial(self.block_deleted.emit, block))
        return menu

    def _show_menu(self, spot: QPoint) -> None:
        item = self.itemAt(spot)
        menu = self.menu_of(item) if item is not None else None
        if menu is not None:
            popup(menu, self.viewport(), QPointF(spot))

    def _fold(self, item: QTreeWidgetItem, _column: int = 0) -> None:
        if item.childCount():
            item.setExpanded(not item.isExpanded())

    # -- dragging --------------------------------------------------------------------------------------------------

    def mimeTypes(self) -> list[str]:
        """A layer's kind, or a block's name."""
        return [LAYER_MIME, BLOCK_MIME]

    def mimeData(self, items: Iterable[QTreeWidgetItem]) -> QMimeData:
        """The kind of the dragged entry."""
        mime = QMimeData()
        for item in items:
            kind, block = item.data(0, KIND), item.data(0, BLOCK)
            if kind is not None:
                mime.setData(LAYER_MIME, str(kind).encode())
            elif block is not None:
                mime.setData(BLOCK_MIME, block.name.encode())
        return mime

    def startDrag(self, supported: Qt.DropAction) -> None:
        """Drag the layer's card."""
        drag = self.layer_drag()
        if drag is not None:
            drag.exec(Qt.DropAction.CopyAction)

    def layer_drag(self) -> QDrag | None:
        """A drag of the current entry, with its card as picture."""
        kind = self.current_kind()
        item = self.currentItem()
        if item is None:
            return None
        card = self._dragged_card(kind, item.data(0, BLOCK))
        if card is None:
            return None
        pixmap = card_pixmap(card, self.font(), self.devicePixelRatioF())
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        drag.setPixmap(pixmap)
        size = pixmap.deviceIndependentSize()
        drag.setHotSpot(QPoint(round(size.width() / 2), round(size.height() / 2)))
        return drag

    @staticmethod
    def _dragged_card(kind: str | None, block: BlockEntry | None) -> Card | None:
        if kind is not None:
            layer = make_layer(kind)
            return layer_card(_(layer.label), layer)
        return None if block is None else block_card(block)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double-click adds, with Alt as a branch."""
        self._branch = bool(event.modifiers() & BRANCH)
        super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter adds, Shift+Enter as a branch; a heading folds."""
        item = self.currentItem()
        self._branch = bool(event.modifiers() & BRANCH)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self._want(item)
            self._fold(item)
        else:
            super().keyPressEvent(event)


class _LayerRow(QStyledItemDelegate):
    """Draws headings in small bold type and entries with their category's strip."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows of the window's rhythm."""
        return QSize(0, ROW if self._is_entry(index) else HEADING)

    @staticmethod
    def _is_entry(index: QModelIndex | QPersistentModelIndex) -> bool:
        return index.data(KIND) is not None or index.data(BLOCK) is not None

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme = current_theme()
        box = QRectF(option.rect)
        state = option.state
        category = index.data(CATEGORY)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(option.font)
        left = box.left() + 2 * RHYTHM
        if self._is_entry(index):
            if state & QStyle.StateFlag.State_Selected:
                painter.fillRect(box, theme.selection)
            elif state & QStyle.StateFlag.State_MouseOver:
                hover = QColor(theme.selection)
                hover.setAlpha(90)
                painter.fillRect(box, hover)
            icon_box = QRectF(box.left() + 12, box.center().y() - 8, 16, 16)
            if category is None:
                icon("block").paint(painter, icon_box.toRect())
            else:
                painter.fillRect(QRectF(box.left(), box.top(), STRIP, box.height()), category_colour(category))
                category_icon(category).paint(painter, icon_box.toRect())
            left = icon_box.right() + RHYTHM
            painter.setPen(theme.text)
        else:
            if category is not None:
                font.setWeight(QFont.Weight.DemiBold)
                font.setPointSizeF(font.pointSizeF() * 0.9)
            painter.setPen(theme.muted)
            left = box.left() + 12
        painter.setFont(font)
        room = QRectF(left, box.top(), box.right() - left - RHYTHM, box.height())
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()
