"""How one list of rows becomes another: which runs go, which come, which stay and only look different. No widgets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import attrs


@attrs.frozen
class Run:
    """Rows ``first`` to ``last``, both inclusive."""

    first: int
    last: int


def runs(rows: Sequence[int]) -> Iterator[Run]:
    """Neighbouring rows together; ``rows`` ascend."""
    start = previous = None
    for row in rows:
        if previous is None or row != previous + 1:
            if start is not None and previous is not None:
                yield Run(start, previous)
            start = row
        previous = row
    if start is not None and previous is not None:
        yield Run(start, previous)


def removals(old: Sequence[str], kept: Collection[str]) -> list[Run]:
    """Runs of rows that go, last first, so that taking one away does not move the others."""
    gone = [row for row, key in enumerate(old) if key not in kept]
    return list(runs(gone))[::-1]


def insertions(new: Sequence[str], present: Collection[str]) -> list[Run]:
    """Runs of rows that come, first first, counted in the list as it will be."""
    return list(runs([row for row, key in enumerate(new) if key not in present]))
