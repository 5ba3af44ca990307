"""Going from node to node with the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from designer.graph.design import Design

Direction = Literal["left", "right", "up", "down"]


def step_in_order(order: Sequence[str], current: str | None, step: int) -> str | None:
    """The next node in execution order (``step`` 1) or the one before (-1); None past either end."""
    if current is None or current not in order:
        return (order[0] if step > 0 else order[-1]) if order else None
    index = order.index(current) + step
    return order[index] if 0 <= index < len(order) else None


def step_along_wires(design: Design, current: str, direction: Direction) -> str | None:
    """Along a wire to the left or right, or to the neighbour above or below that shares a source or a reader."""
    height = design.nodes[current].position[1]

    def top(node: str) -> float:
        return design.nodes[node].position[1]

    if direction in ("left", "right"):
        near = (
            [edge.target for edge in design.outgoing[current]]
            if direction == "right"
            else [edge.source for edge in design.incoming[current]]
        )
        return min(near, key=lambda node: abs(top(node) - height), default=None)
    siblings = {other.target for edge in design.incoming[current] for other in design.outgoing[edge.source]}
    siblings |= {other.source for edge in design.outgoing[current] for other in design.incoming[edge.target]}
    if direction == "down":
        return min((node for node in siblings if top(node) > height), key=top, default=None)
    return max((node for node in siblings if top(node) < height), key=top, default=None)
