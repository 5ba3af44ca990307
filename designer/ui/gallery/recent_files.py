"""What a recent file is, in a few words; read in the background."""

from __future__ import annotations

from pathlib import Path

from designer.files import spec
from designer.i18n import _, ngettext
from designer.layer_api.problems import UserError, printable
from designer.library.formats import OWN, format_of

LARGEST_READ = 4_000_000
"""Bytes of a file that are worth reading for one line about it: some 10,000 layers."""


def what_it_is(path: Path) -> str:
    """``ResNet-18 · 70 layers``, or the name of the format where no more is known."""
    entry = format_of(path)
    if entry is not OWN:
        return "" if entry is None else _(entry.label)
    try:
        if path.stat().st_size > LARGEST_READ:
            return _(OWN.label)
        design = spec.read(path).design
    except OSError:
        return _("cannot be read")
    except UserError:
        return _("cannot be opened")
    count = len(design.nodes)
    layers = ngettext("{count} layer", "{count} layers", count).format(count=count)
    return printable(f"{design.name} · {layers}" if design.name else layers)
