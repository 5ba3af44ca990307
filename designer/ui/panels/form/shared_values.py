"""What several layers have in common, and one edit for all of them. No widgets here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from designer.graph.compound_edits import SetParametersOfAll, Several
from designer.graph.design import Design
from designer.graph.edits import Edit, SetParameters, SetWeights
from designer.i18n import _, ngettext
from designer.layer_api.fields import PerAxis
from designer.layer_api.layer import Layer


class _Mixed:
    """Several layers are shown and their values differ."""

    def __repr__(self) -> str:
        return "MIXED"


MIXED = _Mixed()


def of_one_kind(design: Design, ids: Sequence[str]) -> bool:
    """Whether a form can show these nodes together."""
    kinds = (type(design.nodes[node].layer) for node in ids)
    first = next(kinds, None)
    return first is not None and all(kind is first for kind in kinds)


def shared_values(layers: Sequence[Layer]) -> dict[str, Any]:
    """Value of every field of layers of one kind; MIXED where they differ."""
    first = layers[0].parameters()
    for layer in layers[1:]:
        for name, value in layer.parameters().items():
            if first[name] != value:
                first[name] = MIXED
    return first


def set_parameter(ids: Sequence[str], name: str, value: Any) -> Edit:
    """Give all nodes the value, as one step."""
    if len(ids) == 1:
        return SetParameters(ids[0], {name: value})
    text = ngettext("Change {field} of {count} layer", "Change {field} of {count} layers", len(ids))
    return SetParametersOfAll(tuple(ids), {name: value}, text.format(field=name, count=len(ids)))


def initialise_again(ids: Sequence[str]) -> Edit:
    """Drop the given weights of the nodes, as one step."""
    edit = SetWeights(dict.fromkeys(ids))
    return Several((edit,), _("Initialise {node} again").format(node=ids[0])) if len(ids) == 1 else edit


def stand_in(layer: Layer, name: str) -> tuple[int, ...] | None:
    """Where a per-axis field may be None ("as the kernel"): the first other per-axis value, to begin with instead."""
    fields = layer.fields()
    if not fields[name].optional:
        return None
    values = (getattr(layer, other) for other, field in fields.items() if other != name and type(field) is PerAxis)
    return next((value for value in values if value is not None), None)
