"""The whole design as a picture, whatever part the view shows."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter

from designer.ui.canvas.scene import CanvasScene

MARGIN = 32.0
LONGEST_SIDE = 16_000
"""Pixels; a longer picture is scaled down."""


def render_scene(scene: CanvasScene, scale: float) -> QImage:
    """Cards and wires on the theme's canvas, without selection."""
    box = scene.content_rect().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    scale = min(scale, LONGEST_SIDE / max(box.width(), box.height()))
    image = QImage(
        QSize(round(box.width() * scale), round(box.height() * scale)), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.fill(scene.appearance.theme.canvas)
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    sight, zoom = scene.sight
    scene.hover(None)
    scene.show_selection(())
    scene.look_at(box, scale)
    scene.looks.zoomed(scale)
    scene.render(painter, QRectF(image.rect()), box)
    painter.end()
    scene.looks.zoomed(zoom)
    scene.look_at(sight, zoom)
    scene.show_selection(scene.session.selection)
    return image
