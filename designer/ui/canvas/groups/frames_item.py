"""All frames of open groups, painted by one item below wires and cards."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.i18n import _
from designer.ui.canvas.cards.card_painting import LEFT, RIGHT, far_pen
from designer.ui.canvas.gestures.hits import Hit, OnFrame
from designer.ui.canvas.groups.frames import TOGGLE, Frame, Frames
from designer.ui.canvas.groups.group_card import content_text
from designer.ui.canvas.style import CanvasStyle
from designer.ui.widgets.labels import short_name
from designer.ui.widgets.theme import mixed

WORLD = 1_000_000.0
FRAMES_Z = -1.0
RADIUS = 8.0
TITLE_PIXELS, MOST_TITLE_PIXELS = 13, 24
"""Size of the name: on the screen as long as it fits into its row."""

LEAST_ZOOM = 0.12
"""Below it names are too small to be read."""

TINT, LIT_TINT = 26, 60
"""Opacity of a frame's ground, of 255; where what is dragged would go into it."""


class Framed(Protocol):
    """What painting asks of the scene."""

    frames: Frames
    appearance: CanvasStyle
    hovered: Hit


class FramesItem(QGraphicsItem):
    """Paints every frame that is exposed."""

    def __init__(self, seen: Framed) -> None:
        super().__init__()
        self._seen = seen
        self._shown: object = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(FRAMES_Z)
        self.hide()

    def refresh(self) -> None:
        """Paint the frames as they are now."""
        there = bool(self._seen.frames)
        if there != self.isVisible():
            self.setVisible(there)
        if there:
            self.update()

    def follow(self) -> None:
        """Paint the frames anew where a change of the design made them others: they are as large as the canvas."""
        frames = self._seen.frames
        shown = (frames.all(), frames.structure.layers) if frames else None
        if shown != self._shown:
            self._shown = shown
            self.refresh()

    def boundingRect(self) -> QRectF:
        return QRectF(-WORLD, -WORLD, 2 * WORLD, 2 * WORLD)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """From outside inwards."""
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        exposed = QRectF(option.exposedRect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for frame in self._seen.frames.all():
            if frame.rect.intersects(exposed):
                self._paint(painter, frame, zoom)

    def _paint(self, painter: QPainter, frame: Frame, zoom: float) -> None:
        style, frames, hovered = self._seen.appearance, self._seen.frames, self._seen.hovered
        colour = QColor(frame.group.colour) if frame.group.colour else style.theme.muted
        ground = QColor(colour)
        ground.setAlpha(LIT_TINT if frames.target == frame.path else TINT)
        face = QPainterPath()
        face.addRoundedRect(frame.rect, RADIUS, RADIUS)
        painter.fillPath(face, ground)
        pointed = isinstance(hovered, OnFrame) and hovered.path == frame.path
        if frame.selected or frames.target == frame.path:
            pen = style.accent_pen
        else:
            pen = QPen(mixed(colour, style.theme.canvas, 0.25 if pointed else 0.55), 1.25)
        painter.setPen(pen if zoom >= 1.0 else far_pen(pen, zoom))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(face)
        if zoom >= LEAST_ZOOM:
            self._title(painter, frame, colour, zoom)

    def _title(self, painter: QPainter, frame: Frame, colour: QColor, zoom: float) -> None:
        style, row = self._seen.appearance, frame.title
        pixels = round(min(max(TITLE_PIXELS / zoom, TITLE_PIXELS), MOST_TITLE_PIXELS))
        ink = mixed(style.theme.text, colour, 0.25) if frame.group.colour else style.theme.text
        middle, unit = QPointF(row.left() + TOGGLE / 2 + 1, row.center().y() - 1), pixels * 0.22
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.theme.muted)
        painter.drawPolygon(
            QPolygonF(
                [
                    middle + QPointF(-unit * 1.3, -unit * 0.7),
                    middle + QPointF(unit * 1.3, -unit * 0.7),
                    middle + QPointF(0, unit),
                ]
            )
        )
        type_ = style.sized(pixels)
        room = row.adjusted(TOGGLE, 0, -12, -2)
        name = short_name(frame.path, type_.metrics, room.width())
        painter.setFont(type_.font)
        painter.setPen(ink)
        painter.drawText(room, LEFT, name)
        small = style.sized(max(11, pixels - 2), bold=False)
        count = content_text(self._seen.frames.structure.layers[frame.path], frame.group.note)
        left = type_.metrics.horizontalAdvance(name) + 16
        if small.metrics.horizontalAdvance(count) <= room.width() - left:
            painter.setFont(small.font)
            painter.setPen(style.theme.muted)
            painter.drawText(room.adjusted(left, 0, 0, 0), RIGHT, count)


def frame_tooltip(scene: Framed, hit: OnFrame) -> str:
    """The group's name and note, and what a click does."""
    groups = {frame.path: frame.group for frame in scene.frames.all()}
    if hit.path not in groups:
        return ""
    lines = [hit.path, groups[hit.path].note]
    lines.append(
        _("Click to collapse") if hit.on_toggle else _("Drag to move, double click to collapse, Enter to open alone")
    )
    return "\n".join(filter(None, lines))
