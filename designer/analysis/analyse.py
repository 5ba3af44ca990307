"""Walk a design once and state every layer's facts. Pure, and quick enough for every keystroke.

What an edit did not touch is taken over from the previous report.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import islice
from operator import attrgetter, is_
from typing import Any

import attrs

from designer.analysis.conventions import CONVENTIONS, Convention, DataType, operations
from designer.analysis.memory import peak
from designer.analysis.receptive_field import of_source, through
from designer.analysis.report import ITEM_BYTES, LayerReport, Problem, Report, Totals
from designer.graph.design import Design, Node
from designer.graph.edits import SetParameters
from designer.i18n import _, ngettext
from designer.kernels.arrays.memory import Array
from designer.layer_api.fields import LARGEST
from designer.layer_api.geometry import Pattern, Shape, Window, shape_text
from designer.layer_api.layer import Layer
from designer.layer_api.problems import LONGEST_QUOTE, DropWeights, ShapeProblem, UserError, quoted

MOST_VALUES = 10**30
"""Of one output. Beyond every legal layer on every legal image; a chain of upsamplings would grow without bound, and
numbers of thousands of digits can be neither shown nor written as JSON."""


@attrs.frozen
class Settings:
    """How to count: batch size, data type (``ITEM_BYTES``) and convention (``CONVENTIONS``)."""

    batch: int = 1
    dtype: DataType = "float32"
    convention: Convention = "torchvision"

    def __attrs_post_init__(self) -> None:
        if not _is_count(self.batch):
            raise UserError(
                _("batch: {came} came, a whole number from 1 to {most} is wanted").format(
                    came=quoted(self.batch), most=f"{LARGEST:,}"
                )
            )
        if not _is_word(self.dtype, ITEM_BYTES):
            raise UserError(
                _("data type: {came} came, one of {wanted} is wanted").format(
                    came=_shown(self.dtype), wanted=", ".join(ITEM_BYTES)
                )
            )
        if not _is_word(self.convention, CONVENTIONS):
            raise UserError(
                _("convention: {came} came, one of {wanted} is wanted").format(
                    came=_shown(self.convention), wanted=", ".join(CONVENTIONS)
                )
            )


# Scripts hand over what they have: these ask about any value.


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST


def _is_word(value: object, words: Container[str]) -> bool:
    return isinstance(value, str) and value in words


def _shown(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST_QUOTE else quoted(value)


@attrs.frozen
class Previous:
    """An earlier analysis to take unchanged layers from; counted with the same settings."""

    design: Design
    report: Report


def with_input_shape(design: Design, shape: Sequence[int]) -> Design:
    """The design fed with images of another shape (channels, *sizes); raises DesignError."""
    sizes: Any = shape
    if not isinstance(sizes, str) and isinstance(sizes, Iterable):
        sizes = tuple(sizes)
    # Anything else the field refuses in words.
    for source in design.sources():
        design = SetParameters(source, {"shape": sizes}).apply(design)
    return design


def analyse(
    design: Design,
    *,
    input_shape: Sequence[int] | None = None,
    settings: Settings | None = None,
    previous: Previous | None = None,
) -> Report:
    """Shapes, costs, memory and receptive field of every layer.

    Parameters
    ----------
    input_shape
        Shape of the images, channels first without the batch, in place of the designed one.
    previous
        Lets layers that did not change be taken over; ignored where the settings differ.
    """
    settings = settings or Settings()
    if input_shape is not None:
        design = with_input_shape(design, input_shape)
    usable = previous if previous is not None and _counted_alike(previous.report, settings) else None
    before = usable or Previous(Design(), Report("", {}, Totals()))
    layers, changed = _layers(design, settings, before)
    return Report(
        name=design.name,
        layers=layers,
        totals=_totals(design, layers, changed, before),
        batch=settings.batch,
        dtype=settings.dtype,
        convention=settings.convention,
    )


def _counted_alike(report: Report, settings: Settings) -> bool:
    return (report.batch, report.dtype, report.convention) == (
        settings.batch,
        settings.dtype,
        settings.convention,
    )


def _layers(design: Design, settings: Settings, before: Previous) -> tuple[dict[str, LayerReport], list[str]]:
    """Every layer's facts in execution order, and which nodes were counted anew.

    The earlier facts stay where neither a layer nor what it reads has changed.
    """
    layers = _of_the_first(design, before)
    counted: list[str] = []
    counter = _Counter(settings)
    nodes, ports, weights = design.nodes, design.inputs, design.weights
    old_nodes, old_layers, old_weights = before.design.nodes, before.report.layers, before.design.weights
    changed: set[str | None] = set()
    """Nodes whose readers have to be looked at anew."""
    moved: set[str | None] = set()
    """Nodes whose receptive field is not the one from before."""
    for node_id in islice(design.order, len(layers), None):
        node, inputs, facts = nodes[node_id], ports[node_id], old_layers.get(node_id)
        if (
            facts is not None
            and (not changed or changed.isdisjoint(inputs))
            and old_nodes[node_id].layer is node.layer
            and facts.inputs == inputs
            and (weights is old_weights or weights.get(node_id) is old_weights.get(node_id))
        ):
            layers[node_id] = facts
            continue
        counted.append(node_id)
        alike = facts is not None and facts.inputs == inputs and (not moved or moved.isdisjoint(inputs))
        new = layers[node_id] = _layer_report(
            node, inputs, weights.get(node_id), layers, counter, facts if alike else None
        )
        if facts is None or new.receptive_field is not facts.receptive_field:
            moved.add(node_id)
        if facts is None or new.output_shape != facts.output_shape or new.receptive_field != facts.receptive_field:
            changed.add(node_id)
    return layers, counted


def _of_the_first(design: Design, before: Previous) -> dict[str, LayerReport]:
    """The earlier facts of all layers, where nothing has changed but that others have come last; else none."""
    old, layers = before.design, before.report.layers
    same = (
        design.weights is old.weights
        and len(layers) == len(old.nodes) <= len(design.nodes)
        and all(map(is_, old.nodes.values(), design.nodes.values()))
        and all(map(is_, old.inputs, design.inputs))
        and all(map(is_, old.inputs.values(), design.inputs.values()))
        and design.order[: len(layers)] == tuple(layers)
    )
    return dict(layers) if same else {}


def _layer_report(
    node: Node,
    inputs: tuple[str | None, ...],
    given: Mapping[str, Array] | None,
    layers: Mapping[str, LayerReport],
    counter: _Counter,
    before: LayerReport | None,
) -> LayerReport:
    """``before`` is what was known where the receptive fields of all inputs are those from before."""
    node_id, layer = node.id, node.layer
    try:
        sources = [layers[source] for source in inputs]  # type: ignore[index]
    except KeyError:
        free = [index for index, source in enumerate(inputs) if source is None]
        return LayerReport(node_id, layer.kind, inputs, problem=_free_inputs(layer, free, len(inputs)))
    shapes: tuple[Any, ...] = tuple([source.output_shape for source in sources])
    if None in shapes:
        return LayerReport(node_id, layer.kind, inputs)
    counts = counter.counts(layer, shapes)
    problem = counts.problem or (None if given is None else _weights_problem(given, layer, shapes))
    if problem is not None or counts.output is None:
        return LayerReport(node_id, layer.kind, inputs, shapes, problem=problem)
    window = counts.window
    if not sources:
        field = of_source(len(counts.output) - 1)
    elif before is not None and before.window is not None and before.window == window:
        field = before.receptive_field
    else:
        field = through(window, [source.receptive_field for source in sources])
    return LayerReport(node_id, layer.kind, inputs, shapes, counts.output, *counts.numbers, field, window=window)


SUMMED = ("parameters", "buffers", "macs", "operations", "activation_bytes", "weight_bytes")
"""What totals have of a layer's facts."""

