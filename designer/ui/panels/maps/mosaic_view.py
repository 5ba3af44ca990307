"""All maps of a layer side by side; only what is in view is drawn."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from designer.i18n import _
from designer.interchange.figures.mosaic import GAP_COLOR
from designer.session.maps.stack import MapStack
from designer.ui.panels.maps.maps_text import statistics_text
from designer.ui.panels.maps.tile_grid import GAP, TileGrid, cell_at, cell_rect, picture_size
from designer.ui.panels.maps.tile_pictures import Tile, TilePictures
from designer.ui.widgets.theme import Theme, current_theme, tabular

SMALLEST, LARGEST, USUAL = 32, 256, 96
"""Edges of a tile, in pixels."""

PAINT_SECONDS = 0.005
"""How long one repaint may make pictures; the rest follows in the next one."""


class MosaicView(QAbstractScrollArea):
    """Maps as tiles that flow to the width, with one current tile.

    Signals
    -------
    opened(int), current_changed(int)
        A channel: activated; made current.
    cell_hovered(object)
        (channel, row, column) under the cursor, None when it leaves.
    edge_wanted(int)
        The tile edge that Ctrl+wheel asks for.
    edge_fitted(int)
        The tile edge that was chosen so that all tiles are in view.
    """

    opened = Signal(int)
    current_changed = Signal(int)
    cell_hovered = Signal(object)
    edge_wanted = Signal(int)
    edge_fitted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.setAccessibleName(_("Feature maps"))
        self._pictures: TilePictures | None = None
        self._before: TilePictures | None = None
        self._order: tuple[int, ...] = ()
        self._edge = USUAL
        self._fits = True
        self._current = 0
        self._hovered: tuple[int, int, int] | None = None
        self._late = QRect()
        self._rest = QTimer(self, singleShot=True, interval=0)
        self._rest.timeout.connect(self._draw_late)

    # -- what is shown ---------------------------------------------------------------------------------------------

    def show_pictures(self, pictures: TilePictures | None, order: tuple[int, ...] = ()) -> None:
        """Show a stack in a look; the current tile and the scroll position stay where they still mean something."""
        same_size = (
            pictures is not None
            and self._pictures is not None
            and self._pictures.stack.pictures.shape == pictures.stack.pictures.shape
        )
        # Until its picture is made a tile shows the one before, so that nothing flickers while a value is spun.
        self._before = self._pictures if same_size else None
        if not same_size:
            self._hovered = None
        self._pictures, self._order = pictures, order
        self.viewport().update()
        if pictures is None:
            return  # the scroll position stays: what comes may have as many tiles
        if self._current >= pictures.stack.count:
            self._current = 0
        self._fit()
        self._update_scroll_bar()

    @property
    def pictures(self) -> TilePictures | None:
        """The stack in its look."""
        return self._pictures

    @property
    def stack(self) -> MapStack | None:
        """What is shown."""
        return self._pictures.stack if self._pictures is not None else None

    @property
    def order(self) -> tuple[int, ...]:
        """Channels as they stand."""
        return self._order

    @property
    def current(self) -> int:
        """The channel of the current tile."""
        return self._current

    def set_current(self, channel: int) -> None:
        """Make a channel current and bring it into view."""
        if channel != self._current and channel in self._order:
            self._current = channel
            self.current_changed.emit(channel)
        self._reveal()
        self.viewport().update()

    def to_start(self) -> None:
        """Scroll to the first tile and make it current: another layer is shown."""
        self._current = self._order[0] if self._order else 0
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def neighbour(self, steps: int) -> int:
        """The channel some places after the current one, at most the last."""
        if not self._order:
            return 0
        place = self._order.index(self._current) + steps
        return self._order[min(max(place, 0), len(self._order) - 1)]

    @property
    def edge(self) -> int:
        """About how large a tile is, in pixels."""
        return self._edge

    def set_edge(self, edge: int) -> None:
        """Draw tiles of about this size from now on, instead of one that fits; what stands at the top stays there."""
        self._fits = False
        self._use_edge(edge)

    def _fit(self) -> None:
        """While nobody has chosen a size, few tiles are as large as the room allows, many of the usual size."""
        if self._fits and self._pictures is not None:
            page = self.viewport().height()
            sizes = range(LARGEST, USUAL - 1, -8)
            self._use_edge(next((edge for edge in sizes if self._grid_of(edge).height <= page), USUAL))
            self.edge_fitted.emit(self._edge)

    def _use_edge(self, edge: int) -> None:
        edge = min(max(edge, SMALLEST), LARGEST)
        if edge == self._edge:
            return
        grid = self.grid()
        top = grid.places_between(self._scrolled() + 1, self._scrolled() + grid.tile[1])
        self._edge = edge
        self._before = None
        self._update_scroll_bar()
        if len(top):
            self.verticalScrollBar().setValue(int(self.grid().tile_rect(top.start).top()) - GAP)
        self.viewport().update()

    def grid(self) -> TileGrid:
        """Where the tiles lie."""
        return self._grid_of(self._edge)

    def _grid_of(self, edge: int) -> TileGrid:
        size = self._pictures.stack.size if self._pictures is not None else (1, 1)
        ratio = self.viewport().devicePixelRatioF()
        caption = self.fontMetrics().height() + 2
        picture = picture_size(size, edge, ratio, about=True)
        return TileGrid(len(self._order), picture, caption, self.viewport().width(), ratio)

    def picture_rect(self, channel: int) -> QRectF:
        """Where a channel's map is drawn, in the viewport."""
        return self.grid().picture_rect(self._order.index(channel)).translated(0, -self._scrolled())

    def _scrolled(self) -> int:
        return self.verticalScrollBar().value()

    def _update_scroll_bar(self) -> None:
        grid, page = self.grid(), self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setPageStep(page)
        bar.setSingleStep(max(16, int(grid.tile[1] + GAP) // 3))
        bar.setRange(0, max(0, grid.height - page))

    def _reveal(self) -> None:
        if self._current not in self._order:
            return
        tile = self.grid().tile_rect(self._order.index(self._current))
        bar = self.verticalScrollBar()
        top, bottom = int(tile.top()) - GAP, int(tile.bottom()) + GAP
        if top < bar.value():
            bar.setValue(top)
        elif bottom > bar.value() + self.viewport().height():
            bar.setValue(bottom - self.viewport().height())

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tiles in view; pictures that cannot be made in time follow."""
        if self._pictures is None:
            return
        theme, grid = current_theme(), self.grid()
        painter = QPainter(self.viewport())
        painter.setFont(tabular(self.font()))
        painter.translate(0, -self._scrolled())
        deadline = time.perf_counter() + PAINT_SECONDS
        width, height = (round(length * grid.ratio) for length in grid.picture)
        shown = event.rect().translated(0, self._scrolled())
        late = QRectF()
        for place in grid.places_between(shown.top(), shown.bottom() + 1):
            channel = self._order[place]
            tile = self._pictures.kept(channel, width, height)
            if tile is None and time.perf_counter() < deadline:
                tile = self._pictures.tile(channel, width, height)
            if tile is None:
                late = late.united(grid.tile_rect(place))
                tile = self._before.kept(channel, width, height) if self._before is not None else None
            self._paint_tile(painter, theme, grid, place, tile)
        painter.end()
        if not late.isEmpty():
            self._late = self._late.united(late.translated(0, -self._scrolled()).toAlignedRect())
            self._rest.start()

    def _draw_late(self) -> None:
        late, self._late = self._late, QRect()
        self.viewport().update(late)

    def _paint_tile(self, painter: QPainter, theme: Theme, grid: TileGrid, place: int, tile: Tile | None) -> None:
        channel = self._order[place]
        rect, picture = grid.tile_rect(place), grid.picture_rect(place)
        if tile is None:
            painter.fillRect(picture, theme.card)
        else:
            painter.drawImage(picture, tile.image)
            if tile.dead:
                painter.fillRect(picture, QBrush(QColor(*GAP_COLOR), Qt.BrushStyle.BDiagPattern))
        painter.setPen(QPen(theme.card_border, 1))
        painter.drawRect(picture.adjusted(-0.5, -0.5, 0.5, 0.5))
        current = channel == self._current
        caption = QRectF(rect.left(), picture.bottom() + 1, rect.width(), grid.caption)
        painter.setPen(theme.text if current else theme.muted)
        painter.drawText(caption, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, str(channel))
        if tile is not None and tile.dead:
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            word, metrics = _("dead"), painter.fontMetrics()
            fits = metrics.horizontalAdvance(f"{channel} {word}") <= caption.width()
            painter.drawText(caption, flags, word if fits else "✕")
        if self._hovered is not None and self._hovered[0] == channel:
            self._paint_cell(painter, picture)
        if current:
            painter.setPen(QPen(theme.accent, 2) if self.hasFocus() else QPen(theme.wire, 1))
            painter.drawRect(picture.adjusted(-2.0, -2.0, 2.0, 2.0))

    def _paint_cell(self, painter: QPainter, picture: QRectF) -> None:
        if self._hovered is None or self._pictures is None:
            return
        cell = cell_rect(self._hovered[1:], picture, self._pictures.stack.size)
        grown = QRectF(0, 0, max(cell.width(), 4.0), max(cell.height(), 4.0))
        grown.moveCenter(cell.center())
        # White within black shows on every colour.
        painter.setPen(QPen(QColor("black"), 1))
        painter.drawRect(grown.adjusted(-1.5, -1.5, 1.5, 1.5))
        painter.setPen(QPen(QColor("white"), 1))
        painter.drawRect(grown.adjusted(-0.5, -0.5, 0.5, 0.5))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the rows anew."""
        super().resizeEvent(event)
        self._fit()
        self._update_scroll_bar()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Draw what comes into view."""
        del dx, dy
        self._hover(None)
        self.viewport().update()

    # -- mouse and keyboard --------------------------------------------------------------------------------------------

    def _channel_at(self, point: QPointF) -> int | None:
        place = self.grid().place_at(point + QPointF(0, self._scrolled()))
        return None if place is None else self._order[place]

    def _cell_under(self, point: QPointF) -> tuple[int, int, int] | None:
        channel = self._channel_at(point)
        if channel is None or self._pictures is None:
            return None
        cell = cell_at(point, self.picture_rect(channel), self._pictures.stack.size)
        return None if cell is None else (channel, *cell)

    def _hover(self, cell: tuple[int, int, int] | None) -> None:
        if cell == self._hovered:
            return
        for touched in (self._hovered, cell):
            if touched is not None:
                self.viewport().update(_around(self.picture_rect(touched[0])))
        self._hovered = cell
        self.cell_hovered.emit(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which cell lies under the cursor."""
        self._hover(self._cell_under(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Make a tile current and open it."""
        channel = self._channel_at(event.position())
        if event.button() is Qt.MouseButton.LeftButton and channel is not None:
            self.set_current(channel)
            self.opened.emit(channel)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """All was done when the button went down."""
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Numbers of a map in a tool tip; the cursor leaving."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tip(event.pos(), event.globalPos())
            return True
        if event.type() is QEvent.Type.Leave:
            self._hover(None)
        return super().viewportEvent(event)

    def _show_tip(self, point: QPoint, on_screen: QPoint) -> None:
        channel = self._channel_at(QPointF(point))
        if channel is None or self._pictures is None:
            QToolTip.hideText()
            return
        text = statistics_text(channel, self._pictures.stack.statistics(channel))
        QToolTip.showText(on_screen, text, self.viewport(), _around(self.picture_rect(channel)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl, make tiles larger or smaller."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.edge_wanted.emit(round(self._edge * 1.2 ** (event.angleDelta().y() / 120)))
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and page keys move between tiles; Enter opens one."""
        columns = self.grid().columns
        page = columns * max(1, int(self.viewport().height() // (self.grid().tile[1] + GAP)))
        end = len(self._order)
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -end,
            Qt.Key.Key_End: end,
        }.get(Qt.Key(event.key()))
        if not self._order:
            super().keyPressEvent(event)
        elif steps is not None:
            self._step(steps, columns)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self._current)
        else:
            super().keyPressEvent(event)

    def _step(self, steps: int, columns: int) -> None:
        place = self._order.index(self._current)
        beyond = not 0 <= place + steps < len(self._order)
        # From the last full row one step down stays, as in every icon view.
        if not (beyond and abs(steps) == columns > 1 and place // columns == self._row_after(place, steps, columns)):
            self.set_current(self.neighbour(steps))

    def _row_after(self, place: int, steps: int, columns: int) -> int:
        return min(max(place + steps, 0), len(self._order) - 1) // columns


def _around(rect: QRectF) -> QRect:
    return rect.adjusted(-4, -4, 4, 4).toAlignedRect()
