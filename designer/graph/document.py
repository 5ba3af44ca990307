"""The document: the current design, its history, and word of every change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs
from psygnal import Signal

from designer.graph.design import Design, Edge
from designer.graph.edits import Edit
from designer.graph.wiring import changed_edges, changed_nodes

HISTORY_NODES = 1_000_000
"""Nodes in all designs of the history: some 26 bytes each where they are only moved, 150 where wires change."""

FEWEST_STEPS = 100
"""Steps that can always be undone, however large the design."""


@attrs.frozen
class Change:
    """The difference between two designs. A renamed node counts as removed and added."""

    before: Design
    after: Design
    added: tuple[str, ...]
    removed: tuple[str, ...]
    updated: tuple[str, ...]
    moved: tuple[str, ...]
    edges_added: tuple[Edge, ...]
    edges_removed: tuple[Edge, ...]
    replaced: bool = False
    """Another design altogether: open, new."""

    regrouped: bool = False
    """Groups are others, or look otherwise. No number depends on them."""

    @property
    def only_moved(self) -> bool:
        """Nothing that a number depends on has changed."""
        return (
            not (self.added or self.removed or self.updated or self.edges_added or self.edges_removed)
            and self.before.weights is self.after.weights
        )

    @property
    def renamed(self) -> Mapping[str, str]:
        """Old id → new id where the change is the renaming of a node, or its undoing."""
        if len(self.removed) != 1 or len(self.added) != 1:
            return {}
        (old,), (new,) = self.removed, self.added
        before, after = self.before.nodes[old], self.after.nodes[new]
        same = before.layer is after.layer and before.seed == after.seed and before.position == after.position
        return {old: new} if same else {}


def difference(before: Design, after: Design) -> Change:
    """What changed; untouched nodes are recognised because they are the same objects."""
    added, updated, moved = [], [], []
    known = before.nodes
    for key in changed_nodes(known, after.nodes):
        old, node = known.get(key), after.nodes[key]
        if old is None:
            added.append(key)
            continue
        # Of ten thousand moved nodes, two calls of ``position`` each take as long as all else here.
        here, there = old.place, node.place
        if here is not there and here != there and ((here and there) or old.position != node.position):
            moved.append(key)
        if (old.layer is not node.layer and old.layer != node.layer) or old.seed != node.seed:
            updated.append(key)
    if before.weights is not after.weights:
        told = set(updated)
        updated += [
            key
            for key in after.nodes
            if key in before.nodes and key not in told and before.weights.get(key) is not after.weights.get(key)
        ]
    drawn, taken = _changed_edges(before, after)
    # The numbers say whether any node is gone; comparing the names of ten thousand takes 3 ms.
    gone = len(known) + len(added) - len(after.nodes)
    return Change(
        before=before,
        after=after,
        added=tuple(added),
        removed=_only_in(before, after) if gone else (),
        updated=tuple(updated),
        moved=tuple(moved),
        edges_added=drawn,
        edges_removed=taken,
        regrouped=before.groups is not after.groups and before.groups != after.groups,
    )


def _only_in(design: Design, other: Design) -> tuple[str, ...]:
    """Nodes that the other has not, as they stand."""
    lacking = design.nodes.keys() - other.nodes.keys()
    return tuple([key for key in design.nodes if key in lacking]) if lacking else ()


def _changed_edges(before: Design, after: Design) -> tuple[tuple[Edge, ...], tuple[Edge, ...]]:
    """Wires that only the later design has, and those that only the earlier has."""
    if before.edges is after.edges:
        return (), ()
    # Untouched wires are the same objects, and comparing those costs least; few are left to be compared by value.
    drawn, taken = changed_edges(before.edges, after.edges)
    if not drawn or not taken:
        return drawn, taken
    kept = set(drawn).intersection(taken)
    return tuple(edge for edge in drawn if edge not in kept), tuple(edge for edge in taken if edge not in kept)


@attrs.frozen
class Step:
    """One entry of the history: the design before and after, and the edit's name."""

    before: Design
    after: Design
    label: str
    token: object | None = None
    selected: tuple[str, ...] = ()
    """Nodes that were selected on the side of the step that is not shown: before it, or after it where it is undone."""