Numbers = tuple[int, int, int, int, int, int]
"""``SUMMED``, in the order in which a layer's report has them."""


@attrs.frozen
class _Counts:
    """What a layer is on inputs of some shapes, wherever it stands; without an output there is a problem."""

    output: Shape | None = None
    problem: Problem | None = None
    window: Window | Pattern | None = None
    numbers: Numbers = (0, 0, 0, 0, 0, 0)


class _Counter:
    """Asks each layer once for each set of shapes: large networks repeat the same few."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[tuple[Layer, tuple[Shape, ...]], _Counts] = {}

    def counts(self, layer: Layer, shapes: tuple[Shape, ...]) -> _Counts:
        known = self._known.get((layer, shapes))
        if known is None:
            known = self._known[layer, shapes] = self._count(layer, shapes)
        return known

    def _count(self, layer: Layer, shapes: tuple[Shape, ...]) -> _Counts:
        try:
            output = layer.output_shape(shapes)
        except ShapeProblem as misfit:
            return _Counts(problem=Problem(misfit.message, misfit.remedies))
        problem = _too_large(output)
        if problem is not None:
            return _Counts(problem=problem)
        window = layer.window(shapes)
        reads = layer.pattern(shapes) if window is None else window
        return _Counts(output, None, reads, self._numbers(layer, shapes, output))

    def _numbers(self, layer: Layer, shapes: tuple[Shape, ...], output: Shape) -> Numbers:
        batch, item = self._settings.batch, ITEM_BYTES[self._settings.dtype]
        weights = layer.weights(shapes)
        parameters = buffers = 0
        for spec in weights.values():
            if spec.trainable:
                parameters += spec.size
            else:
                buffers += spec.size
        macs = layer.macs(shapes, output)
        cells_read = layer.cells_read(shapes, output)
        return (
            parameters,
            buffers,
            macs * batch,
            operations(self._settings.convention, macs, output, weights, cells_read) * batch,
            math.prod(output) * item * batch,
            (parameters + buffers) * item,
        )


def _too_large(output: Shape) -> Problem | None:
    if math.prod(output) <= MOST_VALUES:
        return None
    text = _("the output would be {shape}, more values than any machine could hold")
    return Problem(text.format(shape=shape_text(output)))


def _free_inputs(layer: Layer, free: list[int], ports: int) -> Problem:
    if ports == 1:
        return Problem(_("input is not connected"))
    names = ", ".join(layer.port_name(index) for index in free)
    return Problem(
        ngettext("input {names} is not connected", "inputs {names} are not connected", len(free)).format(names=names)
    )


def _weights_problem(given: Mapping[str, Array], layer: Layer, shapes: tuple[Shape, ...]) -> Problem | None:
    for name, spec in layer.weights(shapes).items():
        if name not in given:
            return Problem(_("the given weights lack {tensor}").format(tensor=name), (DropWeights(),))
        if given[name].shape != spec.shape:
            text = _("the given {tensor} is {came} but {wanted} is wanted; drop the given weights")
            came, wanted = shape_text(given[name].shape), shape_text(spec.shape)
            return Problem(text.format(tensor=name, came=came, wanted=wanted), (DropWeights(),))
    return None


def _totals(design: Design, layers: Mapping[str, LayerReport], counted: list[str], before: Previous) -> Totals:
    """The totals before, less what is gone, and what was counted anew: of ten thousand layers these are few."""
    old_layers = before.report.layers
    gone = [*(old_layers.keys() - layers.keys()), *[key for key in counted if key in old_layers]]
    sums = _sums(design, map(layers.__getitem__, counted))
    if len(gone) < len(old_layers):
        less = _sums(before.design, map(old_layers.__getitem__, gone))
        sums = {name: getattr(before.report.totals, name) + sums[name] - less[name] for name in sums}
    return Totals(**sums, peak_activation_bytes=_peak(design, layers, counted, before))


def _sums(design: Design, reports: Iterable[LayerReport]) -> dict[str, int]:
    """How many layers there are beside the sources, and the sums of their numbers."""
    reports, nodes = list(reports), design.nodes
    count = sum([not (facts.inputs == () and nodes[facts.id].layer.is_source()) for facts in reports])
    columns = zip((0,) * len(SUMMED), *map(attrgetter(*SUMMED), reports), strict=True)
    return {"layers": count, **dict(zip(SUMMED, map(sum, columns), strict=True))}


def _peak(design: Design, layers: Mapping[str, LayerReport], counted: list[str], before: Previous) -> int:
    """The most memory alive at once; after a layer was added at the end, from the peak before."""
    *earlier, last = design.order or ("",)
    if counted == [last] and tuple(earlier) == before.design.order:
        readers = before.design.outgoing
        if not any(readers[source] for source in design.inputs[last] if source is not None):
            # What it reads was a result before, so that everything is alive as long as it was.
            alive = [layers[key].activation_bytes for key, reading in readers.items() if not reading]
            return max(before.report.totals.peak_activation_bytes, sum(alive) + layers[last].activation_bytes)
    return peak(design, {key: facts.activation_bytes for key, facts in layers.items()})
