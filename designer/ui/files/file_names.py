"""Names of files as the dialogs offer, filter and tell them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from designer.files import spec
from designer.files.regular_file import printable_path
from designer.graph.design import Design
from designer.i18n import _
from designer.interchange.formats import Format

WEIGHTS_SUFFIX = spec.WEIGHTS_SUFFIX


def suggested_name(design: Design, suffix: str = spec.SUFFIX) -> str:
    """A file name for a design that has none, made of what every system lets a name hold."""
    kept = "".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in design.name)
    return (kept.strip(" .") or _("Untitled")) + suffix


def opening(path: Path) -> str:
    """What the status bar says while a file is read."""
    return _("opening {name}").format(name=printable_path(path.name))


def format_filters(entries: Iterable[Format]) -> list[str]:
    """What a dialog shows, a line for each format: ``Netdraft designs (*.netdraft.json *.json)``."""
    return [f"{_(entry.label)} ({' '.join(f'*{suffix}' for suffix in entry.suffixes)})" for entry in entries]


def weights_filter(suffixes: Iterable[str] = (WEIGHTS_SUFFIX,)) -> str:
    """What a dialog for weights shows."""
    return _("Weights ({patterns})").format(patterns=" ".join(f"*{suffix}" for suffix in suffixes))
