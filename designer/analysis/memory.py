"""Activation memory: which outputs must be alive at once, in execution order."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from designer.graph.design import Design


@attrs.frozen
class Moment:
    """While ``node`` is computed: bytes of all outputs alive then, its own included."""

    node: str
    alive_bytes: int


def timeline(design: Design, output_bytes: Mapping[str, int]) -> tuple[Moment, ...]:
    """Memory alive while each node runs, in execution order.

    An output lives until its last reader has run; outputs that nobody reads are results and live to the end. Nothing is
    assumed to be computed in place.
    """
    position = {node: index for index, node in enumerate(design.order)}
    last = {
        node: max((position[edge.target] for edge in design.outgoing[node]), default=len(position))
        for node in design.order
    }
    ends: dict[int, list[str]] = {}
    for node, index in last.items():
        ends.setdefault(index, []).append(node)
    alive, moments = 0, []
    for index, node in enumerate(design.order):
        alive += output_bytes.get(node, 0)
        moments.append(Moment(node, alive))
        alive -= sum(output_bytes.get(ended, 0) for ended in ends.get(index, ()))
    return tuple(moments)


def peak(design: Design, output_bytes: Mapping[str, int]) -> int:
    """The most memory alive at once, in bytes."""
    return max((moment.alive_bytes for moment in timeline(design, output_bytes)), default=0)
