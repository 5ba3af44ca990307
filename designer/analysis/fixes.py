"""Edits that clear a problem, each tried on the design before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from designer.analysis.analyse import Previous, Settings, analyse
from designer.analysis.report import LayerReport, Report
from designer.graph.compound_edits import InsertOnEdge, Several
from designer.graph.design import Design, DesignError, Edge, Node
from designer.graph.edits import Connect, Edit, SetParameters, SetWeights
from designer.i18n import _
from designer.layer_api.fields import PaddingField
from designer.layer_api.geometry import Shape
from designer.layer_api.layer import Layer
from designer.layer_api.problems import (
    DropWeights,
    FieldError,
    InsertBefore,
    MatchInputs,
    Remedy,
    SetFields,
    ShapeProblem,
)
from designer.layer_api.registry import make_layer
from designer.layout.inserting import insertion, place_on
from designer.layout.layered import NODE_SIZE
from designer.layout.placing import usual_sizes

MOST_OFFERED = 3
PROBLEM_HEIGHT = 32.0
"""What a card grows by to tell of its problem: two lines."""


@attrs.frozen
class Fix:
    """An edit that clears a node's problem and causes none elsewhere; ``label`` says what it does."""

    label: str
    edit: Edit


def fixes(design: Design, report: Report, node_id: str) -> tuple[Fix, ...]:
    """What would clear the node's problem, gentlest first, at most three; every one was tried on the design.

    Those after which a layer that waited for this one has a problem of its own come last.
    """
    return tuple(fix for fix in trials(design, report, node_id) if fix is not None)


def trials(design: Design, report: Report, node_id: str) -> Iterator[Fix | None]:
    """The same one try at a time, so that a window can do other things between: a fix, or None for a try in vain."""
    facts = report.layers.get(node_id)
    if facts is None or facts.problem is None:
        return
    offered = 0
    tried: set[str] = set()
    partial: list[Fix] = []
    for fix in _candidates(design, report, facts):
        if fix.label in tried:
            continue
        tried.add(fix.label)
        left = _problems_left(design, report, node_id, fix.edit)
        if left:
            partial.append(fix)
        yield fix if left == 0 else None
        offered += left == 0
        if offered == MOST_OFFERED:
            return
    yield from partial[: MOST_OFFERED - offered]


def _problems_left(design: Design, report: Report, node_id: str, edit: Edit) -> int | None:
    """How many layers that waited for this one turn out to have problems; None where the edit clears nothing."""
    try:
        mended = edit.apply(design)
    except DesignError:
        return None
    settings = Settings(report.batch, report.dtype, report.convention)
    after = analyse(mended, settings=settings, previous=Previous(design, report))
    if after.layers[node_id].output_shape is None:
        return None
    new = {layer.id for layer in after.problems} - {layer.id for layer in report.problems}
    if any(key not in report.layers or not report.layers[key].waiting for key in new):
        return None
    return len(new)


def _candidates(design: Design, report: Report, facts: LayerReport) -> Iterator[Fix]:
    if facts.problem is None:
        return
    for index, source in enumerate(facts.inputs):
        if source is None:
            yield from _connections(design, report, facts.id, index)
    for remedy in facts.problem.remedies:
        yield from _remedy(design, report, facts, remedy)


def _remedy(design: Design, report: Report, facts: LayerReport, remedy: Remedy) -> Iterator[Fix]:
    match remedy:
        case SetFields(values=values):
            yield from _set(design, facts.id, values)
        case InsertBefore(kind=kind, input=port):
            yield from _insert(design, report, facts, kind, port)
        case DropWeights():
            yield Fix(_("Initialise {node} again").format(node=facts.id), SetWeights({facts.id: None}))
        case MatchInputs(wanted=wanted):
            yield from _match(design, report, facts, wanted)


def _set(design: Design, node_id: str, values: Mapping[str, object]) -> Iterator[Fix]:
    layer = design.nodes[node_id].layer
    try:
        changed = layer.replace(**values)
    except FieldError:
        # What a layer reckons may lie beyond what its own fields take: a multiple of the groups, a wide padding.
        return
    now, wanted = layer.parameters(), changed.parameters()
    changes = {name: wanted[name] for name in values if wanted[name] != now[name]}
    parts = [_("{field} to {value}").format(field=name, value=_shown(changed, name)) for name in changes]
    if parts:
        label = _("Set {changes} of {node}").format(changes=_(" and ").join(parts), node=node_id)
        yield Fix(label, SetParameters(node_id, changes))


