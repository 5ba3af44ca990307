"""An image with the receptive field of one cell drawn on it."""

from __future__ import annotations

import attrs
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.i18n import _
from designer.ui.widgets.labels import sized
from designer.ui.widgets.theme import Theme, current_theme

BORDER = 0.1
"""Part of the room left free on each side: there the part of a field that lies in the padding is drawn."""

COARSE = 3
"""From so many device pixels for an image pixel on, pixels are drawn as equal squares."""


@attrs.frozen(eq=False)
class FieldMark:
    """A receptive field: the pixels it covers as (left, top, right, bottom) edges, and its size in words."""

    rect: QRectF
    label: str


class ImageView(QWidget):
    """Draws an image as large as there is room; around a receptive field everything else is dimmed.

    Coordinates are pixels of the image, whatever the resolution it is drawn from.

    Signals
    -------
    pixel_hovered(object)
        (row, column) under the cursor, None when it leaves.
    open_wanted()
        Double click.
    """

    pixel_hovered = Signal(object)
    open_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setMinimumSize(120, 96)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Input image"))
        self._image = QImage()
        self._extent = (0, 0)
        self._frame: QRectF | None = None
        self._field: FieldMark | None = None
        self._scaled = QImage()
        self._hovered: tuple[int, int] | None = None

    # -- what is shown ---------------------------------------------------------------------------------------------

    def show_image(self, image: QImage, extent: tuple[int, int], frame: QRectF | None = None) -> None:
        """Show an image.

        Parameters
        ----------
        extent
            Width and height in the pixels that coordinates count; ``image`` may be a smaller copy.
        frame
            The part that the network sees, to be outlined.
        """
        self._image, self._extent, self._frame = image, extent, frame
        self._scaled = QImage()
        self.update()

    def show_field(self, field: FieldMark | None) -> None:
        """Show a receptive field, or none."""
        if field is not None or self._field is not None:
            self._field = field
            text = "" if field is None else _("receptive field {size}").format(size=field.label)
            self.setAccessibleDescription(text)
            self.update()

    @property
    def field(self) -> FieldMark | None:
        """The receptive field that is shown."""
        return self._field

    @property
    def frame(self) -> QRectF | None:
        """The part outlined as what the network sees."""
        return self._frame

    def sizeHint(self) -> QSize:
        """What is there is used; a scroll area around it would give no less than this."""
        return self.minimumSize()

    def image_rect(self) -> QRectF:
        """Where the image is drawn."""
        columns, rows = self._extent
        if not columns or not rows:
            return QRectF()
        ratio = self.devicePixelRatioF()
        room = min(self.width() / columns, self.height() / rows) * (1.0 - 2.0 * BORDER)
        zoom = room * ratio
        if zoom >= COARSE:
            zoom = float(int(zoom))
        width, height = (max(1.0, round(side * zoom)) / ratio for side in (columns, rows))
        left = round((self.width() - width) / 2 * ratio) / ratio
        top = round((self.height() - height) / 2 * ratio) / ratio
        return QRectF(left, top, width, height)

    def to_view(self, rect: QRectF) -> QRectF:
        """Where a rectangle of image pixels is drawn."""
        image = self.image_rect()
        sx, sy = image.width() / self._extent[0], image.height() / self._extent[1]
        return QRectF(
            image.left() + rect.left() * sx, image.top() + rect.top() * sy, rect.width() * sx, rect.height() * sy
        )

    # -- painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The image, the frame, the field."""
        del event
        image = self.image_rect()
        if image.isEmpty() or self._image.isNull():
            return
        theme, painter = current_theme(), QPainter(self)
        painter.drawImage(image, self._fitting(image))
        painter.setPen(QPen(theme.card_border, 1))
        painter.drawRect(image.adjusted(-1, -1, 0, 0))
        if self._frame is not None:
            self._paint_frame(painter, theme, image)
        if self._field is not None:
            self._paint_field(painter, theme, image, self._field)
        painter.end()

    def _fitting(self, image: QRectF) -> QImage:
        ratio = self.devicePixelRatioF()
        width, height = round(image.width() * ratio), round(image.height() * ratio)
        if width >= COARSE * self._image.width():
            return self._image  # the painter enlarges without blur
        if self._scaled.width() != width or self._scaled.height() != height:
            smooth = Qt.TransformationMode.SmoothTransformation
            self._scaled = self._image.scaled(width, height, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
        return self._scaled

    def _paint_frame(self, painter: QPainter, theme: Theme, image: QRectF) -> None:
        frame = self.to_view(self._frame) if self._frame is not None else image
        if self._field is None:
            self._dim_around(painter, theme, image, frame)
        painter.setPen(QPen(theme.window, 3))
        painter.drawRect(frame)
        painter.setPen(QPen(theme.text, 1, Qt.PenStyle.DashLine))
        painter.drawRect(frame)

    def _dim_around(self, painter: QPainter, theme: Theme, image: QRectF, clear: QRectF) -> None:
        dim = QColor(theme.window)
        dim.setAlphaF(0.62)
        inside = clear.intersected(image)
        painter.fillRect(QRectF(image.topLeft(), QPointF(image.right(), inside.top())), dim)
        painter.fillRect(QRectF(QPointF(image.left(), inside.bottom()), image.bottomRight()), dim)
        painter.fillRect(QRectF(image.left(), inside.top(), inside.left() - image.left(), inside.height()), dim)
        painter.fillRect(QRectF(inside.right(), inside.top(), image.right() - inside.right(), inside.height()), dim)

    def _paint_field(self, painter: QPainter, theme: Theme, image: QRectF, field: FieldMark) -> None:
        rect = self.to_view(field.rect)
        # What lies beside the part that the network sees is padding to it.
        seen = image if self._frame is None else self.to_view(self._frame)
        self._dim_around(painter, theme, image, rect.intersected(seen))
        outside = QColor(theme.accent)
        outside.setAlphaF(0.8)
        painter.save()
        # Only what lies in the padding is hatched.
        painter.setClipRect(rect)
        for part in _around(seen, QRectF(self.rect())):
            painter.fillRect(part, QBrush(outside, Qt.BrushStyle.BDiagPattern))
        painter.restore()
        painter.setPen(QPen(theme.window, 4))
        painter.drawRect(rect)
        painter.setPen(QPen(theme.accent, 2))
        painter.drawRect(rect)
        self._paint_label(painter, theme, rect, field.label)

    def _paint_label(self, painter: QPainter, theme: Theme, rect: QRectF, label: str) -> None:
        painter.setFont(sized(self.font(), 0.9, bold=True))
        words = painter.fontMetrics().boundingRect(label)
        box = QRectF(0, 0, words.width() + 12, words.height() + 4)
        box.moveBottomLeft(rect.topLeft() + QPointF(-1, -3))
        if box.top() < 0:  # no room above: inside
            box.moveTopLeft(QPointF(rect.left() + 3, max(rect.top(), 0.0) + 3))
        box.moveLeft(min(max(box.left(), 2.0), self.width() - box.width() - 2.0))
        box.moveTop(min(max(box.top(), 2.0), self.height() - box.height() - 2.0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.accent)
        painter.drawRoundedRect(box, 3, 3)
        painter.setPen(theme.window)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)

    # -- mouse and keyboard --------------------------------------------------------------------------------------------

    def _hover(self, pixel: tuple[int, int] | None) -> None:
        if pixel != self._hovered:
            self._hovered = pixel
            self.pixel_hovered.emit(pixel)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say which pixel lies under the cursor."""
        image, point = self.image_rect(), event.position()
        if not image.contains(point):
            self._hover(None)
            return
        columns, rows = self._extent
        row = int((point.y() - image.top()) * rows / image.height())
        column = int((point.x() - image.left()) * columns / image.width())
        self._hover((min(row, rows - 1), min(column, columns - 1)))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        super().leaveEvent(event)
        self._hover(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open another image."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.open_wanted.emit()


def _around(image: QRectF, everything: QRectF) -> tuple[QRectF, ...]:
    """What of ``everything`` lies above, below, left and right of the image."""
    return (
        QRectF(everything.topLeft(), QPointF(everything.right(), image.top())),
        QRectF(QPointF(everything.left(), image.bottom()), everything.bottomRight()),
        QRectF(QPointF(everything.left(), image.top()), image.bottomLeft()),
        QRectF(image.topRight(), QPointF(everything.right(), image.bottom())),
    )
