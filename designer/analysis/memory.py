"""Activation memory: which outputs must be alive at once, in execution order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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


def alive_bytes(design: Design, output_bytes: Mapping[str, int]) -> Iterator[int]:
    """The bytes of :func:`timeline`, without the nodes."""
    # The last place in the order at which each output is read is the one that is written here last.
    last: dict[str, int] = {}
    for index, node in enumerate(design.order):
        for source in design.inputs[node]:
            if source is not None:
                last[source] = index
    ends: dict[int, int] = {}
    for node, index in last.items():
        ends[index] = ends.get(index, 0) + output_bytes.get(node, 0)
    alive = 0
    for index, node in enumerate(design.order):
        alive += output_bytes.get(node, 0)
        yield alive
        alive -= ends.get(index, 0)
