"""``netdraft [window] [FILE] [--image IMG]``."""

from __future__ import annotations

from typing import Annotated

import typer

from designer.cli.arguments import check_source
from designer.i18n import N_, _

HELP = N_("Open the window; plain 'netdraft [FILE]' does the same.")
PLACE = 0


def command(
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help=_("A spec file to open."))] = None,
    image: Annotated[str | None, typer.Option(metavar="IMG", help=_("An image to feed."))] = None,
) -> int:
    """Open the window and return its exit status once it is closed."""
    for path in (file, image):
        if path is not None:
            check_source(path)
    from designer.app import run_window

    return run_window(file, image)
