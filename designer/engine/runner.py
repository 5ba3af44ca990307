"""Run a design on images, one layer after the other, as a generator that can be stopped inside a layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping

import attrs
import numpy as np

from designer.analysis.report import Report
from designer.engine.cache import ResultCache, result_keys
from designer.engine.plan import Plan, check_images, check_memory, make_plan
from designer.engine.weights import WeightStore
from designer.graph.design import Array, Design
from designer.kernels.threads import checkpoint_part, checkpoint_scope


class RunCancelled(Exception):
    """The run was stopped; what had been computed before remains valid."""


@attrs.frozen
class LayerStarted:
    """Layer ``index`` of ``count`` begins."""

    id: str
    index: int
    count: int


@attrs.frozen(eq=False)
class LayerResult:
    """A layer's output, float32 (N, *shape), read-only; ``seconds`` is 0 where it was remembered."""

    id: str
    output: Array
    index: int
    count: int
    seconds: float


Event = LayerStarted | LayerResult
Progress = Callable[[str, float], None]


def ignore_progress(node_id: str, fraction: float) -> None:
    """Nobody watches."""


def plan_run(
    design: Design,
    report: Report,
    images: Mapping[str, Array],
    *,
    keep: Collection[str] | None = None,
    cache: ResultCache | None = None,
) -> Plan:
    """Check the images and plan the run, with what the cache remembers taken over; raises RunRefused."""
    check_images(report, images)
    batch = max((len(array) for array in images.values()), default=1)
    return make_plan(design, report, result_keys(design, report, images), keep=keep, batch=batch, cache=cache)


def run(
    plan: Plan,
    images: Mapping[str, Array],
    *,
    weights: WeightStore | None = None,
    cache: ResultCache | None = None,
    progress: Progress = ignore_progress,
) -> Iterator[Event]:
    """Compute every step of a plan.

    Parameters
    ----------
    images
        Source id → array (N, C, *spatial), float32.
    cache
        Where kept results are added; the plan has taken over those that were there.
    progress
        Called with (node id, fraction done) between the tiles of a layer, in the running thread. It stops the run by
        raising RunCancelled.

    Yields
    ------
    LayerStarted, LayerResult
        In execution order; a result for kept nodes only. Nodes that cannot be computed are left out.

    Raises
    ------
    RunRefused
        Where the run would not fit into memory.
    RunCancelled
        From ``progress``.
    """
    check_memory(plan)
    weights = weights or WeightStore()
    alive: dict[str, Array] = {}
    count = len(plan.steps)
    for index, node_id in enumerate(plan.steps):
        progress(node_id, 0.0)
        yield LayerStarted(node_id, index, count)
        began = time.perf_counter()
        remembered = plan.remembered.get(node_id)
        # No local name may hold an output: it would outlive its last reader.
        alive[node_id] = _compute(plan, node_id, alive, images, weights, progress) if remembered is None else remembered
        if node_id in plan.keep:
            if cache is not None:
                cache.put(plan.keys[node_id], alive[node_id])
            seconds = 0.0 if remembered is not None else time.perf_counter() - began
            yield LayerResult(node_id, alive[node_id], index, count, seconds)
        del remembered
        for source in {node_id, *plan.report.layers[node_id].inputs}:
            if source is not None and plan.last_reader.get(source, -1) <= index:
                alive.pop(source, None)


def _compute(
    plan: Plan,
    node_id: str,
    alive: Mapping[str, Array],
    images: Mapping[str, Array],
    weights: WeightStore,
    progress: Progress,
) -> Array:
    layer, facts = plan.design.nodes[node_id].layer, plan.report.layers[node_id]
    if layer.is_source():
        inputs = [np.ascontiguousarray(images[node_id], dtype=np.float32)]
    else:
        inputs = [alive[source] for source in facts.inputs if source is not None]
    with checkpoint_scope(lambda fraction: progress(node_id, fraction)), np.errstate(all="ignore"):
        parts = 2 if weights.must_draw(plan.design, plan.report, node_id) else 1
        with checkpoint_part(0, parts):
            tensors = weights.of(plan.design, plan.report, node_id)
        with checkpoint_part(parts - 1, parts):
            output = layer.forward(inputs, tensors)
    output = output.view()
    output.flags.writeable = False
    return output


def run_to_end(plan: Plan, images: Mapping[str, Array], **options: object) -> dict[str, Array]:
    """Every kept output by node id; options as for :func:`run`."""
    return {event.id: event.output for event in run(plan, images, **options) if isinstance(event, LayerResult)}  # type: ignore[arg-type]
