"""Activation memory: which outputs must be alive at once, in execution order."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, chain
from operator import sub

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
    return tuple(
        [Moment(node, alive) for node, alive in zip(design.order, alive_bytes(design, output_bytes), strict=True)]
    )


def peak(design: Design, output_bytes: Mapping[str, int]) -> int:
    """The most memory alive at once, in bytes."""
    return max(alive_bytes(design, output_bytes), default=0)


def alive_bytes(design: Design, output_bytes: Mapping[str, int]) -> list[int]:
    """The bytes of :func:`timeline`, without the nodes."""
    order, inputs = design.order, design.inputs
    # The last place in the order at which each output is read is the one that is written here last.
    last = {source: index for index, node in enumerate(order) for source in inputs[node] if source is not None}
    ended = [0] * len(order)
    for source, index in last.items():
        ended[index] += output_bytes.get(source, 0)
    added = [output_bytes.get(node, 0) for node in order]
    return list(accumulate(map(sub, added, chain((0,), ended))))
