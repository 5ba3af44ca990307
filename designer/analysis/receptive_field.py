"""Receptive fields: what an output cell sees of the image.

R₀ = 1, j₀ = 1; R_k = R_{k−1} + (K_k − 1)·D·j_{k−1}; j_k = j_{k−1}·S_k (Araujo, Norris and Sim, Distill 2019); pooling
counts like convolution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from operator import add, mul, sub

from designer.analysis.repeating_field import joined_seen, pattern_of, through_pattern
from designer.analysis.report import ReceptiveField, Report
from designer.graph.design import Design
from designer.layer_api.geometry import Pattern, Region, Window

LARGEST = 10**18
"""Pixels. No image is larger, so a larger field means nothing; in a chain of strides it would grow without bound."""


@cache
def of_source(rank: int) -> ReceptiveField | None:
    """The field of an image's own pixels; None for a vector, which has no places."""
    if not rank:
        return None
    return ReceptiveField((1,) * rank, (1,) * rank, (0,) * rank)


def through(window: Window | Pattern | None, fields: Sequence[ReceptiveField | None]) -> ReceptiveField | None:
    """The field behind a window, or a pattern, over the join of ``fields``; None where it has no meaning."""
    joined = join(fields)
    if joined is None or window is None:
        return None
    if isinstance(window, tuple):
        return through_pattern(window, joined)
    if len(window.kernel) != len(joined.size):
        return None
    if window.is_cell:
        return joined
    if joined.seen:
        return through_pattern(pattern_of(window), joined)
    strides = joined.stride
    size = tuple(map(add, joined.size, map(mul, window.reach, strides)))
    start = tuple(map(sub, joined.start, map(mul, window.before, strides)))
    stride = tuple(map(mul, strides, window.stride))
    if max(*size, *stride, -min(start)) > LARGEST:
        return None
    return ReceptiveField(size, stride, start, joined.aligned)


def join(fields: Sequence[ReceptiveField | None]) -> ReceptiveField | None:
    """The union of the fields that meet, along each axis; None where one of them has no meaning.

    Aligned are fields of equal stride and equal centre. Paths of different strides drift apart from cell to cell: the
    union is that of the first cell, and the stride is the largest.
    """
    if len(fields) == 1:
        return fields[0]
    # Each but once: a sum may have a thousand inputs from one layer.
    different = {id(field): field for field in fields}.values()
    known = [field for field in different if field is not None]
    if len(known) != len(different) or not known or len({len(field.size) for field in known}) != 1:
        return None
    first, *others = known
    if not others:
        return first
    if any(field.seen for field in known):
        return joined_seen(known)
    start, stride, aligned = first.start, first.stride, first.aligned
    end = tuple(map(add, start, first.size))
    # Start and end together are twice the centre.
    centre = tuple(map(add, start, end))
    for field in others:
        last = tuple(map(add, field.start, field.size))
        aligned = (
            aligned and field.aligned and field.stride == first.stride and tuple(map(add, field.start, last)) == centre
        )
        start, end = tuple(map(min, start, field.start)), tuple(map(max, end, last))
        stride = tuple(map(max, stride, field.stride))
    return ReceptiveField(tuple(map(sub, end, start)), stride, start, aligned)


def seen_by(design: Design, report: Report, node_id: str, region: Region) -> Mapping[str, Region]:
    """What a region of a node's output sees of each image: the union over all paths, back to the sources.

    As in the formula, a window that hangs over the border of a map counts in full, so all cells of a layer see equally
    much; what they see lies within the region, and reaches its borders where no map in between was padded.

    Parameters
    ----------
    region
        First and last cell per spatial axis of the node's output; ``()`` for a whole vector. With one axis more, the
        first is that of the channels: ``((7, 7),)`` is one number of a vector.

    Returns
    -------
    Mapping
        Source id → pixels seen; may reach outside the image, into padding. Empty where a shape is not known.
    """
    shape = report.layers[node_id].output_shape
    if shape is None:
        return {}
    regions = {node_id: region if len(region) == len(shape) else ((0, shape[0] - 1), *region)}
    found: dict[str, Region] = {}
    for current in reversed(design.order):
        if current not in regions:
            continue
        layer, facts = design.nodes[current].layer, report.layers[current]
        if facts.output_shape is None:
            return {}
        if layer.is_source():
            found[current] = regions[current][1:]
            continue
        for index, source in enumerate(facts.inputs):
            if source is None:
                continue
            read = layer.reads_values(regions[current], facts.input_shapes, index)
            if any(first > last for first, last in read):
                continue
            regions[source] = _union(regions[source], read) if source in regions else read
    return found


def _union(left: Region, right: Region) -> Region:
    return tuple((min(a, c), max(b, d)) for (a, b), (c, d) in zip(left, right, strict=True))
