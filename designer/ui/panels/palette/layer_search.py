"""Finding a layer by what people call it, and telling what it does."""

from __future__ import annotations

import html
from collections.abc import Iterable

from designer.i18n import _
from designer.layer_api.layer import Layer
from designer.library.blocks import BlockEntry


def ranked(query: str, layers: Iterable[type[Layer]]) -> list[type[Layer]]:
    """The layers that match every word of a query: those first whose name begins with it, then the shorter names."""
    words = query.casefold().split()
    found = []
    for layer in layers:
        ranks = [_rank(word, layer) for word in words]
        if all(rank is not None for rank in ranks):
            found.append((sum(rank for rank in ranks if rank is not None), len(_(layer.label)), layer))
    return [layer for _fit, _length, layer in sorted(found, key=lambda entry: entry[:2])]


def _rank(word: str, layer: type[Layer]) -> int | None:
    """How well a word fits: 0 is the label's first word, up to 6 occurs in the description; None not at all."""
    label, kind = _(layer.label).casefold(), layer.kind.casefold()
    terms = [term.casefold() for term in layer.search_terms]
    tests = (
        label.split()[:1] == [word],
        label.startswith(word),
        kind.startswith(word) or any(term.startswith(word) for term in terms),
        any(part.startswith(word) for part in label.replace("-", " ").split()),
        word in label or word in kind,
        any(word in term for term in terms),
        word in layer.description().casefold() or word in _(layer.category.value).casefold(),
    )
    return next((rank for rank, fits in enumerate(tests) if fits), None)


def layer_tooltip(layer: type[Layer]) -> str:
    """What a layer does and what can be set, as rich text."""
    fields = "".join(
        f"<tr><td style='padding-right: 8px'><b>{html.escape(_(field.label))}</b></td>"
        f"<td>{html.escape(_(field.help))}</td></tr>"
        for field in layer.fields().values()
    )
    table = f"<table cellspacing='2'>{fields}</table>" if fields else ""
    hint = html.escape(
        _("Drag onto the canvas, or double-click to insert after the selected layer, with Alt as a branch.")
    )
    return (
        f"<p><b>{html.escape(_(layer.label))}</b> <code>{layer.kind}</code></p>"
        f"<p>{html.escape(layer.description())}</p>{table}<p><i>{hint}</i></p>"
    )


def found_blocks(query: str, blocks: Iterable[BlockEntry]) -> list[BlockEntry]:
    """The blocks whose name or source has every word of a query; "block" finds all."""
    words = query.casefold().split()
    return [
        block
        for block in blocks
        if all(word in f"{_('block')} {block.title} {block.name} {block.source}".casefold() for word in words)
    ]


def block_tooltip(block: BlockEntry) -> str:
    """Where a block comes from and how it is added, as rich text."""
    hint = html.escape(
        _("Drag onto a wire to insert it, or double-click to insert it after the selected layer, with Alt as a branch.")
    )
    return f"<p><b>{html.escape(block.title)}</b></p><p>{html.escape(block.source)}</p><p><i>{hint}</i></p>"
