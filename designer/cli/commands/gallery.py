"""``netdraft gallery [NAME --out FILE]``."""

from __future__ import annotations

from typing import Annotated

import typer

from designer.cli.arguments import check_path
from designer.cli.output import put, say
from designer.i18n import N_, _
from designer.layer_api.problems import UserError

HELP = N_("List the networks of the literature, or write one.")
PLACE = 6


def command(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help=_("The network to write."))] = None,
    out: Annotated[str | None, typer.Option(metavar="FILE", help=_("Where to write it."))] = None,
) -> None:
    """List the gallery, or write one network of it."""
    from designer.gallery.catalogue import entries, network

    if name is None:
        for entry in entries():
            put(f"{entry.name:<31}{entry.title:<31}{entry.year or '':<6}{_(entry.family)}")
        return
    design = network(name)
    if out is None:
        raise UserError(_("--out: say where to write {name}, as in --out {name}.netdraft.json").format(name=name))
    check_path("--out", out, _("a file"))
    from designer.library.models import save

    save(design, out)
    say(_("wrote {path}").format(path=out))
