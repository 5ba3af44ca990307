"""Write ``gallery.md`` anew, the page that lists the networks of the gallery with their figures.

Run by ``make gallery``, after a network has been added or changed; the tests ask for it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

from designer.analysis.analyse import analyse
from designer.analysis.report import LayerReport, Report
from designer.gallery.catalogue import Entry, entries
from designer.i18n import _
from designer.layer_api.geometry import axes_text, shape_text
from designer.layer_api.quantities import number

PAGE = Path(__file__).resolve().with_name("gallery.md")

_INTRODUCTION = """\
# The gallery

Networks of the literature, ready to be opened: `netdraft gallery:resnet50` in the window, on the command line
`netdraft summary gallery:resnet50`, in Python `designer.load("gallery:resnet50")`; `netdraft gallery resnet50 --out
FILE` writes one.

Names are those of torchvision where it has the network, of nodes too, so that its weight files fit by name. Parameters
are the learned ones. Multiply-adds are those of convolutions, transposed convolutions and dense layers, for one image
of the given size. The field is what one cell of the coarsest map sees of the image, in pixels: of the last map of a
classifier, of the middle of a network that enlarges its maps again; where channels are weighed by their means, these
count as windows over the whole map. A dash: that map has no field.
"""


def text() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for family, group in itertools.groupby(entries(), key=lambda entry: entry.family):
        parts.append(f"\n## {_(family)}\n\n" + "\n".join(_table(group)) + "\n")
    return "".join(parts)


def _table(group: Iterator[Entry]) -> Iterator[str]:
    yield "| name | network | input | parameters | multiply-adds | field | paper |"
    yield "| --- | --- | --- | ---: | ---: | ---: | --- |"
    for entry in group:
        report = analyse(entry.build())
        totals = report.totals
        source = next(iter(report.layers.values())).output_shape
        cells = (
            f"`{entry.name}`",
            entry.title,
            "" if source is None else shape_text(source),
            number(totals.parameters),
            number(totals.macs),
            _field(report),
            _paper(entry),
        )
        yield f"| {' | '.join(cells)} |"


def _field(report: Report) -> str:
    """Of the last of the layers whose map has the fewest cells, but more than one."""
    layers = list(report.layers.values())
    maps = [layer for layer in layers if _cells(layer) > 1]
    # What begins with a vector, as a generator does, sees no image.
    if _cells(layers[0]) < 2 or not maps:
        return "–"
    fewest = min(_cells(layer) for layer in maps)
    field = [layer for layer in maps if _cells(layer) == fewest][-1].receptive_field
    return "–" if field is None else axes_text(field.size)


def _cells(layer: LayerReport) -> int:
    return math.prod((layer.output_shape or (0,))[1:])


def _paper(entry: Entry) -> str:
    paper = entry.paper
    if paper is None:
        return ""
    title = f"[{paper.title}]({paper.url})" if paper.url else paper.title
    return f"{paper.authors}, {title}, {paper.year}"


def write() -> None:
    """Write the page anew."""
    PAGE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write()
