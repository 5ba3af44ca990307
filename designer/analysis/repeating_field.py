"""Receptive fields where maps have grown: what is seen repeats after some cells, some pixels further on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import attrs

from designer.analysis.report import ReceptiveField
from designer.layer_api.geometry import AxisPattern, Pattern, Window

LONGEST = 512
"""Cells until a pattern repeats; of a longer one nothing is told."""

MOST_PIXELS = 10**18
"""As `receptive_field.LARGEST`: no image is larger."""


@attrs.frozen
class _Axis:
    """First and last pixel that each cell of a period sees (None: nothing), and pixels from one period to the next."""

    seen: tuple[tuple[int, int] | None, ...]
    advance: int

    def at(self, cell: int) -> tuple[int, int] | None:
        period, place = divmod(cell, len(self.seen))
        ends = self.seen[place]
        return None if ends is None else (ends[0] + period * self.advance, ends[1] + period * self.advance)

    def over(self, first: int, last: int) -> tuple[int, int] | None:
        """What a run of cells sees together."""
        period = len(self.seen)
        # From one period to the next the first and last pixels only grow: those of both ends are enough.
        cells = {*range(first, min(last, first + period - 1) + 1), *range(max(first, last - period + 1), last + 1)}
        ends = [pixels for pixels in map(self.at, cells) if pixels is not None]
        return (min(low for low, _high in ends), max(high for _low, high in ends)) if ends else None

    def shortest(self) -> _Axis:
        """The same with as short a period as there is."""
        count = len(self.seen)
        for length in range(1, count):
            if count % length or self.advance * length % count:
                continue
            part = _Axis(self.seen[:length], self.advance * length // count)
            if all(part.at(cell) == ends for cell, ends in enumerate(self.seen)):
                return part
        return self


def pattern_of(window: Window) -> Pattern:
    """A sliding window as a pattern of one cell."""
    return tuple(
        AxisPattern(((-before, extent - 1 - before),), stride)
        for extent, stride, (before, _after) in zip(window.extents(), window.stride, window.padding, strict=True)
    )


def through_pattern(pattern: Pattern, field: ReceptiveField) -> ReceptiveField | None:
    """The field behind a layer whose cells read the input in a pattern; None where it repeats too late."""
    if len(pattern) != len(field.size):
        return None
    axes = []
    for read, axis in zip(pattern, _axes(field), strict=True):
        # So many periods of the pattern that they begin at the same place of the input's.
        times = len(axis.seen) // math.gcd(read.advance, len(axis.seen))
        cells = times * len(read.reads)
        if cells > LONGEST:
            return None
        seen = []
        for cell in range(cells):
            number, place = divmod(cell, len(read.reads))
            first, last = (end + number * read.advance for end in read.reads[place])
            seen.append(axis.over(first, last) if first <= last else None)
        axes.append(_Axis(tuple(seen), times * read.advance * axis.advance // len(axis.seen)).shortest())
    return _field(axes, field.aligned)


def joined_seen(fields: Sequence[ReceptiveField]) -> ReceptiveField | None:
    """The union of fields some of which repeat, along each axis; with different strides that of the first cells."""
    aligned = all(field.aligned for field in fields)
    axes = []
    for meeting in zip(*map(_axes, fields), strict=True):
        strides = {Fraction(axis.advance, len(axis.seen)) for axis in meeting}
        cells = math.lcm(*(len(axis.seen) for axis in meeting))
        if cells > LONGEST:
            return None
        if len(strides) > 1:
            fastest = max(meeting, key=lambda axis: Fraction(axis.advance, len(axis.seen)))
            aligned, cells, advance = False, len(fastest.seen), fastest.advance
        else:
            advance = meeting[0].advance * cells // len(meeting[0].seen)
        seen: list[tuple[int, int] | None] = []
        for cell in range(cells):
            ends = [pixels for pixels in (axis.at(cell) for axis in meeting) if pixels is not None]
            aligned = aligned and len({low + high for low, high in ends}) < 2
            seen.append((min(low for low, _ in ends), max(high for _, high in ends)) if ends else None)
        axes.append(_Axis(tuple(seen), advance).shortest())
    return _field(axes, aligned)


def _axes(field: ReceptiveField) -> list[_Axis]:
    if not field.seen:
        ends = zip(field.size, field.stride, field.start, strict=True)
        return [_Axis(((start, start + size - 1),), int(stride)) for size, stride, start in ends]
    # A cell that sees nothing ends before it begins.
    return [
        _Axis(tuple(ends if ends[0] <= ends[1] else None for ends in seen), int(stride * len(seen)))
        for seen, stride in zip(field.seen, field.stride, strict=True)
    ]


def _field(axes: Sequence[_Axis], aligned: bool) -> ReceptiveField | None:
    known = [[ends for ends in axis.seen if ends is not None] for axis in axes]
    if not all(known):
        return None
    size = tuple(max(high - low + 1 for low, high in ends) for ends in known)
    start = tuple(ends[0][0] for ends in known)
    steps = [Fraction(axis.advance, len(axis.seen)) for axis in axes]
    stride = tuple(int(step) if step.denominator == 1 else step for step in steps)
    if max(*size, *stride, -min(start)) > MOST_PIXELS:
        return None
    seen = tuple(tuple((0, -1) if ends is None else ends for ends in axis.seen) for axis in axes)
    is_even = all(len(axis.seen) == 1 for axis in axes)
    return ReceptiveField(size, stride, start, aligned, () if is_even else seen)
