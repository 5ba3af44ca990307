"""What the inspector says of a layer, of several, or of the whole design: texts and shares, no widgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

import attrs

from designer.analysis.conventions import CONVENTIONS
from designer.analysis.explain import explain
from designer.analysis.report import ITEM_BYTES, LayerReport, ReceptiveField, Report
from designer.analysis.uncounted import FEW, uncounted_lines
from designer.graph.design import Design
from designer.i18n import _, ngettext
from designer.interchange.tables.columns import UNKNOWN
from designer.interchange.tables.summary import OPERATION_TITLES
from designer.layer_api.geometry import axes_text, shape_text
from designer.layer_api.layer import Formula, Quantity
from designer.layer_api.quantities import SPACE, byte_text, number, short_number

LONGEST_SUM = 4
"""Terms of a sum that are still written out."""


@attrs.frozen
class Fact:
    """One number: its title, its value short and exact, its share of the whole (0 to 1), formulas and remarks.

    ``custom`` says by which custom of the literature it was counted, where there are several.
    """

    title: str
    value: str
    exact: str = ""
    share: float | None = None
    formulas: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    custom: str = ""

    def as_text(self) -> str:
        """All of it, for the clipboard."""
        share = "" if self.share is None else f" ({share_text(self.share)})"
        lines = (*self.formulas, *self.remarks, *filter(None, [self.custom]))
        return "\n".join([f"{self.title}: {self.exact or self.value}{share}", *(f"    {line}" for line in lines)])


def share_text(share: float) -> str:
    """A share in per cent: ``12.3 %``, ``< 0.1 %``."""
    per_cent = 100 * share
    if 0 < per_cent < 0.1:
        return f"<{SPACE}0.1{SPACE}%"
    digits = 0 if per_cent >= 99.95 or per_cent == 0 else 1
    return f"{per_cent:.{digits}f}{SPACE}%"


def facts_of_node(design: Design, report: Report, node_id: str) -> tuple[Fact, ...]:
    """Every number of a node whose shape is known; nothing where it is not."""
    layer = report.layers[node_id]
    if layer.output_shape is None:
        return ()
    formulas = explain(design, report, node_id)
    return (
        Fact(
            _("Output"),
            shape_text(layer.output_shape),
            formulas=_lines(formulas, Quantity.OUTPUT),
            remarks=(_image_remark(report),) if report.batch > 1 else (),
        ),
        _parameters(layer, report, _lines(formulas, Quantity.PARAMETERS)),
        _operations(layer, report, _lines(formulas, Quantity.MACS)),
        Fact(
            _("Memory of the output"),
            byte_text(layer.activation_bytes),
            _exact_bytes(layer.activation_bytes),
            _share(layer.activation_bytes, report.totals.activation_bytes),
            _lines(formulas, Quantity.MEMORY),
        ),
        *_weight_memory(layer, report),
        _field(design, layer, _lines(formulas, Quantity.RECEPTIVE_FIELD)),
    )


def facts_of_several(report: Report, ids: Sequence[str]) -> tuple[Fact, ...]:
    """Sums over nodes; a lower bound where one of them could not be counted."""
    chosen = frozenset(ids)
    layers = [layer for key, layer in report.layers.items() if key in chosen]
    bound = "" if all(layer.output_shape is not None for layer in layers) else "≥" + SPACE
    totals = report.totals

    def summed(title: str, attribute: str, whole: int, unit: str = "") -> Fact:
        terms = [term for term in map(attrgetter(attribute), layers) if term]
        total = sum(terms)
        written = ""
        if 1 < len(terms) <= LONGEST_SUM:
            written = " + ".join(number(term) for term in terms) + f" = {number(total)}"
        short = byte_text(total) if unit else short_number(total)
        tail = f"{SPACE}{unit}" if unit else ""
        return Fact(
            title,
            bound + short,
            f"{bound}{number(total)}{tail}",
            _share(total, whole),
            (written + tail,) if written else (),
        )

    return (
        summed(_("Parameters"), "parameters", totals.parameters),
        summed(_(OPERATION_TITLES[report.convention]), "operations", totals.operations),
        summed(_("Memory of the outputs"), "activation_bytes", totals.activation_bytes, "B"),
        summed(_("Memory of the weights"), "weight_bytes", totals.weight_bytes, "B"),
    )


def facts_of_design(report: Report) -> tuple[Fact, ...]:
    """Totals of the whole design."""
    totals = report.totals
    bound = "" if report.complete else "≥" + SPACE
    buffers: tuple[str, ...] = ()
    if totals.buffers:
        buffers = (_("and {count} that are not learned").format(count=number(totals.buffers)),)
    return (
        Fact(_("Layers"), number(totals.layers), remarks=_missed(report)),
        Fact(
            _("Parameters"),
            bound + short_number(totals.parameters),
            bound + number(totals.parameters),
            None,
            (),
            buffers,
        ),
        Fact(
            _(OPERATION_TITLES[report.convention]),
            bound + short_number(totals.operations),
            bound + number(totals.operations),
        ),
        Fact(
            _("Peak memory of the outputs"),
            bound + byte_text(totals.peak_activation_bytes),
            bound + _exact_bytes(totals.peak_activation_bytes),
            remarks=(
                _("what must be alive at once; all outputs together: {total}").format(
                    total=byte_text(totals.activation_bytes)
                ),
            ),
        ),
        Fact(
            _("Memory of the weights"),
            bound + byte_text(totals.weight_bytes),
            bound + _exact_bytes(totals.weight_bytes),
        ),
    )


def _missed(report: Report) -> tuple[str, ...]:
    """Why the totals are lower bounds; nothing where they are not."""
    if report.complete:
        return ()
    return (_("partial: ≥ stands before what misses"), *uncounted_lines(report, FEW))


def roots_of_waiting(report: Report, node_id: str) -> tuple[str, ...]:
    """The nodes upstream whose problems a waiting node waits for, nearest first."""
    found: list[str] = []
    seen, queue = {node_id}, [node_id]
    while queue:
        node = queue.pop(0)
        for source in report.layers[node].inputs:
            if source is None or source in seen:
                continue
            seen.add(source)
            facts = report.layers[source]
            if facts.problem is not None:
                found.append(source)
            elif facts.waiting:
                queue.append(source)
    return tuple(found)


def _image_remark(report: Report) -> str:
    return ngettext("for each of {count} image", "for each of {count} images", report.batch).format(count=report.batch)


def _parameters(layer: LayerReport, report: Report, formulas: tuple[str, ...]) -> Fact:
    remarks: tuple[str, ...] = ()
    if layer.buffers:
        remarks = (
            _("and {count} that are not learned (running mean and variance)").format(count=number(layer.buffers)),
        )
    return Fact(
        _("Parameters"),
        short_number(layer.parameters),
        number(layer.parameters),
        _share(layer.parameters, report.totals.parameters),
        formulas,
        remarks,
    )


def _operations(layer: LayerReport, report: Report, formulas: tuple[str, ...]) -> Fact:
    return Fact(
        _(OPERATION_TITLES[report.convention]),
        short_number(layer.operations),
        number(layer.operations),
        _share(layer.operations, report.totals.operations),
        (*formulas, *_convention_lines(layer, report)),
        custom=_custom(report),
    )


def _custom(report: Report) -> str:
    return _("counted as {convention}").format(convention=_(CONVENTIONS[report.convention]))


def _convention_lines(layer: LayerReport, report: Report) -> Iterator[str]:
    """From the multiply-adds of one image to the operations of the convention and batch."""
    macs, operations, batch = layer.macs // report.batch, layer.operations // report.batch, report.batch
    if operations != macs and macs:
        rest = operations - 2 * macs
        extra = f" + {number(rest)}" if rest else ""
        yield f"2 × {number(macs)}{extra} = {number(operations)}"
    if batch > 1 and operations:
        yield f"{batch} × {number(operations)} = {number(layer.operations)}"


def _weight_memory(layer: LayerReport, report: Report) -> Iterator[Fact]:
    if not layer.weight_bytes:
        return
    item = ITEM_BYTES[report.dtype]
    count = number(layer.parameters)
    if layer.buffers:
        count = f"({count} + {number(layer.buffers)})"
    yield Fact(
        _("Memory of the weights"),
        byte_text(layer.weight_bytes),
        _exact_bytes(layer.weight_bytes),
        _share(layer.weight_bytes, report.totals.weight_bytes),
        (f"{count} × {item}{SPACE}B = {_exact_bytes(layer.weight_bytes)}",),
    )


def _field(design: Design, layer: LayerReport, formulas: tuple[str, ...]) -> Fact:
    title = _("Receptive field")
    field = layer.receptive_field
    if field is None:
        return Fact(title, UNKNOWN, remarks=(_("has no fixed size and stride here"),))
    if design.nodes[layer.id].layer.is_source():
        return Fact(title, axes_text(field.size), remarks=(_("each cell is its own pixel"),))
    return Fact(title, axes_text(field.size), formulas=formulas, remarks=tuple(_field_remarks(field)))


def _field_remarks(field: ReceptiveField) -> Iterator[str]:
    inside = _(" (in the padding)") if min(field.start, default=0) < 0 else ""
    start = ", ".join(str(first).replace("-", "−") for first in field.start)
    yield _("stride {stride}, first cell starts at ({start}){inside}").format(
        stride=axes_text(field.stride), start=start, inside=inside
    )
    if not any(field.stride):
        yield _("every cell sees the whole of what comes in")
    lengths = [{last - first + 1 for first, last in cells} for cells in field.seen]
    if any(len(axis) > 1 for axis in lengths):
        least = "×".join(str(max(0, min(axis))) for axis in lengths)
        yield _("not all cells see equally much: {least} pixels at least, and the stride is a mean").format(least=least)
    if not field.aligned:
        yield _(
            "unaligned: paths whose fields differ in stride or centre meet before here; this is what they see together,"
            " and where the strides differ it is that of the first cell"
        )


def _lines(formulas: Sequence[Formula], quantity: Quantity) -> tuple[str, ...]:
    return tuple(
        f"{formula.label}: {formula.text}" if formula.label else formula.text
        for formula in formulas
        if formula.quantity is quantity
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _exact_bytes(value: int) -> str:
    return f"{number(value)}{SPACE}B"
