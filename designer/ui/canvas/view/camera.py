"""Which part of the canvas the view shows, and how large."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRectF, QVariantAnimation, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

SMALLEST, LARGEST = 0.1, 4.0
STEP = 1.25
MARGIN = 32.0
"""Around what is fitted into the view, in pixels on the screen."""

READABLE = 0.6
"""Zoom at which a card still shows everything."""

LEGIBLE = 0.34
"""Zoom at which a card's name is still easy to read."""

WORLD = 1_000_000.0


class Camera(QObject):
    """Zoom and place of a view. Zoom is 1 where a card's pixel is one of the screen's (device independent) pixels."""

    zoomed = Signal(float)

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view = view
        self._glide = QVariantAnimation(self)
        self._glide.setDuration(180)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self.centre_on)
        # The world is far larger than any design, so that nothing jumps when the design grows.
        view.setSceneRect(QRectF(-WORLD, -WORLD, 2 * WORLD, 2 * WORLD))
        view.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        view.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)

    @property
    def zoom(self) -> float:
        """Pixels of the screen for one of the scene."""
        return self._view.transform().m11()

    def centre(self) -> QPointF:
        """The scene's point in the middle of the view."""
        return self._view.mapToScene(self._view.viewport().rect()).boundingRect().center()

    def visible(self) -> QRectF:
        """The part of the scene that is in sight."""
        return self._view.mapToScene(self._view.viewport().rect()).boundingRect()

    def zoom_to(self, factor: float, spot: QPointF | None = None) -> None:
        """Zoom, keeping the scene's point under ``spot`` (viewport pixels; the middle where None) where it is."""
        self._glide.stop()
        least = min(SMALLEST, self.zoom)
        factor = min(max(factor, least), LARGEST)
        if spot is None:
            spot = QPointF(self._view.viewport().rect().center())
        point = self.scene_point(spot)
        self._view.setTransform(QTransform.fromScale(factor, factor))
        here = self._view.viewportTransform().map(point)
        self.pan(spot.x() - here.x(), spot.y() - here.y())
        self.zoomed.emit(factor)

    def scene_point(self, spot: QPointF) -> QPointF:
        """The scene's point under a (fractional) pixel of the viewport."""
        inverted, _invertible = self._view.viewportTransform().inverted()
        return inverted.map(spot)

    def pan(self, dx: float, dy: float) -> None:
        """Move what is seen by so many pixels of the screen."""
        for bar, step in ((self._view.horizontalScrollBar(), dx), (self._view.verticalScrollBar(), dy)):
            bar.setValue(bar.value() - round(step))

    def fit(self, box: QRectF) -> None:
        """Show all of a box, but not larger than life."""
        self._glide.stop()
        if box.isEmpty():
            self._place(1.0, QPointF(0, 0))
            return
        self._place(self.fitting(box), box.center())

    def open_on(self, box: QRectF) -> None:
        """Show all of a box if its cards can be told from each other then, or else its beginning, to be read."""
        self._glide.stop()
        factor = self.fitting(box)
        if box.isEmpty() or factor >= LEGIBLE:
            self.fit(box)
            return
        size = self._view.viewport().size()
        left = box.left() - MARGIN / READABLE + size.width() / 2 / READABLE
        top = box.top() - MARGIN / READABLE + size.height() / 2 / READABLE
        tall = box.height() * READABLE > size.height() - 2 * MARGIN
        wide = box.width() * READABLE > size.width() - 2 * MARGIN
        self._place(READABLE, QPointF(left if wide else box.center().x(), top if tall else box.center().y()))

    def fitting(self, box: QRectF) -> float:
        """The zoom at which a box just fits."""
        if box.isEmpty():
            return 1.0
        size = self._view.viewport().size()
        return min(
            1.0,
            max(size.width() - 2 * MARGIN, 16) / box.width(),
            max(size.height() - 2 * MARGIN, 16) / box.height(),
        )

    def _place(self, factor: float, centre: QPointF) -> None:
        self._view.setTransform(QTransform.fromScale(factor, factor))
        self.centre_on(centre)
        self.zoomed.emit(factor)

    def centre_on(self, point: QPointF) -> None:
        """Move a point into the middle at once."""
        self._view.centerOn(point)

    def glide_to(self, point: QPointF) -> None:
        """Move a point into the middle, smoothly where somebody looks."""
        self._glide.stop()
        if not self._view.isVisible():
            self.centre_on(point)
            return
        self._glide.setStartValue(self.centre())
        self._glide.setEndValue(point)
        self._glide.start()

    def finish(self) -> None:
        """End a movement at once."""
        if self._glide.state() == QVariantAnimation.State.Running:
            self._glide.stop()
            self.centre_on(self._glide.endValue())

    def reveal(self, box: QRectF) -> None:
        """Move a box into sight by the shortest way; nothing where it is in sight."""
        seen = self.visible()
        margin = MARGIN / self.zoom
        wanted = box.adjusted(-margin, -margin, margin, margin)
        dx = _shift(wanted.left(), wanted.right(), seen.left(), seen.right())
        dy = _shift(wanted.top(), wanted.bottom(), seen.top(), seen.bottom())
        if not seen.contains(box):
            self.glide_to(seen.center() + QPointF(dx, dy))


def _shift(low: float, high: float, seen_low: float, seen_high: float) -> float:
    """How far to move so that a stretch lies within another; its middle where it is longer."""
    if high - low > seen_high - seen_low:
        return (low + high - seen_low - seen_high) / 2
    return min(low - seen_low, 0.0) + max(high - seen_high, 0.0)
