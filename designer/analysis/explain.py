"""Every number of a layer with the arithmetic that gave it, as the article writes it."""

from __future__ import annotations

from collections.abc import Iterator

from designer.analysis.receptive_field import join
from designer.analysis.report import ITEM_BYTES, LayerReport, ReceptiveField, Report
from designer.graph.design import Design
from designer.i18n import _
from designer.layer_api.families import axis_names
from designer.layer_api.geometry import Window
from designer.layer_api.layer import Formula, Quantity
from designer.layer_api.quantities import SPACE, number


def explain(design: Design, report: Report, node_id: str) -> tuple[Formula, ...]:
    """Formulas for output, parameters, multiply-adds, memory and receptive field of a node, with its own numbers.

    Empty where the node's shapes are not known.
    """
    facts = report.layers[node_id]
    if facts.output_shape is None:
        return ()
    layer = design.nodes[node_id].layer
    formulas = [*layer.explain(facts.input_shapes), _memory(facts, report)]
    window = layer.window(facts.input_shapes)
    before = join([report.layers[source].receptive_field for source in facts.inputs if source is not None])
    after = facts.receptive_field
    if before is not None and window is not None and after is not None and not before.seen and not after.seen:
        formulas.extend(_receptive_field(window, before, after))
    return tuple(formulas)


def _memory(facts: LayerReport, report: Report) -> Formula:
    """``32·32·10 × 1 B = 10 240 B``; sizes before channels, as the article writes a map."""
    shape = facts.output_shape or ()
    factors = "·".join(str(size) for size in (*shape[1:], shape[0]))
    batch = f" × {report.batch}" if report.batch > 1 else ""
    item = ITEM_BYTES[report.dtype]
    text = f"{factors}{batch} × {item}{SPACE}B = {number(facts.activation_bytes)}{SPACE}B"
    return Formula(Quantity.MEMORY, text)


def _receptive_field(window: Window, before: ReceptiveField, after: ReceptiveField) -> Iterator[Formula]:
    """``R = 5 + (2 − 1)·1 = 6`` and ``j = 1·2 = 2`` per axis, once where all axes agree."""
    lines = []
    for axis in range(len(after.size)):
        kernel, dilation, stride = window.kernel[axis], window.dilation[axis], window.stride[axis]
        jump = before.stride[axis]
        spread = f"·{dilation}" if dilation > 1 else ""
        size = f"R = {before.size[axis]} + ({kernel} − 1){spread}·{jump} = {after.size[axis]}"
        lines.append((size, f"j = {jump}·{stride} = {after.stride[axis]}"))
    names = [""] if len(set(lines)) == 1 else axis_names(len(lines))
    for (size, step), name in zip(lines, names, strict=False):
        yield Formula(Quantity.RECEPTIVE_FIELD, size, name)
        yield Formula(
            Quantity.RECEPTIVE_FIELD, step, _("stride") if not name else _("stride, {axis}").format(axis=name)
        )
