"""What is known of every network without building it, for lists: shipped in ``resources/gallery.json``.

Written by ``make gallery``; a test compares the file with the networks.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import attrs

from designer.analysis.analyse import analyse
from designer.analysis.report import LayerReport, Report
from designer.graph.design import Design
from designer.resources import resource

FILE = "gallery.json"


@attrs.frozen
class Figures:
    """Figures of a network at its own input size.

    Attributes
    ----------
    input : tuple[int, ...]
        Channels, height and width of one image.
    parameters : int
        The learned ones.
    macs : int
        Multiply-adds of convolutions, transposed convolutions, dense layers and products, for one image.
    field : tuple[int, ...] | None
        What one cell of the coarsest map sees of the image, in pixels; None where that map has no field.
    """

    input: tuple[int, ...]
    parameters: int
    macs: int
    field: tuple[int, ...] | None


def measured(design: Design) -> Figures:
    """The figures, by an analysis of the design."""
    report = analyse(design)
    source = next(iter(report.layers.values())).output_shape
    return Figures(
        input=tuple(source or ()), parameters=report.totals.parameters, macs=report.totals.macs, field=_field(report)
    )


def _field(report: Report) -> tuple[int, ...] | None:
    """Of the last of the layers whose map has the fewest cells, but more than one."""
    layers = list(report.layers.values())
    maps = [layer for layer in layers if _cells(layer) > 1]
    # What begins with a vector, as a generator does, sees no image.
    if _cells(layers[0]) < 2 or not maps:
        return None
    fewest = min(_cells(layer) for layer in maps)
    field = [layer for layer in maps if _cells(layer) == fewest][-1].receptive_field
    return None if field is None else tuple(field.size)


def _cells(layer: LayerReport) -> int:
    return math.prod((layer.output_shape or (0,))[1:])


def as_text(figures: Mapping[str, Figures]) -> str:
    """The contents of the file, a line for each network."""
    lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(attrs.asdict(each))}" for name, each in figures.items())
    return f"{{\n{lines}\n}}\n"


@cache
def shipped() -> Mapping[str, Figures]:
    """The figures of all networks by name, as they ship with the program."""
    tree: dict[str, dict[str, Any]] = json.loads(resource(FILE).read_text(encoding="utf-8"))
    return {
        name: Figures(
            input=_sizes(each["input"]),
            parameters=each["parameters"],
            macs=each["macs"],
            field=None if each["field"] is None else _sizes(each["field"]),
        )
        for name, each in tree.items()
    }


def _sizes(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(values)
