"""All maps side by side, and one of them enlarged beside or below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from designer.i18n import _
from designer.ui.panels.maps.map_detail import NUMBERS_WIDTH, MapDetail
from designer.ui.panels.maps.mosaic_view import MosaicView
from designer.ui.panels.maps.tile_pictures import TilePictures


class MapsBrowser(QSplitter):
    """A mosaic; what is opened in it is enlarged: beside it where there is width, below where there is height.

    Signals
    -------
    cell_hovered(object)
        (channel, row, column) pointed at in either, None when nothing is.
    """

    cell_hovered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setChildrenCollapsible(False)
        self.mosaic = MosaicView(self)
        self.addWidget(self.mosaic)
        self.detail: MapDetail | None = None
        self._filters = False
        self.mosaic.opened.connect(self.open_map)
        self.mosaic.current_changed.connect(self._show_detail)
        self.mosaic.cell_hovered.connect(self.cell_hovered)

    def show_pictures(self, pictures: TilePictures, order: tuple[int, ...], *, filters: bool, afresh: bool) -> None:
        """Show a stack in an order; ``afresh`` begins at the first tile."""
        self._filters = filters
        self.mosaic.show_pictures(pictures, order)
        if afresh:
            self.mosaic.to_start()
        self._show_detail()

    def forget(self) -> None:
        """Let go of the maps."""
        self.mosaic.show_pictures(None)
        if self.detail is not None:
            self.detail.forget()

    def open_map(self, channel: int) -> None:
        """Enlarge a map."""
        if self.mosaic.pictures is None:
            return
        if self.detail is None:
            self.detail = self._made_detail()
        closed = self.detail.isHidden()
        self.detail.show()
        self.mosaic.set_current(channel)
        if closed:
            self._share_room()
        self._show_detail()
        self.detail.setFocus()

    def _made_detail(self) -> MapDetail:
        detail = MapDetail(self)
        detail.hide()
        self.addWidget(detail)
        detail.step_wanted.connect(lambda steps: self.mosaic.set_current(self.mosaic.neighbour(steps)))
        detail.closed.connect(self.close_map)
        detail.cell_hovered.connect(self.cell_hovered)
        return detail

    def close_map(self) -> None:
        """Back to all maps."""
        if self.detail is not None and not self.detail.isHidden():
            self.detail.hide()
            self.cell_hovered.emit(None)
            self.mosaic.setFocus()

    def _show_detail(self, channel: int | None = None) -> None:
        del channel
        pictures = self.mosaic.pictures
        if self.detail is None or self.detail.isHidden() or pictures is None:
            return
        current = self.mosaic.current
        title = _("Filter {number}") if self._filters else _("Map {number}")
        self.detail.show_map(pictures, current, title.format(number=current))

    def _share_room(self) -> None:
        if self.orientation() is Qt.Orientation.Horizontal:
            # As wide as a square picture and its numbers need; in less it would be smaller than in the mosaic.
            wide = min(self.height() + NUMBERS_WIDTH + 32, self.width() * 2 // 3)
            self.setSizes([self.width() - wide, wide])
        else:
            self.setSizes([self.height() // 3, self.height() * 2 // 3])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the enlarged map from the mosaic too."""
        if event.key() == Qt.Key.Key_Escape and self.detail is not None and not self.detail.isHidden():
            self.close_map()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside the mosaic where the panel is wide, below where it is high."""
        super().resizeEvent(event)
        wide = self.width() >= self.height()
        orientation = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if orientation != self.orientation():
            self.setOrientation(orientation)
            if self.detail is not None and not self.detail.isHidden():
                self._share_room()
