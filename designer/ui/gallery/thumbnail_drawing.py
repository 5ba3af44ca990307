"""A network from far away: cards in the colours of their categories, blocks as bands behind them, wires as lines.

Painted on a picture, never on a widget, so that it may be done in any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF

from designer.graph.design import Design, Edge, Position
from designer.graph.groups import SEPARATOR
from designer.layout.cards import Way
from designer.layout.edge_routes import edge_routes
from designer.layout.layered import COLUMN_GAP, ROW_GAP, Size
from designer.layout.placing import placed, usual_sizes
from designer.ui.widgets.theme import Theme, category_colour, mixed

DRAWING = 1
"""Number of the way it is drawn: another one makes kept pictures worthless."""

MARGIN = 8.0
LARGEST_SCALE = 0.3
"""A network of two layers is drawn no larger than this, so that cards keep the look of cards."""

FEWEST_BLOCKS = 3
"""Where the outermost groups are fewer (features, classifier), the next level of them is shown."""

SHADES = (0.1, 0.22)
"""How much of the accent colour is in the ground of blocks, by turns."""


def thumbnail(design: Design, theme: Theme, size: QSizeF, ratio: float) -> QImage:
    """The picture of a design in a size on the screen, with ``ratio`` pixels for one of its."""
    image = QImage(
        QSize(round(size.width() * ratio), round(size.height() * ratio)), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.setDevicePixelRatio(ratio)
    image.fill(theme.canvas)
    design = placed(design)
    if not design.nodes:
        return image
    sizes = usual_sizes(design)
    cards = {key: QRectF(*node.position, *sizes[key]) for key, node in design.nodes.items()}
    bands = list(_bands(design, cards))
    ways = edge_routes(design, {key: node.position for key, node in design.nodes.items()}, sizes)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scale = _fit(painter, _bounds([*cards.values(), *(box for band in bands for box in band)], ways), size)
    _paint_bands(painter, bands, theme)
    _paint_wires(painter, design, ways, sizes, theme)
    painter.setPen(Qt.PenStyle.NoPen)
    for key, node in design.nodes.items():
        painter.setBrush(mixed(category_colour(node.layer.category), theme.card, 0.1))
        painter.drawRoundedRect(cards[key], 1.5 / scale, 1.5 / scale)
    painter.end()
    return image


def _bounds(boxes: list[QRectF], ways: Mapping[Edge, Way]) -> QRectF:
    corners = QPolygonF([QPointF(*corner) for way in ways.values() for corner in way])
    for box in boxes:
        corners.append(box.topLeft())
        corners.append(box.bottomRight())
    return corners.boundingRect()


def _fit(painter: QPainter, box: QRectF, size: QSizeF) -> float:
    """Bring the box into the middle of the picture; the scale."""
    room = QSizeF(size.width() - 2 * MARGIN, size.height() - 2 * MARGIN)
    scale = min(room.width() / box.width(), room.height() / box.height(), LARGEST_SCALE)
    painter.translate(size.width() / 2, size.height() / 2)
    painter.scale(scale, scale)
    painter.translate(-box.center())
    return scale


def _bands(design: Design, cards: Mapping[str, QRectF]) -> Iterator[list[QRectF]]:
    """The ground of each block: what lies around its cards up to half the gaps between them."""
    grouping, level = design.grouping, 0
    paths = [path for path in grouping.groups if path.count(SEPARATOR) == level]
    while paths and len(paths) < FEWEST_BLOCKS:
        level += 1
        paths = [path for path in grouping.groups if path.count(SEPARATOR) == level]
    blocks: dict[str, list[QRectF]] = {}
    for node in design.nodes:
        names = (grouping.path_of(node) or "").split(SEPARATOR)
        if names[0]:
            card = cards[node].adjusted(-COLUMN_GAP / 2, -ROW_GAP / 2, COLUMN_GAP / 2, ROW_GAP / 2)
            blocks.setdefault(SEPARATOR.join(names[: level + 1]), []).append(card)
    yield from blocks.values()


def _paint_bands(painter: QPainter, bands: Iterable[list[QRectF]], theme: Theme) -> None:
    """By turns in two shades, so that one block can be told from the next."""
    painter.setPen(Qt.PenStyle.NoPen)
    for number, band in enumerate(bands):
        painter.setBrush(mixed(theme.canvas, theme.accent, SHADES[number % len(SHADES)]))
        for box in band:
            painter.drawRect(box)


def _paint_wires(
    painter: QPainter, design: Design, ways: Mapping[Edge, Way], sizes: Mapping[str, Size], theme: Theme
) -> None:
    pen = QPen(theme.wire, 1.0)
    pen.setCosmetic(True)
    painter.setPen(pen)
    for edge in design.edges:
        start = _port(design, edge.source, sizes, right=True)
        end = _port(design, edge.target, sizes, right=False)
        painter.drawPolyline(QPolygonF([QPointF(*corner) for corner in (start, *ways[edge], end)]))


def _port(design: Design, node: str, sizes: Mapping[str, Size], *, right: bool) -> Position:
    (x, y), (width, height) = design.nodes[node].position, sizes[node]
    return x + (width if right else 0.0), y + height / 2
