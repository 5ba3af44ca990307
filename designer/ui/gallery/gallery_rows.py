"""Which networks a list of the gallery shows, and in which order: search, family, sorting, without Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import attrs

from designer.gallery.catalogue import Entry, entries
from designer.gallery.figures import Figures, shipped
from designer.i18n import N_, _
from designer.layer_api.geometry import axes_text, shape_text
from designer.layer_api.quantities import number, short_number

ALL_FAMILIES = ""


@attrs.frozen
class GalleryRow:
    """A network of the gallery with what is shown of it."""

    entry: Entry
    figures: Figures

    @property
    def lines(self) -> tuple[str, str, str, str]:
        """Four short lines below the title."""
        figures, paper = self.figures, self.entry.paper
        field = "" if figures.field is None else _("field {size}").format(size=axes_text(figures.field))
        return (
            " · ".join(filter(None, ("" if paper is None else paper.authors, _(self.entry.family)))),
            _("{count} parameters").format(count=short_number(figures.parameters)),
            _("{count} multiply-adds").format(count=short_number(figures.macs)),
            " · ".join(filter(None, (shape_text(figures.input), field))),
        )

    @property
    def tooltip(self) -> str:
        """Everything in full."""
        figures, paper = self.figures, self.entry.paper
        lines = [f"{self.entry.title} · {_(self.entry.family)}"]
        if paper is not None:
            lines += [f"{paper.authors}, {paper.year}: {paper.title}", *filter(None, (paper.url,))]
        lines += [
            _("{count} parameters").format(count=number(figures.parameters)),
            _("{count} multiply-adds for one image of {shape}").format(
                count=number(figures.macs), shape=shape_text(figures.input)
            ),
        ]
        if figures.field is not None:
            lines.append(_("one cell of its coarsest map sees {size} pixels").format(size=axes_text(figures.field)))
        return "\n".join([*lines, f"gallery:{self.entry.name}"])

    def has(self, words: Sequence[str]) -> bool:
        """Whether every word is found somewhere in it."""
        entry, paper = self.entry, self.entry.paper
        texts = [entry.name, entry.title, _(entry.family), str(entry.year or "")]
        texts += [] if paper is None else [paper.authors, paper.title, paper.arxiv]
        whole = "\n".join(texts).casefold()
        # Hyphens and spaces are written in one place and left out in another: ResNet-50, resnet50.
        joined = whole.replace("-", "").replace(" ", "").replace("_", "")
        return all(word in whole or word.replace("-", "").replace("_", "") in joined for word in words)


ORDERS: Mapping[str, tuple[str, Callable[[GalleryRow], object]]] = {
    "family": (N_("By family"), lambda _row: 0),
    "year": (N_("By year"), lambda row: row.entry.year or 9999),
    "parameters": (N_("By parameters"), lambda row: row.figures.parameters),
    "macs": (N_("By multiply-adds"), lambda row: row.figures.macs),
    "name": (N_("By name"), lambda row: row.entry.title.casefold()),
}
"""Ways to sort by key: their words, and what is compared. What is equal keeps the order of the catalogue."""


@attrs.frozen
class GalleryChoice:
    """What a person has typed and chosen."""

    search: str = ""
    family: str = ALL_FAMILIES
    order: str = "family"


@cache
def all_rows() -> tuple[GalleryRow, ...]:
    """Every network, in the order of the catalogue."""
    known = shipped()
    return tuple(GalleryRow(entry, known[entry.name]) for entry in entries())


def families() -> tuple[str, ...]:
    """The families in order, not translated."""
    return tuple(dict.fromkeys(row.entry.family for row in all_rows()))


def chosen_rows(choice: GalleryChoice) -> list[GalleryRow]:
    """The networks to show."""
    words = choice.search.casefold().split()
    rows = [row for row in all_rows() if choice.family in (ALL_FAMILIES, row.entry.family) and row.has(words)]
    _words, key = ORDERS[choice.order]
    return sorted(rows, key=key)  # type: ignore[arg-type]  # keys of one order are alike