def _shown(layer: Layer, name: str) -> str:
    field = layer.fields()[name]
    plain = field.to_json(layer.parameters()[name])
    if isinstance(plain, bool):
        return _("on") if plain else _("off")
    if not isinstance(plain, list):
        return str(plain)
    if len({str(entry) for entry in plain}) == 1 and not isinstance(plain[0], list):
        return str(plain[0])
    if isinstance(field, PaddingField):
        return ", ".join("/".join(map(str, entry)) if isinstance(entry, list) else str(entry) for entry in plain)
    return "×".join(map(str, plain))


def _insert(design: Design, report: Report, facts: LayerReport, kind: str, port: int) -> Iterator[Fix]:
    layer = make_layer(kind)
    edge = next((edge for edge in design.incoming[facts.id] if edge.input == port), None)
    if edge is None:
        return
    name, label = design.new_id(layer.prefix), _("Insert {layer} before {node}")
    yield Fix(label.format(layer=_(layer.label), node=facts.id), _insertion(design, report, Node(name, layer), edge))


def _insertion(design: Design, report: Report, node: Node, edge: Edge) -> Edit:
    """The node on the wire, with room made for it where cards have places."""
    if design.nodes[edge.source].place is None or design.nodes[edge.target].place is None:
        return InsertOnEdge(node, edge)
    sizes = usual_sizes(design)
    for layer in report.problems:
        width, height = sizes[layer.id]
        sizes[layer.id] = (width, height + PROBLEM_HEIGHT)
    place = place_on(edge, design, sizes, NODE_SIZE)
    return insertion(design, attrs.evolve(node, position=place), edge, sizes, NODE_SIZE)


def _connections(design: Design, report: Report, node_id: str, port: int) -> Iterator[Fix]:
    """Offer the loose end that stands nearest to the left, then the nearest node."""
    here = design.nodes[node_id].position

    def distance(other: str) -> tuple[bool, float]:
        x, y = design.nodes[other].position
        loose = not design.outgoing[other]
        return (not loose, abs(here[0] - x) + abs(here[1] - y) + (1e6 if x > here[0] else 0))

    able = [key for key, facts in report.layers.items() if key != node_id and facts.output_shape is not None]
    taken = {edge.source for edge in design.incoming[node_id]}
    for other in sorted((key for key in able if key not in taken), key=distance)[:4]:
        yield Fix(_("Connect {source} to {node}").format(source=other, node=node_id), Connect(other, node_id, port))


def _match(design: Design, report: Report, facts: LayerReport, wanted: tuple[Shape | None, ...]) -> Iterator[Fix]:
    """Change the layers that feed the inputs so that each gets the shape it wants."""
    options: list[list[Fix]] = []
    for source, shape in zip(facts.inputs, wanted, strict=True):
        if source is not None and shape is not None:
            options.append(list(_adjust(design, report, source, shape)))
    if len(options) == 1:
        yield from options[0]
    elif options and all(options):
        chosen = [fixes_of_one[0] for fixes_of_one in options]
        label = "; ".join(dict.fromkeys(fix.label for fix in chosen))
        yield Fix(label, Several(tuple(fix.edit for fix in chosen), label))


def _adjust(design: Design, report: Report, node_id: str, wanted: Shape) -> Iterator[Fix]:
    """Changes to the nearest layer upstream that can give ``wanted``, past those that keep their input's shape."""
    while True:
        facts, layer = report.layers[node_id], design.nodes[node_id].layer
        if facts.output_shape is None:
            return
        for change in layer.adjustments(facts.input_shapes, wanted):
            if _gives(layer, change, facts.input_shapes, wanted):
                yield from _set(design, node_id, change)
        keeps = facts.input_shapes and facts.input_shapes[0] == facts.output_shape and len(facts.inputs) == 1
        if not keeps or facts.inputs[0] is None:
            return
        node_id = facts.inputs[0]


def _gives(layer: Layer, change: Mapping[str, object], inputs: tuple[Shape, ...], wanted: Shape) -> bool:
    try:
        return layer.replace(**change).output_shape(inputs) == wanted
    except (FieldError, ShapeProblem):
        return False
