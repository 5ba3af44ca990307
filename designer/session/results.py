"""Which maps of a design are kept, and by which keys they are found again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from designer.analysis.report import ITEM_BYTES, Report
from designer.engine.compile.memory_plan import FLOAT_BYTES
from designer.engine.compile.plan import arithmetic_of
from designer.engine.remember.keys import result_keys
from designer.engine.remember.workspace import Workspace
from designer.graph.design import Design
from designer.layer_api.geometry import Shape
from designer.pictures.images import Picture, Prepared, Preprocessing

MAPS_SHARE = 2
"""One part in so many of the budget is what all maps of a design may take: they want weights beside them."""


def worth_keeping(design: Design, report: Report, current: str | None, budget_bytes: int) -> list[str] | None:
    """None, for all maps, where they fit into the budget with weights beside them; else current node's and ends'."""
    values = report.totals.activation_bytes // (ITEM_BYTES[report.dtype] * report.batch)
    if values * FLOAT_BYTES <= budget_bytes // MAPS_SHARE:
        return None
    ends = [node for node in design.nodes if not design.outgoing[node]]
    return [*ends, *([current] if current is not None else [])]


def source_shapes(design: Design, report: Report) -> dict[str, Shape]:
    """What images the inputs of a design take, by id."""
    shapes = {source: report.layers[source].output_shape for source in design.sources()}
    return {source: shape for source, shape in shapes.items() if shape is not None}


def fitting(prepared: Mapping[str, Prepared], report: Report) -> dict[str, Prepared]:
    """The images that fit an input of another design."""
    layers = report.layers
    return {
        source: image
        for source, image in prepared.items()
        if source in layers and layers[source].output_shape == image.tensor.shape[1:]
    }


def keys_of(
    design: Design,
    report: Report,
    prepared: Mapping[str, Prepared],
    *,
    picture: Picture | None,
    preprocessing: Preprocessing,
    keep: list[str] | None,
    precise: bool,
    workspace: Workspace,
) -> Mapping[str, Hashable]:
    """The key of every node's maps, as a run started now would compute them."""
    # What is prepared may still be of the way of preparing before; it is there to be looked at until a run.
    tensors = {
        source: image.tensor
        for source, image in prepared.items()
        if image.picture is picture and image.preprocessing == preprocessing
    }
    return result_keys(design, report, tensors, workspace.keys, arithmetic_of(keep, precise), workspace.declared)
