"""Write ``gallery.md`` anew, the page that lists the networks of the gallery, and the figures that the window shows.

Run by ``make gallery``, after a network has been added or changed; the tests ask for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

from designer.gallery.catalogue import Entry, entries
from designer.gallery.figures import FILE, Figures, as_text, measured
from designer.i18n import _
from designer.layer_api.geometry import axes_text, shape_text
from designer.layer_api.quantities import number
from designer.resources import resource

PAGE = Path(__file__).resolve().with_name("gallery.md")
PICTURES = PAGE.with_name("images")

_INTRODUCTION = """\
# The gallery

Networks of the literature, ready to be opened: `netdraft gallery:resnet50` in the window, on the command line
`netdraft summary gallery:resnet50`, in Python `designer.load("gallery:resnet50")`; `netdraft gallery resnet50 --out
FILE` writes one.

Names are those of torchvision where it has the network, of nodes too, so that its weight files fit by name.
Parameters are the learned ones. Multiply-adds are those of convolutions, transposed convolutions, dense layers and
the products of attention, for one image of the given size. The field is what one cell of the coarsest map sees of the
image, in pixels: of the last map of a classifier, of the middle of a network that enlarges its maps again; where
channels are weighed by their means, these count as windows over the whole map. A dash: that map has no field.
"""


def all_figures() -> dict[str, Figures]:
    """Every network analysed."""
    return {entry.name: measured(entry.build()) for entry in entries()}


def text(figures: Mapping[str, Figures]) -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for family, group in itertools.groupby(entries(), key=lambda entry: entry.family):
        parts.append(f"\n## {_(family)}\n\n" + "\n".join(_table(group, figures)) + "\n")
    parts.append(_pictures())
    return "".join(parts)


def _pictures() -> str:
    """Networks as the window opens them; ``make screenshots`` draws them."""
    titles = {entry.name: entry.title for entry in entries()}
    shown = sorted(path.stem.removeprefix("gallery-") for path in PICTURES.glob("gallery-*.png"))
    lines = (f"![{titles[name]} as it opens: blocks as cards](images/gallery-{name}.png)" for name in shown)
    words = "Groups are collapsed to the level of the papers' figures; `E` opens one, Enter goes into it."
    return "\n\n".join(["\n## As they open", words, *lines]) + "\n"


def _table(group: Iterator[Entry], figures: Mapping[str, Figures]) -> Iterator[str]:
    yield "| name | network | input | parameters | multiply-adds | field | paper |"
    yield "| --- | --- | --- | ---: | ---: | ---: | --- |"
    for entry in group:
        known = figures[entry.name]
        cells = (
            f"`{entry.name}`",
            entry.title,
            shape_text(known.input),
            number(known.parameters),
            number(known.macs),
            "–" if known.field is None else axes_text(known.field),
            _paper(entry),
        )
        yield f"| {' | '.join(cells)} |"


def _paper(entry: Entry) -> str:
    paper = entry.paper
    if paper is None:
        return ""
    title = f"[{paper.title}]({paper.url})" if paper.url else paper.title
    return f"{paper.authors}, {title}, {paper.year}"


def write() -> None:
    """Write page and figures anew."""
    figures = all_figures()
    PAGE.write_text(text(figures), encoding="utf-8")
    resource(FILE).write_text(as_text(figures), encoding="utf-8")


if __name__ == "__main__":
    write()
