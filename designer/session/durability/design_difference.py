"""What differs between two designs, in words: a file on disk and the design in the window, or two saves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np

from designer.graph.design import Design
from designer.i18n import _, ngettext
from designer.kernels.arrays.memory import Array

MOST_NAMES = 4
MOST_CHANGES = 3
"""Of layers that are named one by one, so that the words still fit in a menu or a notice."""


@attrs.frozen
class DesignDifference:
    """Ids of the nodes; ``changed`` maps id → parameter → value before and after."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, Mapping[str, tuple[object, object]]]
    wires: int
    moved: int
    weights: tuple[str, ...]
    renamed: str | None = None
    groups: bool = False


def design_difference(before: Design, after: Design, *, weights: bool = True) -> DesignDifference:
    """What was done to get from one design to another. A renamed node is removed and added.

    ``weights=False`` leaves the weights out, as where they were not read.
    """
    both = [node for node in after.nodes if node in before.nodes]
    pairs = {node: (before.nodes[node], after.nodes[node]) for node in both}
    changed = {node: _parameters(old.layer, new.layer) for node, (old, new) in pairs.items() if old.layer != new.layer}
    return DesignDifference(
        added=tuple(node for node in after.nodes if node not in before.nodes),
        removed=tuple(node for node in before.nodes if node not in after.nodes),
        changed=changed,
        wires=len(set(before.edges) ^ set(after.edges)),
        moved=sum(old.position != new.position for old, new in pairs.values()),
        weights=tuple(node for node in both if not _same_weights(before, after, node)) if weights else (),
        renamed=after.name if after.name != before.name else None,
        groups=after.groups != before.groups,
    )


def _parameters(before: Any, after: Any) -> dict[str, tuple[object, object]]:
    old, new = ({"kind": layer.kind, **_as_json(layer)} for layer in (before, after))
    return {name: (old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)}


def _as_json(layer: Any) -> dict[str, Any]:
    """Every parameter as a spec file writes it, those at their default included."""
    fields = layer.fields()
    return {name: fields[name].to_json(value) for name, value in layer.parameters().items()}


def _same_weights(before: Design, after: Design, node: str) -> bool:
    old: Mapping[str, Array] = before.weights.get(node, {})
    new: Mapping[str, Array] = after.weights.get(node, {})
    return old.keys() == new.keys() and all(
        old[name] is new[name] or np.array_equal(old[name], new[name], equal_nan=True) for name in old
    )


def in_words(difference: DesignDifference) -> str:
    """The difference as one line: "conv3 added; conv1: filters 6 → 8"; "no difference" where there is none."""
    parts = []
    if difference.added:
        parts.append(_("{nodes} added").format(nodes=_listed(difference.added)))
    if difference.removed:
        parts.append(_("{nodes} removed").format(nodes=_listed(difference.removed)))
    parts += _changes(difference.changed)
    if difference.weights:
        parts.append(_("other weights in {nodes}").format(nodes=_listed(difference.weights)))
    # A layer that comes or goes takes its wires along.
    if difference.wires and not (difference.added or difference.removed):
        text = ngettext("{count} wire changed", "{count} wires changed", difference.wires)
        parts.append(text.format(count=difference.wires))
    if difference.moved:
        text = ngettext("{count} layer moved", "{count} layers moved", difference.moved)
        parts.append(text.format(count=difference.moved))
    if difference.groups:
        parts.append(_("groups changed"))
    if difference.renamed is not None:
        parts.append(_("named {name}").format(name=difference.renamed))
    return "; ".join(parts) if parts else _("no difference")


def _changes(changed: Mapping[str, Mapping[str, tuple[object, object]]]) -> Iterable[str]:
    named = list(changed.items())[:MOST_CHANGES]
    for node, parameters in named:
        values = ", ".join(f"{name} {_value(old)} → {_value(new)}" for name, (old, new) in parameters.items())
        yield f"{node}: {values}"
    others = len(changed) - len(named)
    if others:
        yield ngettext("{count} more layer changed", "{count} more layers changed", others).format(count=others)


def _value(value: object) -> str:
    return "×".join(map(_value, value)) if isinstance(value, list) else str(value)


def _listed(names: tuple[str, ...]) -> str:
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return ngettext(
        "{names} and {count} more layer", "{names} and {count} more layers", len(names) - MOST_NAMES
    ).format(names=", ".join(names[:MOST_NAMES]), count=len(names) - MOST_NAMES)
