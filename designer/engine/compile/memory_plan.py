"""Where the arrays of a run lie, from their lifetimes: known before anything is allocated.

Arrays that are handed out have memory of their own. All others lie in one *arena*, at offsets such that two of them
overlap only where one has been read for the last time before the other is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod

import attrs

from designer.engine.compile.step import Origin, Step
from designer.layer_api.geometry import Shape

FLOAT_BYTES = 4

ALIGNMENT = 16
"""Values: arrays begin at lines of the cache, 64 bytes, so that no vector of NumPy's straddles two."""


@attrs.frozen(eq=False)
class Place:
    """Where in the array of a concatenation an input of it is computed at once."""

    join: str
    channels: slice


@attrs.frozen(eq=False)
class Lifetime:
    """Memory that is needed from the step ``first`` to the step ``last``, for ``size`` values."""

    size: int
    first: int
    last: int

    @property
    def room(self) -> int:
        """The values with what they are aligned by."""
        return -(-self.size // ALIGNMENT) * ALIGNMENT


Gap = tuple[int, int]
"""Values of the arena that are free, from and to."""


@attrs.frozen(eq=False)
class MemoryPlan:
    """What becomes of the arrays that a run makes.

    Parameters
    ----------
    shapes
        Of the arrays of all steps.
    placed
        Arrays that lie inside of another.
    in_place
        Arrays that are written over their first input.
    holders
        Node → the node for whose array the memory is allocated in which its own lies.
    own
        Nodes for whose array memory of its own is allocated, because it is handed out.
    passing
        Lifetimes of the other memory that is allocated, by the node for whose array it is.
    offsets, arena_values
        Where each of these begins in the arena, in values, and how large that is.
    peak_bytes
        The memory of all arrays of the run, images included.
    """

    shapes: Mapping[str, Shape]
    placed: Mapping[str, Place]
    in_place: frozenset[str]
    holders: Mapping[str, str]
    own: frozenset[str]
    passing: Mapping[str, Lifetime]
    offsets: Mapping[str, int]
    arena_values: int
    peak_bytes: int

    def gaps(self, index: int) -> list[Gap]:
        """What no array needs of the arena during a step."""
        taken = sorted(
            (self.offsets[name], self.offsets[name] + lifetime.room)
            for name, lifetime in self.passing.items()
            if lifetime.first <= index <= lifetime.last
        )
        begins = [0, *(end for _start, end in taken)]
        ends = [*(start for start, _end in taken), self.arena_values]
        return list(zip(begins, ends, strict=True))


def plan_memory(
    steps: Sequence[Step],
    shapes: Mapping[str, Shape],
    last: Mapping[str, int],
    lasting: frozenset[str],
    placed: Mapping[str, Place],
    in_place: frozenset[str],
) -> MemoryPlan:
    """Find the lifetimes of all memory, and a place for each.

    Parameters
    ----------
    last
        The step after which nobody reads an array.
    lasting
        Nodes whose arrays are handed out.
    """
    holder: dict[str, str] = {}
    spans: dict[str, tuple[int, int]] = {}
    own: set[str] = set()
    images = 0
    for index, step in enumerate(steps):
        node = step.id
        if not step.origin.computes:
            images += prod(shapes[node]) if step.origin is Origin.IMAGE else 0
            continue
        held = holder[node] = holder[step.inputs[0]] if node in in_place else _outermost(node, placed)
        first, until = spans.get(held, (index, index))
        spans[held] = first, max(until, last[node])
        if node in lasting:
            own.add(held)
    sizes = {held: prod(shapes[held]) for held in spans}
    passing = {held: Lifetime(sizes[held], *span) for held, span in spans.items() if held not in own}
    offsets, arena = assign_offsets(passing)
    peak = images + arena + sum(sizes[held] for held in own)
    return MemoryPlan(shapes, placed, in_place, holder, frozenset(own), passing, offsets, arena, peak * FLOAT_BYTES)


def assign_offsets(lifetimes: Mapping[str, Lifetime], linger: int = 0) -> tuple[dict[str, int], int]:
    """Offsets in an arena, in values, and its size: each takes the smallest gap that is free for its lifetime.

    Parameters
    ----------
    lifetimes
        In the order of their first steps.
    linger
        Steps for which memory stays as it is after its last reader.
    """
    offsets: dict[str, int] = {}
    gaps: list[Gap] = []
    top = 0
    ending = sorted(lifetimes, key=lambda name: lifetimes[name].last, reverse=True)
    for name, lifetime in lifetimes.items():
        while lifetimes[ending[-1]].last + linger < lifetime.first:
            gone = ending.pop()
            _give_back(gaps, offsets[gone], offsets[gone] + lifetimes[gone].room)
        start = take_gap(gaps, lifetime.room)
        if start is None:
            # What is free at the end grows, instead of staying behind as a hole.
            start = top
            for gap in gaps:
                if gap[1] == top:
                    start = gap[0]
                    gaps.remove(gap)
                    break
            top = start + lifetime.room
        offsets[name] = start
    return offsets, top


def take_gap(gaps: list[Gap], size: int) -> int | None:
    """The beginning of the smallest gap of so many values, which are no gap any more; None where there is none."""
    best: Gap | None = None
    for gap in gaps:
        if gap[1] - gap[0] >= size and (best is None or gap[1] - gap[0] < best[1] - best[0]):
            best = gap
    if best is None:
        return None
    gaps.remove(best)
    if best[1] - best[0] > size:
        gaps.append((best[0] + size, best[1]))
    return best[0]


def _give_back(gaps: list[Gap], start: int, end: int) -> None:
    """Add a gap, joined with those that it touches."""
    for gap in gaps[:]:
        if gap[1] == start or gap[0] == end:
            gaps.remove(gap)
            start, end = min(start, gap[0]), max(end, gap[1])
    gaps.append((start, end))


def _outermost(node: str, placed: Mapping[str, Place]) -> str:
    """The array that an array lies in, through concatenations of concatenations."""
    while node in placed:
        node = placed[node].join
    return node


def frees(steps: Sequence[Step], last: Mapping[str, int]) -> tuple[tuple[str, ...], ...]:
    """The arrays that nobody reads after each step."""
    found: list[list[str]] = [[] for _step in steps]
    for node, index in last.items():
        found[index].append(node)
    return tuple(map(tuple, found))


def last_readers(steps: Iterable[Step]) -> dict[str, int]:
    """The step after which nobody reads an array."""
    last: dict[str, int] = {}
    for index, step in enumerate(steps):
        last[step.id] = index
        for source in step.inputs:
            last[source] = index
    return last
