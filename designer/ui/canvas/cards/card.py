"""What a node's card says and how large it is; no painting, no items."""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetricsF

from designer.analysis.report import LayerReport, Report
from designer.graph.design import Design, Node
from designer.graph.folding import card_id
from designer.graph.node_names import is_path, without_first
from designer.i18n import _
from designer.layer_api.geometry import shape_text
from designer.layer_api.layer import Category
from designer.ui.canvas.style import CanvasStyle

GRID = 8
WIDTH = 176.0
PORT_GAP = 16.0
HEADER = 28.0
"""Height of the name's row, the padding above it included."""

LINE = 16.0
PADDING = 12.0
TEXT_LEFT = 36.0
PROBLEM_LEFT = 16.0
MOST_PROBLEM_LINES = 2
"""On a card that would have to grow for more; the tooltip has all of it."""


@attrs.frozen
class GroupWords:
    """What only the card of a group says: ``sums`` of its layers, its note, how many outputs it has, its colour."""

    sums: str = ""
    note: str = ""
    outputs: int = 1
    colour: str | None = None
    height: float = 0.0


@attrs.frozen
class Card:
    """The words on a card. ``inputs`` tells of every input port whether a wire ends there."""

    name: str
    kind: str
    category: Category
    caption: str = ""
    """The key parameters; the kind takes their line where there are none."""

    shape: str = ""
    problem: str = ""
    waits_for: str = ""
    inputs: tuple[bool, ...] = ()
    open_ended: bool = False
    """The layer takes as many inputs as are connected."""

    group: GroupWords | None = None
    """What the card of a collapsed group says besides."""

    @property
    def id(self) -> str:
        """The id of what the card stands for."""
        return self.name if self.group is None else card_id(self.name)

    def tooltip(self) -> str:
        """Everything in words, a line each; also what is cut off or hidden on the card."""
        lines = [self.name, self.kind, self.caption, self.problem or self.waiting() or self.shape]
        lines += [self.group.sums, self.group.note] if self.group is not None else []
        return "\n".join(line for line in lines if line)

    def waiting(self) -> str:
        """Whom the node waits for, in words."""
        return _("waits for {node}").format(node=self.waits_for) if self.waits_for else ""


def card_of(design: Design, node: Node, facts: LayerReport | None, waits_for: str = "") -> Card:
    """The card of a node in its place."""
    layer = node.layer
    shape = problem = ""
    if facts is not None and facts.problem is not None:
        problem = facts.problem.message
    elif facts is not None and facts.output_shape is not None:
        shape = shape_text(facts.output_shape)
    return Card(
        name=node.id,
        kind=_(layer.label),
        category=layer.category,
        caption="" if layer.caption() == shape else layer.caption(),
        shape=shape,
        problem=problem,
        waits_for=waits_for,
        inputs=tuple(source is not None for source in design.inputs_of(node.id)),
        open_ended=layer.max_inputs is None,
    )


def blocked_by(report: Report) -> dict[str, str]:
    """For every node that waits: the nearest node upstream that has a problem of its own."""
    blame: dict[str, str] = {}
    for key, facts in report.layers.items():
        if facts.output_shape is not None:
            continue
        if facts.problem is not None:
            blame[key] = key
            continue
        blame[key] = next((blame[source] for source in facts.inputs if source in blame), "")
    return {key: node for key, node in blame.items() if node != key}


@attrs.frozen
class CardGeometry:
    """Where everything is on a card, in its own coordinates; ``problem_lines`` are wrapped to fit.

    Heights differ by multiples of 16, so that the middles of cards on the grid can lie level.
    """

    width: float
    height: float
    inputs: tuple[float, ...]
    problem_lines: tuple[str, ...] = ()
    outputs: int = 1

    @property
    def middle(self) -> float:
        """Height of the output port."""
        return self.height / 2

    def output(self, port: int = 0) -> QPointF:
        """An output port; only a group has several."""
        return QPointF(self.width, self.middle + (port - (self.outputs - 1) / 2) * PORT_GAP)

    def input(self, port: int) -> QPointF:
        """An input port; the one after the last is the spare one of a layer that takes any number."""
        if port < len(self.inputs):
            return QPointF(0.0, self.inputs[port])
        last = self.inputs[-1] if self.inputs else self.middle - PORT_GAP
        return QPointF(0.0, last + PORT_GAP * (port - len(self.inputs) + 1))


