"""Memory of a training step: what the forward pass must leave for the backward pass, and what an optimiser keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import attrs

from designer.analysis.report import ITEM_BYTES, Report
from designer.graph.design import Design
from designer.i18n import N_

Optimiser = Literal["sgd", "momentum", "adam"]
Pass = Literal["forward", "backward"]

OPTIMISERS: Mapping[Optimiser, str] = {
    "sgd": N_("SGD"),
    "momentum": N_("SGD with momentum"),
    "adam": N_("Adam"),
}
"""Name → label."""

STATE: Mapping[Optimiser, int] = {"sgd": 0, "momentum": 1, "adam": 2}
"""Values kept from step to step for each parameter: none; its velocity (Polyak, 1964); its two moments (Kingma and Ba,
"Adam", ICLR 2015)."""


@attrs.frozen
class TrainingMoment:
    """While ``node`` is computed, or its gradient: bytes of the outputs and the gradients of outputs alive then."""

    node: str
    step: Pass
    alive_bytes: int


@attrs.frozen
class TrainingMemory:
    """Bytes that one training step takes, with the batch and the data type of a report.

    Attributes
    ----------
    optimiser : str
        ``sgd``, ``momentum`` or ``adam``.
    weight_bytes : int
        The weights, running statistics included.
    gradient_bytes, optimiser_bytes : int
        Gradients of the parameters, and what the optimiser keeps for each of them.
    kept_bytes : int
        Outputs that the backward pass reads, each counted once: all are alive when it begins.
    timeline : tuple[TrainingMoment, ...]
        Outputs and their gradients alive while each layer runs, forwards and then backwards.
    complete : bool
        Whether every layer could be counted; else all numbers are lower bounds.
    """

    optimiser: Optimiser
    weight_bytes: int
    gradient_bytes: int
    optimiser_bytes: int
    kept_bytes: int
    timeline: tuple[TrainingMoment, ...] = ()
    complete: bool = True

    @property
    def peak(self) -> TrainingMoment | None:
        """The first moment at which the most is alive; None for an empty design."""
        return max(self.timeline, key=lambda moment: moment.alive_bytes, default=None)

    @property
    def total_bytes(self) -> int:
        """Everything at the worst moment: weights, their gradients, the optimiser's state, and the peak."""
        peak = 0 if self.peak is None else self.peak.alive_bytes
        return self.weight_bytes + self.gradient_bytes + self.optimiser_bytes + peak


def training_memory(design: Design, report: Report, optimiser: Optimiser = "adam") -> TrainingMemory:
    """Memory of a training step of a design as a report counts it.

    An output lives until its last reader has run, forwards and backwards: a layer's gradient reads what the layer
    declares (``Layer.gradient_reads``). The gradient of an output lives from the backward pass of its last reader to
    that of the layer itself. Only layers with parameters at or before them have a gradient. Nothing is computed in
    place, every gradient of a parameter is held until the step is taken, and masks of dropout are not counted.
    """
    output_bytes = {key: facts.activation_bytes for key, facts in report.layers.items()}
    gradients = _with_gradient(design, report)
    read_back = _read_back(design, gradients)
    trained = report.totals.parameters * ITEM_BYTES[report.dtype]
    return TrainingMemory(
        optimiser=optimiser,
        weight_bytes=report.totals.weight_bytes,
        gradient_bytes=trained,
        optimiser_bytes=trained * STATE[optimiser],
        kept_bytes=sum(output_bytes[node] for node in read_back),
        timeline=_timeline(design, output_bytes, gradients, read_back),
        complete=report.complete,
    )


def _with_gradient(design: Design, report: Report) -> set[str]:
    """Nodes with a parameter at or before them, which is all that a backward pass visits."""
    found: set[str] = set()
    for node in design.order:
        if report.layers[node].parameters or not found.isdisjoint(design.inputs[node]):
            found.add(node)
    return found


def _read_back(design: Design, gradients: set[str]) -> dict[str, str]:
    """Output → the layer whose backward pass reads it last: that of the earliest layer."""
    last: dict[str, str] = {}
    # Backwards, as the pass goes: who is written last stays.
    for node in reversed(design.order):
        if node not in gradients:
            continue
        reads = design.nodes[node].layer.gradient_reads
        if "inputs" in reads:
            last.update({source: node for source in design.inputs[node] if source is not None})
        if "output" in reads:
            last[node] = node
    return last


def _timeline(
    design: Design, output_bytes: Mapping[str, int], gradients: set[str], read_back: Mapping[str, str]
) -> tuple[TrainingMoment, ...]:
    steps: list[tuple[str, Pass]] = [(node, "forward") for node in design.order]
    steps += [(node, "backward") for node in reversed(design.order) if node in gradients]
    forward = {node: index for index, node in enumerate(design.order)}
    backward = {node: index for index, (node, step) in enumerate(steps) if step == "backward"}
    begins, ends = [0] * len(steps), [0] * len(steps)

    def alive(size: int, first: int, last: int) -> None:
        begins[first] += size
        ends[last] += size

    for node in design.order:
        size, readers = output_bytes[node], design.outgoing[node]
        targets = [edge.target for edge in readers]
        # A result is there for the loss, which comes after the last layer.
        last = max((forward[target] for target in targets), default=len(design.order) - 1)
        if node in read_back:
            last = max(last, backward[read_back[node]])
        alive(size, forward[node], last)
        if node in gradients:
            first = min((backward[target] for target in targets), default=backward[node])
            alive(size, first, backward[node])
    now, moments = 0, []
    for (node, step), more, less in zip(steps, begins, ends, strict=True):
        now += more
        moments.append(TrainingMoment(node, step, now))
        now -= less
    return tuple(moments)
