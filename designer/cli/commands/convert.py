"""``netdraft convert IN OUT``."""

from __future__ import annotations

from typing import Annotated

import typer

from designer.cli.arguments import Weights, check_path, load
from designer.cli.output import say
from designer.i18n import N_, _

HELP = N_("Read a network and write it in another format, by suffix.")
PLACE = 4


def command(
    source: Annotated[str, typer.Argument(metavar="IN", help=_("What to read: a spec file, or gallery:NAME."))],
    target: Annotated[str, typer.Argument(metavar="OUT", help=_("What to write; the suffix says the format."))],
    weights: Weights = None,
) -> None:
    """Read one format and write another."""
    from designer.library.models import save

    check_path("OUT", target, _("a file"))
    save(load(source, weights), target)
    say(_("wrote {path}").format(path=target))
