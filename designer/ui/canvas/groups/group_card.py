"""What the card of a collapsed group says."""

from __future__ import annotations

from collections.abc import Sequence

from designer.analysis.groups import GroupReport, group_report
from designer.analysis.report import Report
from designer.graph.design import Design, Node
from designer.graph.folding import folded_layer
from designer.i18n import _, ngettext
from designer.layer_api.geometry import Shape, shape_text
from designer.layer_api.quantities import SPACE, short_number
from designer.ui.canvas.cards.card import Card, GroupWords

MOST_SHAPES = 2
"""Different shapes that are named; more are counted."""


def group_card(whole: Design, node: Node, report: Report) -> Card:
    """The card of the group that a drawn node stands for: its layers, shapes, sums and the worst problem inside."""
    layer = folded_layer(node)
    assert layer is not None, node.id
    facts = group_report(whole, report, layer.path) if _known(whole, report) else None
    problem = ""
    if facts is not None and facts.problem is not None and facts.problem.problem is not None:
        problem = _("{node}: {problem}").format(node=facts.problem.id, problem=facts.problem.problem.message)
    return Card(
        name=layer.path,
        kind=_("Group"),
        category=layer.category,
        caption=content_text(layer.layers, layer.note),
        shape=shapes_text(facts) if facts is not None else "",
        problem=problem,
        inputs=(True,) * layer.inputs,
        group=GroupWords(
            sums_text(facts) if facts is not None else "",
            layer.note,
            layer.outputs,
            layer.colour,
            layer.height,
        ),
    )


def _known(whole: Design, report: Report) -> bool:
    """Whether the report is already that of this design: word of a change comes before its numbers."""
    return whole.nodes.keys() <= report.layers.keys()


def content_text(layers: int, note: str = "") -> str:
    """``Bottleneck · 10 layers``: what a person has written first, and how many layers."""
    count = ngettext("{count} layer", "{count} layers", layers).format(count=layers)
    title = note.strip().partition("\n")[0]
    return f"{title} · {count}" if title else count


def shapes_text(facts: GroupReport) -> str:
    """``64×56×56 → 256×56×56``: what comes in and what goes out, each shape once."""
    inside, out = _shapes(facts.input_shapes), _shapes(facts.output_shapes)
    return " → ".join(filter(None, (inside, out)))


def _shapes(shapes: Sequence[Shape | None]) -> str:
    different = list(dict.fromkeys(shape_text(shape) for shape in shapes if shape is not None))
    if len(different) > MOST_SHAPES:
        return _("{count} shapes").format(count=len(different))
    return ", ".join(different)


def sums_text(facts: GroupReport) -> str:
    """``216 k params · 668 M MACs``, with ≥ where a layer inside could not be counted."""
    least = "" if facts.complete else "≥ "
    parameters, macs = least + rounded(facts.parameters), least + rounded(facts.macs)
    return _("{parameters} params · {macs} MACs").format(parameters=parameters, macs=macs)


def rounded(value: int) -> str:
    """Three digits are enough on a card; the tooltip and the inspector have all: ``216 k``, ``1.22 M``."""
    digits, _space, prefix = short_number(value).partition(SPACE)
    if "." not in digits:
        return short_number(value)
    return f"{float(digits):.3g}{SPACE}{prefix}"
