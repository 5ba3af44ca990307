"""What a run will do and what memory it will need, before it starts."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping

import attrs
import psutil

from designer.analysis.memory import peak
from designer.analysis.report import LayerReport, Report
from designer.engine.cache import ResultCache
from designer.graph.design import Array, Design
from designer.i18n import _
from designer.layer_api.problems import UserError
from designer.layer_api.quantities import byte_text

FLOAT_BYTES = 4
HEADROOM_BYTES = 64_000_000
"""Tiles, the interpreter's own, and what the system needs meanwhile."""


class RunRefused(UserError):
    """A run that cannot be done; the message is one line with the figures."""


@attrs.frozen
class Plan:
    """Steps in order; ``last_reader`` says when an output may be freed; ``keys`` name results across runs.

    ``remembered`` holds the outputs that need not be computed; what only they depend on is no step.
    ``estimated_bytes`` is what the run allocates beyond them.
    """

    design: Design
    report: Report
    steps: tuple[str, ...]
    keep: frozenset[str]
    last_reader: Mapping[str, int]
    keys: Mapping[str, Hashable]
    remembered: Mapping[str, Array]
    estimated_bytes: int


def make_plan(
    design: Design,
    report: Report,
    keys: Mapping[str, Hashable],
    *,
    keep: Collection[str] | None = None,
    batch: int = 1,
    cache: ResultCache | None = None,
) -> Plan:
    """Plan the run of every computable node, or only of those that ``keep`` (None: all) depends on."""
    computable = [node for node in design.order if node in keys]
    kept = frozenset(computable) if keep is None else frozenset(keep) & frozenset(computable)
    needed = set(kept)
    remembered: dict[str, Array] = {}
    for node in reversed(computable):
        if node not in needed:
            continue
        found = None if cache is None else cache.get(keys[node])
        if found is not None:
            remembered[node] = found
        else:
            needed.update(source for source in report.layers[node].inputs if source is not None)
    steps = tuple(node for node in computable if node in needed)
    last = {source: index for index, node in enumerate(steps) for source in report.layers[node].inputs if source}
    new = [node for node in steps if node not in remembered]
    sizes = {node: _output_bytes(report.layers[node]) * batch for node in new}
    held = sum(sizes[node] for node in new if node in kept)
    passing = peak(design, {node: size for node, size in sizes.items() if node not in kept})
    estimate = held + passing + weight_bytes(design, report, new)
    return Plan(design, report, steps, kept, last, keys, remembered, estimate)


def _output_bytes(facts: LayerReport) -> int:
    return 0 if facts.output_shape is None else math.prod(facts.output_shape) * FLOAT_BYTES


def weight_bytes(design: Design, report: Report, nodes: Collection[str]) -> int:
    """What the initial weights of these nodes occupy as float32; given ones are in memory already."""
    drawn = [report.layers[node] for node in nodes if node not in design.weights]
    return sum(facts.parameters + facts.buffers for facts in drawn) * FLOAT_BYTES


def available_bytes() -> int:
    """Memory that a run may take without pushing anything out, in bytes."""
    return int(psutil.virtual_memory().available) - HEADROOM_BYTES


def check_memory(plan: Plan, available: int | None = None) -> None:
    """Raise RunRefused with the figures where the run would not fit into memory."""
    room = available_bytes() if available is None else available
    if plan.estimated_bytes > room:
        raise RunRefused(
            _(
                "this run needs about {needed} of memory and {room} are free; make the input smaller or keep fewer maps"
            ).format(needed=byte_text(plan.estimated_bytes), room=byte_text(max(room, 0)))
        )


def check_weights_memory(design: Design, report: Report, available: int | None = None) -> None:
    """Raise RunRefused with the figures where the initial weights of a design would not fit into memory."""
    room = available_bytes() if available is None else available
    needed = weight_bytes(design, report, report.layers)
    if needed > room:
        raise RunRefused(
            _("the weights need {needed} of memory and {room} are free").format(
                needed=byte_text(needed), room=byte_text(max(room, 0))
            )
        )


def check_images(report: Report, images: Mapping[str, Array]) -> None:
    """Raise RunRefused where an image does not have the shape of the input it is fed to, or batches differ."""
    sources = [key for key, facts in report.layers.items() if not facts.inputs]
    batches: dict[str, int] = {}
    for name, array in images.items():
        if name not in sources:
            known = ", ".join(sources) or _("none")
            raise RunRefused(_("there is no input {name}; the design has {known}").format(name=name, known=known))
        shape = report.layers[name].output_shape or ()
        if array.ndim == 0 or array.shape[1:] != shape or len(array) == 0:
            raise RunRefused(
                _("{name}: an array of shape {came} came, {wanted} is wanted").format(
                    name=name, came=array.shape, wanted=f"({', '.join(map(str, ('N', *shape)))})"
                )
            )
        batches[name] = len(array)
    if len(set(batches.values())) > 1:
        listing = ", ".join(f"{name}: {count}" for name, count in batches.items())
        raise RunRefused(_("every input wants as many images as the others; {listing} came").format(listing=listing))
