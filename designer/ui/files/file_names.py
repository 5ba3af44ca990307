"""Names of files as the dialogs offer, filter and tell them."""

from __future__ import annotations

from pathlib import Path

from designer.files import spec
from designer.files.regular_file import printable_path
from designer.graph.design import Design
from designer.i18n import _

WEIGHTS_SUFFIX = spec.WEIGHTS_SUFFIX


def suggested_name(design: Design) -> str:
    """A file name for a design that has none, made of what every system lets a name hold."""
    kept = "".join(sign if sign.isalnum() or sign in " -_." else "_" for sign in design.name)
    return (kept.strip(" .") or _("Untitled")) + spec.SUFFIX


def with_suffix(path: Path) -> Path:
    """The path of a design, completed where its suffix is missing."""
    return path if path.suffix.lower() == ".json" else path.with_name(path.name + spec.SUFFIX)


def opening(path: Path) -> str:
    """What the status bar says while a file is read."""
    return _("opening {name}").format(name=printable_path(path.name))


def design_filter() -> str:
    """What a dialog for designs shows."""
    return _("Netdraft designs (*{suffix} *.json)").format(suffix=spec.SUFFIX)


def weights_filter() -> str:
    """What a dialog for weights shows."""
    return _("Weights (*{suffix})").format(suffix=WEIGHTS_SUFFIX)
