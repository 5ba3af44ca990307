"""A design as a picture of cards and wires, SVG 1.1 from the places of its layout; nothing of the window is needed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise

from designer.analysis.report import LayerReport, Report
from designer.graph.design import Design, Edge, Node, Position
from designer.i18n import _
from designer.interchange.figures.palette import CATEGORY_COLOURS
from designer.layer_api.geometry import shape_text
from designer.layer_api.problems import printable
from designer.layout.cards import Way
from designer.layout.edge_routes import edge_routes
from designer.layout.grouped import with_all_open
from designer.layout.layered import Size
from designer.layout.placing import PORT_GAP, placed, usual_sizes

MARGIN = 16.0
STRIP = 4.0
"""Width of the category's strip, as on the canvas."""

NAME_LETTERS, LINE_LETTERS = 19, 24
"""What fits beside the strip, 154 pixels, in DejaVu Sans, the widest usual font: 8.1 a letter at 13 bold, 6.4 at 12."""

SHORTEST_BEND, CORNER = 24.0, 16.0
"""How far a wire runs level at least before it turns, and the radius of its corners, in pixels; as on the canvas."""

PAPER, BORDER, INK, FAINT, PROBLEM = "#ffffff", "#b8bec6", "#1f2328", "#59636e", "#c62828"
WIRE = "#7d8590"
"""Wires lie on the page's own paper, light or dark: this grey has a contrast of 3.7 to white and 4.6 to #111."""

STYLE = "font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif"


def design_svg(design: Design, report: Report) -> str:
    """The picture; nodes without a place are laid out."""
    design = with_all_open(placed(design))
    sizes = usual_sizes(design)
    places = {key: node.position for key, node in design.nodes.items()}
    ways = edge_routes(design, places, sizes)
    left, top, width, height = _frame(places, sizes, ways.values())
    parts = [_wire(design, edge, places, sizes, ways[edge]) for edge in design.edges]
    for key, node in design.nodes.items():
        parts += _card(node, report.layers[key], places[key], sizes[key])
    title = escape(printable(design.name))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" style="max-width:100%;height:auto;{STYLE}" role="img">'
        f"<title>{title}</title>{''.join(parts)}</svg>"
    )


def _frame(
    places: Mapping[str, Position], sizes: Mapping[str, Size], ways: Iterable[Way]
) -> tuple[float, float, float, float]:
    """Left, top, width and height of everything, with a margin."""
    corners = [corner for way in ways for corner in way]
    for key, (x, y) in places.items():
        corners += [(x, y), (x + sizes[key][0], y + sizes[key][1])]
    across, down = [x for x, _y in corners] or [0.0], [y for _x, y in corners] or [0.0]
    left, top = min(across) - MARGIN, min(down) - MARGIN
    return left, top, max(across) + MARGIN - left, max(down) + MARGIN - top


def _port(design: Design, edge: Edge, places: Mapping[str, Position], sizes: Mapping[str, Size]) -> Position:
    """Where a wire enters its target: the inputs stand below each other around the middle of the left side."""
    (x, y), count = places[edge.target], len(design.inputs_of(edge.target))
    return x, y + sizes[edge.target][1] / 2 + (edge.input - (count - 1) / 2) * PORT_GAP


def _wire(design: Design, edge: Edge, places: Mapping[str, Position], sizes: Mapping[str, Size], way: Way) -> str:
    (x, y), (width, height) = places[edge.source], sizes[edge.source]
    path = _path((x + width, y + height / 2), _port(design, edge, places, sizes), way)
    return f'<path d="{path}" fill="none" stroke="{WIRE}" stroke-width="1.5"/>'


def _path(start: Position, end: Position, way: Way) -> str:
    """A curve into each lane and out of it where the wire runs to the right, as on the canvas; else round corners."""
    text = f"M{start[0]:g} {start[1]:g}"
    if len(way) > 2 or (way and way[1][0] < way[0][0]):
        return text + _corners([start, (way[0][0], start[1]), *way, (way[-1][0], end[1]), end])
    points = [start, *way, end]
    for index, ((x, y), (to_x, to_y)) in enumerate(pairwise(points)):
        if index % 2:
            text += f"L{to_x:g} {to_y:g}"
        else:
            reach = max(SHORTEST_BEND, abs(to_x - x) / 2)
            text += f"C{x + reach:g} {y:g} {to_x - reach:g} {to_y:g} {to_x:g} {to_y:g}"
    return text


def _corners(points: Sequence[Position]) -> str:
    text = ""
    for before, (x, y), after in zip(points, points[1:], points[2:], strict=False):
        first, last = math.dist(before, (x, y)), math.dist((x, y), after)
        radius = min(CORNER, first / 2, last / 2)
        if radius > 0:
            into = [x + (before[0] - x) * radius / first, y + (before[1] - y) * radius / first]
            out = [x + (after[0] - x) * radius / last, y + (after[1] - y) * radius / last]
            text += f"L{into[0]:g} {into[1]:g}Q{x:g} {y:g} {out[0]:g} {out[1]:g}"
    return f"{text}L{points[-1][0]:g} {points[-1][1]:g}"


def _card(node: Node, facts: LayerReport, place: Position, size: Size) -> Iterator[str]:
    (x, y), (width, height) = place, size
    layer, kind = node.layer, _(node.layer.label)
    shape = "" if facts.output_shape is None else shape_text(facts.output_shape)
    caption = "" if layer.caption() == shape else layer.caption()
    problem = "" if facts.problem is None else facts.problem.message
    last, colour = (problem, PROBLEM) if problem else (shape or _("waiting"), FAINT)
    words = "\n".join(printable(line) for line in (node.id, kind, caption, problem or shape) if line)
    outline = PROBLEM if problem else BORDER
    yield f"<g><title>{escape(words)}</title>"
    yield (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" fill="{PAPER}" stroke="{outline}"/>'
        f'<rect x="{x + 1:g}" y="{y + 6:g}" width="{STRIP:g}" height="{height - 12:g}" '
        f'fill="{CATEGORY_COLOURS[layer.category]}"/>'
    )
    left = x + 14
    yield _text(left, y + 22, node.id, NAME_LETTERS, f'font-size="13" font-weight="600" fill="{INK}"')
    yield _text(left, y + 42, caption or kind, LINE_LETTERS, f'font-size="12" fill="{INK}"')
    yield _text(left, y + 60, last, LINE_LETTERS, f'font-size="12" fill="{colour}"')
    yield "</g>"


def _text(x: float, y: float, text: str, letters: int, look: str) -> str:
    """A line of text, shortened in the middle: the ends of names tell layers apart."""
    if len(text) > letters:
        head = (letters - 1) // 2
        text = f"{text[:head]}…{text[-(letters - 1 - head) :]}"
    return f'<text x="{x:g}" y="{y:g}" {look}>{escape(printable(text))}</text>'