def measured(card: Card, style: CanvasStyle) -> CardGeometry:
    """The size of a card: its lines, and room for its ports."""
    count, outputs = len(card.inputs), 1
    if card.group is not None:
        height, outputs = card.group.height, card.group.outputs
        problem = wrapped(card.problem, style.small.metrics, WIDTH - PROBLEM_LEFT - 6, MOST_PROBLEM_LINES)
    else:
        height, problem = height_of(count, card.open_ended, card.problem, style)
    tops = tuple(height / 2 + (port - (count - 1) / 2) * PORT_GAP for port in range(count))
    return CardGeometry(WIDTH, height, tops, problem, outputs)


def height_of(ports: int, open_ended: bool, problem: str, style: CanvasStyle) -> tuple[float, tuple[str, ...]]:
    """The height of a card, and the lines into which its problem is broken."""
    height = HEADER + 2 * LINE + PADDING
    if open_ended:
        height = max(height, PORT_GAP * ports + 40.0)
    if not problem:
        return height, ()
    room = int((height - HEADER - PADDING) // LINE) - 1
    lines = wrapped(problem, style.small.metrics, WIDTH - PROBLEM_LEFT - 6, max(MOST_PROBLEM_LINES, room))
    return height + LINE * max(0, len(lines) - room), lines


def wrapped(
    text: str,
    metrics: QFontMetricsF,
    width: float,
    lines: int,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> tuple[str, ...]:
    """The text in at most so many lines, broken at blanks (else anywhere), the last one elided."""
    done: list[str] = []
    rest = text
    while rest and len(done) < lines - 1:
        head = _head(rest, metrics, width)
        done.append(head.strip())
        rest = rest[len(head) :]
    if rest.strip():
        done.append(metrics.elidedText(rest.strip(), elide, width))
    return tuple(done)


def short_kind(kind: str, metrics: QFontMetricsF, width: float) -> str:
    """The kind in the room beside the name, in whole words: "Convolution 2D", "Convolution", "Average…"."""
    if metrics.horizontalAdvance(kind) <= width:
        return kind
    words = kind.split()
    if len(words) > 1 and any(sign.isdigit() for sign in words[-1]):
        # How many axes the layer works on can be told from the shape.
        words.pop()
    text = " ".join(words)
    while words and metrics.horizontalAdvance(text) > width:
        words.pop()
        text = " ".join(words) + "…"
    return text if words else ""


def name_from_afar(name: str, metrics: QFontMetricsF, width: float, lines: int) -> tuple[str, ...]:
    """The name in large type; where it is too long, what tells it from its neighbours: "layer1.0.conv2", "conv2"."""
    while True:
        text = wrapped(name, metrics, width, lines, Qt.TextElideMode.ElideMiddle)
        if "…" not in "".join(text) or not is_path(name):
            return text
        name = without_first(name)


def _head(text: str, metrics: QFontMetricsF, width: float) -> str:
    """As much of the text as fits into one line."""
    if metrics.horizontalAdvance(text) <= width:
        return text
    head = ""
    for piece in _pieces(text):
        if metrics.horizontalAdvance((head + piece).rstrip()) > width:
            break
        head += piece
    while not head or metrics.horizontalAdvance(head.rstrip()) > width:
        head = text[: len(head) - 1] if head else _longest(text, metrics, width)
    return head


def _pieces(text: str) -> Iterable[str]:
    """Words with the blank or sign after which a line may end."""
    return re.findall(r"[^\s._/\-]*(?:[\s._/\-]+|$)", text)


def _longest(text: str, metrics: QFontMetricsF, width: float) -> str:
    count = 1
    while count < len(text) and metrics.horizontalAdvance(text[: count + 1]) <= width:
        count += 1
    return text[:count]
