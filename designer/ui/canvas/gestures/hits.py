"""What the pointer is on."""

from __future__ import annotations

import attrs

from designer.graph.design import Edge


@attrs.frozen
class OnInput:
    """An input port."""

    node: str
    port: int


@attrs.frozen
class OnOutput:
    """An output port; only the card of a group has several."""

    node: str
    port: int = 0


@attrs.frozen
class OnNode:
    """A card, or the row of its name."""

    node: str
    on_name: bool = False


@attrs.frozen
class OnEdge:
    """The pointer is on a wire, not near one of its ends."""

    edge: Edge


@attrs.frozen
class OnFrame:
    """The title of an open group's frame, or the sign in it that collapses the group."""

    path: str
    on_toggle: bool = False


Hit = OnInput | OnOutput | OnNode | OnEdge | OnFrame | None


def hit_node(hit: Hit) -> str | None:
    """The node that was hit, by whatever part."""
    return hit.node if isinstance(hit, OnInput | OnOutput | OnNode) else None
