"""What a run will do and what memory it will need, before it starts."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping

import attrs
import psutil

from designer.analysis.memory import peak
from designer.analysis.report import Report
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
    """Steps in order; ``last_reader`` says when an output may be freed; ``keys`` name results across runs."""

    design: Design
    report: Report
    steps: tuple[str, ...]
    keep: frozenset[str]
    last_reader: Mapping[str, int]
    keys: Mapping[str, Hashable]
    estimated_bytes: int


def make_plan(
    design: Design,
    report: Report,
    keys: Mapping[str, Hashable],
    *,
    keep: Collection[str] | None = None,
    batch: int = 1,
) -> Plan:
    """Plan the run of every computable node, or only of those that ``keep`` (None: all) depends on."""
    computable = [node for node in design.order if node in keys]
    kept = frozenset(computable) if keep is None else frozenset(keep) & frozenset(computable)
    needed = set(kept)
    for node in reversed(computable):
        if node in needed:
            needed.update(source for source in report.layers[node].inputs if source is not None)
    steps = tuple(node for node in computable if node in needed)
    last = {source: index for index, node in enumerate(steps) for source in report.layers[node].inputs if source}
    sizes = {node: _count(report.layers[node].output_shape) * FLOAT_BYTES * batch for node in steps}
    held = sum(sizes[node] for node in kept)
    passing = peak(design, {node: size for node, size in sizes.items() if node not in kept})
    weights = sum(report.layers[node].parameters + report.layers[node].buffers for node in steps) * FLOAT_BYTES
    return Plan(design, report, steps, kept, last, keys, held + passing + weights)


def _count(shape: tuple[int, ...] | None) -> int:
    total = 1
    for size in shape or (0,):
        total *= size
    return total


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


def check_images(report: Report, images: Mapping[str, Array]) -> None:
    """Raise RunRefused where an image does not have the shape of the input it is fed to."""
    for name, array in images.items():
        facts = report.layers.get(name)
        if facts is None:
            known = ", ".join(key for key, layer in report.layers.items() if not layer.inputs) or _("none")
            raise RunRefused(_("there is no input {name}; the design has {known}").format(name=name, known=known))
        if array.ndim == 0 or array.shape[1:] != facts.output_shape:
            wanted = ("N", *(facts.output_shape or ()))
            raise RunRefused(
                _("{name}: an array of shape {came} came, {wanted} is wanted").format(
                    name=name, came=array.shape, wanted=f"({', '.join(map(str, wanted))})"
                )
            )
