"""Maps as tiles that flow to the width and scroll; only what is in view is drawn."""

from __future__ import annotations

import time

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from designer.i18n import _
from designer.session.maps.stack import MapStack
from designer.ui.panels.maps.tile_grid import GAP, LARGEST, SMALLEST, USUAL, TileGrid, cell_at, cell_rect, picture_size
from designer.ui.panels.maps.tile_painting import paint_caption, paint_cell, paint_current, paint_picture
from designer.ui.panels.maps.tile_pictures import Tile, TilePictures
from designer.ui.widgets.theme import Theme, current_theme, tabular

PAINT_SECONDS = 0.005
"""How long one repaint may make pictures; the rest follows in the next one."""


class ScrolledMosaic(QAbstractScrollArea):
    """What is shown of which layer, where, and how large.

    Signals
    -------
    current_changed(int)
        The channel that was made current.
    edge_fitted(int)
        The tile edge that was chosen so that all tiles are in view.
    """

    current_changed = Signal(int)
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
        self._marked: tuple[int, int, int] | None = None
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
            self._marked = None
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

    @property
    def current_place(self) -> int:
        """Where the current tile stands among the others; the first place where there is none."""
        return self._order.index(self._current) if self._current in self._order else 0

    def neighbour(self, steps: int) -> int:
        """The channel some places after the current one, at most the last."""
        if not self._order:
            return 0
        place = self.current_place + steps
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
        current = channel == self._current
        caption = QRectF(rect.left(), picture.bottom() + 1, rect.width(), grid.caption)
        paint_picture(painter, theme, picture, tile)
        dead = tile is not None and tile.dead
        paint_caption(painter, theme.text if current else theme.muted, caption, channel, dead=dead)
        if self._pictures is not None and self._marked is not None and self._marked[0] == channel:
            paint_cell(painter, cell_rect(self._marked[1:], picture, self._pictures.stack.size))
        if current:
            paint_current(painter, theme, picture, focused=self.hasFocus())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the rows anew."""
        super().resizeEvent(event)
        self._fit()
        self._update_scroll_bar()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Draw what comes into view."""
        del dx, dy
        self.viewport().update()

    # -- what is where ---------------------------------------------------------------------------------------------

    def channel_at(self, point: QPointF) -> int | None:
        """The channel of the tile at a point of the viewport."""
        place = self.grid().place_at(point + QPointF(0, self._scrolled()))
        return None if place is None else self._order[place]

    def cell_at(self, point: QPointF) -> tuple[int, int, int] | None:
        """(channel, row, column) of the cell at a point of the viewport."""
        channel = self.channel_at(point)
        if channel is None or self._pictures is None:
            return None
        cell = cell_at(point, self.picture_rect(channel), self._pictures.stack.size)
        return None if cell is None else (channel, *cell)

    def mark_cell(self, cell: tuple[int, int, int] | None) -> bool:
        """Frame a cell, or none; False where it is framed already."""
        if cell == self._marked:
            return False
        for touched in (self._marked, cell):
            if touched is not None:
                self.viewport().update(around(self.picture_rect(touched[0])))
        self._marked = cell
        return True


def around(rect: QRectF) -> QRect:
    """What must be painted anew where a picture or a mark on it changes."""
    return rect.adjusted(-4, -4, 4, 4).toAlignedRect()
