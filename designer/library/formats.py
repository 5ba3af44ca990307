"""What a suffix says: the registry that opening, saving, converting, the dialogs and dropped files ask.

The program's own format is read and written by :mod:`designer.library.files`, because its state is two files; every
other one stands in :mod:`designer.interchange.formats`.
"""

from __future__ import annotations

import os
from pathlib import Path

from designer.files import spec
from designer.i18n import N_
from designer.interchange.formats import FORMATS, Format

OWN = Format(N_("Netdraft designs"), (spec.SUFFIX, ".json"))
"""Specs, with their weights beside them."""


def formats() -> tuple[Format, ...]:
    """Every format, the program's own first."""
    return (OWN, *FORMATS)


def format_of(path: str | os.PathLike[str]) -> Format | None:
    """The format that a file's suffix, in capitals or not, says; None where it says none that is known."""
    name = os.fspath(path).lower()
    return next((entry for entry in formats() if any(map(name.endswith, entry.suffixes))), None)


def readable() -> tuple[Format, ...]:
    """The formats that designs are read from."""
    return tuple(entry for entry in formats() if entry is OWN or entry.reader is not None)


def writable() -> tuple[Format, ...]:
    """The formats that designs are written to."""
    return tuple(entry for entry in formats() if entry is OWN or entry.writer is not None)


def suggested(entries: tuple[Format, ...]) -> str:
    """The suffixes to suggest, as a message lists them: ``.netdraft.json, .onnx``."""
    return ", ".join(entry.suffixes[0] for entry in entries)


def with_own_suffix(path: Path) -> Path:
    """The path of a design, completed where its suffix is missing."""
    return path if format_of(path) is OWN else path.with_name(path.name + spec.SUFFIX)
