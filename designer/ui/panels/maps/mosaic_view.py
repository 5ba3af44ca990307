"""The mosaic that is worked on: pointing at cells, choosing tiles, by mouse and by keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip

from designer.ui.panels.maps.maps_text import statistics_text
from designer.ui.panels.maps.scrolled_mosaic import ScrolledMosaic, around
from designer.ui.panels.maps.tile_steps import place_after


class MosaicView(ScrolledMosaic):
    """All maps of a layer side by side, with one current tile.

    Signals
    -------
    opened(int)
        The channel of a tile that was activated.
    cell_hovered(object)
        (channel, row, column) under the cursor, None when it leaves.
    edge_wanted(int)
        The tile edge that Ctrl+wheel asks for.
    """

    opened = Signal(int)
    cell_hovered = Signal(object)
    edge_wanted = Signal(int)

    def _point_at(self, cell: tuple[int, int, int] | None) -> None:
        if self.mark_cell(cell):
            self.cell_hovered.emit(cell)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """What was pointed at has moved away."""
        self._point_at(None)
        super().scrollContentsBy(dx, dy)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which cell lies under the cursor."""
        self._point_at(self.cell_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Make a tile current and open it."""
        channel = self.channel_at(event.position())
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
            self._point_at(None)
        return super().viewportEvent(event)

    def _show_tip(self, point: QPoint, on_screen: QPoint) -> None:
        channel = self.channel_at(QPointF(point))
        if channel is None or self.stack is None:
            QToolTip.hideText()
            return
        text = statistics_text(channel, self.stack.statistics(channel))
        QToolTip.showText(on_screen, text, self.viewport(), around(self.picture_rect(channel)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl, make tiles larger or smaller."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.edge_wanted.emit(round(self.edge * 1.2 ** (event.angleDelta().y() / 120)))
            event.accept()
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and page keys move between tiles; Enter opens one."""
        key = Qt.Key(event.key())
        place = place_after(key, self.current_place, self.grid(), self.viewport().height())
        if place is not None:
            self.set_current(self.order[place])
        elif self.order and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)