class Document:
    """The one place where the design changes. Undo is the previous reference: it cannot drift.

    Signals: ``changed(Change)`` after the design has changed; ``history_changed()`` when what can be undone, or whether
    there is anything unsaved, may have changed.
    """

    changed = Signal(Change)
    history_changed = Signal()

    def __init__(self, design: Design | None = None) -> None:
        self._design = design or Design()
        self._saved: Design | None = self._design
        self._undo: list[Step] = []
        self._redo: list[Step] = []

    @property
    def design(self) -> Design:
        """The current design."""
        return self._design

    @property
    def saved(self) -> Design | None:
        """The design last saved or opened; None where it is on no disk."""
        return self._saved

    @property
    def modified(self) -> bool:
        """Whether the design differs from the one last saved or opened."""
        return self._design is not self._saved

    def do(
        self,
        edit: Edit,
        token: object | None = None,
        selected: tuple[str, ...] = (),
        change: Change | None = None,
    ) -> None:
        """Apply an edit while these nodes are selected; raises DesignError and changes nothing where it is refused.

        Consecutive edits with the same ``token`` (not None) become one step, until :meth:`seal`. A ``change`` found
        beforehand is used where it is the one between the two designs.
        """
        before = self._design
        after = edit.apply(before)
        if after is before or after == before:
            return
        self._redo.clear()
        last = self._undo[-1] if self._undo else None
        if last is not None and token is not None and last.token == token:
            if after == last.before:
                # Spun or dragged back to where it began: nothing to undo, nothing unsaved.
                self._undo.pop()
                after = last.before
            else:
                self._undo[-1] = attrs.evolve(last, after=after)
        else:
            self._undo.append(Step(before, after, edit.label(), token, selected))
            del self._undo[: -max(FEWEST_STEPS, HISTORY_NODES // max(1, len(after.nodes)))]
        self._become(after, change)

    def seal(self) -> None:
        """End the current step: the next edit starts its own even with the same token."""
        if self._undo and self._undo[-1].token is not None:
            self._undo[-1] = attrs.evolve(self._undo[-1], token=None)

    def undo(self, selected: tuple[str, ...] = ()) -> tuple[str, ...] | None:
        """Go back one step while these nodes are selected; those selected before it, None at the start."""
        if not self._undo:
            return None
        step = self._undo.pop()
        self._redo.append(attrs.evolve(step, token=None, selected=selected))
        self._become(step.before)
        return step.selected

    def redo(self, selected: tuple[str, ...] = ()) -> tuple[str, ...] | None:
        """Go forward one step while these nodes are selected; those selected after it, None at the end."""
        if not self._redo:
            return None
        step = self._redo.pop()
        self._undo.append(attrs.evolve(step, selected=selected))
        self._become(step.after)
        return step.selected

    @property
    def undo_label(self) -> str | None:
        """Name of the step that undo would take back; None at the start."""
        return self._undo[-1].label if self._undo else None

    @property
    def redo_label(self) -> str | None:
        """Name of the step that redo would do again; None at the end."""
        return self._redo[-1].label if self._redo else None

    def history(self) -> Iterator[Step]:
        """The steps that can be undone, oldest first."""
        return iter(tuple(self._undo))

    def mark_saved(self, design: Design | None = None) -> None:
        """The current design, or the given snapshot of it, is on disk."""
        self._saved = self._design if design is None else design
        self.seal()
        self.history_changed.emit()

    def mark_unsaved(self) -> None:
        """The current design is on no disk (an example, a template)."""
        self._saved = None
        self.history_changed.emit()

    def reset(self, design: Design) -> None:
        """Start over with another design and an empty history: open, new."""
        self._undo.clear()
        self._redo.clear()
        self._saved = design
        self._become(design, attrs.evolve(difference(self._design, design), replaced=True))

    def _become(self, design: Design, known: Change | None = None) -> None:
        before, self._design = self._design, design
        found = known if known is not None and known.before is before and known.after is design else None
        self.changed.emit(found or difference(before, design))
        self.history_changed.emit()
