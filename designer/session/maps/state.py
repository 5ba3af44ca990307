"""What can be shown of the current node's maps, and why not if not."""

from __future__ import annotations

import enum
import math

import attrs
import numpy as np

from designer.graph.design import Design
from designer.i18n import _
from designer.kernels.arrays.memory import Array
from designer.session.session import Session


class Standing(enum.Enum):
    """How far it is to a picture of the current node."""

    NOTHING_SELECTED = enum.auto()
    BLOCKED = enum.auto()
    """The node has a problem, or waits for one that has."""

    NO_IMAGE = enum.auto()
    PENDING = enum.auto()
    """The engine runs, or is about to."""

    READY = enum.auto()


@attrs.frozen(eq=False)
class MapsState:
    """The current node and its maps; ``message`` is a line for the user where there are none."""

    standing: Standing
    node: str | None = None
    message: str = ""
    result: Array | None = None
    """float32 (N, C, *spatial) or (N, F)."""


def maps_state(session: Session) -> MapsState:
    """What can be shown of the current node's output."""
    node = session.current
    if node is None:
        if not session.design.nodes:
            return MapsState(Standing.NOTHING_SELECTED, message=_("Add a layer to see its maps"))
        return MapsState(Standing.NOTHING_SELECTED, message=_("Select a layer to see its maps"))
    reason = blocked_by(session, node)
    if reason:
        return MapsState(Standing.BLOCKED, node, reason)
    result = session.result(node)
    if result is not None:
        return MapsState(Standing.READY, node, result=result)
    if session.picture is None:
        return MapsState(Standing.NO_IMAGE, node, _("Drop an image here, or choose an example"))
    return MapsState(Standing.PENDING, node)


def blocked_by(session: Session, node: str) -> str:
    """Why a node cannot be computed, in a line; empty where it can."""
    layers = session.report.layers
    problem = layers[node].problem
    if problem is not None:
        return _("{node} cannot be computed: {problem}").format(node=node, problem=problem.message)
    if not layers[node].waiting:
        return _without_image(session.design, node)
    seen, upstream = {node}, [node]
    while upstream:
        for source in layers[upstream.pop()].inputs:
            if source is None or source in seen:
                continue
            cause = layers[source].problem
            if cause is not None:
                return _("{node} waits for {source}: {problem}").format(node=node, source=source, problem=cause.message)
            seen.add(source)
            upstream.append(source)
    return _("{node} waits for an input").format(node=node)


def _without_image(design: Design, node: str) -> str:
    if design.sources():
        return ""
    return _("{node} has no image to start from; add an image input").format(node=node)


def kernel_values(session: Session, node: str) -> int:
    """How many weights slide over the node's input; 0 where none do, so that there are no filters to show."""
    facts = session.report.layers.get(node)
    if facts is None or facts.output_shape is None:
        return 0
    layer = session.design.nodes[node].layer
    specs = layer.weights(facts.input_shapes)
    # Shapes suffice to ask; an array that repeats one zero costs nothing.
    blank = {name: np.broadcast_to(np.float32(0.0), spec.shape) for name, spec in specs.items()}
    kernels = layer.filter_kernels(blank)
    return 0 if kernels is None else math.prod(kernels.shape)
