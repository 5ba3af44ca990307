"""What several commands take: a network, the shape of its images, a path to write to."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from designer.cli.output import complain
from designer.i18n import _
from designer.layer_api.problems import UserError, quoted

if TYPE_CHECKING:
    from designer.graph.design import Design

Net = Annotated[str, typer.Argument(metavar="NET", help=_("A spec file, or gallery:NAME."))]
Input = Annotated[
    str | None, typer.Option("--input", metavar="CxHxW", help=_("Shape of the images, in place of the designed one."))
]


Weights = Annotated[
    str | None,
    typer.Option("--weights", metavar="FILE", help=_("Tensors for it: .safetensors, .npz, or PyTorch's .pth.")),
]


def load(net: str, weights: str | None = None) -> Design:
    """The design of a file or of the gallery; what a person should know of it goes to standard error.

    With a file of ``weights`` its tensors are given to the layers, and a report of that goes there too.
    """
    from designer.library.files import open_design

    opened = open_design(net)
    for note in opened.notes:
        complain(note)
    if weights is None:
        return opened.design
    from designer.library.weights_loading import report_lines, with_file_weights

    check_path("--weights", weights, _("a file"))
    loaded = with_file_weights(opened.design, weights)
    for line in (*report_lines(loaded.report), *loaded.notes):
        complain(line)
    return loaded.design


def shape_of(text: str | None) -> tuple[int, ...] | None:
    """The value of ``--input`` as numbers, None where it was not given; raises UserError."""
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}([x×,]\d{1,9}){0,3}", text.strip()):
        raise UserError(_("--input: {came!r} came, channels and sizes like 3x224x224 are wanted").format(came=text))
    return tuple(int(size) for size in re.split(r"[x×,]", text.strip()))


def check_form(form: str, forms: Sequence[str]) -> None:
    """Refuse a value of ``--format`` that is none of these."""
    if form not in forms:
        raise UserError(
            _("--format: {came} came, one of {wanted} is wanted").format(came=form, wanted=", ".join(forms))
        )


def check_path(option: str, path: str, wanted: str) -> None:
    """Refuse an empty path (an unset variable of a shell), which the system takes for the working folder."""
    if not path.strip():
        raise UserError(
            _("{option}: {came} came, {wanted} is wanted").format(option=option, came=quoted(path), wanted=wanted)
        )


def check_source(source: str, commands: Sequence[str] = ()) -> None:
    """Refuse what the window could not open, before there is a window.

    A word without a suffix or a folder may be a command, or a network of the gallery, that was meant.
    """
    from designer.library.files import GALLERY_PREFIX

    if source.startswith(GALLERY_PREFIX) or os.path.exists(source):  # noqa: PTH110 - Path raises for long names
        return
    if not commands or os.path.splitext(source)[1] or os.path.basename(source) != source:  # noqa: PTH119, PTH122
        raise UserError(_("{path}: no such file").format(path=source))
    import difflib

    from designer.gallery.catalogue import names

    near = difflib.get_close_matches(source.lower(), commands, 1)
    near = near or [GALLERY_PREFIX + name for name in difflib.get_close_matches(source.lower(), names(), 1)]
    if near:
        text = _("{word}: neither a command nor a file; did you mean {near}?")
        raise UserError(text.format(word=source, near=near[0]))
    text = _("{word}: neither a command nor a file; the commands are {commands}")
    raise UserError(text.format(word=source, commands=", ".join(commands)))
