"""One map as large as there is room, with the value under the cursor."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.ui.panels.maps.tile_grid import cell_at, cell_rect, picture_size
from designer.ui.widgets.theme import current_theme


class MapPicture(QWidget):
    """Cells as equal squares of whole device pixels where they fit, scaled down smoothly where they do not.

    Signals
    -------
    cell_hovered(object)
        (row, column) under the cursor or chosen by keys, None when it leaves.
    clicked()
    """

    cell_hovered = Signal(object)
    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(96, 96)
        self._image = QImage()
        self._scaled = QImage()
        self._cell: tuple[int, int] | None = None

    def show_image(self, image: QImage) -> None:
        """Show a picture with one pixel for each cell."""
        if image.size() != self._image.size():
            self._cell = None
        self._image, self._scaled = image, QImage()
        self.update()

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._image.height(), self._image.width()

    @property
    def cell(self) -> tuple[int, int] | None:
        """The cell pointed at."""
        return self._cell

    def point_at(self, cell: tuple[int, int] | None) -> None:
        """Point at a cell."""
        if cell != self._cell:
            self._cell = cell
            self.update()
            self.cell_hovered.emit(cell)

    def step(self, rows: int, columns: int) -> None:
        """Point at a cell further on; from nothing, at the middle."""
        height, width = self.cells
        if self._cell is None:
            self.point_at((height // 2, width // 2))
            return
        row, column = self._cell[0] + rows, self._cell[1] + columns
        self.point_at((min(max(row, 0), height - 1), min(max(column, 0), width - 1)))

    def picture_rect(self) -> QRectF:
        """Where the picture is drawn."""
        height, width = self.cells
        if not width:
            return QRectF()
        ratio = self.devicePixelRatioF()
        room = self.rect()
        # The edge is that of the longer side at which both sides fit.
        edge = min(room.width() * max(height, width) / width, room.height() * max(height, width) / height)
        drawn = picture_size((height, width), int(edge), ratio)
        left = round((room.width() - drawn[0]) / 2 * ratio) / ratio
        top = round((room.height() - drawn[1]) / 2 * ratio) / ratio
        return QRectF(left, top, *drawn)

    def sizeHint(self) -> QSize:
        """A square to begin with."""
        return QSize(224, 224)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, and the outline of the cell."""
        del event
        picture, ratio = self.picture_rect(), self.devicePixelRatioF()
        if picture.isEmpty():
            return
        painter = QPainter(self)
        painter.drawImage(picture, self._fitting(picture, ratio))
        if self._cell is not None:
            cell = cell_rect(self._cell, picture, self.cells)
            grown = QRectF(0, 0, max(cell.width(), 4.0), max(cell.height(), 4.0))
            grown.moveCenter(cell.center())
            painter.setPen(QPen(QColor("black"), 1))
            painter.drawRect(grown.adjusted(-1.5, -1.5, 1.5, 1.5))
            painter.setPen(QPen(QColor("white"), 1))
            painter.drawRect(grown.adjusted(-0.5, -0.5, 0.5, 0.5))
        if self.hasFocus():
            painter.setPen(QPen(current_theme().accent, 2))
            painter.drawRect(picture.adjusted(-1, -1, 1, 1))
        painter.end()

    def _fitting(self, picture: QRectF, ratio: float) -> QImage:
        width, height = round(picture.width() * ratio), round(picture.height() * ratio)
        if width >= self._image.width() and height >= self._image.height():
            return self._image  # the painter enlarges without blur
        if self._scaled.width() != width or self._scaled.height() != height:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._scaled = self._image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        return self._scaled

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the cell under the cursor."""
        self.point_at(cell_at(QPointF(event.position()), self.picture_rect(), self.cells))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell of a click."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """All was done when the button went down."""
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self.point_at(None)
