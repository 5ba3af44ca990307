"""Walk a design once and state every layer's facts. Pure, and quick enough for every keystroke.

What an edit did not touch is taken over from the previous report.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs

from designer.analysis.conventions import CONVENTIONS, operations
from designer.analysis.memory import peak
from designer.analysis.receptive_field import of_source, through
from designer.analysis.report import ITEM_BYTES, LayerReport, Problem, Report, Totals
from designer.graph.design import Array, Design, Node
from designer.graph.edits import SetParameters
from designer.i18n import _, ngettext
from designer.layer_api.geometry import Shape, shape_text
from designer.layer_api.layer import WeightSpec
from designer.layer_api.problems import DropWeights, ShapeProblem, UserError

MOST_VALUES = 10**30
"""Of one output. Beyond every legal layer on every legal image; a chain of upsamplings would grow without bound, and
numbers of thousands of digits can be neither shown nor written as JSON."""


@attrs.frozen
class Settings:
    """How to count: batch size, data type (``ITEM_BYTES``) and convention (``CONVENTIONS``)."""

    batch: int = 1
    dtype: str = "float32"
    convention: str = "torchvision"

    def __attrs_post_init__(self) -> None:
        if self.batch < 1:
            raise UserError(_("batch: {came} came, 1 or more is wanted").format(came=self.batch))
        if self.dtype not in ITEM_BYTES:
            raise UserError(
                _("data type: {came} came, one of {wanted} is wanted").format(
                    came=self.dtype, wanted=", ".join(ITEM_BYTES)
                )
            )
        if self.convention not in CONVENTIONS:
            raise UserError(
                _("convention: {came} came, one of {wanted} is wanted").format(
                    came=self.convention, wanted=", ".join(CONVENTIONS)
                )
            )


@attrs.frozen
class Previous:
    """An earlier analysis to take unchanged layers from; counted with the same settings."""

    design: Design
    report: Report


def with_input_shape(design: Design, shape: Sequence[int]) -> Design:
    """The design fed with images of another shape (channels, *sizes); raises DesignError."""
    for source in design.sources():
        design = SetParameters(source, {"shape": tuple(shape)}).apply(design)
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
    layers: dict[str, LayerReport] = {}
    for node_id in design.order:
        node = design.nodes[node_id]
        facts = _taken_over(node, design, layers, usable)
        layers[node_id] = facts if facts is not None else _layer_report(node, design, layers, settings)
    return Report(
        name=design.name,
        layers=layers,
        totals=_totals(design, layers),
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


def _taken_over(
    node: Node, design: Design, layers: dict[str, LayerReport], previous: Previous | None
) -> LayerReport | None:
    """The earlier report of a node where neither it nor anything that reaches it has changed."""
    if previous is None:
        return None
    old = previous.design.nodes.get(node.id)
    facts = previous.report.layers.get(node.id)
    if old is None or facts is None or old.layer is not node.layer or facts.inputs != design.inputs_of(node.id):
        return None
    if design.weights.get(node.id) is not previous.design.weights.get(node.id):
        return None
    for source in facts.inputs:
        if source is not None and not _equal_output(layers[source], previous.report.layers.get(source)):
            return None
    return facts


def _equal_output(new: LayerReport, old: LayerReport | None) -> bool:
    if new is old:
        return True
    return old is not None and (new.output_shape, new.receptive_field) == (
        old.output_shape,
        old.receptive_field,
    )


def _layer_report(node: Node, design: Design, layers: dict[str, LayerReport], settings: Settings) -> LayerReport:
    inputs = design.inputs_of(node.id)
    facts = LayerReport(node.id, node.layer.kind, inputs)
    free = [index for index, source in enumerate(inputs) if source is None]
    if free:
        return attrs.evolve(facts, problem=_free_inputs(free, len(inputs)))
    sources = [layers[source] for source in inputs if source is not None]
    shapes = tuple(source.output_shape for source in sources if source.output_shape is not None)
    if len(shapes) != len(sources):
        return facts
    facts = attrs.evolve(facts, input_shapes=shapes)
    try:
        output = node.layer.output_shape(shapes)
    except ShapeProblem as problem:
        return attrs.evolve(facts, problem=Problem(problem.message, problem.remedies))
    if math.prod(output) > MOST_VALUES:
        text = _("the output would be {shape}, more values than any machine could hold")
        return attrs.evolve(facts, problem=Problem(text.format(shape=shape_text(output))))
    misfit = _weights_problem(design.weights.get(node.id), node.layer.weights(shapes))
    if misfit is not None:
        return attrs.evolve(facts, problem=misfit)
    counted = _counted(node, facts, output, settings)
    if node.layer.is_source():
        return attrs.evolve(counted, receptive_field=of_source(len(output) - 1))
    fields = [source.receptive_field for source in sources]
    return attrs.evolve(counted, receptive_field=through(node.layer.window(shapes), fields))


def _counted(node: Node, facts: LayerReport, output: Shape, settings: Settings) -> LayerReport:
    layer, shapes = node.layer, facts.input_shapes
    weights, window = layer.weights(shapes), layer.window(shapes)
    parameters = sum(spec.size for spec in weights.values() if spec.trainable)
    buffers = sum(spec.size for spec in weights.values() if not spec.trainable)
    macs = layer.macs(shapes, output)
    return attrs.evolve(
        facts,
        output_shape=output,
        parameters=parameters,
        buffers=buffers,
        macs=macs * settings.batch,
        operations=operations(settings.convention, macs, output, weights, window) * settings.batch,
        activation_bytes=math.prod(output) * ITEM_BYTES[settings.dtype] * settings.batch,
        weight_bytes=(parameters + buffers) * ITEM_BYTES[settings.dtype],
    )


def _free_inputs(free: list[int], ports: int) -> Problem:
    if ports == 1:
        return Problem(_("input is not connected"))
    names = ", ".join(str(index + 1) for index in free)
    return Problem(
        ngettext("input {names} is not connected", "inputs {names} are not connected", len(free)).format(names=names)
    )


def _weights_problem(given: Mapping[str, Array] | None, wanted: Mapping[str, WeightSpec]) -> Problem | None:
    if given is None:
        return None
    for name, spec in wanted.items():
        if name not in given:
            return Problem(_("the given weights lack {tensor}").format(tensor=name), (DropWeights(),))
        if given[name].shape != spec.shape:
            text = _("the given {tensor} is {came} but {wanted} is wanted; drop the given weights")
            shapes = {"came": shape_text(given[name].shape), "wanted": shape_text(spec.shape)}
            return Problem(text.format(tensor=name, **shapes), (DropWeights(),))
    return None


def _totals(design: Design, layers: dict[str, LayerReport]) -> Totals:
    values = layers.values()
    return Totals(
        layers=sum(1 for key in layers if not design.nodes[key].layer.is_source()),
        parameters=sum(layer.parameters for layer in values),
        buffers=sum(layer.buffers for layer in values),
        macs=sum(layer.macs for layer in values),
        operations=sum(layer.operations for layer in values),
        activation_bytes=sum(layer.activation_bytes for layer in values),
        peak_activation_bytes=peak(design, {key: layer.activation_bytes for key, layer in layers.items()}),
        weight_bytes=sum(layer.weight_bytes for layer in values),
    )
